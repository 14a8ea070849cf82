//! A schedule for the picture: what workers could do who know every conflict and every cost.
//!
//! List scheduling: whenever a worker is free, it takes, of the transactions that wait for nobody any more, the one with
//! the longest way to the end of the block. No schedule is shorter by more than a factor of 2 - 1/N, and few are at all.

use serde::Serialize;
use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap},
};

/// Who does what when.
#[derive(Debug, Serialize)]
pub(super) struct Schedule {
    /// Workers.
    pub(super) workers: usize,
    /// When the last transaction ends.
    pub(super) length_ns: u64,
    /// One for each transaction.
    pub(super) bars: Vec<Bar>,
}

/// One transaction in a schedule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Bar {
    /// Who executes it.
    pub(super) worker: usize,
    /// When it begins.
    pub(super) start_ns: u64,
    /// When it ends.
    pub(super) end_ns: u64,
    /// The transaction that it waits for longest.
    pub(super) waits_for: Option<u32>,
}

impl Schedule {
    /// Schedules transactions with these costs; `pairs` are conflicts, the earlier transaction first.
    pub(super) fn new(costs: &[u64], pairs: &BTreeSet<(u32, u32)>, workers: usize) -> Self {
        let mut plan = Plan::new(costs, pairs);
        let mut bars = vec![Bar::default(); costs.len()];
        let mut idle: BTreeSet<usize> = (0..workers.max(1)).collect();
        let mut running: BinaryHeap<Reverse<(u64, usize, u32)>> = BinaryHeap::new();
        let mut now = 0;
        loop {
            while let Some(worker) = idle.first().copied()
                && let Some((_, Reverse(transaction))) = plan.ready.pop()
            {
                idle.remove(&worker);
                let bar = &mut bars[transaction as usize];
                let end_ns = now + costs[transaction as usize];
                *bar = Bar { worker, start_ns: now, end_ns, ..*bar };
                running.push(Reverse((end_ns, worker, transaction)));
            }
            let Some(Reverse((end, worker, transaction))) = running.pop() else { break };
            now = end;
            idle.insert(worker);
            for next in plan.finish(transaction) {
                bars[next as usize].waits_for = Some(transaction);
            }
        }
        Self { workers, length_ns: now, bars }
    }
}

/// Which transactions wait for which, and which wait for none.
struct Plan {
    successors: Vec<Vec<u32>>,
    waits: Vec<usize>,
    /// For each transaction the cost of the longest chain that begins with it.
    ahead: Vec<u64>,
    ready: BinaryHeap<(u64, Reverse<u32>)>,
}

impl Plan {
    fn new(costs: &[u64], pairs: &BTreeSet<(u32, u32)>) -> Self {
        let mut successors = vec![Vec::new(); costs.len()];
        let mut waits = vec![0; costs.len()];
        for (before, after) in pairs {
            successors[*before as usize].push(*after);
            waits[*after as usize] += 1;
        }
        let mut ahead = costs.to_vec();
        for transaction in (0..costs.len()).rev() {
            let longest = successors[transaction].iter().map(|next| ahead[*next as usize]).max().unwrap_or(0);
            ahead[transaction] += longest;
        }
        let free = (0u32..).zip(&waits).filter(|(_, waits)| **waits == 0);
        let ready = free.map(|(transaction, _)| (ahead[transaction as usize], Reverse(transaction))).collect();
        Self { successors, waits, ahead, ready }
    }

    /// Marks a transaction as done; gives those that waited for it.
    fn finish(&mut self, transaction: u32) -> Vec<u32> {
        let successors = std::mem::take(&mut self.successors[transaction as usize]);
        for next in &successors {
            let waits = &mut self.waits[*next as usize];
            *waits -= 1;
            if *waits == 0 {
                self.ready.push((self.ahead[*next as usize], Reverse(*next)));
            }
        }
        successors
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(costs: &[u64], pairs: &[(u32, u32)], workers: usize) -> u64 {
        Schedule::new(costs, &pairs.iter().copied().collect(), workers).length_ns
    }

    #[test]
    fn a_chain_takes_its_sum_and_independent_work_is_shared() {
        assert_eq!(length(&[], &[], 2), 0);
        assert_eq!(length(&[1, 2, 3], &[(0, 1), (1, 2)], 8), 6);
        assert_eq!(length(&[2, 2, 2, 2], &[], 2), 4);
        assert_eq!(length(&[2, 2, 2, 2], &[], 1), 8);
    }

    #[test]
    fn the_longest_way_goes_first() {
        // Without priorities the chain 2 -> 3 would begin after the two short ones.
        let schedule = Schedule::new(&[1, 1, 1, 5], &BTreeSet::from([(2, 3)]), 1);
        assert_eq!(schedule.bars[2].start_ns, 0);
        assert_eq!(length(&[1, 1, 1, 5], &[(2, 3)], 2), 6);
    }

    #[test]
    fn nobody_begins_before_the_one_it_waits_for() {
        let pairs = BTreeSet::from([(0, 2), (1, 2), (2, 3)]);
        let schedule = Schedule::new(&[3, 5, 2, 1], &pairs, 2);
        for (before, after) in &pairs {
            assert!(schedule.bars[*before as usize].end_ns <= schedule.bars[*after as usize].start_ns);
        }
        assert_eq!(schedule.bars[2].waits_for, Some(1));
    }
}
