//! Laying out a list.

use alloy_eip7928::{AccountChanges, StorageChange};
use primitives::{Address, KECCAK256_EMPTY, U256};
use std::ops::Range;

use super::{
    Changes, ListPart,
    part::{Entry, Slot},
};
use crate::{
    BlockAccessList,
    block_access_list::removals,
    flat_table::{FlatTable, KeyHasher},
};

/// Items of the smallest part that is worth a worker of its own.
const PART_ITEMS_MIN: usize = 512;

/// Which part of a list is to be laid out.
#[derive(Clone, Debug)]
pub struct PartPlan {
    accounts: Range<usize>,
    first_slot: usize,
}

/// Slots of an account, changed or read.
fn slots(account: &AccountChanges) -> usize {
    account.storage_changes.len() + account.storage_reads.len()
}

/// Accounts, slots and changes of accounts in one entry; roughly what laying it out costs.
fn items(account: &AccountChanges) -> usize {
    1 + slots(account) + account.balance_changes.len() + account.nonce_changes.len()
}

/// Cuts a list into at most `parts` parts.
pub(super) fn plan(accounts: &[AccountChanges], parts: usize) -> Vec<PartPlan> {
    let total: usize = if parts > 1 { accounts.iter().map(items).sum() } else { 0 };
    let parts = parts.min(total / PART_ITEMS_MIN).max(1);
    let share = total.div_ceil(parts);
    let (mut plans, mut start, mut first_slot) = (Vec::with_capacity(parts), 0, 0);
    let (mut taken, mut slot) = (0, 0);
    for (at, account) in accounts.iter().enumerate() {
        if parts == 1 {
            break;
        }
        if taken >= share * (plans.len() + 1) {
            plans.push(PartPlan { accounts: start..at, first_slot });
            (start, first_slot) = (at, slot);
        }
        taken += items(account);
        slot += slots(account);
    }
    plans.push(PartPlan { accounts: start..accounts.len(), first_slot });
    plans
}

impl PartPlan {
    /// Lays out this part of the list that was planned for.
    pub fn build(&self, list: &BlockAccessList) -> ListPart {
        let accounts = &list.accounts()[self.accounts.clone()];
        let count = |of: fn(&AccountChanges) -> usize| accounts.iter().map(of).sum::<usize>();
        let slots = count(slots);
        let values = count(|entry| entry.storage_changes.iter().map(|slot| slot.changes.len()).sum());
        let mut part = ListPart {
            hasher: KeyHasher::default(),
            first_entry: narrow(self.accounts.start),
            first_slot: narrow(self.first_slot),
            entry_numbers: FlatTable::with_capacity(accounts.len()),
            entries: Vec::with_capacity(accounts.len() + 1),
            slot_numbers: FlatTable::with_capacity(slots),
            slots: Vec::with_capacity(slots + 1),
            balances: Changes::with_capacity(count(|entry| entry.balance_changes.len())),
            nonces: Changes::with_capacity(count(|entry| entry.nonce_changes.len())),
            codes: Changes::default(),
            values: Changes::with_capacity(values),
            removals: Changes::default(),
            code: Default::default(),
        };
        for account in accounts {
            part.push_account(account);
        }
        part.push_entry(Address::ZERO);
        part.push_slot(u32::MAX, U256::ZERO, &[]);
        part
    }
}

impl ListPart {
    fn push_account(&mut self, account: &AccountChanges) {
        let local = self.push_entry(account.address);
        let number = self.first_entry + local;
        let hash = self.hasher.address(&account.address);
        self.entry_numbers.find_or_insert(hash, local, |_| false);
        for change in &account.balance_changes {
            self.balances.push(change.block_access_index.get(), change.post_balance);
        }
        for change in &account.nonce_changes {
            self.nonces.push(change.block_access_index.get(), change.new_nonce);
        }
        self.push_codes(account);
        let changed = account.storage_changes.iter().map(|slot| (slot.slot, slot.changes.as_slice()));
        let read = account.storage_reads.iter().map(|slot| (*slot, [].as_slice()));
        for (slot, changes) in changed.chain(read) {
            let hash = self.hasher.slot(number, &slot);
            let slot_number = self.push_slot(number, slot, changes);
            self.slot_numbers.find_or_insert(hash, slot_number, |_| false);
        }
    }

    fn push_codes(&mut self, account: &AccountChanges) {
        for change in &account.code_changes {
            let hash = if change.new_code.is_empty() {
                KECCAK256_EMPTY
            } else {
                let hash = primitives::keccak256(&change.new_code);
                self.code.entry(hash).or_insert_with(|| change.new_code.clone());
                hash
            };
            self.codes.push(change.block_access_index.get(), hash);
        }
        for at in removals(account) {
            self.removals.push(at, ());
        }
    }

    /// Begins an account.
    fn push_entry(&mut self, address: Address) -> u32 {
        let number = narrow(self.entries.len());
        self.entries.push(Entry {
            address,
            balances: self.balances.end(),
            nonces: self.nonces.end(),
            codes: self.codes.end(),
            removals: self.removals.end(),
            slots: narrow(self.slots.len()),
        });
        number
    }

    /// Adds a slot with its changes.
    fn push_slot(&mut self, entry: u32, slot: U256, changes: &[StorageChange]) -> u32 {
        let number = narrow(self.slots.len());
        self.slots.push(Slot { slot, entry, values: self.values.end() });
        for change in changes {
            self.values.push(change.block_access_index.get(), change.new_value);
        }
        number
    }
}

fn narrow(len: usize) -> u32 {
    u32::try_from(len).expect("gas bounds the entries of a list")
}
