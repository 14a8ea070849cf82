//! `list_driven` on a virtual clock: nobody waits for anybody, a block is cut into parts, and those that may use most gas come
//! first. It follows `scheduler::list_driven`.

use super::{Model, Overheads, Projection};
use std::{cmp::Reverse, collections::BinaryHeap, ops::Range};

/// Parts of a block for each worker, at least, and transactions of one part, at most.
const PARTS: u64 = 32;
const PART_MAX: usize = 64;

/// Runs a block.
pub(super) fn run(model: &Model, workers: usize, overheads: &Overheads) -> Projection {
    let start = overheads.setup_ns.round() as u64;
    let mut free: BinaryHeap<Reverse<u64>> = BinaryHeap::new();
    free.push(Reverse(start));
    free.extend((1..workers).map(|_| Reverse(start + overheads.join_ns.round() as u64)));
    let mut end = start;
    for part in parts(model, workers) {
        let Some(Reverse(now)) = free.pop() else { break };
        let each = overheads.dispatch_ns + overheads.commit_ns;
        let time = part.map(|index| model.costs[index] as f64 * overheads.slow_down + each).sum::<f64>();
        let done = now + time.round() as u64;
        end = end.max(done);
        free.push(Reverse(done));
    }
    Projection { ns: end + overheads.finish_ns.round() as u64, stale: 0 }
}

/// The parts in the order in which they are handed out.
fn parts(model: &Model, workers: usize) -> Vec<Range<usize>> {
    let gas = |index: usize| model.gas.get(index).copied().unwrap_or_default();
    let share = (0..model.len()).map(gas).fold(0_u64, u64::saturating_add) / PARTS / workers.max(1) as u64;
    let most = (model.len() / PARTS as usize / workers.max(1)).clamp(1, PART_MAX);
    let mut parts: Vec<(u64, Range<usize>)> = Vec::new();
    for index in 0..model.len() {
        match parts.last_mut() {
            Some((sum, part)) if part.len() < most && sum.saturating_add(gas(index)) <= share => {
                *sum = sum.saturating_add(gas(index));
                part.end = index + 1;
            }
            _ => parts.push((gas(index), index..index + 1)),
        }
    }
    parts.sort_by_key(|(sum, _)| Reverse(*sum));
    parts.into_iter().map(|(_, part)| part).collect()
}
