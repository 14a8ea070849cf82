//! Policy `list_driven`: for a validator that holds the block access list (EIP-7928).
//!
//! No speculation and no order: every transaction finds the state before it in the list, at its own position, so all of
//! them run independently - even a chain of conflicts. What each touched and left is compared with the list, item by
//! item. Law: the comparison succeeds for all transactions, with every item of the list accounted for, exactly if the
//! list is the one that serial execution gives; then every transaction has run on the serial state. So a lying list
//! can waste time, and the block is refused.

use crate::{
    Admission, Error, Executed, Gate, Job, Run, Stats, TransactionExecutor, WorkerPool,
    list_check::{Accounted, ListCheck, ListMismatch},
    run::credit,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};
use access_list::{AccessRecord, AccountAccess, EntryId, ListIndex, SlotLookup, StateDiff};
use primitives::{Account, Address, B256, Bytes, U256};
use state::{StateError, StateReader};
use std::cell::{Cell, RefCell};

/// Transactions that a worker takes at once: few enough to share the work, enough to leave the counter alone.
const CHUNK: usize = 2;

/// Those that may use most gas first, so that none of them is left alone at the end (longest processing time first);
/// equal ones in block order.
fn order<M: TransactionExecutor>(machine: &M) -> Vec<u32> {
    let len = u32::try_from(machine.len()).expect("gas bounds the transactions of a block");
    let mut order: Vec<u32> = (0..len).collect();
    order.sort_by_cached_key(|index| std::cmp::Reverse(machine.hint(*index as usize).gas));
    order
}

/// Executes every transaction from the list and compares.
pub(crate) fn run<M: TransactionExecutor>(
    job: &Job<'_, M>,
    list: &ListIndex,
    pool: &WorkerPool,
    gate: &mut dyn Gate<M::Output>,
) -> Result<Run<M::Output>, Error> {
    let check = ListCheck::new(list, job.machine.len());
    let run = ListRun {
        job,
        check,
        order: order(job.machine),
        cursor: AtomicUsize::new(0),
        over: AtomicBool::new(false),
        refused_at: AtomicUsize::new(usize::MAX),
        all: Mutex::new(All { parts: Vec::new(), mismatch: None, error: None }),
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
    /// The transactions in the order in which they are handed out.
    order: Vec<u32>,
    cursor: AtomicUsize,
    /// Something failed; what a worker would find out now counts for nothing.
    over: AtomicBool,
    /// The lowest transaction that differs from the list so far. Those before it are still looked at, so that the
    /// position that is named does not depend on who was fast.
    refused_at: AtomicUsize,
    all: Mutex<All<M::Output>>,
}

/// What one worker did.
struct Part<O> {
    executed: Vec<(usize, Executed<O>)>,
    accounted: Accounted,
}

/// What the workers handed in.
struct All<O> {
    parts: Vec<Part<O>>,
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
            recent: Cell::new(None),
            not_listed: RefCell::new(None),
        };
        let mut worker = self.job.machine.worker(&view);
        let mut part = Part {
            executed: Vec::new(),
            accounted: Accounted { tally: self.check.tally(), diff: StateDiff::default() },
        };
        while !self.over.load(Ordering::Relaxed) {
            let start = self.cursor.fetch_add(CHUNK, Ordering::Relaxed);
            if start >= self.order.len() {
                break;
            }
            for index in &self.order[start..(start + CHUNK).min(self.order.len())] {
                let index = *index as usize;
                if index > self.refused_at.load(Ordering::Relaxed) {
                    continue;
                }
                match self.execute(index, &view, &mut worker, &mut part) {
                    Ok(result) => part.executed.push((index, result)),
                    Err(stop) => self.stop(index, stop),
                }
            }
        }
        self.all.lock().parts.push(part);
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
        let mut result = self.job.machine.execute(worker, index).map_err(|error| view.stopped(index, error))?;
        let record = &result.record;
        let mut fee = result.fee;
        let beneficiary = self.job.machine.beneficiary();
        for (access, slots) in record.iter() {
            let mut access = *access;
            if access.address == beneficiary
                && let Some(fee) = fee.take()
            {
                access.after = credit(access.after, fee, self.job.clears_empty);
            }
            self.check.access(position, &access, slots, &mut part.accounted)?;
        }
        if let Some(fee) = fee {
            let before = view.account(beneficiary).map_err(|error| view.stopped(index, error))?;
            let mut access = AccountAccess::untouched(beneficiary, before);
            access.after = credit(before, fee, self.job.clears_empty);
            self.check.access(position, &access, &[], &mut part.accounted)?;
        }
        part.accounted.diff.code.extend(record.deployed.iter().cloned());
        if self.job.drop_records {
            result.record = AccessRecord::default();
        }
        Ok(result)
    }

    fn stop(&self, index: usize, stopped: Stopped) {
        let mut all = self.all.lock();
        match stopped {
            Stopped::Refused(mismatch) if all.mismatch.as_ref().is_none_or(|(at, _)| index < *at) => {
                all.mismatch = Some((index, mismatch));
                self.refused_at.fetch_min(index, Ordering::Relaxed);
            }
            Stopped::Refused(_) => {}
            Stopped::Failed(error) => {
                self.over.store(true, Ordering::Relaxed);
                all.error.get_or_insert(error);
            }
        }
    }

    fn fail(&self, error: Error) {
        self.stop(0, Stopped::Failed(error));
    }

    fn collect(self, pool: &WorkerPool, gate: &mut dyn Gate<M::Output>) -> Result<Run<M::Output>, Error> {
        let All { parts, mismatch, error } = self.all.into_inner();
        if let Some((_, mismatch)) = mismatch {
            return Err(Error::List(mismatch));
        }
        if let Some(error) = error {
            return Err(error);
        }
        let mut decided: Vec<Option<Executed<M::Output>>> = Vec::new();
        decided.resize_with(self.order.len(), || None);
        let (mut diff, mut tally) = (StateDiff::default(), self.check.tally());
        for mut part in parts {
            for (index, executed) in part.executed {
                decided[index] = Some(executed);
            }
            diff.accounts.append(&mut part.accounted.diff.accounts);
            diff.slots.append(&mut part.accounted.diff.slots);
            diff.code.append(&mut part.accounted.diff.code);
            tally.add(&part.accounted.tally);
        }
        let stats = Stats { workers: pool.workers(), executions: decided.len(), ..Stats::default() };
        for (index, place) in decided.iter_mut().enumerate() {
            let Some(executed) = place else { continue };
            match gate.admit(index, executed) {
                Admission::Include => {}
                Admission::Exclude => *place = None,
                Admission::Stop => {
                    decided.truncate(index);
                    break;
                }
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
    /// The account asked for last: its slots are asked for next.
    recent: Cell<Option<(Address, EntryId)>>,
    /// What execution asked for and the list does not have.
    not_listed: RefCell<Option<ListMismatch>>,
}

impl ListView<'_> {
    fn entry(&self, address: Address, slot: Option<U256>) -> Result<EntryId, StateError> {
        if let Some((recent, entry)) = self.recent.get()
            && recent == address
        {
            return Ok(entry);
        }
        let entry = self.list.entry(address).ok_or_else(|| self.missing(address, slot))?;
        self.recent.set(Some((address, entry)));
        Ok(entry)
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

    fn had_only_storage(&self, address: Address) -> Result<bool, StateError> {
        self.base.had_only_storage(address)
    }
}
