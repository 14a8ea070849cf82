//! A block access list laid out for reading: the state before any position, from any number of threads.

use primitives::{Account, Address, B256, Bytes, U256, map::B256Map};

use crate::{
    BlockAccessList,
    block_access_list::LatestChanges,
    flat_table::{FlatTable, KeyHasher},
};

mod build;
mod changes;

use changes::Changes;

/// An index over one list, built once and then only read.
///
/// Law: given an honest list and the state before the block, [`Self::account_at`] and [`Self::slot_at`] say what
/// serial execution would see just before a position. A list is not trusted for a result: the reader counts what it
/// verifies ([`Self::changes_total`]) and marks what is touched ([`EntryId::index`], [`SlotId::index`]).
///
/// One look-up is one probe of a hash table with a secret seed, one key comparison and a search among the positions
/// of that key. Everything lies in flat arrays; entries and slots are numbered in the order of the list.
#[derive(Debug)]
pub struct ListIndex {
    hasher: KeyHasher,
    entry_numbers: FlatTable,
    /// One more than there are accounts: an entry's ranges end where those of the next begin.
    entries: Vec<Entry>,
    slot_numbers: FlatTable,
    /// One more than there are slots.
    slots: Vec<Slot>,
    balances: Changes<U256>,
    nonces: Changes<u64>,
    codes: Changes<B256>,
    values: Changes<U256>,
    /// Where accounts are removed with their code, as before EIP-6780.
    removals: Changes<()>,
    code: B256Map<Bytes>,
}

/// The number of an account in a [`ListIndex`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(u32);

/// The number of a slot in a [`ListIndex`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotId(u32);

/// What a list says of a slot before a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotLookup {
    /// The block has set the slot to this value.
    Value(U256, SlotId),
    /// The slot is listed and has the value that it had before the block.
    Base(SlotId),
}

/// Where the changes of an account begin in the arrays of changes and slots.
#[derive(Clone, Copy, Debug)]
struct Entry {
    address: Address,
    balances: u32,
    nonces: u32,
    codes: u32,
    removals: u32,
    slots: u32,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    slot: U256,
    entry: u32,
    /// Where the changes of the slot begin.
    values: u32,
}

