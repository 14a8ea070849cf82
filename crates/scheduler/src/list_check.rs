//! Comparing what transactions touched with a block access list, item by item.
//!
//! The list is right if every item that execution gives stands in it with the same value, and it has no other: the
//! first is checked where the item arises, the second by counting changes and marking accounts and slots.

use access_list::{
    AccessRecord, AccountAccess, AccountChange, EntryId, ListIndex, ListedChange, SlotAccess, SlotChange, StateDiff,
};
use primitives::{Address, U256};

/// The first difference between a list and what execution touched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ListMismatch {
    /// Execution touched what the list does not have.
    #[error("position {position} touches {address}{}, which is not listed", at(*slot))]
    NotListed {
        /// 0 before the transactions, 1..=n the transactions, n+1 after them.
        position: u64,
        /// The account.
        address: Address,
        /// The slot, unless it is the account itself.
        slot: Option<U256>,
    },
    /// The list says something else, or nothing, of a change that execution made.
    #[error("position {position} changes the {field} of {address} otherwise than listed")]
    AccountChange {
        /// Where.
        position: u64,
        /// The account.
        address: Address,
        /// Balance, nonce or code.
        field: &'static str,
    },
    /// The same for a slot.
    #[error("position {position} changes slot {slot:#x} of {address} otherwise than listed")]
    SlotChange {
        /// Where.
        position: u64,
        /// The account.
        address: Address,
        /// The slot.
        slot: U256,
    },
    /// The list has an account that nothing touched.
    #[error("{0} is listed and was not touched")]
    IdleAccount(Address),
    /// The list has a slot that nothing touched.
    #[error("slot {1:#x} of {0} is listed and was not touched")]
    IdleSlot(Address, U256),
    /// The list has changes that execution did not make.
    #[error("{listed} changes are listed, execution made {made}")]
    SurplusChanges {
        /// Changes in the list.
        listed: usize,
        /// Changes that execution made.
        made: usize,
    },
}

fn at(slot: Option<U256>) -> String {
    slot.map_or_else(String::new, |slot| format!(" slot {slot:#x}"))
}

/// The list on the one side; see [`Tally`] for the other.
pub struct ListCheck<'a> {
    pub(crate) list: &'a ListIndex,
    /// The position after the last transaction.
    end: u64,
}

/// What was accounted for so far. Tallies of several workers add up.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    changes: usize,
    accounts: Vec<u64>,
    slots: Vec<u64>,
}

/// What one worker accounted for, and what of it is the block's last word.
#[derive(Debug, Default)]
pub(crate) struct Accounted {
    pub(crate) tally: Tally,
    pub(crate) diff: StateDiff,
}

impl<'a> ListCheck<'a> {
    /// A check of a block with so many transactions against its list.
    pub const fn new(list: &'a ListIndex, transactions: usize) -> Self {
        Self { list, end: transactions as u64 + 1 }
    }

    /// An empty tally for this list.
    pub fn tally(&self) -> Tally {
        Tally {
            changes: 0,
            accounts: vec![0; self.list.accounts_len().div_ceil(64)],
            slots: vec![0; self.list.slots_len().div_ceil(64)],
        }
    }

    /// Nothing accounted for yet, by one of so many workers.
    pub(crate) fn accounted(&self, workers: usize) -> Accounted {
        let mut accounted = Accounted { tally: self.tally(), diff: StateDiff::default() };
        accounted.diff.accounts.reserve(self.list.accounts_len() / workers);
        accounted.diff.slots.reserve(self.list.slots_len() / workers);
        accounted
    }

    /// Compares everything that one position touched; for the steps outside the transactions, where several records at
    /// the same position must have been made one.
    pub fn record(&self, position: u64, record: &AccessRecord, tally: &mut Tally) -> Result<(), ListMismatch> {
        let mut accounted = Accounted { tally: std::mem::take(tally), diff: StateDiff::default() };
        let result = record.iter().try_for_each(|(access, slots)| self.access(position, access, slots, &mut accounted));
        *tally = accounted.tally;
        result
    }

