//! Small pieces of work inside one transaction, run on the workers that are not busy with others.
//!
//! The pool has so many workers, and never do more run at once: a fork takes as many helpers as there are idle workers at
//! that moment and does the rest itself. It waits for nothing but its own pieces, so forks may be nested and may come
//! from several transactions at once.

use crate::sync::{
    Helpers, Mutex,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};
use std::time::Instant;

/// Pieces that take less than this together are not worth waking anybody.
///
/// Helpers are threads of their own: waiting inside a worker of the pool could make it take up another worker's part of the
/// block, on top of the transaction that waits.
const FORKED_NS_MIN: u64 = 100_000;

/// Who of a pool's workers is busy, and what is known of the cost of forked work.
#[derive(Debug)]
pub(crate) struct Forks {
    /// Workers of the pool beside the calling one.
    others: usize,
    /// Workers that run blocks or help.
    busy: Mutex<usize>,
    /// Forks whatever can be forked.
    all: bool,
    /// Moving average of the time of one piece; zero while nothing is known.
    cost_ns: AtomicU64,
    /// How often helpers took part.
    shared: AtomicU64,
    threads: Helpers,
}

impl Forks {
    pub(crate) fn new(workers: usize, all: bool) -> Self {
        let threads = Helpers::new(workers - 1);
        let (cost_ns, shared) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { others: workers - 1, busy: Mutex::new(0), all, cost_ns, shared, threads }
    }

    /// Counts workers that run a block, the calling one left out.
    pub(crate) fn occupy(&self, workers: usize) {
        *self.busy.lock() += workers;
    }

    /// The opposite.
    pub(crate) fn release(&self, workers: usize) {
        *self.busy.lock() -= workers;
    }

    /// How often work was shared with helpers.
    pub(crate) fn shared(&self) -> u64 {
        self.shared.load(Ordering::Relaxed)
    }

    /// Takes up to `wanted` idle workers.
    fn take(&self, wanted: usize) -> usize {
        let mut busy = self.busy.lock();
        let taken = wanted.min(self.others.saturating_sub(*busy));
        *busy += taken;
        taken
    }

    /// Runs `work(0)` to `work(count - 1)`, each once, with whoever is idle. If nobody is, or it is not worth it, runs
    /// nothing and says so.
    pub(crate) fn run(&self, count: usize, work: &(dyn Fn(usize) + Sync)) -> bool {
        let known = self.cost_ns.load(Ordering::Relaxed);
        let is_worth_it = self.all || known == 0 || known.saturating_mul(count as u64) >= FORKED_NS_MIN;
        if count < 2 {
            return false;
        }
        if !is_worth_it {
            // What is never tried is never learnt: the estimate grows until it is tried again.
            self.cost_ns.store(known + known / 8 + 1, Ordering::Relaxed);
            return false;
        }
        let helpers = self.take(count - 1);
        if helpers == 0 {
            return false;
        }
        let taken = Taken { forks: self, helpers };
        self.shared.fetch_add(1, Ordering::Relaxed);
        let (next, spent) = (AtomicUsize::new(0), AtomicU64::new(0));
        self.threads.run_beside(helpers, || {
            let start = Instant::now();
            loop {
                let task = next.fetch_add(1, Ordering::Relaxed);
                if task >= count {
                    break;
                }
                work(task);
            }
            spent.fetch_add(u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
        });
        drop(taken);
        self.learn(spent.load(Ordering::Relaxed) / count as u64);
        true
    }

    /// Learns what a piece takes. It decides about time only, never about a result.
    fn learn(&self, cost: u64) {
        let known = self.cost_ns.load(Ordering::Relaxed);
        let cost = if known == 0 { cost } else { (known * 3).saturating_add(cost) / 4 };
        self.cost_ns.store(cost.max(1), Ordering::Relaxed);
    }
}

/// Helpers that have been taken, until it is dropped: also where a piece panics.
struct Taken<'f> {
    forks: &'f Forks,
    helpers: usize,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.forks.release(self.helpers);
    }
}

#[cfg(test)]
mod tests;
