//! A node of a few blocks in memory, with transactions of all five types. It executes nothing.

use std::{path::Path, sync::Arc};

use access_list::{
    AccessSet, BlockAccessList, Preimages,
    alloy_eip7928::{AccountChanges, BalanceChange, BlockAccessIndex},
};
use alloy_rpc_types_eth::{
    AccessListResult, EIP1186AccountProofResponse, EIP1186StorageProof,
    simulate::{SimulatePayload, SimulatedBlock},
};
use alloy_rpc_types_trace::{
    geth::{GethDebugTracingCallOptions, GethDebugTracingOptions, GethTrace, TraceResult},
    parity::{
        Action, CallAction, CallOutput, LocalizedTransactionTrace, TraceOutput, TraceResults,
        TraceResultsWithTransactionHash, TraceType, TransactionTrace,
    },
};
use parking_lot::Mutex;
use primitives::{
    Account, Address, B256, Block, Bloom, Bytes, Header, Log, Transaction, U256,
    alloy_consensus::{
        BlockBody, Receipt, ReceiptEnvelope, ReceiptWithBloom, SignableTransaction, Transaction as _, TxEip1559,
        TxEip2930, TxEip4844, TxEip7702, TxLegacy,
    },
    alloy_eips::{
        BlockId, BlockNumberOrTag, Decodable2718,
        eip2930::{AccessList, AccessListItem},
        eip7702::{Authorization, SignedAuthorization},
        eip7840::BlobParams,
        eip7910::{EthConfig, EthForkConfig},
    },
    alloy_primitives::{LogData, Signature, TxKind, U64},
    map::{HashMap, HashSet},
};
use rpc::{
    Backend, RpcBlock, RpcError,
    backend::{
        Access, Accounts, Availability, BlockAccess, BlockRef, BlockSchedule, Budget, CallOutcome, CallRequest, Chain,
        ChainBlock, EventHub, Execution, HeadEvent, Maintenance, Pool, PoolContent, PoolTransaction, Snapshot, State,
        SyncStatus, Trace, TransactionSchedule,
    },
};

pub(crate) const CHAIN_ID: u64 = 31337;
/// Sends every transaction of the chain.
pub(crate) const SENDER: Address = Address::repeat_byte(0x11);
/// Receives them and emits the logs.
pub(crate) const TARGET: Address = Address::repeat_byte(0x22);
pub(crate) const TOPIC: B256 = B256::repeat_byte(0x33);

type Receipts = Arc<Vec<ReceiptEnvelope>>;

#[derive(Clone)]
struct Stored {
    block: Arc<ChainBlock>,
    receipts: Receipts,
}

#[derive(Default)]
struct Inner {
    /// The canonical chain.
    canonical: Vec<Stored>,
    /// That, and what left it, by hash.
    all: HashMap<B256, Stored>,
    pool: HashMap<B256, Arc<PoolTransaction>>,
}

#[derive(Default)]
pub(crate) struct Mock {
    inner: Mutex<Inner>,
    events: EventHub,
    /// With keys and development control.
    pub(crate) dev: Option<crate::mock_dev::MockDev>,
}

impl Mock {
    /// Genesis and two blocks, the second with one transaction of each type.
    pub(crate) fn new() -> Self {
        let mock = Self::default();
        mock.append(Vec::new());
        mock.append(vec![legacy(0)]);
        mock.append(vec![legacy(1), eip2930(2), eip1559(3), eip4844(4), eip7702(5)]);
        mock
    }

    pub(crate) fn dev() -> Self {
        Self { dev: Some(crate::mock_dev::MockDev::default()), ..Self::new() }
    }

    /// Puts a block on top and tells of it.
    pub(crate) fn append(&self, transactions: Vec<Transaction>) -> Arc<ChainBlock> {
        let mut inner = self.inner.lock();
        let parent = inner.canonical.last().map(|stored| Arc::clone(&stored.block));
        let (block, receipts) = block_on(parent.as_deref(), transactions);
        let (block, receipts) = (Arc::new(block), Arc::new(receipts));
        for transaction in &block.block.body.transactions {
            inner.pool.remove(transaction.tx_hash());
        }
        let stored = Stored { block: Arc::clone(&block), receipts: Arc::clone(&receipts) };
        inner.all.insert(block.hash, stored.clone());
        inner.canonical.push(stored);
        drop(inner);
        self.events.publish_head(HeadEvent { block: Arc::clone(&block), receipts, removed: false });
        block
    }

