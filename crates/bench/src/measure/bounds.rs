//! What an ideal schedule could gain on a block, whatever the engine.

use access_list::{AccessSet, ConflictGraph};
use executor::Policy;
use serde::Serialize;

/// Work and spans of a block, from measured costs and recorded conflicts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Bounds {
    /// T1: the cost of all transactions.
    pub work_ns: u64,
    /// T-infinity: the cost of the longest chain of conflicts.
    pub span_ns: u64,
    /// The cost of the costliest transaction: T-infinity where each transaction is given its reads.
    pub longest_ns: u64,
}

impl Bounds {
    /// Works them out.
    ///
    /// # Panics
    ///
    /// If there are not as many costs as sets.
    pub fn of(sets: &[AccessSet], costs: &[u64]) -> Self {
        let graph = ConflictGraph::from_sets(sets, costs);
        let longest_ns = costs.iter().copied().max().unwrap_or_default();
        Self { work_ns: graph.work(), span_ns: graph.span(), longest_ns }
    }

    /// The least time that `workers` workers can take under a policy: max(T-infinity, T1/N). Under `list_driven` nobody
    /// waits for anybody, so its T-infinity is the costliest transaction.
    pub fn least_ns(&self, policy: Policy, workers: usize) -> f64 {
        let span = if policy.needs_list() { self.longest_ns } else { self.span_ns };
        let workers = if policy == Policy::Serial { 1 } else { workers.max(1) };
        (span as f64).max(self.work_ns as f64 / workers as f64)
    }

    /// The most that `workers` workers can gain over one: T1 / max(T-infinity, T1/N). 1 for a block without cost.
    pub fn bound(&self, policy: Policy, workers: usize) -> f64 {
        if self.work_ns == 0 { 1.0 } else { self.work_ns as f64 / self.least_ns(policy, workers) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_what_the_tighter_limit_allows() {
        let bounds = Bounds { work_ns: 100, span_ns: 40, longest_ns: 10 };
        assert_eq!(bounds.bound(Policy::Optimistic, 2), 2.0);
        assert_eq!(bounds.bound(Policy::Optimistic, 8), 2.5);
        assert_eq!(bounds.bound(Policy::ListDriven, 8), 8.0);
        assert_eq!(bounds.bound(Policy::ListDriven, 64), 10.0);
        assert_eq!(bounds.bound(Policy::Serial, 8), 1.0);
        assert_eq!(Bounds::default().bound(Policy::Optimistic, 8), 1.0);
    }
}
