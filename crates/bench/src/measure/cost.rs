//! What each transaction of a block costs on this machine.
//!
//! Measured in serial order on serial state, the execution alone: neither admission nor the laying of changes over the
//! state. Wall time, since a thread's own clock costs more to read than a transfer to execute; the median over several
//! passes keeps an interrupt or a neighbour's load from counting as work of the block.

use super::{
    interval::median,
    timed::{Event, clock_ns, trace},
};
use evm::CodeCache;
use executor::{Known, Policy, PreparedBlock};
use scheduler::WorkerPool;
use state::StateReader;

/// The cost of each transaction in nanoseconds, the median of `passes` passes after one that warms up.
pub fn costs(
    block: &PreparedBlock<'_>,
    state: &(dyn StateReader + Sync),
    passes: usize,
) -> Result<Vec<u64>, scheduler::Error> {
    let (codes, pool) = (CodeCache::default(), WorkerPool::new(1)?);
    let clock = clock_ns();
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); block.transactions().len()];
    for pass in 0..=passes.max(1) {
        let trace = trace(block, &codes, state, (Policy::Serial, Known::default(), &pool))?;
        for event in trace.workers.iter().flatten().filter(|_| pass > 0) {
            if let Event::Executed { index, start, end } = event {
                times[*index].push((end.duration_since(*start).as_secs_f64() * 1e9 - clock).max(1.0));
            }
        }
    }
    Ok(times.iter().map(|times| median(times).round() as u64).collect())
}
