//! Which functions of contracts use which slots, and how they change them.

use crate::workload::{Execution, Workload};
use access_list::StateKey;
use primitives::{Address, U256, map::HashMap};
use std::collections::BTreeSet;

/// A contract and a selector; `None` stands for the creation of a contract and for a call without selector.
pub(super) type Function = (Option<Address>, Option<[u8; 4]>);

/// How the transactions of a block use one slot.
#[derive(Debug, Default)]
pub(super) struct SlotUse {
    /// Functions that are called by the transactions that touch it.
    pub(super) functions: BTreeSet<Function>,
    /// Transactions that change it.
    pub(super) writers: usize,
    /// What the first of them adds to it, modulo 2^256.
    pub(super) added: Option<U256>,
    /// Whether all of them add that.
    pub(super) adds_the_same: bool,
}

/// The function that a transaction calls.
pub(super) fn function(workload: &Workload<'_>, transaction: usize) -> Function {
    let called = &workload.prepared.transactions()[transaction];
    (called.to(), called.input().first_chunk().copied())
}

/// Every slot that the block's transactions touch.
pub(super) fn slots(workload: &Workload<'_>, execution: &Execution) -> HashMap<StateKey, SlotUse> {
    let mut uses: HashMap<StateKey, SlotUse> = HashMap::default();
    for (transaction, executed) in execution.executed().enumerate() {
        let called = function(workload, transaction);
        for (account, slots) in executed.record.iter() {
            for slot in slots {
                let slot_use = uses.entry(StateKey::Slot(account.address, slot.slot)).or_default();
                slot_use.functions.insert(called);
                if slot.is_changed() {
                    slot_use.change(slot.after.wrapping_sub(slot.before));
                }
            }
        }
    }
    uses
}

impl SlotUse {
    fn change(&mut self, added: U256) {
        self.writers += 1;
        self.adds_the_same = *self.added.get_or_insert(added) == added && (self.adds_the_same || self.writers == 1);
    }
}
