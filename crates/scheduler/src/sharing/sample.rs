//! What a block's transactions cost, from some of them.

use super::{Sharing, nanoseconds};
use crate::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Of so many transactions of a large block one is timed.
const SAMPLED: usize = 8;

/// In a block of so many at most all are.
const TIMED_MAX: usize = 128;

/// Times of some transactions.
#[derive(Debug)]
pub(crate) struct Sample {
    /// Of so many transactions one is timed.
    every: usize,
    total_ns: AtomicU64,
    transactions: AtomicU64,
}

impl Sample {
    /// Of a block of so many transactions.
    pub(crate) fn of(transactions: usize) -> Self {
        let every = if transactions <= TIMED_MAX { 1 } else { SAMPLED };
        Self { every, total_ns: AtomicU64::new(0), transactions: AtomicU64::new(0) }
    }

    /// Runs `work` for transaction `index` and, if it is one of the sample, takes its time.
    pub(crate) fn time<T>(&self, index: usize, work: impl FnOnce() -> T) -> T {
        if !index.is_multiple_of(self.every) {
            return work();
        }
        let start = Instant::now();
        let result = work();
        self.total_ns.fetch_add(nanoseconds(start.elapsed()), Ordering::Relaxed);
        self.transactions.fetch_add(1, Ordering::Relaxed);
        result
    }

    /// Hands over what was learnt.
    pub(crate) fn teach(&self, sharing: &Sharing) {
        sharing.learn(self.total_ns.load(Ordering::Relaxed), self.transactions.load(Ordering::Relaxed));
    }
}
