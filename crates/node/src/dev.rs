//! Control over time, state and mining, for developers.
//!
//! Each call takes the lock of the maker of blocks, so it falls between two blocks, and a later read sees it.
//!
//! - State is edited as an overlay on the head; [`crate::Overlay`](crate::overlay) says what that keeps true.
//! - Going back takes blocks off the disk. Transactions of those blocks are gone, as on other development nodes: were
//!   they given back to the pool, an instant miner would put them into the next block at once. A snapshot brings the
//!   pool back as it was.
//! - A made-up reorganisation goes back and makes other blocks; a dump is the head's state without its blocks.

mod back;
mod dump;
mod edit;
mod payload;
mod reorg;
mod unsigned;

use crate::{Chain, Mining, chain::spec_with, clock, produce::Candidates};
use primitives::{Address, B256, Bytes, U256, alloy_consensus::TypedTransaction, map::AddressSet};
use rpc::{
    RpcError,
    backend::{Budget, Dev, DevState, ForkInfo, Payload, PayloadRequest, ReorgTransaction},
};

pub(crate) use back::Snapshot;
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use txpool::Sidecar;

/// Whose transactions are let in without a signature.
#[derive(Debug, Default)]
pub(crate) struct Impersonation {
    all: bool,
    accounts: AddressSet,
}

/// Impersonated accounts, at most.
const IMPERSONATED_MAX: usize = 10_000;

/// The last time that can be set: far enough from the end of time for any number of blocks.
const TIMESTAMP_MAX: u64 = u64::MAX / 2;

impl Dev for Chain {
    fn build_block(&self, request: &PayloadRequest) -> Result<Payload, RpcError> {
        self.build_payload(request)
    }

    fn info(&self) -> ForkInfo {
        let work = self.work.lock();
        let head = self.head_now();
        let mining = self.mining();
        ForkInfo {
            hard_fork: self.spec.fork_of(head.header()).name().to_lowercase(),
            automine: mining.is_instant(),
            interval_s: mining.interval().map(|time| time.as_secs_f64().ceil() as u64),
            gas_limit: work.settings.gas_limit,
            timestamp: work.settings.clock.next(head.header().timestamp),
            instance: self.instance,
        }
    }

    fn mine(&self, count: u64, interval_s: Option<u64>, budget: &Budget) -> Result<(), RpcError> {
        let mut work = self.work.lock();
        for made in 0..count {
            if let (Some(interval), true) = (interval_s, made > 0) {
                let next = self.head_now().header().timestamp.saturating_add(interval);
                work.settings.clock.set_next(checked_time(next)?);
            }
            if budget.exhausted() || self.signal.is_stopped() {
                let text = format!("out of time: {made} of {count} blocks were made");
                return Err(RpcError::new(rpc::error::UNAVAILABLE, text));
            }
            self.produce(&mut work)?;
        }
        Ok(())
    }

    fn set_automine(&self, on: bool) -> Result<(), RpcError> {
        let _work = self.work.lock();
        match (on, self.mining()) {
            (true, _) => self.signal.set_mining(Mining::Instant),
            (false, Mining::Instant) => self.signal.set_mining(Mining::Manual),
            (false, Mining::Mixed(time)) => self.signal.set_mining(Mining::Interval(time)),
            (false, _) => {}
        }
        Ok(())
    }

    fn set_interval(&self, seconds: u64) -> Result<(), RpcError> {
        let _work = self.work.lock();
        let interval = Mining::Interval(Duration::from_secs(seconds));
        self.signal.set_mining(if seconds == 0 { Mining::Manual } else { interval });
        Ok(())
    }

    fn snapshot(&self) -> Result<u64, RpcError> {
        self.take_snapshot()
    }

    fn revert(&self, snapshot: u64) -> Result<bool, RpcError> {
        self.go_back_to_snapshot(snapshot)
    }

    fn increase_time(&self, seconds: u64) -> Result<u64, RpcError> {
        let mut work = self.work.lock();
        let next = work.settings.clock.next(self.head_now().header().timestamp);
        checked_time(next.saturating_add(seconds))?;
        Ok(work.settings.clock.increase(seconds))
    }

    fn set_next_timestamp(&self, timestamp: u64) -> Result<(), RpcError> {
        let mut work = self.work.lock();
        let parent = self.head_now().header().timestamp;
        if timestamp <= parent {
            let text = format!("timestamp {timestamp} is not later than the previous block's, {parent}");
            return Err(RpcError::invalid_params(text));
        }
        work.settings.clock.set_next(checked_time(timestamp)?);
        Ok(())
    }

    fn set_time(&self, timestamp: u64) -> Result<u64, RpcError> {
        Ok(self.work.lock().settings.clock.set(checked_time(timestamp)?))
    }

    fn set_timestamp_interval(&self, seconds: Option<u64>) -> Result<(), RpcError> {
        if let Some(seconds) = seconds {
            checked_time(seconds.saturating_mul(1_000_000))?;
        }
        self.work.lock().settings.clock.interval_s = seconds;
        Ok(())
    }

    fn set_gas_limit(&self, gas: u64) -> Result<(), RpcError> {
        /// No header may have less.
        const GAS_LIMIT_MIN: u64 = 5_000;
        if !(GAS_LIMIT_MIN..=i64::MAX as u64).contains(&gas) {
            return Err(RpcError::invalid_params(format!("gas limit {gas} is not one of a block")));
        }
        self.change_settings(|settings| settings.gas_limit = gas);
        Ok(())
    }

