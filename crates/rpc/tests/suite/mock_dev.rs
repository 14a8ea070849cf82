//! The development side of the mock: it writes down what it is told.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use parking_lot::Mutex;
use primitives::{
    Address, B256, Block, Bytes, Header, U256,
    alloy_consensus::{BlockBody, TypedTransaction},
    alloy_eips::eip7594::BlobTransactionSidecarVariant,
    alloy_primitives::Signature,
};
use rpc::{
    RpcError,
    backend::{Accounts, Budget, ChainBlock, Dev, DevState, ForkInfo, Payload, PayloadRequest, ReorgTransaction},
};

#[derive(Debug, Default)]
pub(crate) struct MockDev {
    /// What it was told, in order.
    pub(crate) told: Mutex<Vec<String>>,
    /// Blobs by their transactions.
    pub(crate) sidecars: Mutex<BTreeMap<B256, Arc<BlobTransactionSidecarVariant>>>,
    snapshots: AtomicU64,
}

impl MockDev {
    fn tell(&self, what: String) -> Result<(), RpcError> {
        self.told.lock().push(what);
        Ok(())
    }
}

impl Accounts for MockDev {
    fn addresses(&self) -> Vec<Address> {
        vec![crate::mock::SENDER]
    }

    fn sign(&self, address: Address, digest: B256) -> Result<Signature, RpcError> {
        if address != crate::mock::SENDER {
            return Err(RpcError::invalid_input("unknown account"));
        }
        self.tell(format!("sign {digest}"))?;
        Ok(Signature::test_signature())
    }
}

impl Dev for MockDev {
    fn info(&self) -> ForkInfo {
        ForkInfo {
            hard_fork: "prague".to_owned(),
            automine: true,
            interval_s: None,
            gas_limit: 30_000_000,
            timestamp: 1,
            instance: B256::ZERO,
        }
    }

    /// An empty block of Prague that has what was asked for in its header.
    fn build_block(&self, request: &PayloadRequest) -> Result<Payload, RpcError> {
        self.tell(format!("build on {} {:?}", request.parent, request.transactions))?;
        let header = Header {
            parent_hash: request.parent,
            timestamp: request.timestamp,
            mix_hash: request.prev_randao,
            beneficiary: request.beneficiary,
            parent_beacon_block_root: request.beacon_root,
            extra_data: request.extra_data.clone(),
            blob_gas_used: Some(0),
            excess_blob_gas: Some(0),
            requests_hash: Some(B256::ZERO),
            ..Header::default()
        };
        let body = BlockBody { withdrawals: Some(request.withdrawals.clone().into()), ..BlockBody::default() };
        let block = ChainBlock { hash: header.hash_slow(), block: Block { header, body }, senders: Vec::new() };
        Ok(Payload { block, value: U256::ZERO, requests: Vec::new(), sidecars: Vec::new() })
    }

    fn mine(&self, count: u64, interval_s: Option<u64>, _: &Budget) -> Result<(), RpcError> {
        self.tell(format!("mine {count} {interval_s:?}"))
    }

    fn set_automine(&self, on: bool) -> Result<(), RpcError> {
        self.tell(format!("automine {on}"))
    }

    fn set_interval(&self, seconds: u64) -> Result<(), RpcError> {
        self.tell(format!("interval {seconds}"))
    }

    fn snapshot(&self) -> Result<u64, RpcError> {
        Ok(self.snapshots.fetch_add(1, Ordering::Relaxed) + 1)
    }

    fn revert(&self, snapshot: u64) -> Result<bool, RpcError> {
        Ok(snapshot <= self.snapshots.load(Ordering::Relaxed))
    }

    fn increase_time(&self, seconds: u64) -> Result<u64, RpcError> {
        Ok(seconds)
    }

    fn set_next_timestamp(&self, timestamp: u64) -> Result<(), RpcError> {
        self.tell(format!("timestamp {timestamp}"))
    }

