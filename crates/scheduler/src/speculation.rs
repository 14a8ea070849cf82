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
        wait, yield_now,
    },
    view::{Fees, View},
};
use access_list::{AccessRecord, StateDiff};
use attempt::{EXECUTED, PENDING, Place, RUNNING, Supply, executed_by};
use commit::Commit;
use crossbeam_utils::CachePadded;
use primitives::map::B256Map;
use smallvec::SmallVec;

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
    memory.begin(job.machine.len());
    let result = Speculation::new(job, &memory, dispatch, &mut *gate).run(pool);
    memory.clear();
    pool.memories.put(memory);
    match result? {
        Ended::Whole(run) => Ok(run),
        Ended::Early(begun) => serial::go_on(job, pool, gate, begun),
    }
}

/// What a speculation comes to.
pub(crate) enum Ended<O> {
    /// The block is decided.
    Whole(Run<O>),
    /// The rest of the block is better left to one worker.
    Early(Run<O>),
}

/// What is written for each transaction lies apart from what is only read, so that no worker waits for the other's writes to
/// find out where the state is.
struct Speculation<'a, M: TransactionExecutor> {
    job: &'a Job<'a, M>,
    memory: &'a Memory,
    dispatch: &'a dyn Dispatch,
    fees: Fees,
    places: Box<[Place<M::Output>]>,
    /// Transactions decided so far.
    decided: CachePadded<AtomicUsize>,
    /// Nothing is executed any more: the block is decided, or cannot be, or is better done alone.
    over: AtomicBool,
    is_early: AtomicBool,
    commit: CachePadded<Mutex<Commit<'a, M::Output>>>,
    /// Executions ahead of their turn, of the workers that have left.
    executions: AtomicUsize,
    sample: CachePadded<Sample>,
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
            decided: CachePadded::new(AtomicUsize::new(0)),
            over: AtomicBool::new(len == 0),
            is_early: AtomicBool::new(false),
            commit: CachePadded::new(Mutex::new(Commit {
                gate,
                executed: Vec::with_capacity(len),
                deployed: B256Map::default(),
                alone: 0,
                stale: 0,
                error: None,
            })),
            executions: AtomicUsize::new(0),
            sample: CachePadded::new(Sample::of(len)),
            collected: AtomicUsize::new(0),
            parts: Mutex::new(Vec::new()),
            beneficiary_wiped: AtomicBool::new(false),
            panic: Mutex::new(None),
        }
    }

    fn run(self, pool: &WorkerPool) -> Result<Ended<M::Output>, Error> {
        pool.run(pool.workers(), |worker| {
            let work = std::panic::AssertUnwindSafe(|| self.work(worker));
            match std::panic::catch_unwind(work) {
                Ok(executions) => _ = self.executions.fetch_add(executions, Ordering::Relaxed),
                Err(payload) => {
                    *self.panic.lock() = Some(message(&*payload));
                    self.over.store(true, Ordering::SeqCst);
                }
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
        let Commit { executed, deployed, alone, stale, .. } = self.commit.into_inner().into_inner();
        diff.code = deployed.into_iter().collect();
        let decided = self.decided.into_inner().into_inner();
        let abandoned = self.places[decided..].iter().filter(|it| it.status.load(Ordering::Relaxed) != PENDING).count();
        let is_early = self.is_early.into_inner();
        let stats = Stats {
            workers: pool.workers(),
            executions: self.executions.into_inner() + alone,
            stale: if is_early { stale + abandoned } else { stale },
            deferred: self.dispatch.deferred(),
            ..Stats::default()
        };
        let run = Run { executed, diff, stats, listed: None };
        Ok(if is_early { Ended::Early(run) } else { Ended::Whole(run) })
    }

    /// One worker, until the block is decided or there is nothing left that another worker could not finish alone. Gives how
    /// many transactions it executed ahead.
    fn work(&self, who: usize) -> usize {
        let view = View::new(self.memory, self.job.state, &self.fees);
        let mut worker = self.job.machine.worker(&view);
        let mut supply = Supply::new(who);
        let mut idle = 0_u32;
        loop {
            if idle > 0 {
                // Whoever has nothing to execute commits whatever there is.
                self.commit_ready(None, &view, &mut worker);
            }
            if self.over.load(Ordering::Acquire) {
                self.collect();
                return supply.executions;
            }
            match self.dispatch.next(self.decided.load(Ordering::Acquire)) {
                Next::Run(run) => {
                    idle = 0;
                    // All at once, so that none is taken by another worker while its neighbour is executed.
                    let run: SmallVec<[usize; 8]> = run.filter(|index| self.claim(*index)).collect();
                    for index in run {
                        if self.over.load(Ordering::Relaxed) {
                            self.places[index].status.store(PENDING, Ordering::SeqCst);
                            continue;
                        }
                        self.speculate(index, &view, &mut worker, &mut supply);
                        self.commit_ready(Some(who), &view, &mut worker);
                    }
                }
                Next::Wait => {
                    idle += 1;
                    wait(idle);
                }
                Next::Done if idle > IDLE_MAX => return supply.executions,
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
        supply.executions += 1;
        (attempt.since, attempt.assumed) = (since, view.assumed());
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
            attempt.footprint.is_special = attempt.assumed.is_some()
                || !record.deployed.is_empty()
                || record.accounts.iter().any(|access| access.address == self.fees.beneficiary);
            attempt.shown = Some(self.memory.publish(index, since, record, &mut attempt.footprint));
        }
        attempt.result = Some(result);
        let place = &self.places[index];
        *place.attempt.lock() = Some(attempt);
        place.status.store(executed_by(supply.maker), Ordering::SeqCst);
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

    /// Commits, in order, whatever is ready, unless another worker is at it. Given `maker`, what others have executed is left
    /// to them: it lies in the caches of their cores.
    fn commit_ready(&self, maker: Option<usize>, view: &View<'_>, worker: &mut M::Worker<'_>) {
        let maker = maker.filter(|_| self.dispatch.leaves_commits_to_makers());
        while self.is_ready(maker)
            && let Some(mut commit) = self.commit.try_lock()
        {
            loop {
                if self.over.load(Ordering::Relaxed) || !self.commit_head(maker, &mut commit, view, worker) {
                    break;
                }
            }
            drop(commit);
            // A worker that finished the head meanwhile found the lock taken and left; look once more.
            fence(Ordering::SeqCst);
        }
    }

    /// Whether the first open transaction can be decided, by the worker `maker` if one is given.
    fn is_ready(&self, maker: Option<usize>) -> bool {
        let place = self.places.get(self.decided.load(Ordering::SeqCst));
        !self.over.load(Ordering::SeqCst)
            && place.is_some_and(|place| may_decide(place.status.load(Ordering::SeqCst), maker))
    }

    /// Decides the first open transaction; `false` if a worker is still executing it, or is to decide it.
    fn commit_head(
        &self,
        maker: Option<usize>,
        commit: &mut Commit<'_, M::Output>,
        view: &View<'_>,
        worker: &mut M::Worker<'_>,
    ) -> bool {
        let index = self.decided.load(Ordering::Relaxed);
        let place = &self.places[index];
        let status = place.status.load(Ordering::SeqCst);
        if !may_decide(status, maker) {
            return false;
        }
        if status >= EXECUTED {
            self.commit_one(index, place.attempt.lock().as_deref_mut(), commit, view, worker);
            return true;
        }
        let is_mine = self.claim(index);
        if is_mine {
            self.commit_one(index, None, commit, view, worker);
        }
        is_mine
    }
}

/// Whether a transaction in this state can be decided, by the worker `maker` if one is given.
fn may_decide(status: u32, maker: Option<usize>) -> bool {
    match status {
        PENDING => true,
        RUNNING => false,
        executed => maker.is_none_or(|maker| executed == executed_by(maker)),
    }
}

/// What a panic said.
pub(crate) fn message(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}

#[cfg(all(test, not(feature = "shuttle")))]
mod tests {
    use super::*;

    #[test]
    fn what_another_has_executed_is_left_to_it_by_who_has_something_to_do() {
        let decides = |status| [Some(0), Some(1), None].map(|maker| may_decide(status, maker));
        assert_eq!(decides(PENDING), [true; 3]);
        assert_eq!(decides(RUNNING), [false; 3]);
        assert_eq!(decides(executed_by(0)), [true, false, true]);
        assert_eq!(decides(executed_by(1)), [false, true, true]);
    }
}
