//! What a block, or a part of one, changes in the state: the form in which a result is committed.

use primitives::{Account, Address, B256, Bytes, U256};

/// Changes to a state, ready to be written in one bulk. Law: every account and every slot stands at most once.
///
/// Apply order within one diff: wipe, then accounts, then slots. Entries are in no particular order; [`Self::sort`]
/// makes two diffs of the same content equal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateDiff {
    /// Accounts with their new content.
    pub accounts: Vec<AccountChange>,
    /// Slots with their new values.
    pub slots: Vec<SlotChange>,
    /// Code that accounts of this diff refer to and that may be unknown so far, by hash.
    pub code: Vec<(B256, Bytes)>,
}

/// The new content of one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountChange {
    /// Whose account.
    pub address: Address,
    /// The account afterwards; `None` if it no longer exists.
    pub account: Option<Account>,
    /// All storage that the account had before is gone; slots of this diff are written after that.
    pub wiped: bool,
}

/// The new value of one slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotChange {
    /// Whose storage.
    pub address: Address,
    /// The slot's key.
    pub slot: U256,
    /// The value afterwards; zero removes the slot.
    pub value: U256,
}

impl StateDiff {
    /// Puts accounts, slots and codes in key order.
    pub fn sort(&mut self) {
        self.accounts.sort_unstable_by_key(|change| change.address);
        self.slots.sort_unstable_by_key(|change| (change.address, change.slot));
        self.code.sort_unstable_by_key(|(hash, _)| *hash);
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty() && self.slots.is_empty() && self.code.is_empty()
    }
}
