//! Policy `list_driven`: for a validator that holds the block access list (EIP-7928).
//!
//! No speculation and no order: every transaction finds the state before it in the list, at its own position, so all of
//! them run independently - even a chain of conflicts. What each touched and left is compared with the list, item by
//! item. Law: the comparison succeeds for all transactions, with every item of the list accounted for, exactly if the
//! list is the one that serial execution gives; then every transaction has run on the serial state. So a lying list
//! can waste time, and the block is refused.

use crate::{
    Admission, Error, Executed, Gate, Job, Run, Stats, TransactionExecutor, WorkerPool,
    list_check::{ListCheck, ListMismatch, Tally},
    run::credit,
};
use access_list::{AccountAccess, EntryId, ListIndex, SlotLookup, StateDiff};
use parking_lot::Mutex;
use primitives::{Account, Address, B256, Bytes, U256};
use state::{StateError, StateReader};
use std::{
    cell::{Cell, RefCell},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

/// Transactions that a worker takes at once: few enough to share the work, enough to leave the counter alone.
const CHUNK: usize = 4;

/// Executes every transaction from the list and compares.
pub(crate) fn run<M: TransactionExecutor>(
    job: &Job<'_, M>,
    list: &ListIndex,
    pool: &WorkerPool,
    gate: &mut dyn Gate<M::Output>,
) -> Result<Run<M::Output>, Error> {
    let check = ListCheck::new(list, job.machine.len());
    let part =
        Part { executed: Vec::with_capacity(job.machine.len()), diff: StateDiff::default(), tally: check.tally() };
    let run = ListRun {
        job,
        check,
        cursor: AtomicUsize::new(0),
        over: AtomicBool::new(false),
        all: Mutex::new(All { part, mismatch: None, error: None }),
    };
    pool.run(pool.workers(), |_| {
        let work = std::panic::AssertUnwindSafe(|| run.work());
        if let Err(payload) = std::panic::catch_unwind(work) {
            run.fail(Error::Panicked(crate::speculation::message(&*payload)));
        }
    });
    run.collect(pool, gate)
}

struct ListRun<'a, M: TransactionExecutor> {
    job: &'a Job<'a, M>,
    check: ListCheck<'a>,
    cursor: AtomicUsize,
    over: AtomicBool,
    all: Mutex<All<M::Output>>,
}

/// What one worker did.
struct Part<O> {
    executed: Vec<(usize, Executed<O>)>,
    diff: StateDiff,
    tally: Tally,
}

/// What the workers handed in.
struct All<O> {
    part: Part<O>,
    /// The difference at the lowest position that was found.
    mismatch: Option<(usize, ListMismatch)>,
    error: Option<Error>,
}

/// Why a worker stopped early.
pub(crate) enum Stopped {
    Refused(ListMismatch),
    Failed(Error),
}

impl From<ListMismatch> for Stopped {
    fn from(mismatch: ListMismatch) -> Self {
        Self::Refused(mismatch)
    }
}

