//! Speculative execution with ordered commit: the core under every policy that may run a transaction before those
//! in front of it are done.
//!
//! ```text
//!   Pending --claim--> Running --execute, publish--> Executed --commit in order--> Committed
//!                         ^                             |
//!                         +------ stale: once more -----+   (at the head of the order, where nothing is open)
//! ```
//!
//! Law: the result is that of serial execution, whatever a [`Dispatch`] does. Each transaction is committed in block
//! order, after its record was compared *by value* with what the committed transactions before it left, or its footprint
//! showed that none of them wrote what it touched. If it does not agree, it is executed again at once, on exactly the
//! serial state. So a transaction is executed at most once in vain and once for good, and no schedule, hint or timing can
//! reach the result. Where a dispatch finds sharing hopeless, what is committed so far is handed to `serial`, which does
//! the rest.

mod attempt;
mod collect;
mod commit;

use crate::{
    Error, Gate, Job, Run, Stats, TransactionExecutor,
    dispatch::{Dispatch, Next},
    memory::Memory,
    pool::WorkerPool,
    serial,
    sharing::Sample,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering, fence},
        spin_loop, yield_now,
    },
    view::{Fees, View},
};
use access_list::{AccessRecord, StateDiff};
use attempt::{EXECUTED, PENDING, Place, RUNNING, Supply};
use commit::Commit;
use primitives::map::B256Map;

/// How often a worker that has nothing left to execute looks for the end of the block, to help with what comes then.
const IDLE_MAX: u32 = 1000;

/// Executes the block, dispatching transactions to workers as `dispatch` says.
pub(crate) fn run<M: TransactionExecutor>(
    job: &Job<'_, M>,
    pool: &WorkerPool,
    dispatch: &dyn Dispatch,
    gate: &mut dyn Gate<M::Output>,
) -> Result<Run<M::Output>, Error> {
    let mut memory = pool.memories.take();
    let result = Speculation::new(job, &memory, dispatch, &mut *gate).run(pool);
    memory.clear();
    pool.memories.put(memory);
    match result? {
        Ended::Whole(run) => Ok(run),
        Ended::Early(begun) => serial::go_on(job, pool, gate, begun),
    }
}

/// What a speculation comes to.
enum Ended<O> {
    /// The block is decided.
    Whole(Run<O>),
    /// The rest of the block is better left to one worker.
    Early(Run<O>),
}

struct Speculation<'a, M: TransactionExecutor> {
    job: &'a Job<'a, M>,
    memory: &'a Memory,
    dispatch: &'a dyn Dispatch,
    fees: Fees,
    places: Box<[Place<M::Output>]>,
    /// Transactions decided so far.
    decided: AtomicUsize,
    /// Nothing is executed any more: the block is decided, or cannot be, or is better done alone.
    over: AtomicBool,
    is_early: AtomicBool,
    commit: Mutex<Commit<'a, M::Output>>,
    executions: AtomicUsize,
    sample: Sample,
    /// Shards of the memory whose final content was collected.
    collected: AtomicUsize,
    parts: Mutex<Vec<StateDiff>>,
    beneficiary_wiped: AtomicBool,
    panic: Mutex<Option<String>>,
}

