//! What is measured: revm's own loop, or the engine under one policy.

use super::{Bounds, Subject};
use crate::plain_revm::{self, PlainState};
use access_list::ListIndex;
use evm::{Environment, revm::context::TxEnv};
use executor::{Engine, Known, ListCheck, Plan, Policy};
use std::{
    collections::BTreeMap,
    fmt,
    hint::black_box,
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

/// One side of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// revm's loop over its own database: transact and commit, on one core.
    PlainRevm,
    /// As many such loops at once as there are workers, each with blocks and a state of its own, and the time for one
    /// block: what the machine's cores give to this kind of work when nothing is shared and no order is kept.
    PlainApart {
        /// How many.
        workers: usize,
    },
    /// The engine.
    Engine {
        /// Under which policy.
        policy: Policy,
        /// With how many workers.
        workers: usize,
        /// What it has to give.
        yields: Yield,
    },
}

/// What a run of the engine has to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Yield {
    /// Receipt material and the changes of the state: what plain revm gives.
    Changes,
    /// And what each transaction touched.
    Records,
    /// And the block access list built from it.
    List,
}

/// One engine for each number of workers.
#[derive(Debug, Default)]
pub struct Engines(BTreeMap<usize, Engine>);

/// What one run took.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Timing {
    /// Wall time.
    pub ns: f64,
    /// Executions of transactions.
    pub executions: usize,
    /// Executions whose result was thrown away.
    pub stale: usize,
    /// Time that went into a plan before the first execution.
    pub planning_ns: f64,
}

impl Side {
    /// The engine giving what plain revm gives.
    pub const fn engine(policy: Policy, workers: usize) -> Self {
        Self::Engine { policy, workers, yields: Yield::Changes }
    }

    /// With how many workers.
    pub const fn workers(self) -> usize {
        match self {
            Self::PlainRevm => 1,
            Self::Engine { workers, .. } | Self::PlainApart { workers } => workers,
        }
    }

    /// Under which policy; plain revm is serial.
    pub const fn policy(self) -> Policy {
        match self {
            Self::PlainRevm | Self::PlainApart { .. } => Policy::Serial,
            Self::Engine { policy, .. } => policy,
        }
    }

    /// The least time that this side can take by the rules of its schedule, in nanoseconds.
    pub fn least_ns(self, bounds: &Bounds) -> f64 {
        match self {
            Self::PlainApart { workers } => bounds.work_ns as f64 / workers.max(1) as f64,
            side => bounds.least_ns(side.policy(), side.workers()),
        }
    }

    /// Executes the subject `batch` times and gives what one run took. What the side is given is made before the clock
    /// starts; all that a run gives is dropped after it stopped.
    pub fn time(self, subject: &Subject<'_>, engines: &Engines, batch: usize) -> Result<Timing, executor::Error> {
        let batch = batch.max(1);
        match self {
            Self::PlainRevm => Ok(time_plain(subject, batch)),
            Self::PlainApart { workers } => Ok(time_apart(&[subject], workers, batch)),
            Self::Engine { policy, workers, yields } => {
                let engine = engines.get(workers)?;
                let mut kept = Vec::with_capacity(batch);
                let start = Instant::now();
                for _ in 0..batch {
                    kept.push(run(subject, engine, policy, yields)?);
                }
                let timing = Timing::of(start.elapsed(), batch);
                let stats = black_box(&kept).last().map(|(run, ..)| run.stats).unwrap_or_default();
                let planning_ns = stats.planning_ns as f64;
                Ok(Timing { executions: stats.executions, stale: stats.stale, planning_ns, ..timing })
            }
        }
    }
}

impl Side {
    /// Executes the subjects one after another without a pause and gives what all of them took, in nanoseconds.
    pub(super) fn time_stream(self, subjects: &[Subject<'_>], engines: &Engines) -> Result<f64, executor::Error> {
        let elapsed = match self {
            Self::PlainRevm => {
                let mut states: Vec<_> = subjects.iter().map(|subject| subject.plain.clone()).collect();
                let mut kept = Vec::with_capacity(subjects.len());
                let start = Instant::now();
                for (subject, state) in subjects.iter().zip(&mut states) {
                    kept.push(plain_revm::execute(&subject.prepared, state));
                }
                let elapsed = start.elapsed();
                black_box((&kept, &states));
                elapsed
            }
            Self::PlainApart { workers } => {
                let subjects: Vec<&Subject<'_>> = subjects.iter().collect();
                return Ok(time_apart(&subjects, workers, 1).ns);
            }
            Self::Engine { policy, workers, yields } => {
                let engine = engines.get(workers)?;
                let mut kept = Vec::with_capacity(subjects.len());
                let start = Instant::now();
                for subject in subjects {
                    kept.push(run(subject, engine, policy, yields)?);
                }
                let elapsed = start.elapsed();
                black_box(&kept);
                elapsed
            }
        };
        Ok(elapsed.as_secs_f64() * 1e9)
    }
}

type Given = (scheduler::Run<evm::Outcome>, Option<ListIndex>, Option<access_list::BlockAccessList>);

/// One run, its result ready to be committed. An access list is part of what the side is given; indexing it and
/// accounting for all of it is not.
fn run(subject: &Subject<'_>, engine: &Engine, policy: Policy, yields: Yield) -> Result<Given, executor::Error> {
    let index = policy.needs_list().then(|| engine.index(&subject.list));
    let known = Known { list: index.as_ref(), sets: policy.needs_sets().then_some(&subject.sets) };
    let plan = Plan { policy, known, drop_records: yields == Yield::Changes, ..Plan::default() };
    let run = engine.execute_transactions(&subject.prepared, &subject.case.state, &plan)?;
    if let (Some(index), Some(tally)) = (&index, &run.listed) {
        let check = ListCheck::new(index, run.executed.len());
        check.finish(tally).map_err(executor::InvalidBlock::AccessList)?;
    }
    let list = (yields == Yield::List).then(|| engine.list_of(&subject.prepared, &run, &subject.case.state));
    let list = list.transpose()?;
    Ok((run, index, list))
}

/// What one thread of several needs to execute a subject by itself.
struct Detached<'s> {
    environment: &'s Environment,
    transactions: Vec<TxEnv>,
    state: PlainState,
}

