//! What the threads of a call cost, each by itself: the material of a projection to more workers.
//!
//! The machine's seam to whoever runs threads at once is taken by a watch. It runs them one after another on the calling
//! thread, or hands them to a pool, and notes in either case when each began and ended and on which thread of the system.

use super::{Subject, interval::median, timed::clock_ns};
use evm::{CodeCache, ForkJoin, Inline, Machine};
use parking_lot::Mutex;
use scheduler::WorkerPool;
use state::StateError;
use std::{
    collections::BTreeMap,
    thread::{self, ThreadId},
    time::{Duration, Instant},
};

/// Passes end after this time, once there is one that counts.
const BUDGET: Duration = Duration::from_secs(3);

/// One block of calls whose threads do not spawn any.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pieces {
    /// The block with its threads one after another, as they are spawned.
    pub inline_ns: f64,
    /// The block with its threads run ahead of their merge, one after another.
    pub ahead_ns: f64,
    /// Each thread, of every place in which a call waits for its threads.
    pub forks: Vec<Vec<f64>>,
}

/// The same with a pool: how long, and who was busy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shared {
    /// The block.
    pub ns: f64,
    /// The sum of the threads.
    pub pieces_ns: f64,
    /// What share of the time each thread of the system was busy, that of the calling one first.
    pub busy: Vec<f64>,
}

impl Pieces {
    /// Measures the threads of a subject, the median of so many passes after one that warms up.
    pub fn of(subject: &Subject<'_>, passes: usize) -> Result<Self, StateError> {
        let codes = CodeCache::default();
        let (mut inline, mut ahead, mut forks) = (Vec::new(), Vec::new(), Vec::<Vec<Vec<f64>>>::new());
        let (clock, start) = (clock_ns(), Instant::now());
        for pass in 0..=passes.max(1) {
            if pass > 1 && start.elapsed() > BUDGET {
                break;
            }
            let alone = run(subject, &codes, &Inline)?;
            let watch = Watch::default();
            let watched = run(subject, &codes, &watch)?;
            if pass == 0 {
                continue;
            }
            inline.push(alone);
            ahead.push(watched);
            let of_fork = |fork: &Vec<Note>| fork.iter().map(|note| (note.ns() - clock).max(1.0)).collect();
            forks.push(watch.forks.into_inner().iter().map(of_fork).collect());
        }
        let typical = |fork: usize, piece: usize| {
            median(&forks.iter().map(|pass: &Vec<Vec<f64>>| pass[fork][piece]).collect::<Vec<_>>())
        };
        let first = forks.first().map_or(&[][..], Vec::as_slice);
        let pieces = |(fork, pieces): (usize, &Vec<f64>)| (0..pieces.len()).map(|piece| typical(fork, piece)).collect();
        let forks = first.iter().enumerate().map(pieces).collect();
        Ok(Self { inline_ns: median(&inline), ahead_ns: median(&ahead), forks })
    }

    /// The sum of all threads.
    pub fn pieces_ns(&self) -> f64 {
        self.forks.iter().flatten().sum()
    }

    /// Everything that is not inside a thread: what comes before, between and after, spawns and merges.
    pub fn outside_ns(&self) -> f64 {
        (self.ahead_ns - self.pieces_ns()).max(0.0)
    }
}

impl Shared {
    /// Runs a subject with a pool that shares whatever can be shared, once to warm up and then once for each pass.
    pub fn passes(subject: &Subject<'_>, pool: &WorkerPool, passes: usize) -> Result<Vec<Self>, StateError> {
        let (codes, start) = (CodeCache::default(), Instant::now());
        let mut all = Vec::new();
        for pass in 0..=passes.max(1) {
            if pass > 1 && start.elapsed() > BUDGET {
                break;
            }
            let watch = Watch { pool: Some(pool), ..Watch::default() };
            let ns = run(subject, &codes, &watch)?;
            if pass > 0 {
                all.push(Self::read(ns, &watch.forks.into_inner()));
            }
        }
        Ok(all)
    }

    fn read(ns: f64, forks: &[Vec<Note>]) -> Self {
        let caller = thread::current().id();
        let mut helped: BTreeMap<usize, f64> = BTreeMap::new();
        let mut others: Vec<ThreadId> = Vec::new();
        let mut waited = 0.0;
        for fork in forks {
            let own = fork.iter().filter(|note| note.thread == caller).map(|note| note.end).max();
            let last = fork.iter().map(|note| note.end).max();
            if let (Some(own), Some(last)) = (own, last) {
                waited += last.saturating_duration_since(own).as_secs_f64() * 1e9;
            }
            others.clear();
            for note in fork.iter().filter(|note| note.thread != caller) {
                let known = others.iter().position(|thread| *thread == note.thread);
                let place = known.unwrap_or_else(|| {
                    others.push(note.thread);
                    others.len() - 1
                });
                *helped.entry(place).or_default() += note.ns();
            }
        }
        let busy = std::iter::once(ns - waited).chain(helped.into_values()).map(|busy| busy / ns.max(1.0)).collect();
        Self { ns, pieces_ns: forks.iter().flatten().map(Note::ns).sum(), busy }
    }
}

/// Executes the subject's transactions and gives the time.
fn run(subject: &Subject<'_>, codes: &CodeCache, fork_join: &dyn ForkJoin) -> Result<f64, StateError> {
    let environment = subject.prepared.environment();
    let mut machine = Machine::new(environment, codes, &subject.case.state).with_fork_join(fork_join);
    let start = Instant::now();
    for transaction in subject.prepared.transactions() {
        let execution = machine.execute(transaction)?;
        machine.recycle(execution.record);
    }
    Ok(start.elapsed().as_secs_f64() * 1e9)
}

/// One thread of a contract.
#[derive(Clone, Copy, Debug)]
struct Note {
    thread: ThreadId,
    start: Instant,
    end: Instant,
}

impl Note {
    fn ns(&self) -> f64 {
        self.end.duration_since(self.start).as_secs_f64() * 1e9
    }
}

/// Runs threads and notes them.
#[derive(Debug, Default)]
struct Watch<'p> {
    /// Who runs them; without a pool, the calling thread.
    pool: Option<&'p WorkerPool>,
    forks: Mutex<Vec<Vec<Note>>>,
}

impl ForkJoin for Watch<'_> {
    fn run(&self, count: usize, work: &(dyn Fn(usize) + Sync)) -> bool {
        let notes: Vec<Mutex<Option<Note>>> = (0..count).map(|_| Mutex::new(None)).collect();
        let timed = |piece: usize| {
            let start = Instant::now();
            work(piece);
            *notes[piece].lock() = Some(Note { thread: thread::current().id(), start, end: Instant::now() });
        };
        let was_run = match self.pool {
            Some(pool) => pool.fork(count, &timed),
            None => {
                (0..count).for_each(timed);
                true
            }
        };
        if was_run {
            self.forks.lock().push(notes.into_iter().filter_map(Mutex::into_inner).collect());
        }
        was_run
    }
}
