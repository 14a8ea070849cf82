//! What an ideal schedule could gain on a block, whatever the engine.

use access_list::{AccessSet, ConflictGraph};
use primitives::map::HashSet;
use serde::Serialize;

/// Work and spans of a block.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Bounds {
    /// T1: the cost of all transactions.
    pub(crate) work_ns: u64,
    /// T-infinity: the cost of the longest chain of conflicts.
    pub(crate) span_ns: u64,
    /// The cost of the costliest transaction: T-infinity where every transaction is given its reads.
    pub(crate) longest_ns: u64,
    /// Transactions of that longest chain.
    pub(crate) chain_transactions: usize,
    /// Pairs of transactions that are neighbours on some key and whose order matters.
    pub(crate) conflicts: usize,
}

impl Bounds {
    /// Works them out from what the transactions touch and cost.
    pub(crate) fn of(sets: &[AccessSet], costs: &[u64]) -> Self {
        let graph = ConflictGraph::from_sets(sets, costs);
        let pairs: HashSet<(u32, u32)> = graph.conflicts().map(|conflict| (conflict.before, conflict.after)).collect();
        Self {
            work_ns: graph.work(),
            span_ns: graph.span(),
            longest_ns: costs.iter().copied().max().unwrap_or_default(),
            chain_transactions: graph.critical_path().transactions.len(),
            conflicts: pairs.len(),
        }
    }

    /// The least time of `workers` workers that respect the conflicts.
    pub(crate) fn least_ns(&self, workers: usize) -> f64 {
        least(self.work_ns, self.span_ns, workers)
    }

    /// The least time of `workers` workers that know every read beforehand.
    pub(crate) fn least_listed_ns(&self, workers: usize) -> f64 {
        least(self.work_ns, self.longest_ns, workers)
    }
}

/// T1 over a least time; 1 for a block without cost.
pub(crate) fn ratio(work_ns: u64, least_ns: f64) -> f64 {
    if least_ns > 0.0 { work_ns as f64 / least_ns } else { 1.0 }
}

fn least(work: u64, span: u64, workers: usize) -> f64 {
    (span as f64).max(work as f64 / workers.max(1) as f64)
}
