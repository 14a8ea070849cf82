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
//! agree, it is executed again at once, on exactly the serial state. So a transaction is executed at most twice in
//! vain plus once for good, and no schedule, hint or timing can reach the result.

use crate::{
    Admission, Error, Executed, Gate, Job, Run, Stats, TransactionExecutor,
    dispatch::{Dispatch, Next},
    memory::Memory,
    pool::WorkerPool,
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
    let result = Speculation::new(job, &memory, dispatch, gate).run(pool);
    memory.clear();
    pool.memories.put(memory);
    result
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
    over: AtomicBool,
    commit: Mutex<Commit<'a, M::Output>>,
    executions: AtomicUsize,
    /// Shards of the memory whose final content was collected.
    collected: AtomicUsize,
    parts: Mutex<Vec<StateDiff>>,
    beneficiary_wiped: AtomicBool,
    panic: Mutex<Option<String>>,
}

type Attempt<O> = Result<Executed<O>, StateError>;

/// A place for one attempt; boxed, since a block has many places and few attempts at a time.
type Waiting<O> = Mutex<Option<Box<Attempt<O>>>>;

struct Commit<'a, O> {
    gate: &'a mut dyn Gate<O>,
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
        gate: &'a mut dyn Gate<M::Output>,
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
            commit: Mutex::new(Commit {
                gate,
                executed: Vec::with_capacity(len),
                deployed: B256Map::default(),
                stale: 0,
                error: None,
            }),
            executions: AtomicUsize::new(0),
            collected: AtomicUsize::new(0),
            parts: Mutex::new(Vec::new()),
            beneficiary_wiped: AtomicBool::new(false),
            panic: Mutex::new(None),
        }
    }

    fn run(self, pool: &WorkerPool) -> Result<Run<M::Output>, Error> {
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
        let mut diff = self.diff()?;
        let Commit { executed, deployed, stale, .. } = self.commit.into_inner();
        diff.code = deployed.into_iter().collect();
        let stats = Stats {
            workers: pool.workers(),
            executions: self.executions.into_inner(),
            stale,
            deferred: self.dispatch.deferred(),
            ..Stats::default()
        };
        Ok(Run { executed, diff, stats, listed: None })
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
        view.position(index, self.job.machine.hint(index).sender);
        let attempt = self.job.machine.execute(worker, index);
        self.executions.fetch_add(1, Ordering::Relaxed);
        if let Ok(executed) = &attempt {
            self.memory.publish(index, &executed.record);
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
        view.position(index, None);
        let (executed, shown) = match self.confirm(index, attempt, commit, view) {
            Some(executed) => (Ok(executed), true),
            None => (self.execute_exact(index, worker), false),
        };
        match executed {
            Ok(executed) => self.decide(index, executed, shown, commit),
            Err(error) => {
                commit.error = Some(error);
                self.over.store(true, Ordering::SeqCst);
            }
        }
        self.dispatch.committed(index);
        true
    }

    /// The attempt with its record made exact, if what it had read still holds; otherwise nothing of it is left.
    fn confirm(
        &self,
        index: usize,
        attempt: Option<Attempt<M::Output>>,
        commit: &mut Commit<'_, M::Output>,
        view: &View<'_>,
    ) -> Option<Executed<M::Output>> {
        let mut executed = match attempt? {
            Ok(executed) => executed,
            // Speculation may ask for what a partial state does not hold; only the exact execution counts.
            Err(_) => {
                commit.stale += 1;
                return None;
            }
        };
        let sender = self.job.machine.hint(index).sender.map(|(sender, _)| sender);
        if let Ok(true) = self.make_exact(&mut executed.record, sender, view) {
            self.dispatch.confirmed(index);
            return Some(executed);
        }
        commit.stale += 1;
        self.dispatch.stale(index);
        self.memory.retract(index, &executed.record);
        None
    }

    /// Compares the record with the committed state and turns what it found and left into serial values.
    fn make_exact(
        &self,
        record: &mut AccessRecord,
        sender: Option<Address>,
        view: &View<'_>,
    ) -> Result<bool, StateError> {
        for (access, slots) in record.iter() {
            for slot in slots {
                let own = slot.is_changed() && access.after.is_some();
                if !self.memory.is_undisturbed_slot(access.address, slot.slot, own)
                    && view.storage(access.address, slot.slot)? != slot.before
                {
                    return Ok(false);
                }
            }
        }
        for access in &mut record.accounts {
            // The sender's nonce may have been assumed, and fees are not in the memory.
            let special = Some(access.address) == sender || access.address == self.fees.beneficiary;
            let own = access.is_changed() || access.wiped;
            if !special && self.memory.is_undisturbed_account(access.address, own) {
                continue;
            }
            let current = view.actual(access.address)?;
            if !access.agrees_with(current.as_ref()) {
                return Ok(false);
            }
            // A wrong assumption that the outcome does not depend on is still in what was shown.
            if Some(access.address) == sender && access.before.map(|it| it.nonce) != current.map(|it| it.nonce) {
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
    fn decide(&self, index: usize, mut executed: Executed<M::Output>, shown: bool, commit: &mut Commit<'_, M::Output>) {
        let admission = commit.gate.admit(index, &executed);
        if admission == Admission::Include {
            if shown {
                self.memory.settle(index, &executed.record, self.fees.beneficiary);
            } else {
                self.memory.publish_exact(index, &executed.record);
            }
            self.fees.committed(&executed.record, executed.fee);
            commit.deployed.extend(executed.record.deployed.iter().cloned());
            if self.job.drop_records {
                executed.record = AccessRecord::default();
            }
            commit.executed.push(Some(executed));
        } else {
            if shown {
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

    /// Everything that the decided transactions change, codes left out.
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
        }
        self.parts.lock().push(part);
    }

    /// Everything the block changed.
    fn diff(&self) -> Result<StateDiff, Error> {
        let mut diff = StateDiff::default();
        for mut part in self.parts.lock().drain(..) {
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
