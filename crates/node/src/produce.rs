//! Making one block, from the pool to the disk.
//!
//! ```text
//!  pool.best ──▶ spread ──▶ Engine::build_beside ──▶ receipts, list, their roots ──▶ seal ──▶ shadow ──▶ Disk::commit
//!                  ▲        (optimistic)     └─ diff ─▶ overlay ─▶ Disk::root_of ────┘          │             │
//!                  │                                                a difference stops the node┘             ▼
//!           hints of calls ◀──────────────────── subscribers ◀── head ◀── pool.on_block, what was refused goes
//! ```
//!
//! Law: each block that is made includes a transaction of the pool or takes one out of it, as long as the pool offers
//! any. So a miner that goes on until nothing is offered comes to an end, and leaves nothing executable behind.

mod candidates;
mod foresight;
mod shadow;
mod spread;

use crate::{
    BlockReport, Chain, Genesis, MadeBlock, NodeError,
    chain::{Head, pool_head, spec_with},
    clock::{self, Clock},
    console,
    dev::Snapshot,
    overlay::{Overlay, StateView},
    record,
    schedule::Schedule,
    store::Stored,
};
use access_list::{AccountChange, StateDiff};
pub(crate) use candidates::{Candidates, choose};
use executor::{Attributes, BuiltBlock, Engine, Plan, Policy, Proposal, Timeline, template};
pub(crate) use foresight::CLASSES_MAX;
use primitives::{
    Address, B256, Bytes, ChainSpec, Fork, Header, alloy_consensus::ReceiptEnvelope, alloy_eips::eip4895::Withdrawals,
    alloy_rlp, keccak256,
};
use rpc::backend::{ChainBlock, HeadEvent};
use state::disk::{BlockCommit, Disk, DiskError, LogKey, RootUpdate};
use std::{sync::Arc, time::Instant};
use txpool::BlockUpdate;

/// What the maker of blocks owns, and what developers told it.
pub(crate) struct Work {
    pub(crate) settings: Settings,
    pub(crate) producer: Producer,
    /// By identifier, ascending.
    pub(crate) snapshots: Vec<Snapshot>,
    pub(crate) snapshots_taken: u64,
}

/// What the next block is made with.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) clock: Clock,
    pub(crate) gas_limit: u64,
    pub(crate) coinbase: Address,
    pub(crate) min_tip: u128,
    /// Of the next block only.
    pub(crate) base_fee: Option<u64>,
    /// Of the next block only.
    pub(crate) prev_randao: Option<B256>,
}

/// What the node was told of its blocks at the start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Producer {
    pub(crate) coinbase: Address,
    pub(crate) min_tip: u128,
}

impl Work {
    pub(crate) fn new(gas_limit: u64, producer: Producer) -> Self {
        let settings = Settings {
            clock: Clock::default(),
            gas_limit,
            coinbase: producer.coinbase,
            min_tip: producer.min_tip,
            base_fee: None,
            prev_randao: None,
        };
        Self { settings, producer, snapshots: Vec::new(), snapshots_taken: 0 }
    }
}

/// A block that is ready to be committed.
pub(crate) struct Sealed {
    pub(crate) built: BuiltBlock,
    pub(crate) hash: B256,
    /// What it changes, with what developers changed before it.
    pub(crate) diff: StateDiff,
    update: RootUpdate,
    schedule: Schedule,
}

impl Chain {
    /// Makes a block if the pool offers anything. Gives whether it still does.
    pub(crate) fn mine_pending(&self) -> Result<bool, NodeError> {
        let mut work = self.work.lock();
        if !self.offers(&work.settings) {
            return Ok(false);
        }
        self.produce(&mut work)?;
        Ok(self.offers(&work.settings))
    }

    /// Makes a block, empty or not.
    pub(crate) fn mine_one(&self) -> Result<(), NodeError> {
        self.produce(&mut self.work.lock())
    }

    /// Makes a block on the head.
    pub(crate) fn produce(&self, work: &mut Work) -> Result<(), NodeError> {
        self.check_running()?;
        self.guard(self.try_produce(work))
    }

    /// What the pool judges transactions by after a block.
    pub(crate) fn pool_head(&self, spec: &ChainSpec, parent: &Header, settings: &Settings) -> txpool::Head {
        pool_head(spec, parent, settings.gas_limit, settings.min_tip, settings.base_fee)
    }

