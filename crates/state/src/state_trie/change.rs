//! A diff, sorted by account.

use crate::Trie;
use access_list::StateDiff;
use primitives::{Account, Address, B256, U256, keccak256, map::AddressMap};
use rayon::prelude::*;

/// All that a diff says about one account, and what the tries make of it.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) address: Address,
    /// Where the account trie holds it.
    pub(super) key: B256,
    /// The new account; the outer `None` if only storage changes.
    pub(super) account: Option<Option<Account>>,
    pub(super) wiped: bool,
    /// New values, first those that are not zero.
    pub(super) slots: Vec<(U256, U256)>,
    /// The storage trie, taken out of the state while it is changed; `None` if it is empty or does not change.
    pub(super) storage: Option<Trie>,
    /// What the account trie shall hold; `None` if nothing.
    pub(super) leaf: Option<Vec<u8>>,
}

impl Change {
    fn new(address: Address) -> Self {
        let (key, account, storage, leaf) = (B256::ZERO, None, None, None);
        Self { address, key, account, wiped: false, slots: Vec::new(), storage, leaf }
    }
}

/// One change for each account that the diff names, in the order of their keys.
pub(super) fn changes(diff: &StateDiff) -> Vec<Change> {
    let mut changes = AddressMap::with_capacity_and_hasher(diff.accounts.len(), Default::default());
    for entry in &diff.accounts {
        let change = changes.entry(entry.address).or_insert_with(|| Change::new(entry.address));
        change.account = Some(entry.account);
        change.wiped = entry.wiped || entry.account.is_none();
    }
    for entry in &diff.slots {
        let change = changes.entry(entry.address).or_insert_with(|| Change::new(entry.address));
        change.slots.push((entry.slot, entry.value));
    }
    let mut changes: Vec<_> = changes.into_values().collect();
    changes.par_iter_mut().with_min_len(64).for_each(|change| {
        change.key = keccak256(change.address);
        change.slots.sort_by_key(|(_, value)| value.is_zero());
    });
    changes.sort_unstable_by_key(|change| change.key);
    changes
}