impl<'s> Detached<'s> {
    fn of(subject: &'s Subject<'_>) -> Self {
        let transactions = subject.prepared.transactions().iter();
        Self {
            environment: subject.prepared.environment(),
            transactions: transactions.map(|transaction| plain_revm::detached(transaction.revm_env())).collect(),
            state: plain_revm::plain_state(&subject.case.state),
        }
    }
}

fn time_plain(subject: &Subject<'_>, batch: usize) -> Timing {
    let mut states: Vec<_> = (0..batch).map(|_| subject.plain.clone()).collect();
    let mut kept = Vec::with_capacity(batch);
    let start = Instant::now();
    for state in &mut states {
        kept.push(plain_revm::execute(&subject.prepared, state));
    }
    let timing = Timing::of(start.elapsed(), batch);
    black_box((&kept, &states));
    Timing { executions: subject.prepared.transactions().len(), ..timing }
}

/// Each of `workers` threads executes all subjects `batch` times, on states and with transactions and code of its own, so
/// that no two of them even count references to the same thing; the time for one of them. The clock
/// runs from when the first begins until the last has ended; each notes both itself, as a thread that only watched would
/// have to wait for a core.
fn time_apart(subjects: &[&Subject<'_>], workers: usize, batch: usize) -> Timing {
    let workers = workers.max(1);
    let barrier = Barrier::new(workers);
    let elapsed = thread::scope(|scope| {
        let threads: Vec<_> = (0..workers)
            .map(|_| {
                scope.spawn(|| {
                    let own: Vec<_> = subjects.iter().map(|subject| Detached::of(subject)).collect();
                    let plain = |_| own.iter().map(|own| (own, own.state.clone()));
                    let mut states: Vec<_> = (0..batch).flat_map(plain).collect();
                    let mut kept = Vec::with_capacity(states.len());
                    barrier.wait();
                    let start = Instant::now();
                    for (own, state) in &mut states {
                        kept.push(plain_revm::execute_all(own.environment, own.transactions.iter(), state));
                    }
                    let end = Instant::now();
                    black_box((&kept, &states));
                    (start, end)
                })
            })
            .collect();
        let times = threads.into_iter().map(|thread| thread.join().expect("blocks that are measured are valid"));
        let whole = times.reduce(|(start, end), (other_start, other_end)| (start.min(other_start), end.max(other_end)));
        whole.map_or(Duration::ZERO, |(start, end)| end.duration_since(start))
    });
    let executions = subjects.iter().map(|subject| subject.prepared.transactions().len()).sum();
    Timing { executions, ..Timing::of(elapsed, batch * workers) }
}

impl Timing {
    fn of(elapsed: Duration, batch: usize) -> Self {
        Self { ns: elapsed.as_secs_f64() * 1e9 / batch as f64, ..Self::default() }
    }
}

impl Engines {
    /// Engines for the sides.
    pub fn for_sides(sides: &[Side]) -> Result<Self, scheduler::Error> {
        let mut engines = BTreeMap::new();
        for workers in sides.iter().map(|side| side.workers()).chain([1]) {
            if let std::collections::btree_map::Entry::Vacant(place) = engines.entry(workers) {
                place.insert(Engine::new(workers)?);
            }
        }
        Ok(Self(engines))
    }

    /// The engine with so many workers.
    pub fn get(&self, workers: usize) -> Result<&Engine, scheduler::Error> {
        self.0.get(&workers).ok_or(scheduler::Error::WorkerCount(workers))
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PlainRevm => f.pad("plain revm"),
            Self::PlainApart { .. } => f.pad("plain revm apart"),
            Self::Engine { policy, yields: Yield::Changes, .. } => f.pad(policy.name()),
            Self::Engine { policy, yields: Yield::Records, .. } => f.pad(&format!("{policy}+records")),
            Self::Engine { policy, yields: Yield::List, .. } => f.pad(&format!("{policy}+list")),
        }
    }
}
