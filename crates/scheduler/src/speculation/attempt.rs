//! Speculative executions, from the worker that made one to the one that commits it, and back.
//!
//! What is long of an attempt, the record, stays where it was made as long as nothing speaks against it; its maker takes
//! it back once it is committed, so that neither its memory nor its cache lines move from core to core.

use crate::{
    Executed,
    footprint::Footprint,
    stamps::Shown,
    sync::{Mutex, atomic::AtomicU32},
};
use access_list::AccessRecord;
use primitives::Address;
use state::StateError;
use std::collections::VecDeque;

/// Nobody has begun the transaction.
pub(super) const PENDING: u32 = 0;
/// A worker has.
pub(super) const RUNNING: u32 = 1;
/// The attempt is there: this, and the worker that made it.
pub(super) const EXECUTED: u32 = 2;

/// [`EXECUTED`] by a worker.
pub(super) fn executed_by(worker: usize) -> u32 {
    EXECUTED + u32::try_from(worker).expect("so many threads are never started")
}

/// The place of one transaction. A cache line of its own, since neighbours are executed by different workers.
#[derive(Debug)]
#[repr(align(64))]
pub(super) struct Place<O> {
    pub(super) status: AtomicU32,
    /// Boxed, since a block has many places and few attempts at a time.
    pub(super) attempt: Mutex<Option<Box<Attempt<O>>>>,
}

impl<O> Place<O> {
    pub(super) fn empty() -> Self {
        Self { status: AtomicU32::new(PENDING), attempt: Mutex::new(None) }
    }
}

/// A speculative execution.
#[derive(Debug)]
pub(super) struct Attempt<O> {
    /// What came of it; `None` once it was committed or found to be stale.
    pub(super) result: Option<Result<Executed<O>, StateError>>,
    /// The record of a result that was committed without it.
    pub(super) spare: AccessRecord,
    /// Transactions that were committed when it started.
    pub(super) since: usize,
    /// The sender, if its nonce was taken for the one that the transaction expects, and was another.
    pub(super) assumed: Option<Address>,
    /// What was found when its writes were shown; `None` if they are not shown.
    pub(super) shown: Option<Shown>,
    /// What it touched, if its writes are shown.
    pub(super) footprint: Footprint,
}

impl<O> Default for Attempt<O> {
    fn default() -> Self {
        Self {
            result: None,
            spare: AccessRecord::default(),
            since: 0,
            assumed: None,
            shown: None,
            footprint: Footprint::default(),
        }
    }
}

/// The attempts of one worker that are under way, and one that is not.
#[derive(Debug)]
pub(super) struct Supply<O> {
    /// The worker.
    pub(super) maker: usize,
    /// Their transactions, oldest first.
    under_way: VecDeque<usize>,
    spare: Option<Box<Attempt<O>>>,
    /// How many there have been.
    pub(super) executions: usize,
}

impl<O> Supply<O> {
    /// None yet of this worker.
    pub(super) const fn new(maker: usize) -> Self {
        Self { maker, under_way: VecDeque::new(), spare: None, executions: 0 }
    }

    /// An empty attempt: one that came back, with a record to be used again, where there is one. All below `decided` are
    /// committed.
    pub(super) fn take(&mut self, places: &[Place<O>], decided: usize) -> Box<Attempt<O>> {
        let spare = self.spare.take();
        let came_back = || {
            let index = self.under_way.pop_front_if(|index| *index < decided)?;
            places[index].attempt.lock().take()
        };
        let mut attempt = spare.or_else(came_back).unwrap_or_default();
        attempt.result = None;
        attempt.shown = None;
        attempt.footprint.clear();
        attempt
    }

    /// Takes note of an attempt that waits in the place of `index`.
    pub(super) fn sent(&mut self, index: usize) {
        self.under_way.push_back(index);
    }

    /// Keeps an attempt that was not sent.
    pub(super) fn keep(&mut self, attempt: Box<Attempt<O>>) {
        self.spare = Some(attempt);
    }
}
