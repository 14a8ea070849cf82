//! What a diff makes of a state, apart from how it says so.

use access_list::StateDiff;
use bench::RecordedState;
use primitives::{Account, Address, U256};
use state::{MemoryState, StateReader};
use std::collections::{BTreeMap, BTreeSet};

/// Accounts and slots that differ from the state before, each with its new content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) accounts: BTreeMap<Address, Option<Account>>,
    pub(crate) slots: BTreeMap<(Address, U256), U256>,
}

impl Content {
    /// Panics with what differs, if anything does.
    pub(crate) fn assert_same(&self, other: &Self, what: &str) {
        let accounts: BTreeSet<_> = self.accounts.keys().chain(other.accounts.keys()).collect();
        for address in accounts {
            let [expected, found] = [self, other].map(|content| content.accounts.get(address));
            assert_eq!(expected, found, "{what}: account {address} after the block");
        }
        let slots: BTreeSet<_> = self.slots.keys().chain(other.slots.keys()).collect();
        for key in slots {
            let [expected, found] = [self, other].map(|content| content.slots.get(key));
            assert_eq!(expected, found, "{what}: slot {key:?} after the block");
        }
    }
}

/// A state whose storage can be walked, which tells what wiping an account means.
pub(crate) trait Before: StateReader + Sync {
    /// The slots that are known not to be zero.
    fn slots_of(&self, address: Address) -> Vec<(U256, U256)>;
}

impl Before for MemoryState {
    fn slots_of(&self, address: Address) -> Vec<(U256, U256)> {
        self.storage_of(address).collect()
    }
}

/// A witness cannot be walked: what a wipe takes away is seen there only where it is written again.
impl Before for RecordedState {
    fn slots_of(&self, address: Address) -> Vec<(U256, U256)> {
        match self {
            Self::Listed(state) => state.slots_of(address),
            Self::Witness(_) => Vec::new(),
        }
    }
}

/// The content that `diff` leaves, entries that change nothing left out.
///
/// # Panics
///
/// If the diff breaks its law, or names code that nobody has.
pub(crate) fn content(diff: &StateDiff, before: &dyn Before) -> Content {
    let mut content = Content::default();
    for change in &diff.accounts {
        let again = content.accounts.insert(change.address, change.account);
        assert!(again.is_none(), "{} stands twice in a diff", change.address);
        if change.wiped || change.account.is_none() {
            let gone = before.slots_of(change.address).into_iter();
            content.slots.extend(gone.map(|(slot, _)| ((change.address, slot), U256::ZERO)));
        }
        let had = before.account(change.address).ok().flatten().map(|account| account.code_hash);
        if let Some(account) = change.account.filter(|account| account.has_code() && had != Some(account.code_hash)) {
            let is_new = diff.code.iter().any(|(hash, _)| *hash == account.code_hash);
            assert!(is_new || before.code(account.code_hash).is_ok(), "the code of {} is lost", change.address);
        }
    }
    let mut keys: Vec<_> = diff.slots.iter().map(|change| (change.address, change.slot)).collect();
    keys.sort_unstable();
    assert!(keys.is_sorted_by(|a, b| a < b), "a slot stands twice in a diff");
    content.slots.extend(diff.slots.iter().map(|change| ((change.address, change.slot), change.value)));
    content.accounts.retain(|address, account| before.account(*address).ok() != Some(*account));
    content.slots.retain(|(address, slot), value| before.storage(*address, *slot).unwrap_or_default() != *value);
    content
}
