//! Whole blocks on a state on disk: executing one, its root, its commit.
//!
//! ```text
//!  Filled::new    holders of a token, committed in chunks, reopened        once
//!  Filled::round  transfers ▸ execute ▸ root ▸ commit, each timed          as often as wanted
//!                 transfers ▸ execute, root beside its end ▸ commit, timed as a whole
//! ```

use crate::workload::{Holders, Settings, SplitMix};
use access_list::StateDiff;
use executor::{Attributes, BuiltBlock, Engine, Plan, Policy, Proposal, template};
use primitives::{
    Address, B256, Bytes, ChainSpec, Header,
    alloy_consensus::ReceiptEnvelope,
    alloy_eips::eip4895::Withdrawals,
    alloy_rlp::{self, Encodable},
};
use serde::Serialize;
use state::{
    StateError, StateReader,
    disk::{BlockCommit, Disk, DiskError, Durability, LogKey, Options, RootUpdate},
};
use std::{
    fmt,
    path::Path,
    time::{Duration, Instant},
};

/// Holders in one block while the store is filled.
const CHUNK: u64 = 100_000;

/// Seconds between two blocks.
const BLOCK_TIME: u64 = 12;

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The store.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// Reading from it.
    #[error(transparent)]
    State(#[from] StateError),
    /// Executing a block.
    #[error(transparent)]
    Execution(#[from] executor::Error),
    /// Not every transfer of a block could be executed.
    #[error("{executed} of {wanted} transfers of block {number} went through")]
    Refused {
        /// Which block.
        number: u64,
        /// How many succeeded.
        executed: usize,
        /// How many there were.
        wanted: usize,
    },
}

/// A store with the holders of a token, and who makes blocks on it.
pub struct Filled {
    disk: Disk,
    engine: Engine,
    holders: Holders,
    chain: ChainSpec,
    head: Header,
    random: SplitMix,
}

impl fmt::Debug for Filled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filled")
            .field("holders", &self.holders)
            .field("head", &self.head.number)
            .finish_non_exhaustive()
    }
}

/// What blocks took, in nanoseconds: one step by step, and one as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Round {
    /// Executing it, with receipts, access list and all roots but that of the state.
    pub execute_ns: f64,
    /// The state root.
    pub root_ns: f64,
    /// Writing it, until it is on stable storage.
    pub commit_ns: f64,
    /// All of another block, from the transactions to the new head, where the root is worked out beside the end of
    /// execution.
    pub whole_ns: f64,
    /// Gas that the transactions of the other block used.
    pub gas: u64,
}

impl Round {
    /// The whole block over the longer of its two halves: 1 if the shorter one costs nothing.
    pub fn over_longer_half(&self) -> f64 {
        self.whole_ns / self.execute_ns.max(self.root_ns + self.commit_ns)
    }
}

/// When what of a block was done, from its start.
struct Times {
    executed: Duration,
    sealed: Duration,
    committed: Duration,
    gas: u64,
}

