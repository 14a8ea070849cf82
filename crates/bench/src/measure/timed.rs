//! The engine's machine with a clock beside it, and a gate that notes when it was asked: what both the costs of
//! transactions and the overheads of a schedule are read from.

use access_list::AccessRecord;
use evm::{CodeCache, Machine, Outcome};
use executor::{BlockMachine, Policy, PreparedBlock};
use parking_lot::Mutex;
use primitives::Address;
use scheduler::{Admission, Executed, Gate, Hint, Job, Known, TransactionExecutor, WorkerPool};
use state::{StateError, StateReader};
use std::{
    thread::{self, ThreadId},
    time::Instant,
};

/// One thing that one worker did.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    /// It executed a transaction, from one time to another.
    Executed { index: usize, start: Instant, end: Instant },
    /// It committed a transaction; the time is somewhere in the middle of that.
    Committed { at: Instant },
}

impl Event {
    /// When it began.
    pub(super) const fn start(&self) -> Instant {
        match self {
            Self::Executed { start, .. } => *start,
            Self::Committed { at } => *at,
        }
    }

    /// When it was over.
    pub(super) const fn end(&self) -> Instant {
        match self {
            Self::Executed { end, .. } => *end,
            Self::Committed { at } => *at,
        }
    }
}

/// Everything that happened in one run.
#[derive(Debug)]
pub(super) struct Trace {
    /// When the run was asked for.
    pub(super) start: Instant,
    /// When it had returned.
    pub(super) end: Instant,
    /// For each worker that executed anything what it did, in order.
    pub(super) workers: Vec<Vec<Event>>,
}

/// Runs a block under a policy and notes what happens.
pub(super) fn trace(
    block: &PreparedBlock<'_>,
    codes: &CodeCache,
    state: &(dyn StateReader + Sync),
    (policy, known, pool): (Policy, Known<'_>, &WorkerPool),
) -> Result<Trace, scheduler::Error> {
    let machine = Timed { block, machine: BlockMachine::new(block, codes, state), log: Mutex::default() };
    let clears_empty = block.environment().clears_empty_accounts();
    let mut gate = Watch { commits: Vec::with_capacity(block.transactions().len()) };
    let job = Job { machine: &machine, state, clears_empty, known, drop_records: true };
    let start = Instant::now();
    let run = policy.run(&job, pool, &mut gate)?;
    let end = Instant::now();
    drop(run);
    let mut workers: Vec<(ThreadId, Vec<Event>)> = machine.log.into_inner();
    if !policy.needs_list() {
        for (thread, at) in gate.commits {
            if let Some((_, events)) = workers.iter_mut().find(|(id, _)| *id == thread) {
                events.push(Event::Committed { at });
            }
        }
    }
    for (_, events) in &mut workers {
        events.sort_by_key(Event::start);
    }
    let workers = workers.into_iter().map(|(_, events)| events).filter(|events| !events.is_empty()).collect();
    Ok(Trace { start, end, workers })
}

/// The engine's own machine, with a log.
struct Timed<'b> {
    block: &'b PreparedBlock<'b>,
    machine: BlockMachine<'b>,
    log: Mutex<Vec<(ThreadId, Vec<Event>)>>,
}

/// A machine on one thread; hands in what it noted when it is dropped.
struct Worker<'v> {
    machine: Machine<'v>,
    events: Vec<Event>,
    log: &'v Mutex<Vec<(ThreadId, Vec<Event>)>>,
}

impl Drop for Worker<'_> {
    fn drop(&mut self) {
        self.log.lock().push((thread::current().id(), std::mem::take(&mut self.events)));
    }
}

impl TransactionExecutor for Timed<'_> {
    type Output = Outcome;
    type Worker<'v>
        = Worker<'v>
    where
        Self: 'v;

    fn len(&self) -> usize {
        self.machine.len()
    }

    fn worker<'v>(&'v self, state: &'v dyn StateReader) -> Worker<'v> {
        Worker {
            machine: self.machine.worker(state).into_machine(),
            events: Vec::with_capacity(self.len()),
            log: &self.log,
        }
    }

    fn execute(&self, worker: &mut Worker<'_>, index: usize) -> Result<Executed<Outcome>, StateError> {
        let start = Instant::now();
        let execution = worker.machine.execute(&self.block.transactions()[index])?;
        worker.events.push(Event::Executed { index, start, end: Instant::now() });
        Ok(Executed { record: execution.record, fee: execution.fee, output: execution.outcome })
    }

    fn recycle(&self, worker: &mut Worker<'_>, record: AccessRecord) {
        worker.machine.recycle(record);
    }

    fn beneficiary(&self) -> Address {
        self.machine.beneficiary()
    }

    fn is_cheap(&self, index: usize) -> bool {
        self.machine.is_cheap(index)
    }

    fn meetings(&self, index: usize, meetings: &mut Vec<u64>) {
        self.machine.meetings(index, meetings);
    }

    fn hint(&self, index: usize) -> Hint {
        self.machine.hint(index)
    }
}

/// Admits everything: the block is known to be valid.
struct Watch {
    commits: Vec<(ThreadId, Instant)>,
}

impl Gate<Outcome> for Watch {
    fn admit(&mut self, _index: usize, _executed: &Executed<Outcome>) -> Admission {
        self.commits.push((thread::current().id(), Instant::now()));
        Admission::Include
    }
}

/// What reading the clock twice adds to a time, in nanoseconds.
pub(super) fn clock_ns() -> f64 {
    const READINGS: u32 = 1_000;
    let start = Instant::now();
    for _ in 0..READINGS {
        std::hint::black_box(Instant::now());
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(READINGS)
}