    fn offers(&self, settings: &Settings) -> bool {
        let head = self.head_now();
        let next = self.pool_head(&self.spec, head.header(), settings);
        self.pool.lock().best(next.base_fee, next.blob_fee).next().is_some()
    }

    fn try_produce(&self, work: &mut Work) -> Result<(), NodeError> {
        let header = self.header_on(self.head_now().header(), &work.settings);
        let candidates = self.choose(&header);
        self.produce_of(work, header, &candidates)
    }

    /// Makes a block of these transactions, as far as they can stand in it.
    pub(crate) fn produce_of(&self, work: &mut Work, header: Header, candidates: &Candidates) -> Result<(), NodeError> {
        let start = Instant::now();
        let head = self.head_now();
        let spec = spec_with(&self.spec, &head.overlay);
        let view = StateView { disk: self.store.disk.at(head.header().number)?, overlay: Arc::clone(&head.overlay) };
        let sealed = self.seal((&self.engine, &spec), &view, header, candidates)?;
        let built_at = Instant::now();
        if self.shadow {
            let is_free = work.settings.base_fee.is_some() || work.settings.gas_limit != head.header().gas_limit;
            self.check_shadow(&spec, (&sealed.built, &sealed.diff), head.header(), &view, is_free)?;
        }
        let judged_at = Instant::now();
        let Sealed { built, hash, diff, update, schedule } = sealed;
        self.schedules.lock().keep(hash, schedule);
        let stats = built.execution.stats;
        let block = ChainBlock { hash, block: built.block, senders: built.senders };
        let has_console = self.hears_console && built.list.account(console::ADDRESS).is_some();
        let list = Some(Bytes::from(built.list.encode()));
        let receipts = built.execution.receipts;
        self.store.disk.commit(commit(&block, &receipts, &head.overlay, list, update)?)?;
        let committed_at = Instant::now();

        work.settings.clock.made(block.block.header.timestamp);
        work.settings.base_fee = None;
        work.settings.prev_randao = None;
        let stored =
            Stored { block: Arc::new(block), receipts: Arc::new(receipts), overlay: Arc::clone(&head.overlay) };
        self.store.keep(stored.clone());
        self.follow(&stored, &diff.accounts, candidates, &built.rejected, &work.settings);
        let Stored { block, receipts, .. } = stored;
        if let Some(observer) = &self.observer {
            let header = &block.block.header;
            observer.block(&BlockReport {
                number: header.number,
                hash,
                transactions: block.senders.len(),
                gas_used: header.gas_used,
                gas_limit: header.gas_limit,
                base_fee: header.base_fee_per_gas.unwrap_or_default(),
                workers: stats.workers,
                executions: stats.executions,
                stale: stats.stale,
                deferred: stats.deferred,
                rejected: built.rejected.len(),
                build: built_at - start,
                shadow: judged_at - built_at,
                commit: committed_at - judged_at,
                total: start.elapsed(),
            });
        }
        if let Some(audience) = self.audience() {
            let (block, receipts) = (Arc::clone(&block), Arc::clone(&receipts));
            audience.block(MadeBlock { block, receipts, has_console });
        }
        self.events.publish_head(HeadEvent { block: Arc::clone(&block), receipts, removed: false });
        self.learn(&block, &built.execution.executed);
        Ok(())
    }

    /// Builds the block and puts the state root in.
    pub(crate) fn seal(
        &self,
        (engine, spec): (&Engine, &ChainSpec),
        view: &StateView,
        header: Header,
        chosen: &Candidates,
    ) -> Result<Sealed, NodeError> {
        let number = header.number;
        let withdrawals = (self.spec.fork_of(&header) >= Fork::Shanghai).then(Withdrawals::default);
        let proposal = Proposal {
            chain: spec,
            header,
            transactions: &chosen.transactions,
            senders: &chosen.senders,
            ommers: Vec::new(),
            withdrawals,
            record_operations: false,
        };
        let timeline = Timeline::new();
        let plan = Plan { policy: Policy::Optimistic, timeline: Some(&timeline), ..Plan::default() };
        let with_root = |diff: &StateDiff| {
            // Only developers' changes make another diff of it.
            let whole = (!view.overlay.leaves_state()).then(|| view.overlay.under(diff.clone()));
            let update = self.store.disk.root_of(whole.as_ref().unwrap_or(diff))?;
            Ok::<_, DiskError>((whole, update))
        };
        let built = engine.build_beside(&proposal, view, &plan, with_root);
        let (mut built, of_diff) = built.map_err(|error| NodeError::Execution { number, error })?;
        let (whole, update) = of_diff?;
        let own = std::mem::take(&mut built.execution.diff);
        let diff = whole.unwrap_or(own);
        built.seal(update.root());
        let hash = built.block.header.hash_slow();
        let schedule = Schedule::new(plan.policy, engine.workers(), timeline);
        Ok(Sealed { built, hash, diff, update, schedule })
    }