impl EntryId {
    /// The number: below [`ListIndex::accounts_len`].
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl SlotId {
    /// The number: below [`ListIndex::slots_len`].
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl SlotLookup {
    /// The number of the slot.
    pub const fn id(self) -> SlotId {
        match self {
            Self::Value(_, id) | Self::Base(id) => id,
        }
    }
}

impl ListIndex {
    /// Lays out a list. Hashes each listed code once.
    pub fn new(list: &BlockAccessList) -> Self {
        build::build(list)
    }

    /// The account just before position `index` is executed, given the account before the block; `None` if the list
    /// does not have the account.
    #[inline]
    pub fn account_at(
        &self,
        address: Address,
        index: u64,
        base: Option<Account>,
    ) -> Option<(Option<Account>, EntryId)> {
        let id = self.entry(address)?;
        Some((self.account_before(id, index, base), id))
    }

    /// The number of an account; `None` if the list does not have it.
    #[inline]
    pub fn entry(&self, address: Address) -> Option<EntryId> {
        let is_it = |number: u32| self.entries[number as usize].address == address;
        self.entry_numbers.find(self.hasher.address(&address), is_it).map(EntryId)
    }

    /// The account just before position `index` is executed, given the account before the block.
    #[inline]
    pub fn account_before(&self, id: EntryId, index: u64, base: Option<Account>) -> Option<Account> {
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

    /// What the list says of a slot just before position `index` is executed; `None` if it does not have the slot.
    ///
    /// Where the account was removed before (`SELFDESTRUCT` before EIP-6780) and the slot not set since, that is zero.
    #[inline]
    pub fn slot_at(&self, entry: EntryId, slot: U256, index: u64) -> Option<SlotLookup> {
        let is_it = |number: u32| {
            let known = &self.slots[number as usize];
            known.slot == slot && known.entry == entry.0
        };
        let id = SlotId(self.slot_numbers.find(self.hasher.slot(entry.0, &slot), is_it)?);
        let latest = self.values.before(self.slot_values(id), index);
        if !self.removals.is_empty()
            && let Some(removal) = self.last_code_removal_before(entry, index)
            && latest.is_none_or(|(at, _)| at <= removal)
        {
            return Some(SlotLookup::Value(U256::ZERO, id));
        }
        Some(latest.map_or(SlotLookup::Base(id), |(_, value)| SlotLookup::Value(value, id)))
    }

    /// The last position before `index` at which the account was removed together with its code: its storage was wiped
    /// there. Clearing a delegation (EIP-7702) is none; from EIP-6780 on there is none in an honest list.
    pub fn last_code_removal_before(&self, id: EntryId, index: u64) -> Option<u64> {
        let [entry, next] = self.bounds(id);
        self.removals.before(entry.removals..next.removals, index).map(|(at, ())| at)
    }

    /// The balance that is listed as a change at position `index`, in wei.
    pub fn balance_change_at(&self, id: EntryId, index: u64) -> Option<U256> {
        let [entry, next] = self.bounds(id);
        self.balances.at(entry.balances..next.balances, index)
    }

    /// The nonce that is listed as a change at position `index`.
    pub fn nonce_change_at(&self, id: EntryId, index: u64) -> Option<u64> {
        let [entry, next] = self.bounds(id);
        self.nonces.at(entry.nonces..next.nonces, index)
    }

    /// The hash of the code that is listed as a change at position `index`.
    pub fn code_change_at(&self, id: EntryId, index: u64) -> Option<B256> {
        let [entry, next] = self.bounds(id);
        self.codes.at(entry.codes..next.codes, index)
    }

    /// The slot's value that is listed as a change at position `index`.
    pub fn slot_change_at(&self, id: SlotId, index: u64) -> Option<U256> {
        self.values.at(self.slot_values(id), index)
    }

    /// A code that the block puts in place, by hash.
    pub fn code(&self, hash: B256) -> Option<&Bytes> {
        self.code.get(&hash)
    }

    /// Number of changes of every kind.
    pub fn changes_total(&self) -> usize {
        self.balances.len() + self.nonces.len() + self.codes.len() + self.values.len()
    }

    /// Number of accounts.
    pub fn accounts_len(&self) -> usize {
        self.entries.len() - 1
    }

    /// Number of slots, changed or read.
    pub fn slots_len(&self) -> usize {
        self.slots.len() - 1
    }

    /// The last position below `index` at which the account (its storage apart) changes.
    #[inline]
    pub fn last_account_change_before(&self, id: EntryId, index: u64) -> Option<u64> {
        let [entry, next] = self.bounds(id);
        self.balances
            .last_before(entry.balances..next.balances, index)
            .max(self.nonces.last_before(entry.nonces..next.nonces, index))
            .max(self.codes.last_before(entry.codes..next.codes, index))
    }

    /// The last position below `index` at which the slot changes.
    #[inline]
    pub fn last_slot_change_before(&self, id: SlotId, index: u64) -> Option<u64> {
        self.values.last_before(self.slot_values(id), index)
    }

    /// The account with number `index`, below [`Self::accounts_len`].
    pub const fn entry_at(&self, index: usize) -> EntryId {
        EntryId(index as u32)
    }

    /// The slot with number `index`, below [`Self::slots_len`].
    pub const fn slot_number(&self, index: usize) -> SlotId {
        SlotId(index as u32)
    }

    /// The address of an account of the list.
    pub fn address(&self, id: EntryId) -> Address {
        self.entries[id.index()].address
    }

    /// The numbers of an account's slots: first the changed ones, then those only read.
    pub fn slots_of(&self, id: EntryId) -> impl Iterator<Item = SlotId> + use<> {
        let [entry, next] = self.bounds(id);
        (entry.slots..next.slots).map(SlotId)
    }

    /// The account and the key of a slot of the list.
    pub fn slot(&self, id: SlotId) -> (EntryId, U256) {
        let slot = &self.slots[id.index()];
        (EntryId(slot.entry), slot.slot)
    }

    #[inline]
    fn bounds(&self, id: EntryId) -> [&Entry; 2] {
        [&self.entries[id.index()], &self.entries[id.index() + 1]]
    }

    #[inline]
    fn slot_values(&self, id: SlotId) -> std::ops::Range<u32> {
        self.slots[id.index()].values..self.slots[id.index() + 1].values
    }
}