    /// Compares an account and its slots. What no later transaction changes is added to the changes of the block.
    pub(crate) fn access(
        &self,
        position: u64,
        access: &AccountAccess,
        slots: &[SlotAccess],
        accounted: &mut Accounted,
    ) -> Result<(), ListMismatch> {
        let address = access.address;
        let entry = self.list.entry(address).ok_or(ListMismatch::NotListed { position, address, slot: None })?;
        mark(&mut accounted.tally.accounts, entry.index());
        let changes = self.account_change(position, access, entry)?;
        accounted.tally.changes += changes;
        if changes > 0 && self.list.last_account_change_before(entry, self.end) == Some(position) {
            let wiped = self.list.last_code_removal_before(entry, position + 1).is_some();
            accounted.diff.accounts.push(AccountChange { address, account: access.after, wiped });
        }
        if slots.is_empty() {
            return Ok(());
        }
        let exists = access.after.is_some();
        let removal = self.list.last_code_removal_before(entry, self.end);
        let stays = exists && removal.is_none_or(|removal| removal <= position);
        for slot in slots {
            let (key, after) = (slot.slot, if exists { slot.after } else { U256::ZERO });
            let found = self.list.slot_at(entry, key, position);
            let id = found.ok_or(ListMismatch::NotListed { position, address, slot: Some(key) })?.id();
            mark(&mut accounted.tally.slots, id.index());
            if after == slot.before {
                continue;
            }
            if self.list.slot_change_at(id, position) != Some(after) {
                return Err(ListMismatch::SlotChange { position, address, slot: key });
            }
            accounted.tally.changes += 1;
            if stays && self.list.last_slot_change_before(id, self.end) == Some(position) {
                accounted.diff.slots.push(SlotChange { address, slot: key, value: after });
            }
        }
        Ok(())
    }

    /// How many fields of the account change, each as listed.
    fn account_change(&self, position: u64, access: &AccountAccess, entry: EntryId) -> Result<usize, ListMismatch> {
        let change = ListedChange::between(access.before, access.after);
        let differs = |field| Err(ListMismatch::AccountChange { position, address: access.address, field });
        if change.balance.is_some() && self.list.balance_change_at(entry, position) != change.balance {
            return differs("balance");
        }
        if change.nonce.is_some() && self.list.nonce_change_at(entry, position) != change.nonce {
            return differs("nonce");
        }
        if change.code_hash.is_some() && self.list.code_change_at(entry, position) != change.code_hash {
            return differs("code");
        }
        Ok(change.count())
    }

    /// Whether the tally of all positions leaves nothing of the list over.
    pub fn finish(&self, tally: &Tally) -> Result<(), ListMismatch> {
        let made = tally.changes;
        let listed = self.list.changes_total();
        if let Some(idle) = first_unmarked(&tally.accounts, self.list.accounts_len()) {
            return Err(ListMismatch::IdleAccount(self.list.address(self.list.entry_at(idle))));
        }
        if let Some(idle) = first_unmarked(&tally.slots, self.list.slots_len()) {
            let (entry, slot) = self.list.slot(self.list.slot_number(idle));
            return Err(ListMismatch::IdleSlot(self.list.address(entry), slot));
        }
        if listed != made {
            return Err(ListMismatch::SurplusChanges { listed, made });
        }
        Ok(())
    }
}

impl Tally {
    /// Adds what another worker accounted for.
    pub fn add(&mut self, other: &Self) {
        self.changes += other.changes;
        for (mine, theirs) in self.accounts.iter_mut().zip(&other.accounts) {
            *mine |= theirs;
        }
        for (mine, theirs) in self.slots.iter_mut().zip(&other.slots) {
            *mine |= theirs;
        }
    }
}

fn mark(bits: &mut [u64], at: usize) {
    bits[at / 64] |= 1 << (at % 64);
}

fn first_unmarked(bits: &[u64], len: usize) -> Option<usize> {
    (0..len).find(|at| bits[at / 64] & (1 << (at % 64)) == 0)
}
