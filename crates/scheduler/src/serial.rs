//! Policy `serial`: one transaction after another. This is the specification; every other policy is compared with it.

use crate::{Admission, Error, Executed, Gate, Job, Run, Stats, TransactionExecutor, run::credit};
use access_list::{AccessRecord, AccountChange, SlotChange, StateDiff};
use primitives::{
    Account, Address, B256, Bytes, U256,
    map::{AddressMap, B256Map, HashMap},
};
use state::{StateError, StateReader};
use std::cell::RefCell;

/// Executes the block's transactions in order on the calling thread.
pub(crate) fn run<M: TransactionExecutor>(
    job: &Job<'_, M>,
    gate: &mut dyn Gate<M::Output>,
) -> Result<Run<M::Output>, Error> {
    let view = SerialView::new(job.state, job.machine.beneficiary(), job.clears_empty);
    let mut worker = job.machine.worker(&view);
    let mut executed = Vec::with_capacity(job.machine.len());
    let mut stats = Stats { workers: 1, ..Stats::default() };
    for index in 0..job.machine.len() {
        let result = job.machine.execute(&mut worker, index).map_err(|source| Error::State { index, source })?;
        stats.executions += 1;
        match gate.admit(index, &result) {
            Admission::Include => {
                view.apply(&result);
                executed.push(Some(result));
            }
            Admission::Exclude => executed.push(None),
            Admission::Stop => break,
        }
    }
    drop(worker);
    Ok(Run { executed, diff: view.into_diff()?, stats, listed: None })
}

/// The state between two transactions: the block's changes over the state before it.
struct SerialView<'a> {
    base: &'a (dyn StateReader + Sync),
    beneficiary: Address,
    clears_empty: bool,
    overlay: RefCell<Overlay>,
}

#[derive(Default)]
struct Overlay {
    accounts: AddressMap<Entry>,
    slots: HashMap<(Address, U256), U256>,
    code: B256Map<Bytes>,
    /// Fees since the beneficiary's entry was last written.
    fees: Option<U256>,
    any_fee: bool,
}

#[derive(Clone, Copy)]
struct Entry {
    account: Option<Account>,
    wiped: bool,
}

impl<'a> SerialView<'a> {
    fn new(base: &'a (dyn StateReader + Sync), beneficiary: Address, clears_empty: bool) -> Self {
        Self { base, beneficiary, clears_empty, overlay: RefCell::default() }
    }

    fn apply<O>(&self, executed: &Executed<O>) {
        let mut overlay = self.overlay.borrow_mut();
        overlay.apply(&executed.record, self.beneficiary);
        if let Some(fee) = executed.fee {
            overlay.fees = Some(overlay.fees.unwrap_or_default().saturating_add(fee));
            overlay.any_fee = true;
        }
    }

    fn into_diff(self) -> Result<StateDiff, Error> {
        let beneficiary = self.account(self.beneficiary).map_err(|source| Error::State { index: 0, source })?;
        let Overlay { mut accounts, slots, code, any_fee, .. } = self.overlay.into_inner();
        if any_fee {
            let wiped = accounts.get(&self.beneficiary).is_some_and(|entry| entry.wiped);
            accounts.insert(self.beneficiary, Entry { account: beneficiary, wiped });
        }
        let accounts = accounts
            .into_iter()
            .map(|(address, Entry { account, wiped })| AccountChange { address, account, wiped })
            .collect();
        let slots = slots.into_iter().map(|((address, slot), value)| SlotChange { address, slot, value }).collect();
        Ok(StateDiff { accounts, slots, code: code.into_iter().collect() })
    }
}

impl Overlay {
    fn apply(&mut self, record: &AccessRecord, beneficiary: Address) {
        for (access, slots) in record.iter() {
            if access.is_changed() || access.wiped {
                let entry = self.accounts.entry(access.address).or_insert(Entry { account: None, wiped: false });
                entry.account = access.after;
                entry.wiped |= access.wiped;
                if access.address == beneficiary {
                    self.fees = None;
                }
                if access.wiped {
                    self.slots.retain(|(address, _), _| *address != access.address);
                }
            }
            for slot in slots.iter().filter(|slot| slot.is_changed() && access.after.is_some()) {
                self.slots.insert((access.address, slot.slot), slot.after);
            }
        }
        self.code.extend(record.deployed.iter().cloned());
    }
}

impl StateReader for SerialView<'_> {
    fn account(&self, address: Address) -> Result<Option<Account>, StateError> {
        let overlay = self.overlay.borrow();
        let account = match overlay.accounts.get(&address) {
            Some(entry) => entry.account,
            None => self.base.account(address)?,
        };
        match overlay.fees {
            Some(fees) if address == self.beneficiary => Ok(credit(account, fees, self.clears_empty)),
            _ => Ok(account),
        }
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        let overlay = self.overlay.borrow();
        match overlay.slots.get(&(address, slot)) {
            Some(value) => Ok(*value),
            None if overlay.accounts.get(&address).is_some_and(|entry| entry.wiped) => Ok(U256::ZERO),
            None => self.base.storage(address, slot),
        }
    }

    fn code(&self, hash: B256) -> Result<Bytes, StateError> {
        match self.overlay.borrow().code.get(&hash) {
            Some(code) => Ok(code.clone()),
            None => self.base.code(hash),
        }
    }

    fn block_hash(&self, number: u64) -> Result<B256, StateError> {
        self.base.block_hash(number)
    }
}