    /// The header of a block on a parent, as far as no transaction decides it.
    pub(crate) fn header_on(&self, parent: &Header, settings: &Settings) -> Header {
        let number = parent.number.saturating_add(1);
        let attributes = Attributes {
            timestamp: settings.clock.next(parent.timestamp),
            beneficiary: settings.coinbase,
            gas_limit: settings.gas_limit,
            prevrandao: settings
                .prev_randao
                .unwrap_or_else(|| keccak256([self.genesis.as_slice(), &number.to_be_bytes()].concat())),
            parent_beacon_block_root: Some(B256::ZERO),
            extra_data: Bytes::new(),
        };
        let mut header = template(&self.spec, parent, &attributes);
        if let Some(fee) = settings.base_fee {
            header.base_fee_per_gas = Some(fee);
        }
        header
    }

    /// Brings the pool to the new head, then shows the head to readers.
    pub(crate) fn follow(
        &self,
        stored: &Stored,
        changed: &[AccountChange],
        candidates: &Candidates,
        rejected: &[(usize, executor::Rejection)],
        settings: &Settings,
    ) {
        let header = &stored.block.block.header;
        let transactions = &stored.block.block.body.transactions;
        let mined: Vec<B256> = transactions.iter().map(|transaction| *transaction.tx_hash()).collect();
        let now_ms = clock::now_ms();
        let mut pool = self.pool.lock();
        let overlay = stored.overlay.after_block();
        let next = self.pool_head(&spec_with(&self.spec, &overlay), header, settings);
        let update = BlockUpdate { head: next, changed, mined: &mined, returned: Vec::new(), now_ms };
        let mut events = pool.on_block(update);
        for hash in candidates.refused(rejected, mined.is_empty()) {
            // One that only waits for funds is in the queue by now, and stays there.
            if pool.is_pending(&hash) == Some(true) {
                events.extend(pool.remove(&hash, now_ms));
            }
        }
        let Stored { block, receipts, .. } = stored.clone();
        *self.head.write() = Arc::new(Head { block, receipts, overlay: Arc::new(overlay) });
        drop(pool);
        self.publish_pending(&events);
    }
}

/// Everything that is written of a block.
pub(crate) fn commit(
    block: &ChainBlock,
    receipts: &[ReceiptEnvelope],
    overlay: &Overlay,
    access_list: Option<Bytes>,
    update: RootUpdate,
) -> Result<BlockCommit, NodeError> {
    let header = &block.block.header;
    let mut logs: Vec<LogKey> = Vec::new();
    for log in receipts.iter().flat_map(ReceiptEnvelope::logs) {
        logs.push(LogKey::Address(log.address));
        logs.extend(log.topics().first().map(|topic| LogKey::Topic(*topic)));
    }
    logs.sort_unstable();
    logs.dedup();
    Ok(BlockCommit {
        number: header.number,
        hash: block.hash,
        parent_hash: header.parent_hash,
        header: alloy_rlp::encode(header).into(),
        body: record::encode_body(block, overlay)?,
        receipts: record::encode_receipts(receipts),
        access_list,
        transactions: block.block.body.transactions.iter().map(|transaction| *transaction.tx_hash()).collect(),
        logs,
        notes: Vec::new(),
        update,
    })
}

/// Writes the first block.
pub(crate) fn commit_genesis(disk: &Disk, genesis: &Genesis) -> Result<(), NodeError> {
    let update = disk.root_of(&genesis.diff)?;
    let block = ChainBlock { hash: genesis.hash, block: genesis.block.clone(), senders: Vec::new() };
    let commit = commit(&block, &[], &Overlay::default(), None, update)?;
    Ok(disk.commit(commit)?)
}