impl Filled {
    /// Fills the store in `dir`, which must hold none; `progress` is told how many holders are there. Then opens it
    /// anew, so that nothing is in memory but what a start leaves there.
    pub fn new(
        dir: &Path,
        settings: Settings,
        holders: u64,
        engine: Engine,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Self, Error> {
        let holders = Holders::new(settings, holders);
        let header =
            Header { number: 0, gas_limit: 30_000_000, base_fee_per_gas: Some(1_000_000_000), ..Header::default() };
        let genesis = header.hash_slow();
        let chain = ChainSpec::at_fork(settings.fork);
        let options = |durability| Options { durability, ..Options::new(chain.chain_id, genesis) };
        let mut head = header;
        {
            let disk = Disk::open(dir, options(Durability::Blocks(u64::MAX)))?;
            if disk.head().is_some() {
                return Err(DiskError::Exists { path: dir.to_owned() }.into());
            }
            let update = disk.root_of(&holders.base())?;
            head.state_root = update.root();
            commit(&disk, &head, Parts::default(), update)?;
            for first in (0..holders.count).step_by(usize::try_from(CHUNK).unwrap_or(usize::MAX)) {
                let end = holders.count.min(first + CHUNK);
                head = fill(&disk, &head, &holders.part(first..end))?;
                progress(end);
            }
            disk.sync()?;
        }
        let disk = Disk::open(dir, options(Durability::EachBlock))?;
        let random = SplitMix::new(settings.seed);
        Ok(Self { disk, engine, holders, chain, head, random })
    }

    /// Makes two blocks of `transactions` transfers each, between holders drawn anew: one step by step, which gives the
    /// steps, and one as a node makes it, the root beside the end of execution, which gives the whole.
    pub fn round(&mut self, transactions: usize) -> Result<Round, Error> {
        let apart = self.block(transactions, false)?;
        let whole = self.block(transactions, true)?;
        let ns = |time: Duration| time.as_secs_f64() * 1e9;
        Ok(Round {
            execute_ns: ns(apart.executed),
            root_ns: ns(apart.sealed - apart.executed),
            commit_ns: ns(apart.committed - apart.sealed),
            whole_ns: ns(whole.committed),
            gas: whole.gas,
        })
    }

    /// Makes one block, the root beside the end of execution or after it.
    fn block(&mut self, transactions: usize, beside: bool) -> Result<Times, Error> {
        let transfer = self.holders.draw(transactions, &mut self.random);
        let state = self.disk.latest();
        let attributes = Attributes {
            timestamp: self.head.timestamp + BLOCK_TIME,
            beneficiary: Address::repeat_byte(0xbe),
            // Twice what is asked for: the base fee stays near where it is.
            gas_limit: 2 * Holders::gas(transactions),
            parent_beacon_block_root: Some(B256::ZERO),
            ..Attributes::default()
        };
        let header = template(&self.chain, &self.head, &attributes);
        let gas_price = 2 * u128::from(header.base_fee_per_gas.unwrap_or_default()) + 1;
        // As a pool knows them.
        let nonces: Result<Vec<u64>, StateError> = transfer
            .senders
            .iter()
            .map(|sender| Ok(state.account(*sender)?.map_or(0, |account| account.nonce)))
            .collect();
        let signed = self.holders.transactions(&transfer, &nonces?, gas_price);
        let proposal = Proposal {
            chain: &self.chain,
            header,
            transactions: &signed,
            senders: &transfer.senders,
            ommers: Vec::new(),
            withdrawals: Some(Withdrawals::default()),
            record_operations: false,
        };
        let plan = Plan { policy: Policy::Optimistic, ..Plan::default() };

        let start = Instant::now();
        let root_of = |diff: &StateDiff| self.disk.root_of(diff);
        let (mut built, update, executed) = if beside {
            let (built, update) = self.engine.build_beside(&proposal, &state, &plan, root_of)?;
            (built, update?, start.elapsed())
        } else {
            let built = self.engine.build(&proposal, &state, &plan)?;
            let executed = start.elapsed();
            let update = root_of(&built.execution.diff)?;
            (built, update, executed)
        };
        built.seal(update.root());
        let sealed = start.elapsed();
        commit(&self.disk, &built.block.header, Parts::of(&built), update)?;
        let committed = start.elapsed();

        let succeeded = built.execution.receipts.iter().filter(|receipt| receipt.is_success()).count();
        if succeeded != signed.len() {
            let number = built.block.header.number;
            return Err(Error::Refused { number, executed: succeeded, wanted: signed.len() });
        }
        self.head = built.block.header;
        Ok(Times { executed, sealed, committed, gas: self.head.gas_used })
    }

    /// Bytes that the store takes on disk.
    pub fn bytes(&self) -> Result<u64, DiskError> {
        Ok(self.disk.stats()?.keyspaces.iter().map(|space| space.bytes).sum())
    }
}

fn fill(disk: &Disk, parent: &Header, diff: &StateDiff) -> Result<Header, Error> {
    let update = disk.root_of(diff)?;
    let head = Header {
        parent_hash: parent.hash_slow(),
        number: parent.number + 1,
        timestamp: parent.timestamp + BLOCK_TIME,
        state_root: update.root(),
        gas_limit: parent.gas_limit,
        base_fee_per_gas: parent.base_fee_per_gas,
        ..Header::default()
    };
    commit(disk, &head, Parts::default(), update)?;
    Ok(head)
}

/// What of a block is written beside its header and its changes.
#[derive(Default)]
struct Parts {
    body: Vec<u8>,
    receipts: Vec<u8>,
    access_list: Option<Bytes>,
    transactions: Vec<B256>,
    logs: Vec<LogKey>,
}

impl Parts {
    fn of(built: &BuiltBlock) -> Self {
        let mut parts = Self { access_list: Some(built.list.encode().into()), ..Self::default() };
        built.block.encode(&mut parts.body);
        built.senders.encode(&mut parts.body);
        alloy_rlp::encode_list::<_, ReceiptEnvelope>(&built.execution.receipts, &mut parts.receipts);
        parts.transactions.extend(built.block.body.transactions.iter().map(|transaction| *transaction.tx_hash()));
        for log in built.execution.receipts.iter().flat_map(ReceiptEnvelope::logs) {
            parts.logs.push(LogKey::Address(log.address));
            parts.logs.extend(log.topics().first().map(|topic| LogKey::Topic(*topic)));
        }
        parts.logs.sort_unstable();
        parts.logs.dedup();
        parts
    }
}

fn commit(disk: &Disk, header: &Header, parts: Parts, update: RootUpdate) -> Result<(), Error> {
    Ok(disk.commit(BlockCommit {
        number: header.number,
        hash: header.hash_slow(),
        parent_hash: header.parent_hash,
        header: alloy_rlp::encode(header).into(),
        body: parts.body.into(),
        receipts: parts.receipts.into(),
        access_list: parts.access_list,
        transactions: parts.transactions,
        logs: parts.logs,
        notes: Vec::new(),
        update,
    })?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_follow_on_each_other_and_are_timed_whole() {
        let dir = tempfile::tempdir().unwrap();
        let mut told = 0;
        let engine = Engine::new(2).unwrap();
        let mut filled = Filled::new(dir.path(), Settings::new(1), 300, engine, &mut |count| told = count).unwrap();
        assert_eq!(told, 300);
        for number in [3, 5] {
            let round = filled.round(100).unwrap();
            assert_eq!(filled.disk.head().unwrap().number, number);
            let parts = [round.execute_ns, round.root_ns, round.commit_ns, round.whole_ns];
            assert!(parts.iter().all(|part| *part > 0.0) && round.over_longer_half() > 0.0, "{round:?}");
            assert!(round.gas > 100 * 21_000, "{round:?}");
        }
        assert_eq!(filled.disk.head().unwrap().state_root, filled.head.state_root);
        filled.disk.verify(|_| ()).unwrap();
    }
}
