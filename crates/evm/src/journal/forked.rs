//! The journal of a thread: whatever is about to be touched is first taken over from the fork point.
//!
//! A thread's journal always has a recorder, if need be one that writes nothing, so these methods stand on its path and
//! cost nothing where there are no threads.

use super::{Load, RecordingJournal};
use crate::{
    operation::{Recorder, ThreadOperations},
    threads::{Fork, ForkPoint, Seen, SeenAccount},
};
use primitives::{Address, U256};
use revm::{
    Database,
    state::{Account, EvmStorageSlot},
};

impl<'v> RecordingJournal<'v> {
    /// Makes the empty journal that of a thread. Its recorder is there in any case, and writes if `records`.
    pub(crate) fn fork(&mut self, point: ForkPoint<'v>, records: bool) {
        self.journal.inner.transaction_id = point.transaction_id;
        self.fork = Some(Box::new(Fork { point, seen: Seen::default() }));
        if records {
            self.record_operations();
        } else {
            self.recorder = Some(Box::new(Recorder::muted()));
        }
    }

    /// Takes an account over. Called before each access.
    #[inline]
    pub(crate) fn adopt(&mut self, address: Address) -> Load<'v, ()> {
        if self.fork.is_some() && !self.journal.inner.state.contains_key(&address) {
            self.adopt_account(address)?;
        }
        Ok(())
    }

    /// Takes a slot over. Called before each access; the account is one that runs code and so has been touched before.
    #[inline]
    pub(crate) fn adopt_slot(&mut self, address: Address, slot: U256) -> Load<'v, ()> {
        if self.fork.is_none() {
            return Ok(());
        }
        self.adopt(address)?;
        let Some(account) = self.journal.inner.state.get(&address) else { return Ok(()) };
        if !account.storage.contains_key(&slot) {
            self.adopt_missing_slot(address, slot)?;
        }
        Ok(())
    }

    /// Takes a value of transient storage over.
    pub(crate) fn adopt_transient(&mut self, address: Address, slot: U256) {
        let Some(fork) = &mut self.fork else { return };
        let point = &fork.point;
        fork.seen.transient.entry((address, slot)).or_insert_with(|| {
            let value = point.transient(address, slot);
            if !value.is_zero() {
                self.journal.inner.transient_storage.insert_value(address, slot, value);
            }
            value
        });
    }

    /// The value in transient storage, nothing taken over.
    pub(crate) fn transient_now(&self, address: Address, slot: U256) -> U256 {
        match &self.fork {
            Some(fork) if !fork.seen.transient.contains_key(&(address, slot)) => fork.point.transient(address, slot),
            _ => self.journal.inner.transient_storage.get_value(address, slot),
        }
    }

    /// Puts a thread's operations beside those of this journal.
    pub(crate) fn join_operations(&mut self, operations: Vec<ThreadOperations>) {
        if let Some(recorder) = &mut self.recorder {
            recorder.join(operations);
            recorder.follow(&self.journal);
        }
    }

    /// What has been added to the journal is no operation of its own.
    pub(crate) fn follow_operations(&mut self) {
        if let Some(recorder) = &mut self.recorder {
            recorder.follow(&self.journal);
        }
    }

    #[inline(never)]
    fn adopt_account(&mut self, address: Address) -> Load<'v, ()> {
        let Some(fork) = &mut self.fork else { return Ok(()) };
        let inner = &mut self.journal.inner;
        if let Some(account) = fork.point.account(address) {
            fork.seen.accounts.insert(address, SeenAccount::of(&account));
            inner.state.insert(address, account);
        } else if fork.point.is_listed(address) {
            // Warm by the transaction's own list: loaded here, since the thread's journal does not have that list.
            let account = match self.journal.database.basic(address)? {
                Some(info) => Account::from(info).with_warm(inner.transaction_id),
                None => Account::new_not_existing(inner.transaction_id),
            };
            inner.state.insert(address, account);
        }
        Ok(())
    }

    #[inline(never)]
    fn adopt_missing_slot(&mut self, address: Address, slot: U256) -> Load<'v, ()> {
        let Some(fork) = &mut self.fork else { return Ok(()) };
        let found = match fork.point.slot(address, slot) {
            Some(found) => {
                fork.seen.slots.insert((address, slot), found.present_value);
                Some(found)
            }
            None if fork.point.is_slot_listed(address, slot) => {
                let is_created = self.journal.inner.account(address).is_created();
                let value = if is_created { U256::ZERO } else { self.journal.database.storage(address, slot)? };
                Some(EvmStorageSlot::new(value, self.journal.inner.transaction_id))
            }
            None => None,
        };
        if let (Some(found), Some(account)) = (found, self.journal.inner.state.get_mut(&address)) {
            account.storage.insert(slot, found);
        }
        Ok(())
    }
}
