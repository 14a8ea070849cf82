//! What one transaction did, in a form that two executions can be compared by.

use access_list::{AccessRecord, AccessSet, SlotAccess};
use evm::Outcome;
use primitives::{Account, Address, B256, Bytes, U256};
use scheduler::Executed;

/// Outcome, fee and exact record; the record's parts in the order of their keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trace {
    pub(crate) outcome: Outcome,
    pub(crate) fee: Option<U256>,
    pub(crate) accounts: Vec<(Address, Option<Account>, Option<Account>, Vec<SlotAccess>)>,
    pub(crate) deployed: Vec<(B256, Bytes)>,
}

/// The trace of each transaction; `None` for one that was left out.
pub(crate) fn trace(executed: &[Option<Executed<Outcome>>]) -> Vec<Option<Trace>> {
    executed.iter().map(|executed| executed.as_ref().map(Trace::new)).collect()
}

impl Trace {
    fn new(executed: &Executed<Outcome>) -> Self {
        let sorted = |slots: &[SlotAccess]| {
            let mut slots = slots.to_vec();
            slots.sort_unstable_by_key(|slot| slot.slot);
            slots
        };
        let accounts = executed.record.iter();
        let accounts = accounts.map(|(access, slots)| (access.address, access.before, access.after, sorted(slots)));
        let mut accounts: Vec<_> = accounts.collect();
        accounts.sort_unstable_by_key(|(address, ..)| *address);
        let mut deployed = executed.record.deployed.clone();
        deployed.sort_unstable();
        Self { outcome: executed.output.clone(), fee: executed.fee, accounts, deployed }
    }
}
