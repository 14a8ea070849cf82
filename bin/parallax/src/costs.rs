//! What each transaction of a block costs on this machine.
//!
//! A serial pass of its own, in which only the execution of each transaction is timed: not its admission, nor the
//! laying of its changes over the state. Several passes are made and the least time of each transaction is taken, so
//! that an interrupt or a neighbour's load does not count as work of the block.

use crate::workload::{Execution, Workload, reader};
use evm::{CodeCache, Machine, Outcome};
use executor::{Policy, PreparedBlock};
use primitives::Address;
use scheduler::{Admission, Executed, Gate, Hint, Job, Known, TransactionExecutor, WorkerPool};
use state::{StateError, StateReader};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

/// The cost of each transaction in nanoseconds, the least of `passes` passes after one that warms up.
pub(crate) fn measure(
    workload: &Workload<'_>,
    execution: &Execution,
    passes: usize,
) -> Result<Vec<u64>, executor::Error> {
    let state = workload.first_state(execution)?;
    let codes = CodeCache::default();
    let pool = WorkerPool::new(1)?;
    let mut timed = Timed::new(&workload.prepared, &codes);
    for pass in 0..=passes {
        if pass <= 1 {
            timed.forget();
        }
        let clears_empty = workload.prepared.environment().clears_empty_accounts();
        let job =
            Job { machine: &timed, state: reader(&state), clears_empty, known: Known::default(), drop_records: true };
        Policy::Serial.run(&job, &pool, &mut IncludeAll)?;
    }
    Ok(timed.least_ns.iter().map(|least| least.load(Ordering::Relaxed)).collect())
}

/// The machine with a clock beside it.
struct Timed<'b> {
    block: &'b PreparedBlock<'b>,
    codes: &'b CodeCache,
    least_ns: Vec<AtomicU64>,
}

impl<'b> Timed<'b> {
    fn new(block: &'b PreparedBlock<'b>, codes: &'b CodeCache) -> Self {
        Self { block, codes, least_ns: Vec::new() }
    }

    fn forget(&mut self) {
        self.least_ns = self.block.transactions().iter().map(|_| AtomicU64::new(u64::MAX)).collect();
    }
}

impl TransactionExecutor for Timed<'_> {
    type Output = Outcome;
    type Worker<'v>
        = Machine<'v>
    where
        Self: 'v;

    fn len(&self) -> usize {
        self.block.transactions().len()
    }

    fn worker<'v>(&'v self, state: &'v dyn StateReader) -> Machine<'v> {
        Machine::new(self.block.environment(), self.codes, state)
    }

    fn execute(&self, machine: &mut Machine<'_>, index: usize) -> Result<Executed<Outcome>, StateError> {
        let start = Instant::now();
        let execution = machine.execute(&self.block.transactions()[index])?;
        self.least_ns[index].fetch_min(crate::sample::nanoseconds(start.elapsed()), Ordering::Relaxed);
        Ok(Executed { record: execution.record, fee: execution.fee, output: execution.outcome })
    }

    fn beneficiary(&self) -> Address {
        self.block.block.header.beneficiary
    }

    fn hint(&self, _index: usize) -> Hint {
        Hint::default()
    }
}

/// The block is known to be valid.
struct IncludeAll;

impl Gate<Outcome> for IncludeAll {
    fn admit(&mut self, _index: usize, _executed: &Executed<Outcome>) -> Admission {
        Admission::Include
    }
}
