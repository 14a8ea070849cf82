//! The state before a transaction, as the list tells it.

use crate::list_check::ListMismatch;
use access_list::{EntryId, ListIndex, SlotLookup};
use primitives::{Account, Address, B256, Bytes, U256};
use state::{StateError, StateReader};
use std::cell::{Cell, RefCell};

/// The view of one worker, which goes from transaction to transaction.
pub(super) struct ListView<'a> {
    list: &'a ListIndex,
    base: &'a (dyn StateReader + Sync),
    position: Cell<u64>,
    /// The account asked for last: its slots are asked for next.
    recent: Cell<Option<(Address, EntryId)>>,
    /// What execution asked for and the list does not have.
    missing: RefCell<Option<ListMismatch>>,
}

impl<'a> ListView<'a> {
    /// The view before the block.
    pub(super) fn new(list: &'a ListIndex, base: &'a (dyn StateReader + Sync)) -> Self {
        Self { list, base, position: Cell::new(0), recent: Cell::new(None), missing: RefCell::new(None) }
    }

    /// From now on the state before this position is seen.
    pub(super) fn move_to(&self, position: u64) {
        self.position.set(position);
    }

    /// What execution asked for and the list does not have.
    pub(super) fn take_missing(&self) -> Option<ListMismatch> {
        self.missing.take()
    }

    /// The view while it does not move.
    #[inline]
    fn lent(&self) -> LentView<'a> {
        LentView { list: self.list, base: self.base, position: self.position.get() }
    }

    fn entry(&self, address: Address, slot: Option<U256>) -> Result<EntryId, StateError> {
        if let Some((recent, entry)) = self.recent.get()
            && recent == address
        {
            return Ok(entry);
        }
        let entry = self.list.entry(address).ok_or_else(|| self.note(address, slot))?;
        self.recent.set(Some((address, entry)));
        Ok(entry)
    }

    fn note(&self, address: Address, slot: Option<U256>) -> StateError {
        let mismatch = ListMismatch::NotListed { position: self.position.get(), address, slot };
        let error = StateError::Missing(mismatch.to_string());
        *self.missing.borrow_mut() = Some(mismatch);
        error
    }
}

impl StateReader for ListView<'_> {
    fn account(&self, address: Address) -> Result<Option<Account>, StateError> {
        self.lent().account_of(self.entry(address, None)?, address)
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        let entry = self.entry(address, Some(slot))?;
        self.lent().slot_of(entry, address, slot)?.ok_or_else(|| self.note(address, Some(slot)))
    }

    fn code(&self, hash: B256) -> Result<Bytes, StateError> {
        self.lent().code(hash)
    }

    fn block_hash(&self, number: u64) -> Result<B256, StateError> {
        self.base.block_hash(number)
    }

    fn had_only_storage(&self, address: Address) -> Result<bool, StateError> {
        self.base.had_only_storage(address)
    }

    /// A thread that was run ahead may ask for what the list does not have because it saw what it should not have seen.
    /// So only what is asked of this view itself speaks against the list: a thread that counts and cannot be run is run
    /// here again.
    fn lend(&self, work: &mut dyn FnMut(&(dyn StateReader + Sync))) -> bool {
        work(&self.lent());
        true
    }
}

/// A view that does not move: it may be read by several threads.
#[derive(Clone, Copy)]
struct LentView<'a> {
    list: &'a ListIndex,
    base: &'a (dyn StateReader + Sync),
    position: u64,
}

impl LentView<'_> {
    fn account_of(&self, entry: EntryId, address: Address) -> Result<Option<Account>, StateError> {
        Ok(self.list.account_before(entry, self.position, self.base.account(address)?))
    }

    /// `None` if the list does not have the slot.
    fn slot_of(&self, entry: EntryId, address: Address, slot: U256) -> Result<Option<U256>, StateError> {
        Ok(match self.list.slot_at(entry, slot, self.position) {
            Some(SlotLookup::Value(value, _)) => Some(value),
            Some(SlotLookup::Base(_)) => Some(self.base.storage(address, slot)?),
            None => None,
        })
    }

    fn missing(&self, address: Address, slot: Option<U256>) -> StateError {
        StateError::Missing(ListMismatch::NotListed { position: self.position, address, slot }.to_string())
    }
}

impl StateReader for LentView<'_> {
    fn account(&self, address: Address) -> Result<Option<Account>, StateError> {
        let entry = self.list.entry(address).ok_or_else(|| self.missing(address, None))?;
        self.account_of(entry, address)
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        let missing = || self.missing(address, Some(slot));
        let entry = self.list.entry(address).ok_or_else(missing)?;
        self.slot_of(entry, address, slot)?.ok_or_else(missing)
    }

    fn code(&self, hash: B256) -> Result<Bytes, StateError> {
        match self.list.code(hash) {
            Some(code) => Ok(code.clone()),
            None => self.base.code(hash),
        }
    }

    fn block_hash(&self, number: u64) -> Result<B256, StateError> {
        self.base.block_hash(number)
    }

    fn had_only_storage(&self, address: Address) -> Result<bool, StateError> {
        self.base.had_only_storage(address)
    }

    fn lend(&self, work: &mut dyn FnMut(&(dyn StateReader + Sync))) -> bool {
        work(self);
        true
    }
}