impl<'a, M: TransactionExecutor> Speculation<'a, M> {
    fn new(
        job: &'a Job<'a, M>,
        memory: &'a Memory,
        dispatch: &'a dyn Dispatch,
        gate: &'a mut (dyn Gate<M::Output> + 'a),
    ) -> Self {
        let len = job.machine.len();
        Self {
            job,
            memory,
            dispatch,
            fees: Fees::new(job.machine.beneficiary(), job.clears_empty),
            places: (0..len).map(|_| Place::empty()).collect(),
            decided: AtomicUsize::new(0),
            over: AtomicBool::new(len == 0),
            is_early: AtomicBool::new(false),
            commit: Mutex::new(Commit {
                gate,
                executed: Vec::with_capacity(len),
                deployed: B256Map::default(),
                stale: 0,
                error: None,
            }),
            executions: AtomicUsize::new(0),
            sample: Sample::of(len),
            collected: AtomicUsize::new(0),
            parts: Mutex::new(Vec::new()),
            beneficiary_wiped: AtomicBool::new(false),
            panic: Mutex::new(None),
        }
    }

    fn run(self, pool: &WorkerPool) -> Result<Ended<M::Output>, Error> {
        pool.run(pool.workers(), |_| {
            let work = std::panic::AssertUnwindSafe(|| self.work());
            if let Err(payload) = std::panic::catch_unwind(work) {
                *self.panic.lock() = Some(message(&*payload));
                self.over.store(true, Ordering::SeqCst);
            }
        });
        if let Some(panic) = self.panic.lock().take() {
            return Err(Error::Panicked(panic));
        }
        if let Some(error) = self.commit.lock().error.take() {
            return Err(error);
        }
        assert!(self.over.load(Ordering::SeqCst), "the workers left before every transaction was decided");
        self.sample.teach(&pool.sharing);
        let mut diff = self.diff()?;
        let Commit { executed, deployed, stale, .. } = self.commit.into_inner();
        diff.code = deployed.into_iter().collect();
        let decided = self.decided.into_inner();
        let abandoned = self.places[decided..].iter().filter(|it| it.status.load(Ordering::Relaxed) != PENDING).count();
        let is_early = self.is_early.into_inner();
        let stats = Stats {
            workers: pool.workers(),
            executions: self.executions.into_inner(),
            stale: if is_early { stale + abandoned } else { stale },
            deferred: self.dispatch.deferred(),
            ..Stats::default()
        };
        let run = Run { executed, diff, stats, listed: None };
        Ok(if is_early { Ended::Early(run) } else { Ended::Whole(run) })
    }

    /// One worker, until the block is decided or there is nothing left that another worker could not finish alone.
    fn work(&self) {
        let view = View::new(self.memory, self.job.state, &self.fees);
        let mut worker = self.job.machine.worker(&view);
        let mut supply = Supply::default();
        let mut idle = 0_u32;
        loop {
            self.commit_ready(&view, &mut worker);
            if self.over.load(Ordering::Acquire) {
                return self.collect();
            }
            match self.dispatch.next(self.decided.load(Ordering::Acquire)) {
                Next::Run(index) => {
                    idle = 0;
                    if self.claim(index) {
                        self.speculate(index, &view, &mut worker, &mut supply);
                    }
                }
                Next::Wait => {
                    idle += 1;
                    if idle < 64 {
                        spin_loop();
                    } else {
                        yield_now();
                    }
                }
                Next::Done if idle > IDLE_MAX => return,
                Next::Done => {
                    idle += 1;
                    yield_now();
                }
            }
        }
    }

    fn claim(&self, index: usize) -> bool {
        let status = &self.places[index].status;
        status.compare_exchange(PENDING, RUNNING, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    fn speculate(&self, index: usize, view: &View<'_>, worker: &mut M::Worker<'_>, supply: &mut Supply<M::Output>) {
        let since = self.decided.load(Ordering::SeqCst);
        let mut attempt = supply.take(&self.places, since);
        self.recycle(worker, std::mem::take(&mut attempt.spare));
        view.position(index, self.job.machine.hint(index).sender);
        let result = self.sample.time(index, || self.job.machine.execute(worker, index));
        self.executions.fetch_add(1, Ordering::Relaxed);
        (attempt.since, attempt.has_assumed) = (since, view.has_assumed());
        if self.decided.load(Ordering::SeqCst) == index
            && let Some(mut commit) = self.commit.try_lock()
            && !self.over.load(Ordering::SeqCst)
        {
            // Its turn has come: nobody else can move on from here, so nobody has to be shown what may be wrong.
            attempt.result = Some(result);
            self.commit_one(index, Some(&mut attempt), &mut commit, view, worker);
            self.dispatch.executed(index);
            return supply.keep(attempt);
        }
        if let Ok(executed) = &result {
            let record = &executed.record;
            attempt.footprint.is_special = attempt.has_assumed
                || !record.deployed.is_empty()
                || record.accounts.iter().any(|access| access.address == self.fees.beneficiary);
            attempt.shown = Some(self.memory.publish(index, since, record, &mut attempt.footprint));
        }
        attempt.result = Some(result);
        let place = &self.places[index];
        *place.attempt.lock() = Some(attempt);
        place.status.store(EXECUTED, Ordering::SeqCst);
        supply.sent(index);
        self.dispatch.executed(index);
        // Orders the store before the attempt to take the commit lock; its counterpart is in `commit_ready`.
        fence(Ordering::SeqCst);
    }

    /// Gives the memory of a record that is needed no more to the worker's next.
    fn recycle(&self, worker: &mut M::Worker<'_>, record: AccessRecord) {
        if self.job.drop_records {
            self.job.machine.recycle(worker, record);
        }
    }

    /// Commits, in order, whatever is ready, unless another worker is at it.
    fn commit_ready(&self, view: &View<'_>, worker: &mut M::Worker<'_>) {
        while let Some(mut commit) = self.commit.try_lock() {
            loop {
                if self.over.load(Ordering::Relaxed) || !self.commit_head(&mut commit, view, worker) {
                    break;
                }
            }
            drop(commit);
            // A worker that finished the head meanwhile found the lock taken and left; look once more.
            fence(Ordering::SeqCst);
            let head = self.decided.load(Ordering::SeqCst);
            let ready = self.places.get(head).is_some_and(|place| place.status.load(Ordering::SeqCst) == EXECUTED);
            if self.over.load(Ordering::SeqCst) || !ready {
                return;
            }
        }
    }

    /// Decides the first open transaction; `false` if a worker is still executing it.
    fn commit_head(&self, commit: &mut Commit<'_, M::Output>, view: &View<'_>, worker: &mut M::Worker<'_>) -> bool {
        let index = self.decided.load(Ordering::Relaxed);
        let place = &self.places[index];
        match place.status.load(Ordering::SeqCst) {
            EXECUTED => self.commit_one(index, place.attempt.lock().as_deref_mut(), commit, view, worker),
            PENDING if self.claim(index) => self.commit_one(index, None, commit, view, worker),
            _ => return false,
        }
        true
    }
}

/// What a panic said.
pub(crate) fn message(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}