impl<M: TransactionExecutor> ListRun<'_, M> {
    fn work(&self) {
        let view = ListView {
            list: self.check.list,
            base: self.job.state,
            position: Cell::new(0),
            not_listed: RefCell::new(None),
        };
        let mut worker = self.job.machine.worker(&view);
        let len = self.job.machine.len();
        let mut part = Part { executed: Vec::new(), diff: StateDiff::default(), tally: self.check.tally() };
        while !self.over.load(Ordering::Relaxed) {
            let start = self.cursor.fetch_add(CHUNK, Ordering::Relaxed);
            if start >= len {
                break;
            }
            for index in start..(start + CHUNK).min(len) {
                match self.execute(index, &view, &mut worker, &mut part) {
                    Ok(result) => part.executed.push((index, result)),
                    Err(stop) => return self.stop(index, stop),
                }
            }
        }
        let mut all = self.all.lock();
        all.part.executed.append(&mut part.executed);
        all.part.diff.accounts.append(&mut part.diff.accounts);
        all.part.diff.slots.append(&mut part.diff.slots);
        all.part.diff.code.append(&mut part.diff.code);
        all.part.tally.add(&part.tally);
    }

    fn execute(
        &self,
        index: usize,
        view: &ListView<'_>,
        worker: &mut M::Worker<'_>,
        part: &mut Part<M::Output>,
    ) -> Result<Executed<M::Output>, Stopped> {
        let position = index as u64 + 1;
        view.position.set(position);
        let result = self.job.machine.execute(worker, index).map_err(|error| view.stopped(index, error))?;
        let record = &result.record;
        let mut fee = result.fee.filter(|fee| !fee.is_zero() || !self.job.clears_empty);
        let beneficiary = self.job.machine.beneficiary();
        for (access, slots) in record.iter() {
            let mut after = access.after;
            if access.address == beneficiary
                && let Some(fee) = fee.take()
            {
                after = credit(after, fee, self.job.clears_empty);
            }
            let entry = self.check.account(position, access, after, &mut part.tally, &mut part.diff)?;
            self.check.slots(position, access, entry, slots, &mut part.tally, &mut part.diff)?;
        }
        if let Some(fee) = fee {
            let before = view.account(beneficiary).map_err(|error| view.stopped(index, error))?;
            let after = credit(before, fee, self.job.clears_empty);
            let access = AccountAccess::untouched(beneficiary, before);
            self.check.account(position, &access, after, &mut part.tally, &mut part.diff)?;
        }
        part.diff.code.extend(record.deployed.iter().cloned());
        Ok(result)
    }

    fn stop(&self, index: usize, stopped: Stopped) {
        self.over.store(true, Ordering::Relaxed);
        let mut all = self.all.lock();
        match stopped {
            Stopped::Refused(mismatch) if all.mismatch.as_ref().is_none_or(|(at, _)| index < *at) => {
                all.mismatch = Some((index, mismatch));
            }
            Stopped::Refused(_) => {}
            Stopped::Failed(error) => {
                all.error.get_or_insert(error);
            }
        }
    }

    fn fail(&self, error: Error) {
        self.stop(0, Stopped::Failed(error));
    }

    fn collect(self, pool: &WorkerPool, gate: &mut dyn Gate<M::Output>) -> Result<Run<M::Output>, Error> {
        let All { part: Part { mut executed, diff, tally }, mismatch, error } = self.all.into_inner();
        if let Some((_, mismatch)) = mismatch {
            return Err(Error::List(mismatch));
        }
        if let Some(error) = error {
            return Err(error);
        }
        executed.sort_unstable_by_key(|(index, _)| *index);
        let stats = Stats { workers: pool.workers(), executions: executed.len(), ..Stats::default() };
        let mut decided = Vec::with_capacity(executed.len());
        for (index, result) in executed {
            match gate.admit(index, &result) {
                Admission::Include => decided.push(Some(result)),
                Admission::Exclude => decided.push(None),
                Admission::Stop => break,
            }
        }
        Ok(Run { executed: decided, diff, stats, listed: Some(tally) })
    }
}

/// The state before a position, as the list tells it.
struct ListView<'a> {
    list: &'a ListIndex,
    base: &'a (dyn StateReader + Sync),
    position: Cell<u64>,
    /// What execution asked for and the list does not have.
    not_listed: RefCell<Option<ListMismatch>>,
}

impl ListView<'_> {
    fn entry(&self, address: Address, slot: Option<U256>) -> Result<EntryId, StateError> {
        self.list.entry(address).ok_or_else(|| self.missing(address, slot))
    }

    fn missing(&self, address: Address, slot: Option<U256>) -> StateError {
        let mismatch = ListMismatch::NotListed { position: self.position.get(), address, slot };
        let error = StateError::Missing(mismatch.to_string());
        *self.not_listed.borrow_mut() = Some(mismatch);
        error
    }

    fn stopped(&self, index: usize, source: StateError) -> Stopped {
        match self.not_listed.take() {
            Some(mismatch) => Stopped::Refused(mismatch),
            None => Stopped::Failed(Error::State { index, source }),
        }
    }
}

impl StateReader for ListView<'_> {
    fn account(&self, address: Address) -> Result<Option<Account>, StateError> {
        let entry = self.entry(address, None)?;
        Ok(self.list.account_before(entry, self.position.get(), self.base.account(address)?))
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        let entry = self.entry(address, Some(slot))?;
        match self.list.slot_at(entry, slot, self.position.get()) {
            Some(SlotLookup::Value(value, _)) => Ok(value),
            Some(SlotLookup::Base(_)) => self.base.storage(address, slot),
            None => Err(self.missing(address, Some(slot))),
        }
    }

    fn code(&self, hash: B256) -> Result<Bytes, StateError> {
        match self.list.code(hash) {
            Some(code) => Ok(code.clone()),
            None => self.base.code(hash),
        }
    }

    fn block_hash(&self, number: u64) -> Result<B256, StateError> {
        self.base.block_hash(number)
    }
}