    fn set_next_base_fee(&self, fee: u128) -> Result<(), RpcError> {
        let fee = u64::try_from(fee).map_err(|_| RpcError::invalid_params("base fee > 64 bits"))?;
        self.change_settings(|settings| settings.base_fee = Some(fee));
        Ok(())
    }

    fn set_min_gas_price(&self, price: u128) -> Result<(), RpcError> {
        self.change_settings(|settings| settings.min_tip = price);
        Ok(())
    }

    fn set_coinbase(&self, address: Address) -> Result<(), RpcError> {
        self.work.lock().settings.coinbase = address;
        Ok(())
    }

    fn set_prev_randao(&self, randao: B256) -> Result<(), RpcError> {
        self.work.lock().settings.prev_randao = Some(randao);
        Ok(())
    }

    fn set_chain_id(&self, chain_id: u64) -> Result<(), RpcError> {
        self.edit_chain_id(chain_id)
    }

    fn set_balance(&self, address: Address, balance: U256) -> Result<(), RpcError> {
        self.edit_account(address, |account| account.balance = balance)
    }

    fn set_nonce(&self, address: Address, nonce: u64) -> Result<(), RpcError> {
        self.edit_account(address, |account| account.nonce = nonce)
    }

    fn set_code(&self, address: Address, code: Bytes) -> Result<(), RpcError> {
        self.edit_code(address, code)
    }

    fn set_storage(&self, address: Address, slot: U256, value: B256) -> Result<(), RpcError> {
        self.edit_slot(address, slot, value.into())
    }

    fn impersonate(&self, address: Address) -> Result<(), RpcError> {
        let mut impersonation = self.impersonation.lock();
        if impersonation.accounts.len() >= IMPERSONATED_MAX {
            return Err(RpcError::limit(format!("too many impersonated accounts (max {IMPERSONATED_MAX})")));
        }
        impersonation.accounts.insert(address);
        Ok(())
    }

    fn stop_impersonating(&self, address: Address) -> Result<(), RpcError> {
        self.impersonation.lock().accounts.remove(&address);
        Ok(())
    }

    fn auto_impersonate(&self, on: bool) -> Result<(), RpcError> {
        self.impersonation.lock().all = on;
        Ok(())
    }

    fn set_logging(&self, on: bool) -> Result<(), RpcError> {
        self.is_loud.store(on, Ordering::Relaxed);
        Ok(())
    }

    fn is_impersonated(&self, address: Address) -> bool {
        let impersonation = self.impersonation.lock();
        impersonation.all || impersonation.accounts.contains(&address)
    }

    fn submit_unsigned(&self, sender: Address, transaction: TypedTransaction) -> Result<B256, RpcError> {
        self.submit_impersonated(sender, transaction)
    }

    fn drop_transaction(&self, hash: B256) -> Result<bool, RpcError> {
        let events = self.pool.lock().remove(&hash, clock::now_ms());
        self.publish_pending(&events);
        Ok(!events.is_empty())
    }

    fn drop_transactions(&self, sender: Option<Address>) -> Result<(), RpcError> {
        let mut pool = self.pool.lock();
        match sender {
            Some(sender) => pool.remove_from(sender, clock::now_ms()),
            None => pool.clear(),
        };
        Ok(())
    }

    fn dump_state(&self) -> Result<DevState, RpcError> {
        self.dump()
    }

    fn load_state(&self, state: DevState) -> Result<bool, RpcError> {
        self.load(&state).map(|()| true)
    }

    fn sidecar(&self, transaction: B256) -> Result<Option<Arc<Sidecar>>, RpcError> {
        let Some(sidecar) = self.blobs.lock().of(transaction) else { return Ok(None) };
        // What was dropped, or taken back with its block, is as if it had never come.
        let is_known =
            self.pool.lock().get(&transaction).is_some() || rpc::backend::Chain::position(self, transaction)?.is_some();
        Ok(is_known.then_some(sidecar))
    }

    fn transactions_with_blob(&self, blob: B256) -> Vec<B256> {
        self.blobs.lock().transactions_with(blob)
    }

    fn reset(&self) -> Result<(), RpcError> {
        self.go_back_to_genesis()
    }

    fn rollback(&self, depth: u64) -> Result<(), RpcError> {
        self.take_back(depth)
    }

    fn reorg(&self, depth: u64, transactions: Vec<(ReorgTransaction, u64)>) -> Result<(), RpcError> {
        let mut blocks = vec![Candidates::default(); usize::try_from(depth).unwrap_or(usize::MAX)];
        for (transaction, at) in transactions {
            let block = usize::try_from(at).ok().and_then(|at| blocks.get_mut(at));
            let block = block.ok_or_else(|| RpcError::invalid_params("a transaction lies behind the last block"))?;
            match transaction {
                ReorgTransaction::Raw(bytes) => self.include_raw(block, &bytes)?,
                ReorgTransaction::Unsigned(sender, typed) => self.include_unsigned(block, sender, *typed)?,
            }
        }
        self.replace_blocks(blocks)
    }
}

impl Chain {
    /// Changes what the next block is made with, and tells the pool.
    fn change_settings(&self, change: impl FnOnce(&mut crate::produce::Settings)) {
        let mut work = self.work.lock();
        change(&mut work.settings);
        let head = self.head_now();
        let spec = spec_with(&self.spec, &head.overlay);
        let next = self.pool_head(&spec, head.header(), &work.settings);
        self.pool.lock().set_head(next);
        // A lower fee may make something executable.
        self.signal.pending();
    }
}

fn checked_time(timestamp: u64) -> Result<u64, RpcError> {
    if timestamp <= TIMESTAMP_MAX {
        return Ok(timestamp);
    }
    Err(RpcError::invalid_params(format!("timestamp {timestamp} is too far away")))
}
