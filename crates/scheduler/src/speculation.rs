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
//! order, after its record was compared *by value* with what the committed transactions before it left; if it does not
//! agree, it is executed again at once, on exactly the serial state. So a transaction is executed at most once in vain
//! and once for good, and no schedule, hint or timing can reach the result. Where a dispatch finds sharing hopeless, what
//! is committed so far is handed to `serial`, which does the rest.

use crate::{
    Admission, Error, Executed, Gate, Job, Run, Stats, TransactionExecutor,
    dispatch::{Dispatch, Next},
    memory::Memory,
    pool::WorkerPool,
    serial,
    sharing::Sample,
    stamps::{Asking, Shown},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering, fence},
        spin_loop, yield_now,
    },
    view::{Fees, View},
};
use access_list::{AccessRecord, AccountChange, SlotChange, StateDiff};
use primitives::{Address, Bytes, map::B256Map};
use state::{StateError, StateReader as _};

/// How often a worker that has nothing left to execute looks for the end of the block, to help with what comes then.
const IDLE_MAX: u32 = 1000;

const PENDING: u8 = 0;
const RUNNING: u8 = 1;
const EXECUTED: u8 = 2;

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
    status: Box<[AtomicU8]>,
    /// Results that wait for their commit.
    results: Box<[Waiting<M::Output>]>,
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

/// A speculative execution.
struct Attempt<O> {
    result: Result<Executed<O>, StateError>,
    /// Transactions that were committed when it started.
    since: usize,
    /// The sender's nonce was taken for the one that the transaction expects, and was another.
    has_assumed: bool,
    /// What was found when its writes were shown; `None` if they are not shown.
    shown: Option<Shown>,
}

/// A place for one attempt; boxed, since a block has many places and few attempts at a time.
type Waiting<O> = Mutex<Option<Box<Attempt<O>>>>;

