//! A diff in the order of the tries.

use super::{DiskError, view::View};
use access_list::StateDiff;
use primitives::{Account, Address, B256, U256, map::AddressMap};
use rayon::prelude::*;

/// All that changes in one account.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) address: Address,
    /// The hashed address.
    pub(super) key: B256,
    /// The new account; the outer `None` if only storage changes.
    pub(super) account: Option<Option<Account>>,
    /// Whether the storage that was there goes first.
    pub(super) wiped: bool,
    /// In the order of their hashes.
    pub(super) slots: Vec<SlotWrite>,
}

/// The new value of a slot; zero removes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct SlotWrite {
    pub(super) key: B256,
    pub(super) slot: U256,
    pub(super) value: U256,
}

/// One change for each account that the diff names, in the order of their hashes. What `view` has been asked for need not
/// be hashed again.
pub(super) fn changes(view: &View, diff: &StateDiff) -> Result<Vec<Change>, DiskError> {
    let make = |address| Change { address, key: B256::ZERO, account: None, wiped: false, slots: Vec::new() };
    let mut changes = AddressMap::with_capacity_and_hasher(diff.accounts.len(), Default::default());
    for entry in &diff.accounts {
        let change: &mut Change = changes.entry(entry.address).or_insert_with(|| make(entry.address));
        if change.account.is_some() {
            return Err(DiskError::Diff { what: "twice names the account", address: entry.address });
        }
        change.account = Some(entry.account);
        change.wiped = entry.wiped || entry.account.is_none();
    }
    for entry in &diff.slots {
        let change = changes.entry(entry.address).or_insert_with(|| make(entry.address));
        change.slots.push(SlotWrite { key: B256::ZERO, slot: entry.slot, value: entry.value });
    }
    let mut changes: Vec<_> = changes.into_values().collect();
    changes.par_iter_mut().with_min_len(64).for_each(|change| {
        change.key = view.account_key(change.address);
        for slot in &mut change.slots {
            slot.key = view.slot_key(change.address, slot.slot);
        }
        change.slots.sort_unstable_by_key(|slot| slot.key);
    });
    changes.sort_unstable_by_key(|change| change.key);
    let twice = changes.iter().find(|change| change.slots.windows(2).any(|pair| pair[0].key == pair[1].key));
    match twice {
        Some(change) => Err(DiskError::Diff { what: "twice names a slot", address: change.address }),
        None => Ok(changes),
    }
}
