//! A block access list laid out for reading: the state before any position, from any number of threads.

use primitives::{Account, Address, B256, Bytes, U256};

use crate::BlockAccessList;

mod build;
mod changes;
mod part;

pub use build::PartPlan;
use changes::Changes;
pub use part::ListPart;

/// An index over one list, built once and then only read.
///
/// Law: given an honest list and the state before the block, [`Self::account_at`] and [`Self::slot_at`] say what
/// serial execution would see just before a position. A list is not trusted for a result: the reader counts what it
/// verifies ([`Self::changes_total`]) and marks what is touched ([`EntryId::index`], [`SlotId::index`]).
///
/// Entries and slots are numbered in the order of the list. The list may be cut into parts that are laid out side by
/// side ([`Self::plan`], [`PartPlan::build`], [`Self::join`]).
#[derive(Debug)]
pub struct ListIndex {
    /// By address; at least one.
    parts: Vec<ListPart>,
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
        Self::join(Self::plan(list, 1).iter().map(|plan| plan.build(list)).collect())
    }

    /// Cuts a list into at most so many parts of about the same size. A small list is one part.
    pub fn plan(list: &BlockAccessList, parts: usize) -> Vec<PartPlan> {
        build::plan(list.accounts(), parts)
    }

    /// The index of all parts of a plan.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn join(parts: Vec<ListPart>) -> Self {
        assert!(!parts.is_empty(), "every list has a part");
        Self { parts }
    }

    /// The part of an entry or slot, given what tells where a part begins.
    #[inline]
    fn part(&self, is_before: impl Fn(&ListPart) -> bool) -> &ListPart {
        let later = &self.parts[1..];
        &self.parts[later.iter().take_while(|part| is_before(part)).count()]
    }

    #[inline]
    fn part_of(&self, id: EntryId) -> &ListPart {
        self.part(|part| part.first_entry <= id.0)
    }

    #[inline]
    fn part_of_slot(&self, id: SlotId) -> &ListPart {
        self.part(|part| part.first_slot <= id.0)
    }

    #[inline]
    fn last(&self) -> &ListPart {
        &self.parts[self.parts.len() - 1]
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
        self.part(|part| part.entries[0].address <= address).entry(address)
    }

    /// The account just before position `index` is executed, given the account before the block.
    #[inline]
    pub fn account_before(&self, id: EntryId, index: u64, base: Option<Account>) -> Option<Account> {
        self.part_of(id).account_before(id, index, base)
    }

    /// What the list says of a slot just before position `index` is executed; `None` if it does not have the slot.
    ///
    /// Where the account was removed before (`SELFDESTRUCT` before EIP-6780) and the slot not set since, that is zero.
    #[inline]
    pub fn slot_at(&self, entry: EntryId, slot: U256, index: u64) -> Option<SlotLookup> {
        self.part_of(entry).slot_at(entry, slot, index)
    }

    /// The last position before `index` at which the account was removed together with its code: its storage was wiped
    /// there. Clearing a delegation (EIP-7702) is none; from EIP-6780 on there is none in an honest list.
    #[inline]
    pub fn last_code_removal_before(&self, id: EntryId, index: u64) -> Option<u64> {
        self.part_of(id).last_code_removal_before(id, index)
    }

    /// The balance that is listed as a change at position `index`, in wei.
    #[inline]
    pub fn balance_change_at(&self, id: EntryId, index: u64) -> Option<U256> {
        self.part_of(id).balance_change_at(id, index)
    }

    /// The nonce that is listed as a change at position `index`.
    #[inline]
    pub fn nonce_change_at(&self, id: EntryId, index: u64) -> Option<u64> {
        self.part_of(id).nonce_change_at(id, index)
    }

    /// The hash of the code that is listed as a change at position `index`.
    #[inline]
    pub fn code_change_at(&self, id: EntryId, index: u64) -> Option<B256> {
        self.part_of(id).code_change_at(id, index)
    }

    /// The slot's value that is listed as a change at position `index`.
    #[inline]
    pub fn slot_change_at(&self, id: SlotId, index: u64) -> Option<U256> {
        self.part_of_slot(id).slot_change_at(id, index)
    }

    /// A code that the block puts in place, by hash.
    pub fn code(&self, hash: B256) -> Option<&Bytes> {
        self.parts.iter().find_map(|part| part.code.get(&hash))
    }

    /// Number of changes of every kind.
    pub fn changes_total(&self) -> usize {
        let of = |part: &ListPart| part.balances.len() + part.nonces.len() + part.codes.len() + part.values.len();
        self.parts.iter().map(of).sum()
    }

    /// Number of accounts.
    pub fn accounts_len(&self) -> usize {
        self.last().first_entry as usize + self.last().entries.len() - 1
    }

    /// Number of slots, changed or read.
    pub fn slots_len(&self) -> usize {
        self.last().first_slot as usize + self.last().slots.len() - 1
    }

    /// The last position below `index` at which the account (its storage apart) changes.
    #[inline]
    pub fn last_account_change_before(&self, id: EntryId, index: u64) -> Option<u64> {
        self.part_of(id).last_account_change_before(id, index)
    }

    /// The last position below `index` at which the slot changes.
    #[inline]
    pub fn last_slot_change_before(&self, id: SlotId, index: u64) -> Option<u64> {
        self.part_of_slot(id).last_slot_change_before(id, index)
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
        self.part_of(id).bounds(id)[0].address
    }

    /// The numbers of an account's slots: first the changed ones, then those only read.
    pub fn slots_of(&self, id: EntryId) -> impl Iterator<Item = SlotId> + use<> {
        let part = self.part_of(id);
        let [entry, next] = part.bounds(id);
        (part.first_slot + entry.slots..part.first_slot + next.slots).map(SlotId)
    }

    /// The account and the key of a slot of the list.
    pub fn slot(&self, id: SlotId) -> (EntryId, U256) {
        let part = self.part_of_slot(id);
        let slot = &part.slots[(id.0 - part.first_slot) as usize];
        (EntryId(slot.entry), slot.slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AccessRecord, AccountAccess, BlockAccessListBuilder, SlotAccess};

    const POSITIONS: u64 = 40;

    /// A list in which accounts of one to three slots change at some positions.
    fn list() -> BlockAccessList {
        let mut builder = BlockAccessListBuilder::new();
        for position in 1..=POSITIONS {
            let mut record = AccessRecord::default();
            for number in (0..1000_u64).filter(|number| (number + position) % 7 == 0) {
                let address = Address::from_word(primitives::keccak256(number.to_be_bytes()));
                let before = Account::with_balance(U256::from(position - 1 + number));
                let mut access = AccountAccess::untouched(address, Some(before));
                access.after = Some(Account::with_balance(U256::from(position + number)));
                let slots = (0..=number % 3).map(|slot| {
                    let value = |position| U256::from(position * number % 5);
                    SlotAccess { slot: U256::from(slot), before: value(position - 1), after: value(position) }
                });
                record.push(access, slots);
            }
            builder.record(position, &record);
        }
        builder.build()
    }

    #[test]
    fn an_index_of_several_parts_answers_as_one_of_one_part() {
        let list = list();
        let whole = ListIndex::new(&list);
        for parts in [2, 3, 8] {
            let plan = ListIndex::plan(&list, parts);
            assert!(plan.len() > 1 && plan.len() <= parts, "{}", plan.len());
            let index = ListIndex::join(plan.iter().map(|plan| plan.build(&list)).collect());
            assert_eq!(index.changes_total(), whole.changes_total());
            assert_eq!((index.accounts_len(), index.slots_len()), (whole.accounts_len(), whole.slots_len()));
            assert_eq!(index.entry(Address::ZERO), None);
            for account in list.accounts() {
                let id = index.entry(account.address).expect("it is listed");
                assert_eq!((Some(id), index.address(id)), (whole.entry(account.address), account.address));
                for at in 0..=POSITIONS + 1 {
                    assert_eq!(index.account_before(id, at, None), whole.account_before(id, at, None));
                    assert_eq!(index.balance_change_at(id, at), whole.balance_change_at(id, at));
                    assert_eq!(index.last_account_change_before(id, at), whole.last_account_change_before(id, at));
                }
                assert!(index.slots_of(id).eq(whole.slots_of(id)));
                for slot in index.slots_of(id) {
                    assert_eq!(index.slot(slot), whole.slot(slot));
                    let key = index.slot(slot).1;
                    for at in 0..=POSITIONS + 1 {
                        assert_eq!(index.slot_at(id, key, at), whole.slot_at(id, key, at));
                        assert_eq!(index.slot_change_at(slot, at), whole.slot_change_at(slot, at));
                        assert_eq!(index.last_slot_change_before(slot, at), whole.last_slot_change_before(slot, at));
                    }
                }
            }
        }
    }

    #[test]
    fn a_small_list_is_one_part() {
        assert_eq!(ListIndex::plan(&BlockAccessList::default(), 8).len(), 1);
    }
}