struct Commit<'a, O> {
    gate: &'a mut (dyn Gate<O> + 'a),
    executed: Vec<Option<Executed<O>>>,
    /// Code put in place by what is included.
    deployed: B256Map<Bytes>,
    stale: usize,
    error: Option<Error>,
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
            status: (0..len).map(|_| AtomicU8::new(PENDING)).collect(),
            results: (0..len).map(|_| Mutex::new(None)).collect(),
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
            sample: Sample::default(),
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
        let abandoned = self.status[decided..].iter().filter(|it| it.load(Ordering::Relaxed) != PENDING).count();
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
                        self.speculate(index, &view, &mut worker);
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
        self.status[index].compare_exchange(PENDING, RUNNING, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    fn speculate(&self, index: usize, view: &View<'_>, worker: &mut M::Worker<'_>) {
        let since = self.decided.load(Ordering::SeqCst);
        view.position(index, self.job.machine.hint(index).sender);
        let result = self.sample.time(index, || self.job.machine.execute(worker, index));
        self.executions.fetch_add(1, Ordering::Relaxed);
        let mut attempt = Attempt { result, since, has_assumed: view.has_assumed(), shown: None };
        if self.decided.load(Ordering::SeqCst) == index
            && let Some(mut commit) = self.commit.try_lock()
            && !self.over.load(Ordering::SeqCst)
        {
            // Its turn has come: nobody else can move on from here, so nobody has to be shown what may be wrong.
            self.commit_one(index, Some(attempt), &mut commit, view, worker);
            self.dispatch.executed(index);
            return;
        }
        if let Ok(executed) = &attempt.result {
            attempt.shown = Some(self.memory.publish(index, since, &executed.record));
        }
        *self.results[index].lock() = Some(Box::new(attempt));
        self.status[index].store(EXECUTED, Ordering::SeqCst);
        self.dispatch.executed(index);
        // Orders the store before the attempt to take the commit lock; its counterpart is in `commit_ready`.
        fence(Ordering::SeqCst);
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
            let ready = self.status.get(head).is_some_and(|status| status.load(Ordering::SeqCst) == EXECUTED);
            if self.over.load(Ordering::SeqCst) || !ready {
                return;
            }
        }
    }

    /// Decides the first open transaction; `false` if a worker is still executing it.
    fn commit_head(&self, commit: &mut Commit<'_, M::Output>, view: &View<'_>, worker: &mut M::Worker<'_>) -> bool {
        let index = self.decided.load(Ordering::Relaxed);
        let attempt = match self.status[index].load(Ordering::SeqCst) {
            EXECUTED => self.results[index].lock().take().map(|attempt| *attempt),
            PENDING if self.claim(index) => None,
            _ => return false,
        };
        self.commit_one(index, attempt, commit, view, worker);
        true
    }

    /// Decides the first open transaction, given a speculative execution of it, if there is one.
    fn commit_one(
        &self,
        index: usize,
        attempt: Option<Attempt<M::Output>>,
        commit: &mut Commit<'_, M::Output>,
        view: &View<'_>,
        worker: &mut M::Worker<'_>,
    ) {
        view.position(index, None);
        let (executed, shown) = match self.confirm(index, attempt, commit, view) {
            Some((executed, shown)) => (Ok(executed), shown),
            None => (self.execute_exact(index, worker), None),
        };
        match executed {
            Ok(executed) => self.decide(index, executed, shown, commit),
            Err(error) => {
                commit.error = Some(error);
                self.over.store(true, Ordering::SeqCst);
            }
        }
        self.dispatch.committed(index);
        if self.dispatch.is_hopeless() && !self.over.load(Ordering::Relaxed) {
            self.is_early.store(true, Ordering::SeqCst);
            self.over.store(true, Ordering::SeqCst);
        }
    }

    /// The attempt with its record made exact, if what it had read still holds; otherwise nothing of it is left.
    fn confirm(
        &self,
        index: usize,
        attempt: Option<Attempt<M::Output>>,
        commit: &mut Commit<'_, M::Output>,
        view: &View<'_>,
    ) -> Option<(Executed<M::Output>, Option<Shown>)> {
        let Attempt { result, since, has_assumed, shown } = attempt?;
        let mut executed = match result {
            Ok(executed) => executed,
            // Speculation may ask for what a partial state does not hold; only the exact execution counts.
            Err(_) => {
                commit.stale += 1;
                return None;
            }
        };
        let sender = has_assumed.then(|| self.job.machine.hint(index).sender.map(|(sender, _)| sender)).flatten();
        let asking = Asking { index, since, shown };
        if let Ok(true) = self.make_exact(&mut executed.record, &asking, sender, view) {
            self.dispatch.confirmed(index);
            return Some((executed, shown));
        }
        commit.stale += 1;
        self.dispatch.stale(index);
        if shown.is_some() {
            self.memory.retract(index, &executed.record);
        }
        None
    }

    /// Compares the record with the committed state and turns what it found and left into serial values. `assumed`: the
    /// sender whose nonce was assumed.
    fn make_exact(
        &self,
        record: &mut AccessRecord,
        asking: &Asking,
        assumed: Option<Address>,
        view: &View<'_>,
    ) -> Result<bool, StateError> {
        for (access, slots) in record.iter() {
            for slot in slots {
                if !self.memory.is_undisturbed_slot(access.address, slot.slot, asking)
                    && view.storage(access.address, slot.slot)? != slot.before
                {
                    return Ok(false);
                }
            }
        }
        for access in &mut record.accounts {
            // Fees are not in the memory.
            let special = Some(access.address) == assumed || access.address == self.fees.beneficiary;
            if !special && self.memory.is_undisturbed_account(access.address, asking) {
                continue;
            }
            let current = view.actual(access.address)?;
            if !access.agrees_with(current.as_ref()) {
                return Ok(false);
            }
            // A wrong assumption that the outcome does not depend on is still in what was shown.
            if Some(access.address) == assumed && access.before.map(|it| it.nonce) != current.map(|it| it.nonce) {
                return Ok(false);
            }
            let Some(after) = access.rebase(current.as_ref()) else { return Ok(false) };
            (access.before, access.after) = (current, after);
        }
        Ok(true)
    }

    fn execute_exact(&self, index: usize, worker: &mut M::Worker<'_>) -> Result<Executed<M::Output>, Error> {
        self.executions.fetch_add(1, Ordering::Relaxed);
        self.job.machine.execute(worker, index).map_err(|source| Error::State { index, source })
    }

    /// Asks the gate and makes the transaction part of the state, or takes back what it has `shown`.
    fn decide(
        &self,
        index: usize,
        mut executed: Executed<M::Output>,
        shown: Option<Shown>,
        commit: &mut Commit<'_, M::Output>,
    ) {
        let admission = commit.gate.admit(index, &executed);
        if admission == Admission::Include {
            match shown {
                Some(shown) => self.memory.settle(index, &executed.record, shown, self.fees.beneficiary),
                None => self.memory.publish_exact(index, &executed.record),
            }
            self.fees.committed(&executed.record, executed.fee);
            commit.deployed.extend(executed.record.deployed.iter().cloned());
            if self.job.drop_records {
                executed.record = AccessRecord::default();
            }
            commit.executed.push(Some(executed));
        } else {
            if shown.is_some() {
                self.memory.retract(index, &executed.record);
            }
            if admission == Admission::Exclude {
                commit.executed.push(None);
            }
        }
        if admission != Admission::Stop {
            self.decided.store(index + 1, Ordering::SeqCst);
        }
        if admission == Admission::Stop || index + 1 == self.job.machine.len() {
            self.over.store(true, Ordering::SeqCst);
        }
    }

    /// Collects what the block changed, side by side with the other workers that are still here.
    fn collect(&self) {
        let end = self.decided.load(Ordering::SeqCst);
        let beneficiary = self.fees.any().then_some(self.fees.beneficiary);
        let mut part = StateDiff::default();
        loop {
            let shard = self.collected.fetch_add(1, Ordering::Relaxed);
            if shard >= Memory::SHARDS {
                break;
            }
            self.memory.final_accounts(shard, end, |address, account, wiped| {
                if Some(address) == beneficiary {
                    self.beneficiary_wiped.store(wiped, Ordering::Relaxed);
                } else {
                    part.accounts.push(AccountChange { address, account, wiped });
                }
            });
            self.memory.final_slots(shard, end, |address, slot, value| {
                part.slots.push(SlotChange { address, slot, value });
            });
            self.memory.clear_shard(shard, &self.fees.beneficiary);
        }
        self.parts.lock().push(part);
    }

    /// Everything the block changed.
    fn diff(&self) -> Result<StateDiff, Error> {
        let mut parts = self.parts.lock();
        let mut diff = parts.pop().unwrap_or_default();
        diff.accounts.reserve(parts.iter().map(|part| part.accounts.len()).sum::<usize>() + 1);
        diff.slots.reserve(parts.iter().map(|part| part.slots.len()).sum());
        for mut part in parts.drain(..) {
            diff.accounts.append(&mut part.accounts);
            diff.slots.append(&mut part.slots);
        }
        if self.fees.any() {
            let view = View::new(self.memory, self.job.state, &self.fees);
            view.position(self.decided.load(Ordering::SeqCst), None);
            let index = self.job.machine.len();
            let address = self.fees.beneficiary;
            let account = view.actual(address).map_err(|source| Error::State { index, source })?;
            let wiped = self.beneficiary_wiped.load(Ordering::Relaxed);
            diff.accounts.push(AccountChange { address, account, wiped });
        }
        Ok(diff)
    }
}

/// What a panic said.
pub(crate) fn message(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}
