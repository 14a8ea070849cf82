//! `list_driven` on a virtual clock: nobody waits for anybody, those that may use most gas first, a few at a time. It follows
//! `scheduler::list_driven`.

use super::{Model, Overheads, Projection};
use std::{cmp::Reverse, collections::BinaryHeap};

/// Transactions that a worker takes at once.
const CHUNK: usize = 2;

/// Runs a block.
pub(super) fn run(model: &Model, workers: usize, overheads: &Overheads) -> Projection {
    let start = overheads.setup_ns.round() as u64;
    let mut free: BinaryHeap<Reverse<u64>> = BinaryHeap::new();
    free.push(Reverse(start));
    free.extend((1..workers).map(|_| Reverse(start + overheads.join_ns.round() as u64)));
    let mut end = start;
    for chunk in order(model).chunks(CHUNK) {
        let Some(Reverse(now)) = free.pop() else { break };
        let each = overheads.dispatch_ns + overheads.commit_ns;
        let time = chunk.iter().map(|index| model.costs[*index] as f64 * overheads.slow_down + each).sum::<f64>();
        let done = now + time.round() as u64;
        end = end.max(done);
        free.push(Reverse(done));
    }
    Projection { ns: end + overheads.finish_ns.round() as u64, stale: 0 }
}

fn order(model: &Model) -> Vec<usize> {
    let gas = |index: &usize| model.gas.get(*index).copied().unwrap_or_default();
    let mut order: Vec<usize> = (0..model.len()).collect();
    order.sort_by_key(|index| Reverse(gas(index)));
    order
}