    /// Takes the last block back.
    pub(crate) fn take_back(&self) {
        let mut inner = self.inner.lock();
        let stored = inner.canonical.pop().expect("a block");
        let Stored { block, receipts } = stored;
        drop(inner);
        self.events.publish_head(HeadEvent { block, receipts, removed: true });
    }

    pub(crate) fn publish_sync(&self, status: SyncStatus) {
        self.events.publish_sync(status);
    }

    pub(crate) fn pool_transaction(&self, transaction: Transaction) {
        let pooled = Arc::new(PoolTransaction { transaction, sender: SENDER });
        self.inner.lock().pool.insert(*pooled.transaction.tx_hash(), Arc::clone(&pooled));
        self.events.publish_pending(pooled);
    }

    /// Moves everything from the pool into a block.
    pub(crate) fn mine(&self) {
        let mut pooled: Vec<_> = self.inner.lock().pool.values().map(|pooled| pooled.transaction.clone()).collect();
        pooled.sort_by_key(|transaction| transaction.nonce());
        self.append(pooled);
    }
}

fn block_on(parent: Option<&ChainBlock>, transactions: Vec<Transaction>) -> (ChainBlock, Vec<ReceiptEnvelope>) {
    let number = parent.map_or(0, |parent| parent.block.header.number + 1);
    let receipts: Vec<_> = (1..).zip(&transactions).map(|(position, it)| receipt(it, position)).collect();
    let header = Header {
        number,
        parent_hash: parent.map_or(B256::ZERO, |parent| parent.hash),
        timestamp: 1_700_000_000 + 12 * number,
        gas_limit: 30_000_000,
        gas_used: 21_000 * transactions.len() as u64,
        base_fee_per_gas: Some(1_000_000_000),
        withdrawals_root: Some(B256::ZERO),
        blob_gas_used: Some(0),
        excess_blob_gas: Some(0),
        parent_beacon_block_root: Some(B256::ZERO),
        requests_hash: Some(B256::ZERO),
        logs_bloom: receipts.iter().fold(Bloom::ZERO, |bloom, receipt| bloom | *receipt.logs_bloom()),
        // Two blocks on one parent have to differ.
        extra_data: Bytes::from(transactions.iter().flat_map(|it| it.nonce().to_be_bytes()).collect::<Vec<_>>()),
        ..Header::default()
    };
    let senders = vec![SENDER; transactions.len()];
    let body = BlockBody { transactions, ommers: Vec::new(), withdrawals: Some(Vec::new().into()) };
    (ChainBlock { hash: header.hash_slow(), block: Block { header, body }, senders }, receipts)
}

fn receipt(transaction: &Transaction, position: u64) -> ReceiptEnvelope {
    let log = Log { address: TARGET, data: LogData::new_unchecked(vec![TOPIC], Bytes::from_static(b"log")) };
    let receipt = Receipt { status: true.into(), cumulative_gas_used: 21_000 * position, logs: vec![log] };
    let receipt: ReceiptWithBloom<Receipt> = receipt.into();
    match transaction {
        Transaction::Legacy(_) => ReceiptEnvelope::Legacy(receipt),
        Transaction::Eip2930(_) => ReceiptEnvelope::Eip2930(receipt),
        Transaction::Eip1559(_) => ReceiptEnvelope::Eip1559(receipt),
        Transaction::Eip4844(_) => ReceiptEnvelope::Eip4844(receipt),
        Transaction::Eip7702(_) => ReceiptEnvelope::Eip7702(receipt),
    }
}

fn signature() -> Signature {
    Signature::test_signature()
}

pub(crate) fn legacy(nonce: u64) -> Transaction {
    let to = TxKind::Call(TARGET);
    let transaction = TxLegacy {
        chain_id: Some(CHAIN_ID),
        nonce,
        gas_price: 2_000_000_000,
        gas_limit: 21_000,
        to,
        ..TxLegacy::default()
    };
    Transaction::Legacy(transaction.into_signed(signature()))
}

fn list() -> AccessList {
    AccessList(vec![AccessListItem { address: TARGET, storage_keys: vec![B256::ZERO] }])
}

fn eip2930(nonce: u64) -> Transaction {
    let to = TxKind::Create;
    let input = Bytes::from_static(&[0x60, 0x00]);
    let transaction = TxEip2930 {
        chain_id: CHAIN_ID,
        nonce,
        gas_price: 2_000_000_000,
        gas_limit: 60_000,
        to,
        access_list: list(),
        input,
        ..TxEip2930::default()
    };
    Transaction::Eip2930(transaction.into_signed(signature()))
}

