//! Carries out a [`Plan`].
//!
//! Two kinds of counters: what a barrier still misses, and at how many barriers a transaction still waits. Whoever
//! brings the one to zero lowers the others; a transaction that waits nowhere is ready. No locks.
//!
//! The committing worker takes the first open transaction of the block whether it is ready or not; all that it could
//! wait for is committed then, unless the plan was made from wrong hints. So a plan, however wrong, ends.

use crate::{
    dispatch::{Dispatch, Next},
    plan::Plan,
    ready::{Flags, ReadySet},
    sync::atomic::{AtomicU32, AtomicUsize, Ordering},
};

/// A plan being carried out.
#[derive(Debug)]
pub(crate) struct Planned {
    plan: Plan,
    /// For each transaction its place in the plan's order.
    places: Vec<u32>,
    /// Places of the transactions that wait nowhere and that nobody has started.
    ready: ReadySet,
    started: Flags,
    executed: Flags,
    /// Transactions that nobody has started.
    unstarted: AtomicUsize,
    /// For each transaction the barriers that it waits at and that are closed.
    closed: Box<[AtomicU32]>,
    /// For each barrier the members that are not executed.
    missing: Box<[AtomicU32]>,
    /// Transactions that had to wait.
    deferred: usize,
}

impl Planned {
    pub(crate) fn new(plan: Plan) -> Self {
        let len = plan.order.len();
        let mut places = vec![0; len];
        for (place, transaction) in (0_u32..).zip(&plan.order) {
            places[*transaction as usize] = place;
        }
        let mut closed = vec![0; len];
        for transaction in plan.waiting.items() {
            closed[*transaction as usize] += 1;
        }
        let mut missing = vec![0; plan.waiting.len()];
        let barriers = plan.memberships.items().iter().chain(plan.then.iter().flatten());
        for barrier in barriers {
            missing[*barrier as usize] += 1;
        }
        let ready = ReadySet::new(len);
        for (transaction, _) in closed.iter().enumerate().filter(|(_, closed)| **closed == 0) {
            ready.insert(places[transaction] as usize);
        }
        Self {
            deferred: closed.iter().filter(|closed| **closed > 0).count(),
            ready,
            started: Flags::new(len),
            executed: Flags::new(len),
            unstarted: AtomicUsize::new(len),
            closed: counters(closed),
            missing: counters(missing),
            places,
            plan,
        }
    }

    /// Takes note that somebody has started a transaction; `false` if that was known.
    fn start(&self, transaction: u32) -> bool {
        let is_first = self.started.raise(transaction as usize);
        if is_first {
            self.unstarted.fetch_sub(1, Ordering::Relaxed);
        }
        is_first
    }

    /// Takes note that a transaction was executed.
    fn complete(&self, transaction: u32) {
        if self.executed.raise(transaction as usize) {
            for barrier in self.plan.memberships.row(transaction) {
                self.arrive(*barrier);
            }
        }
    }

    /// One member of a barrier is there.
    fn arrive(&self, barrier: u32) {
        let mut next = Some(barrier);
        while let Some(barrier) = next.take() {
            if self.missing[barrier as usize].fetch_sub(1, Ordering::AcqRel) == 1 {
                for transaction in self.plan.waiting.row(barrier) {
                    self.release(*transaction);
                }
                next = self.plan.then[barrier as usize];
            }
        }
    }

    /// One barrier in front of a transaction has opened.
    fn release(&self, transaction: u32) {
        let was = self.closed[transaction as usize].fetch_sub(1, Ordering::AcqRel);
        if was == 1 && !self.started.is_raised(transaction as usize) {
            self.ready.insert(self.places[transaction as usize] as usize);
        }
    }
}

impl Dispatch for Planned {
    fn next(&self, _head: usize) -> Next {
        while let Some(place) = self.ready.take_first() {
            let transaction = self.plan.order[place];
            if self.start(transaction) {
                let transaction = transaction as usize;
                return Next::Run(transaction..transaction + 1);
            }
        }
        if self.unstarted.load(Ordering::Relaxed) == 0 { Next::Done } else { Next::Wait }
    }

    fn executed(&self, index: usize) {
        self.complete(crate::plan::number(index));
    }

    fn committed(&self, index: usize) {
        let transaction = crate::plan::number(index);
        self.start(transaction);
        self.complete(transaction);
    }

    fn deferred(&self) -> usize {
        self.deferred
    }
}

fn counters(values: Vec<u32>) -> Box<[AtomicU32]> {
    values.into_iter().map(AtomicU32::new).collect()
}

#[cfg(test)]
mod tests;
