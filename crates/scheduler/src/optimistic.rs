//! Policy `optimistic`: for a proposer that knows nothing of the transactions.
//!
//! Workers execute ahead of the commit, in block order. What is too cheap to be worth a hand-over is left to the
//! committing worker, and a block that has little else runs serially from the start.
//!
//! A class of transactions (same contract, same selector) whose speculation keeps turning out stale is left to the
//! committing worker for a while, twice as long each time: a chain of conflicts then runs at the speed of one worker,
//! and the others look for something that does not depend on it.

use crate::{
    Error, Gate, Job, Run, TransactionExecutor, WorkerPool,
    dispatch::{Dispatch, Next},
    serial, speculation,
    sync::atomic::{AtomicU32, AtomicUsize, Ordering},
};

/// Transactions ahead of the first open one that are executed, at most.
const WINDOW: usize = 256;

/// What one more transaction to share gains, in units of what speculation costs for each transaction of the block, and
/// what waking the other workers costs in the same unit (about a third of a microsecond).
const GAIN: usize = 10;
const WAKING: usize = 40;

/// Commits for which a class is left alone after its first stale execution; doubles with each that follows.
const PENALTY_MIN: u32 = 2;
const PENALTY_MAX: u32 = 128;

/// Classes that are told apart, at most. Two that share an entry share its rests, which costs time and nothing else.
const CLASSES: usize = 1024;

pub(crate) fn run<M: TransactionExecutor>(
    job: &Job<'_, M>,
    pool: &WorkerPool,
    gate: &mut dyn Gate<M::Output>,
) -> Result<Run<M::Output>, Error> {
    let len = job.machine.len();
    let shared = (0..len).filter(|index| !job.machine.is_cheap(*index)).count();
    if pool.workers() == 1 || shared * GAIN < len + WAKING {
        return serial::run(job, pool, gate);
    }
    speculation::run(job, pool, &InOrder::new(job.machine), gate)
}

/// Transactions in block order, cheap ones and those of contended classes left out.
struct InOrder<'a, M> {
    machine: &'a M,
    cursor: AtomicUsize,
    classes: Box<[Class]>,
    deferred: AtomicUsize,
}

/// How the speculation of one class has gone so far.
#[derive(Debug, Default)]
struct Class {
    /// Commits of the class until it is tried again.
    rest: AtomicU32,
    /// The last rest given, halved with each success since.
    penalty: AtomicU32,
}

impl<'a, M: TransactionExecutor> InOrder<'a, M> {
    fn new(machine: &'a M) -> Self {
        let classes = (0..CLASSES).map(|_| Class::default()).collect();
        Self { machine, cursor: AtomicUsize::new(0), classes, deferred: AtomicUsize::new(0) }
    }

    fn class(&self, index: usize) -> Option<&Class> {
        let class = self.machine.hint(index).class;
        (class != 0).then(|| &self.classes[(class >> 32) as usize % CLASSES])
    }

    fn is_contended(&self, index: usize) -> bool {
        self.class(index).is_some_and(|class| class.rest.load(Ordering::Relaxed) > 0)
    }
}

impl<M: TransactionExecutor> Dispatch for InOrder<'_, M> {
    fn next(&self, head: usize) -> Next {
        loop {
            // The committing worker may have run past the cursor.
            let at = self.cursor.load(Ordering::Relaxed).max(head);
            if at >= self.machine.len() {
                return Next::Done;
            }
            if at >= head + WINDOW {
                return Next::Wait;
            }
            let next = self.cursor.fetch_max(at + 1, Ordering::Relaxed);
            if next > at || self.machine.is_cheap(at) {
                continue;
            }
            if self.is_contended(at) {
                self.deferred.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            return Next::Run(at);
        }
    }

    fn stale(&self, index: usize) {
        if let Some(class) = self.class(index) {
            let penalty = (class.penalty.load(Ordering::Relaxed) * 2).clamp(PENALTY_MIN, PENALTY_MAX);
            class.penalty.store(penalty, Ordering::Relaxed);
            class.rest.store(penalty, Ordering::Relaxed);
        }
    }

    fn confirmed(&self, index: usize) {
        if let Some(class) = self.class(index) {
            class.penalty.store(class.penalty.load(Ordering::Relaxed) / 2, Ordering::Relaxed);
        }
    }

    fn committed(&self, index: usize) {
        if let Some(class) = self.class(index) {
            // Only the committing worker writes here.
            let rest = class.rest.load(Ordering::Relaxed);
            class.rest.store(rest.saturating_sub(1), Ordering::Relaxed);
        }
    }

    fn deferred(&self) -> usize {
        self.deferred.load(Ordering::Relaxed)
    }
}