pub(crate) fn eip1559(nonce: u64) -> Transaction {
    let to = TxKind::Call(TARGET);
    let transaction = TxEip1559 {
        chain_id: CHAIN_ID,
        nonce,
        max_fee_per_gas: 3_000_000_000,
        max_priority_fee_per_gas: 7,
        gas_limit: 21_000,
        to,
        ..TxEip1559::default()
    };
    Transaction::Eip1559(transaction.into_signed(signature()))
}

fn eip4844(nonce: u64) -> Transaction {
    let transaction = TxEip4844 {
        chain_id: CHAIN_ID,
        nonce,
        max_fee_per_gas: 3_000_000_000,
        gas_limit: 21_000,
        to: TARGET,
        blob_versioned_hashes: vec![B256::with_last_byte(1)],
        max_fee_per_blob_gas: 5,
        ..TxEip4844::default()
    };
    Transaction::Eip4844(transaction.into_signed(signature()))
}

fn eip7702(nonce: u64) -> Transaction {
    let authorization = Authorization { chain_id: U256::from(CHAIN_ID), address: TARGET, nonce: 1 };
    let authorization = SignedAuthorization::new_unchecked(authorization, 1, U256::ONE, U256::ONE);
    let transaction = TxEip7702 {
        chain_id: CHAIN_ID,
        nonce,
        max_fee_per_gas: 3_000_000_000,
        gas_limit: 60_000,
        to: TARGET,
        authorization_list: vec![authorization],
        ..TxEip7702::default()
    };
    Transaction::Eip7702(transaction.into_signed(signature()))
}

impl Chain for Mock {
    fn chain_id(&self) -> u64 {
        CHAIN_ID
    }

    fn head(&self) -> BlockRef {
        let inner = self.inner.lock();
        let block = &inner.canonical.last().expect("genesis").block;
        BlockRef { number: block.block.header.number, hash: block.hash }
    }

    fn resolve(&self, id: BlockId) -> Result<Option<BlockRef>, RpcError> {
        let number = match id {
            BlockId::Hash(hash) => {
                let block = self.block(hash.block_hash)?;
                return Ok(block.map(|block| BlockRef { number: block.block.header.number, hash: block.hash }));
            }
            BlockId::Number(BlockNumberOrTag::Number(number)) => number,
            BlockId::Number(BlockNumberOrTag::Latest | BlockNumberOrTag::Pending) => return Ok(Some(self.head())),
            BlockId::Number(_) => 0,
        };
        let inner = self.inner.lock();
        let stored = usize::try_from(number).ok().and_then(|number| inner.canonical.get(number));
        Ok(stored.map(|stored| BlockRef { number, hash: stored.block.hash }))
    }

    fn block(&self, hash: B256) -> Result<Option<Arc<ChainBlock>>, RpcError> {
        Ok(self.inner.lock().all.get(&hash).map(|stored| Arc::clone(&stored.block)))
    }

    fn receipts(&self, hash: B256) -> Result<Option<Receipts>, RpcError> {
        Ok(self.inner.lock().all.get(&hash).map(|stored| Arc::clone(&stored.receipts)))
    }

    fn position(&self, transaction: B256) -> Result<Option<(B256, usize)>, RpcError> {
        let inner = self.inner.lock();
        Ok(inner.canonical.iter().find_map(|stored| {
            let transactions = &stored.block.block.body.transactions;
            let position = transactions.iter().position(|it| *it.tx_hash() == transaction)?;
            Some((stored.block.hash, position))
        }))
    }

    fn block_access_list(&self, hash: B256) -> Result<Option<Arc<BlockAccessList>>, RpcError> {
        let Some(block) = self.block(hash)? else { return Ok(None) };
        let mut accounts = Vec::new();
        if !block.senders.is_empty() {
            for address in [SENDER, TARGET] {
                let mut changes = AccountChanges::new(address);
                changes.balance_changes.push(BalanceChange::new(BlockAccessIndex(1), U256::from(5)));
                accounts.push(changes);
            }
        }
        let list = BlockAccessList::from_accounts(accounts).map_err(|error| RpcError::internal(error.to_string()))?;
        Ok(Some(Arc::new(list)))
    }

    fn blob_params(&self, _: u64) -> Option<BlobParams> {
        Some(BlobParams::prague())
    }

    fn next_base_fee(&self, parent: &Header) -> Option<u64> {
        parent.base_fee_per_gas
    }

    fn suggested_tip(&self) -> u128 {
        1_000_000
    }

    fn fork_config(&self) -> EthConfig {
        let current = EthForkConfig {
            activation_time: 0,
            blob_schedule: BlobParams::prague(),
            chain_id: CHAIN_ID,
            fork_id: Bytes::from_static(&[1, 2, 3, 4]),
            precompiles: Default::default(),
            system_contracts: Default::default(),
        };
        EthConfig { current, next: None, last: None }
    }

