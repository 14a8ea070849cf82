//! What one transaction touched, with the values it saw and the values it left.
//!
//! The record is at once the read set (what was *before*), the write set (what is *after*), the input of the block
//! access list and of the conflict graph. Law: executing the same transaction on any state that agrees with the record
//! ([`AccountAccess::agrees_with`] for every account, equal values for every slot) gives the same outcome.

use primitives::{Account, Address, B256, Bytes, U256};

/// What a transaction learnt of an account beyond its code, which is always taken as seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Observed {
    /// The exact balance (`BALANCE`, `SELFBALANCE`, `SELFDESTRUCT`, a transfer that failed for lack of funds).
    /// Where it is not set, the balance was only added to and taken from.
    pub balance: bool,
    /// The exact nonce (sender, creator of a contract, EIP-7702 authority).
    pub nonce: bool,
    /// Whether the account existed or was empty (any call to it; not a plain transfer from EIP-161 on).
    pub existence: bool,
}

impl Observed {
    /// Balance, nonce and existence.
    pub const ALL: Self = Self { balance: true, nonce: true, existence: true };
}

/// One account in a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountAccess {
    /// Whose account.
    pub address: Address,
    /// The account as the transaction found it.
    pub before: Option<Account>,
    /// The account as the transaction left it.
    pub after: Option<Account>,
    /// What of it the outcome depends on.
    pub observed: Observed,
    /// The least balance with which every payment out of this account succeeds as it did, in wei.
    pub balance_min: U256,
    /// The whole storage was cleared by this transaction (`SELFDESTRUCT` before EIP-6780, creation over old storage).
    pub wiped: bool,
    /// End of this account's slots in [`AccessRecord::slots`]; they begin where the previous account's end.
    pub slots_end: u32,
}

/// One storage slot in a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotAccess {
    /// The slot's key.
    pub slot: U256,
    /// The value that the transaction found.
    pub before: U256,
    /// The value that the transaction left.
    pub after: U256,
}

/// Everything one transaction (or one step outside the transactions) touched, each account once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessRecord {
    /// Accounts in no particular order.
    pub accounts: Vec<AccountAccess>,
    /// Slots, grouped by account in the order of `accounts`.
    pub slots: Vec<SlotAccess>,
    /// Code that the transaction put in place, by hash.
    pub deployed: Vec<(B256, Bytes)>,
}

impl AccountAccess {
    /// An access that leaves the account as it is and depends on all of it.
    pub const fn untouched(address: Address, account: Option<Account>) -> Self {
        let observed = Observed::ALL;
        let balance_min = U256::ZERO;
        Self { address, before: account, after: account, observed, balance_min, wiped: false, slots_end: 0 }
    }

    /// Whether executing on `current` instead of `before` gives the same outcome, up to the balance carried over.
    pub fn agrees_with(&self, current: Option<&Account>) -> bool {
        if self.observed.existence && self.before.is_some() != current.is_some() {
            return false;
        }
        let (before, current) = (self.before.unwrap_or_default(), current.copied().unwrap_or_default());
        before == current
            || (before.code_hash == current.code_hash
                && (!self.observed.existence || before.is_empty() == current.is_empty())
                && (!self.observed.nonce || before.nonce == current.nonce)
                && if self.observed.balance {
                    before.balance == current.balance
                } else {
                    current.balance >= self.balance_min
                })
    }

    /// What this access makes of `current`: payments are added to the balance that is there, everything else is set.
    ///
    /// `None` if a balance would leave the range of 256 bits, or if the payments would leave the account empty here and
    /// not there, or the other way about; the transaction then has to be executed again.
    pub fn rebase(&self, current: Option<&Account>) -> Option<Option<Account>> {
        if self.before.as_ref() == current {
            return Some(self.after);
        }
        // One that is destroyed is gone whatever it was; one that was left empty may have a nonce here.
        if self.after.is_none() && self.wiped && self.observed.existence && self.observed.balance {
            return Some(None);
        }
        let before = self.before.unwrap_or_default();
        let after = self.after.unwrap_or_default();
        let current = current.copied().unwrap_or_default();
        let balance = if after.balance >= before.balance {
            current.balance.checked_add(after.balance - before.balance)?
        } else {
            current.balance.checked_sub(before.balance - after.balance)?
        };
        let nonce = if after.nonce == before.nonce { current.nonce } else { after.nonce };
        let account = Account { balance, nonce, code_hash: after.code_hash };
        if self.observed.existence && account.is_empty() != after.is_empty() {
            return None;
        }
        Some((self.after.is_some() && self.observed.existence || !account.is_empty()).then_some(account))
    }

    /// Whether the transaction changed the account (its storage apart).
    pub fn is_changed(&self) -> bool {
        self.before != self.after
    }
}

impl SlotAccess {
    /// Whether the transaction changed the slot.
    pub fn is_changed(&self) -> bool {
        self.before != self.after
    }
}

impl AccessRecord {
    /// Adds an account with its slots.
    pub fn push(&mut self, mut account: AccountAccess, slots: impl IntoIterator<Item = SlotAccess>) {
        self.slots.extend(slots);
        account.slots_end = u32::try_from(self.slots.len()).expect("a transaction's gas bounds its slots");
        self.accounts.push(account);
    }

    /// The accounts, each with its slots.
    pub fn iter(&self) -> impl Iterator<Item = (&AccountAccess, &[SlotAccess])> {
        let mut start = 0;
        self.accounts.iter().map(move |account| {
            let end = account.slots_end as usize;
            (account, &self.slots[std::mem::replace(&mut start, end)..end])
        })
    }

    /// Empties the record and keeps its memory.
    pub fn clear(&mut self) {
        self.accounts.clear();
        self.slots.clear();
        self.deployed.clear();
    }
}
