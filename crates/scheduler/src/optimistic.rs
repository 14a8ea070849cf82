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
use primitives::map::HashMap;

/// Transactions ahead of the first open one that are executed, at most.
const WINDOW: usize = 256;

/// With fewer transactions than this to share, waking a second worker does not pay.
const SHARED_MIN: usize = 4;

/// Commits for which a class is left alone after its first stale execution; doubles with each that follows.
const PENALTY_MIN: u32 = 2;
const PENALTY_MAX: u32 = 128;

pub(crate) fn run<M: TransactionExecutor>(
    job: &Job<'_, M>,
    pool: &WorkerPool,
    gate: &mut dyn Gate<M::Output>,
) -> Result<Run<M::Output>, Error> {
    let schedule = InOrder::new(job.machine);
    if pool.workers() == 1 || schedule.shared.len() < SHARED_MIN {
        return serial::run(job, pool, gate);
    }
    speculation::run(job, pool, &schedule, gate)
}

/// Transactions in block order, those of contended classes left out.
#[derive(Debug)]
struct InOrder {
    /// Those that are worth sharing.
    shared: Vec<u32>,
    cursor: AtomicUsize,
    /// For each transaction its entry in `classes`, if it has a class.
    class_of: Vec<Option<u32>>,
    classes: Vec<Class>,
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

impl InOrder {
    fn new<M: TransactionExecutor>(machine: &M) -> Self {
        let len = machine.len();
        let mut numbers: HashMap<u64, u32> = HashMap::default();
        let (mut shared, mut class_of) = (Vec::with_capacity(len), vec![None; len]);
        for index in 0..len {
            if machine.is_cheap(index) {
                continue;
            }
            let hint = machine.hint(index);
            shared.push(u32::try_from(index).expect("gas bounds the transactions of a block"));
            if hint.class != 0 {
                let next = u32::try_from(numbers.len()).expect("no more classes than transactions");
                class_of[index] = Some(*numbers.entry(hint.class).or_insert(next));
            }
        }
        let classes = (0..numbers.len()).map(|_| Class::default()).collect();
        Self { shared, cursor: AtomicUsize::new(0), class_of, classes, deferred: AtomicUsize::new(0) }
    }

    fn class(&self, index: usize) -> Option<&Class> {
        self.class_of[index].map(|class| &self.classes[class as usize])
    }

    fn is_contended(&self, index: usize) -> bool {
        self.class(index).is_some_and(|class| class.rest.load(Ordering::Relaxed) > 0)
    }
}

impl Dispatch for InOrder {
    fn next(&self, head: usize) -> Next {
        loop {
            let at = self.cursor.load(Ordering::Relaxed);
            let Some(index) = self.shared.get(at).map(|index| *index as usize) else { return Next::Done };
            if index >= head + WINDOW {
                return Next::Wait;
            }
            let is_mine = self.cursor.compare_exchange(at, at + 1, Ordering::Relaxed, Ordering::Relaxed).is_ok();
            // The committing worker may have run past the cursor.
            if !is_mine || index < head {
                continue;
            }
            if self.is_contended(index) {
                self.deferred.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            return Next::Run(index);
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