    fn sync_status(&self) -> SyncStatus {
        SyncStatus::Synced
    }

    fn availability(&self) -> Availability {
        Availability { blocks: Some(0), receipts: Some(0), state: Some(0), proofs: None }
    }
}

impl State for Mock {
    fn account(&self, at: B256, address: Address) -> Result<Account, RpcError> {
        let block = self.block(at)?.ok_or_else(RpcError::header_not_found)?;
        let mut account = Account::default();
        if address == SENDER {
            account.balance = U256::from(10_000_000_000_000_000_000_u128);
            account.nonce = match block.block.header.number {
                0 => 0,
                1 => 1,
                _ => 6,
            };
        }
        Ok(account)
    }

    fn code(&self, _: B256, address: Address) -> Result<Bytes, RpcError> {
        Ok(if address == TARGET { Bytes::from_static(&[0x60, 0x00]) } else { Bytes::new() })
    }

    fn storage(&self, _: B256, address: Address, slot: U256) -> Result<U256, RpcError> {
        Ok(if address == TARGET { slot + U256::ONE } else { U256::ZERO })
    }

    fn proof(&self, at: B256, address: Address, slots: &[U256]) -> Result<EIP1186AccountProofResponse, RpcError> {
        let mut proof = Vec::new();
        for slot in slots {
            let value = self.storage(at, address, *slot)?;
            proof.push(EIP1186StorageProof { key: B256::from(*slot).into(), value, proof: Vec::new() });
        }
        Ok(EIP1186AccountProofResponse { address, storage_proof: proof, ..EIP1186AccountProofResponse::default() })
    }
}

impl Execution for Mock {
    /// The input says what happens: `01` reverts with the rest, `02` halts, `03` runs until it is stopped.
    fn call(&self, call: &CallRequest, budget: &Budget) -> Result<CallOutcome, RpcError> {
        let input = call.transaction.input.input().cloned().unwrap_or_default();
        match input.first() {
            Some(1) => Ok(CallOutcome::Revert(input.slice(1..))),
            Some(2) => Ok(CallOutcome::Halt("out of gas".to_owned())),
            Some(3) if input.len() == 1 => loop {
                budget.check()?;
                std::thread::yield_now();
            },
            _ => Ok(CallOutcome::Success(input)),
        }
    }

    fn estimate_gas(&self, call: &CallRequest, budget: &Budget) -> Result<u64, RpcError> {
        self.call(call, budget)?.into_output().map(|_| 21_000)
    }

    fn create_access_list(&self, _: &CallRequest, _: &Budget) -> Result<AccessListResult, RpcError> {
        Ok(AccessListResult { access_list: list(), gas_used: U256::from(25_000), error: None })
    }

    fn simulate(
        &self,
        _: B256,
        payload: &SimulatePayload,
        _: &Budget,
    ) -> Result<Vec<SimulatedBlock<RpcBlock>>, RpcError> {
        let block = |_| SimulatedBlock { inner: RpcBlock::uncle_from_header(Default::default()), calls: Vec::new() };
        Ok(payload.block_state_calls.iter().map(block).collect())
    }
}

impl Pool for Mock {
    fn submit(&self, transaction: Bytes) -> Result<B256, RpcError> {
        let decoded = Transaction::decode_2718_exact(&transaction);
        let transaction = decoded.map_err(|error| RpcError::invalid_input(error.to_string()))?;
        let hash = *transaction.tx_hash();
        if self.pooled(hash).is_some() {
            return Err(RpcError::invalid_input("already known"));
        }
        self.pool_transaction(transaction);
        Ok(hash)
    }

    fn status(&self) -> (u64, u64) {
        (self.inner.lock().pool.len() as u64, 0)
    }

    fn content(&self, sender: Option<Address>) -> PoolContent {
        let mut pending: Vec<_> = self.inner.lock().pool.values().cloned().collect();
        pending.retain(|pooled| sender.is_none_or(|sender| sender == pooled.sender));
        PoolContent { pending, queued: Vec::new() }
    }

    fn pooled(&self, hash: B256) -> Option<Arc<PoolTransaction>> {
        self.inner.lock().pool.get(&hash).cloned()
    }

    fn pending_nonce(&self, sender: Address) -> Option<u64> {
        let inner = self.inner.lock();
        let own = inner.pool.values().filter(|pooled| pooled.sender == sender);
        own.map(|pooled| pooled.transaction.nonce() + 1).max()
    }
}

