//! Policy `serial`: one transaction after another. This is the specification; every other policy is compared with it.

mod lent;

use crate::{Admission, Error, Executed, Gate, Job, Run, Stats, TransactionExecutor, WorkerPool, key_hash::KeyHash};
use access_list::{AccessRecord, AccountChange, SlotChange, StateDiff};
use hashbrown::HashTable;
use primitives::{Account, Address, B256, Bytes, U256, map::B256Map};
use state::{StateError, StateReader};
use std::cell::RefCell;

/// Entries of an overlay whose allocation is kept for the next block.
const ENTRIES_KEPT: usize = 1 << 15;

/// Executes the block's transactions in order on the calling thread.
pub(crate) fn run<M: TransactionExecutor>(
    job: &Job<'_, M>,
    pool: &WorkerPool,
    gate: &mut dyn Gate<M::Output>,
) -> Result<Run<M::Output>, Error> {
    let executed = Vec::with_capacity(job.machine.len());
    let stats = Stats { workers: 1, ..Stats::default() };
    go_on(job, pool, gate, Run { executed, diff: StateDiff::default(), stats, listed: None })
}

/// Executes the transactions that are not decided yet, after those of `begun`.
pub(crate) fn go_on<M: TransactionExecutor>(
    job: &Job<'_, M>,
    pool: &WorkerPool,
    gate: &mut dyn Gate<M::Output>,
    begun: Run<M::Output>,
) -> Result<Run<M::Output>, Error> {
    let Run { mut executed, diff, mut stats, listed } = begun;
    let mut overlay = pool.overlays.take();
    overlay.take_over(diff);
    let beneficiary = job.machine.beneficiary();
    let view =
        SerialView { base: job.state, beneficiary, clears_empty: job.clears_empty, overlay: RefCell::new(overlay) };
    let mut worker = job.machine.worker(&view);
    for index in executed.len()..job.machine.len() {
        let mut result = job.machine.execute(&mut worker, index).map_err(|source| Error::State { index, source })?;
        stats.executions += 1;
        match gate.admit(index, &result) {
            Admission::Include => {
                view.apply(&result);
                if job.drop_records {
                    job.machine.recycle(&mut worker, std::mem::take(&mut result.record));
                }
                executed.push(Some(result));
            }
            Admission::Exclude => executed.push(None),
            Admission::Stop => break,
        }
    }
    drop(worker);
    let index = job.machine.len();
    let (diff, overlay) = view.into_diff().map_err(|source| Error::State { index, source })?;
    pool.overlays.put(overlay);
    Ok(Run { executed, diff, stats, listed })
}

/// The state between two transactions: the block's changes over the state before it.
struct SerialView<'a> {
    base: &'a (dyn StateReader + Sync),
    beneficiary: Address,
    clears_empty: bool,
    overlay: RefCell<Overlay>,
}

/// What the block's transactions have changed so far.
#[derive(Debug, Default)]
pub(crate) struct Overlay {
    hash: KeyHash,
    accounts: HashTable<AccountChange>,
    slots: HashTable<SlotChange>,
    code: B256Map<Bytes>,
    any_wiped: bool,
    /// Fees since the beneficiary's entry was last written.
    fees: Option<U256>,
    any_fee: bool,
}

impl SerialView<'_> {
    fn apply<O>(&self, executed: &Executed<O>) {
        let mut overlay = self.overlay.borrow_mut();
        overlay.apply(&executed.record, self.beneficiary);
        if let Some(fee) = executed.fee {
            overlay.fees = Some(overlay.fees.unwrap_or_default().saturating_add(fee));
            overlay.any_fee = true;
        }
    }

    /// Everything changed, and the emptied overlay.
    fn into_diff(self) -> Result<(StateDiff, Overlay), StateError> {
        if self.overlay.borrow().any_fee {
            let account = self.account(self.beneficiary)?;
            self.overlay.borrow_mut().set_account(self.beneficiary, account, false);
        }
        let mut overlay = self.overlay.into_inner();
        let mut diff = StateDiff {
            accounts: Vec::with_capacity(overlay.accounts.len()),
            slots: Vec::with_capacity(overlay.slots.len()),
            code: overlay.code.drain().collect(),
        };
        diff.accounts.extend(overlay.accounts.iter().copied());
        diff.slots.extend(overlay.slots.iter().copied());
        overlay.clear();
        Ok((diff, overlay))
    }
}

