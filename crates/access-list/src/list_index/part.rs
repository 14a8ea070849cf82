//! Part of an index: neighbouring accounts of a list.

use primitives::{Account, Address, B256, Bytes, U256, map::B256Map};

use super::{Changes, EntryId, SlotId, SlotLookup};
use crate::{
    block_access_list::LatestChanges,
    flat_table::{FlatTable, KeyHasher},
};

/// The index of some neighbouring accounts. Entries and slots have the numbers that they have in the whole list.
///
/// One look-up is one probe of a hash table with a secret seed, one key comparison and a search among the positions
/// of that key. Everything lies in flat arrays.
#[derive(Debug)]
pub struct ListPart {
    pub(super) hasher: KeyHasher,
    pub(super) first_entry: u32,
    pub(super) first_slot: u32,
    pub(super) entry_numbers: FlatTable,
    /// One more than there are accounts: an entry's ranges end where those of the next begin.
    pub(super) entries: Vec<Entry>,
    pub(super) slot_numbers: FlatTable,
    /// One more than there are slots.
    pub(super) slots: Vec<Slot>,
    pub(super) balances: Changes<U256>,
    pub(super) nonces: Changes<u64>,
    pub(super) codes: Changes<B256>,
    pub(super) values: Changes<U256>,
    /// Where accounts are removed with their code, as before EIP-6780.
    pub(super) removals: Changes<()>,
    pub(super) code: B256Map<Bytes>,
}

/// Where the changes of an account begin in the arrays of changes and slots.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) address: Address,
    pub(super) balances: u32,
    pub(super) nonces: u32,
    pub(super) codes: u32,
    pub(super) removals: u32,
    pub(super) slots: u32,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) slot: U256,
    pub(super) entry: u32,
    /// Where the changes of the slot begin.
    pub(super) values: u32,
}

impl ListPart {
    #[inline]
    pub(super) fn entry(&self, address: Address) -> Option<EntryId> {
        let is_it = |number: u32| self.entries[number as usize].address == address;
        let found = self.entry_numbers.find(self.hasher.address(&address), is_it)?;
        Some(EntryId(self.first_entry + found))
    }

    #[inline]
    pub(super) fn account_before(&self, id: EntryId, index: u64, base: Option<Account>) -> Option<Account> {
        let [entry, next] = self.bounds(id);
        let latest = LatestChanges {
            balance: self.balances.before(entry.balances..next.balances, index),
            nonce: self.nonces.before(entry.nonces..next.nonces, index),
            code: self.codes.before(entry.codes..next.codes, index),
        };
        latest.apply(base, || {
            let (at, _) = latest.balance?;
            Some(self.balances.before(entry.balances..next.balances, at)?.1)
        })
    }

    #[inline]
    pub(super) fn slot_at(&self, entry: EntryId, slot: U256, index: u64) -> Option<SlotLookup> {
        let is_it = |number: u32| {
            let known = &self.slots[number as usize];
            known.slot == slot && known.entry == entry.0
        };
        let id = SlotId(self.first_slot + self.slot_numbers.find(self.hasher.slot(entry.0, &slot), is_it)?);
        let latest = self.values.before(self.slot_values(id), index);
        if !self.removals.is_empty()
            && let Some(removal) = self.last_code_removal_before(entry, index)
            && latest.is_none_or(|(at, _)| at <= removal)
        {
            return Some(SlotLookup::Value(U256::ZERO, id));
        }
        Some(latest.map_or(SlotLookup::Base(id), |(_, value)| SlotLookup::Value(value, id)))
    }

    pub(super) fn last_code_removal_before(&self, id: EntryId, index: u64) -> Option<u64> {
        let [entry, next] = self.bounds(id);
        self.removals.before(entry.removals..next.removals, index).map(|(at, ())| at)
    }

    pub(super) fn balance_change_at(&self, id: EntryId, index: u64) -> Option<U256> {
        let [entry, next] = self.bounds(id);
        self.balances.at(entry.balances..next.balances, index)
    }

    pub(super) fn nonce_change_at(&self, id: EntryId, index: u64) -> Option<u64> {
        let [entry, next] = self.bounds(id);
        self.nonces.at(entry.nonces..next.nonces, index)
    }

    pub(super) fn code_change_at(&self, id: EntryId, index: u64) -> Option<B256> {
        let [entry, next] = self.bounds(id);
        self.codes.at(entry.codes..next.codes, index)
    }

    pub(super) fn slot_change_at(&self, id: SlotId, index: u64) -> Option<U256> {
        self.values.at(self.slot_values(id), index)
    }

    #[inline]
    pub(super) fn last_account_change_before(&self, id: EntryId, index: u64) -> Option<u64> {
        let [entry, next] = self.bounds(id);
        self.balances
            .last_before(entry.balances..next.balances, index)
            .max(self.nonces.last_before(entry.nonces..next.nonces, index))
            .max(self.codes.last_before(entry.codes..next.codes, index))
    }

    #[inline]
    pub(super) fn last_slot_change_before(&self, id: SlotId, index: u64) -> Option<u64> {
        self.values.last_before(self.slot_values(id), index)
    }

    #[inline]
    pub(super) fn bounds(&self, id: EntryId) -> [&Entry; 2] {
        let at = (id.0 - self.first_entry) as usize;
        [&self.entries[at], &self.entries[at + 1]]
    }

    #[inline]
    fn slot_values(&self, id: SlotId) -> std::ops::Range<u32> {
        let at = (id.0 - self.first_slot) as usize;
        self.slots[at].values..self.slots[at + 1].values
    }
}