impl Trace for Mock {
    fn trace_transaction(
        &self,
        _: B256,
        position: usize,
        _: &GethDebugTracingOptions,
        _: &Budget,
    ) -> Result<GethTrace, RpcError> {
        Ok(GethTrace::JS(serde_json::json!({ "position": position })))
    }

    fn trace_block(
        &self,
        block: B256,
        options: &GethDebugTracingOptions,
        budget: &Budget,
    ) -> Result<Vec<TraceResult>, RpcError> {
        let block = self.block(block)?.ok_or_else(RpcError::header_not_found)?;
        let transactions = block.block.body.transactions.iter().enumerate();
        transactions
            .map(|(position, transaction)| {
                let trace = self.trace_transaction(block.hash, position, options, budget)?;
                Ok(TraceResult::new_success(trace, Some(*transaction.tx_hash())))
            })
            .collect()
    }

    fn trace_call(&self, _: &CallRequest, _: &GethDebugTracingCallOptions, _: &Budget) -> Result<GethTrace, RpcError> {
        Ok(GethTrace::JS(serde_json::json!({})))
    }

    fn call_traces(&self, block: B256, _: &Budget) -> Result<Vec<LocalizedTransactionTrace>, RpcError> {
        let block = self.block(block)?.ok_or_else(RpcError::header_not_found)?;
        let transactions = (0..).zip(&block.block.body.transactions);
        Ok(transactions
            .map(|(position, transaction)| LocalizedTransactionTrace {
                trace: TransactionTrace {
                    action: Action::Call(CallAction { from: SENDER, to: TARGET, ..CallAction::default() }),
                    result: Some(TraceOutput::Call(CallOutput { gas_used: 0, output: Bytes::new() })),
                    ..TransactionTrace::default()
                },
                block_hash: Some(block.hash),
                block_number: Some(block.block.header.number),
                transaction_hash: Some(*transaction.tx_hash()),
                transaction_position: Some(position),
            })
            .collect())
    }

    fn replay_block(
        &self,
        block: B256,
        _: &HashSet<TraceType>,
        _: &Budget,
    ) -> Result<Vec<TraceResultsWithTransactionHash>, RpcError> {
        let block = self.block(block)?.ok_or_else(RpcError::header_not_found)?;
        let results = block.block.body.transactions.iter().map(|transaction| TraceResultsWithTransactionHash {
            full_trace: no_traces(),
            transaction_hash: *transaction.tx_hash(),
        });
        Ok(results.collect())
    }

    fn replay_call(&self, _: &CallRequest, _: &HashSet<TraceType>, _: &Budget) -> Result<TraceResults, RpcError> {
        Ok(no_traces())
    }
}

impl Maintenance for Mock {
    fn create_snapshot(&self, file: &Path) -> Result<Snapshot, RpcError> {
        if file.ends_with("there") {
            return Err(RpcError::invalid_params("there is already"));
        }
        Ok(Snapshot {
            number: U64::from(3),
            hash: B256::repeat_byte(1),
            state_root: B256::repeat_byte(2),
            first_block: U64::from(0),
            oldest_state: U64::from(1),
        })
    }
}

impl Access for Mock {
    fn preimages(&self, block: B256) -> Result<Option<Preimages>, RpcError> {
        Ok(self.block(block)?.map(|_| Preimages::new()))
    }

    fn block_access(&self, block: B256) -> Result<Option<Arc<BlockAccess>>, RpcError> {
        let Some(block) = self.block(block)? else { return Ok(None) };
        let count = block.senders.len();
        let set = AccessSet::new([], [access_list::StateKey::Slot(TARGET, U256::ONE)], []);
        let schedule = BlockSchedule {
            policy: "optimistic".to_owned(),
            workers: 2,
            duration_ns: 1000,
            transactions: vec![TransactionSchedule { incarnations: 1, waited_on: Vec::new() }; count],
            runs: Vec::new(),
        };
        Ok(Some(Arc::new(BlockAccess { sets: vec![set; count], gas: vec![21_000; count], schedule: Some(schedule) })))
    }
}

impl Backend for Mock {
    fn events(&self) -> &EventHub {
        &self.events
    }

    fn client_version(&self) -> String {
        "parallax/mock".to_owned()
    }

    fn accounts(&self) -> Option<&dyn Accounts> {
        self.dev.as_ref().map(|dev| dev as &dyn Accounts)
    }

    fn dev(&self) -> Option<&dyn rpc::backend::Dev> {
        self.dev.as_ref().map(|dev| dev as &dyn rpc::backend::Dev)
    }
}

fn no_traces() -> TraceResults {
    TraceResults { output: Bytes::new(), state_diff: None, trace: Vec::new(), vm_trace: None }
}