impl Overlay {
    /// Starts from changes that were made before.
    fn take_over(&mut self, diff: StateDiff) {
        for AccountChange { address, account, wiped } in diff.accounts {
            self.set_account(address, account, wiped);
            self.any_wiped |= wiped;
        }
        for SlotChange { address, slot, value } in diff.slots {
            self.set_slot(address, slot, value);
        }
        self.code.extend(diff.code);
    }

    fn account(&self, address: Address) -> Option<&AccountChange> {
        self.accounts.find(self.hash.account(&address), |change| change.address == address)
    }

    fn slot(&self, address: Address, slot: U256) -> Option<&SlotChange> {
        let hash = self.hash.slot(&address, &slot);
        self.slots.find(hash, |change| change.slot == slot && change.address == address)
    }

    fn set_account(&mut self, address: Address, account: Option<Account>, wiped: bool) {
        let hash = &self.hash;
        self.accounts
            .entry(hash.account(&address), |change| change.address == address, |change| hash.account(&change.address))
            .and_modify(|change| {
                change.account = account;
                change.wiped |= wiped;
            })
            .or_insert(AccountChange { address, account, wiped });
    }

    fn set_slot(&mut self, address: Address, slot: U256, value: U256) {
        let hash = &self.hash;
        self.slots
            .entry(
                hash.slot(&address, &slot),
                |change| change.slot == slot && change.address == address,
                |change| hash.slot(&change.address, &change.slot),
            )
            .and_modify(|change| change.value = value)
            .or_insert(SlotChange { address, slot, value });
    }

    fn apply(&mut self, record: &AccessRecord, beneficiary: Address) {
        for (access, slots) in record.iter() {
            let address = access.address;
            if access.is_changed() || access.wiped {
                self.set_account(address, access.after, access.wiped);
                if address == beneficiary {
                    self.fees = None;
                }
                if access.wiped {
                    self.any_wiped = true;
                    self.slots.retain(|change| change.address != address);
                }
            }
            if access.after.is_some() {
                for slot in slots.iter().filter(|slot| slot.is_changed()) {
                    self.set_slot(address, slot.slot, slot.after);
                }
            }
        }
        if !record.deployed.is_empty() {
            self.code.extend(record.deployed.iter().cloned());
        }
    }

    fn is_wiped(&self, address: Address) -> bool {
        self.any_wiped && self.account(address).is_some_and(|change| change.wiped)
    }

    /// Forgets everything and keeps allocations of usual size.
    fn clear(&mut self) {
        if self.accounts.capacity().max(self.slots.capacity()) > ENTRIES_KEPT {
            *self = Self::default();
            return;
        }
        self.accounts.clear();
        self.slots.clear();
        self.code.clear();
        (self.any_wiped, self.fees, self.any_fee) = (false, None, false);
    }
}

impl StateReader for SerialView<'_> {
    fn account(&self, address: Address) -> Result<Option<Account>, StateError> {
        self.lent(&self.overlay.borrow()).account(address)
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        self.lent(&self.overlay.borrow()).storage(address, slot)
    }

    fn code(&self, hash: B256) -> Result<Bytes, StateError> {
        self.lent(&self.overlay.borrow()).code(hash)
    }

    fn block_hash(&self, number: u64) -> Result<B256, StateError> {
        self.base.block_hash(number)
    }

    fn had_only_storage(&self, address: Address) -> Result<bool, StateError> {
        self.base.had_only_storage(address)
    }

    fn lend(&self, work: &mut dyn FnMut(&(dyn StateReader + Sync))) -> bool {
        work(&self.lent(&self.overlay.borrow()));
        true
    }
}