    fn set_time(&self, timestamp: u64) -> Result<u64, RpcError> {
        Ok(timestamp)
    }

    fn set_timestamp_interval(&self, seconds: Option<u64>) -> Result<(), RpcError> {
        self.tell(format!("timestamp interval {seconds:?}"))
    }

    fn set_gas_limit(&self, gas: u64) -> Result<(), RpcError> {
        self.tell(format!("gas limit {gas}"))
    }

    fn set_next_base_fee(&self, fee: u128) -> Result<(), RpcError> {
        self.tell(format!("base fee {fee}"))
    }

    fn set_min_gas_price(&self, price: u128) -> Result<(), RpcError> {
        self.tell(format!("min price {price}"))
    }

    fn set_coinbase(&self, address: Address) -> Result<(), RpcError> {
        self.tell(format!("coinbase {address}"))
    }

    fn set_prev_randao(&self, randao: B256) -> Result<(), RpcError> {
        self.tell(format!("randao {randao}"))
    }

    fn set_chain_id(&self, chain_id: u64) -> Result<(), RpcError> {
        self.tell(format!("chain {chain_id}"))
    }

    fn set_balance(&self, address: Address, balance: U256) -> Result<(), RpcError> {
        self.tell(format!("balance {address} {balance}"))
    }

    fn set_nonce(&self, address: Address, nonce: u64) -> Result<(), RpcError> {
        self.tell(format!("nonce {address} {nonce}"))
    }

    fn set_code(&self, address: Address, code: Bytes) -> Result<(), RpcError> {
        self.tell(format!("code {address} {code}"))
    }

    fn set_storage(&self, address: Address, slot: U256, value: B256) -> Result<(), RpcError> {
        self.tell(format!("storage {address} {slot} {value}"))
    }

    fn impersonate(&self, address: Address) -> Result<(), RpcError> {
        self.tell(format!("impersonate {address}"))
    }

    fn stop_impersonating(&self, address: Address) -> Result<(), RpcError> {
        self.tell(format!("stop {address}"))
    }

    fn auto_impersonate(&self, on: bool) -> Result<(), RpcError> {
        self.tell(format!("auto {on}"))
    }

    fn set_logging(&self, on: bool) -> Result<(), RpcError> {
        self.tell(format!("logging {on}"))
    }

    fn is_impersonated(&self, address: Address) -> bool {
        self.told.lock().contains(&format!("impersonate {address}"))
    }

    fn submit_unsigned(&self, sender: Address, _: TypedTransaction) -> Result<B256, RpcError> {
        self.tell(format!("unsigned {sender}"))?;
        Ok(B256::repeat_byte(9))
    }

    fn drop_transaction(&self, _: B256) -> Result<bool, RpcError> {
        Ok(false)
    }

    fn drop_transactions(&self, sender: Option<Address>) -> Result<(), RpcError> {
        self.tell(format!("drop {sender:?}"))
    }

    fn dump_state(&self) -> Result<DevState, RpcError> {
        Ok(Bytes::from_static(b"state"))
    }

    fn load_state(&self, state: DevState) -> Result<bool, RpcError> {
        Ok(state == Bytes::from_static(b"state"))
    }

    fn sidecar(&self, transaction: B256) -> Result<Option<Arc<BlobTransactionSidecarVariant>>, RpcError> {
        Ok(self.sidecars.lock().get(&transaction).cloned())
    }

    fn transactions_with_blob(&self, _: B256) -> Vec<B256> {
        self.sidecars.lock().keys().copied().collect()
    }

    fn reset(&self) -> Result<(), RpcError> {
        self.tell("reset".to_owned())
    }

    fn rollback(&self, depth: u64) -> Result<(), RpcError> {
        self.tell(format!("rollback {depth}"))
    }

    fn reorg(&self, depth: u64, transactions: Vec<(ReorgTransaction, u64)>) -> Result<(), RpcError> {
        self.tell(format!("reorg {depth} {}", transactions.len()))
    }
}
