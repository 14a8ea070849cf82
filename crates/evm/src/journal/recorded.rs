//! The journal's methods while operations are written down: each does what it does, then notes it.
//!
//! Apart from the methods themselves, so that without a recorder they cost one branch that is always predicted.

use super::{Load, RecordingJournal, SkipLoad};
use crate::{
    database::Reads,
    operation::{Loaded, Operation, Recorder, tag},
    threads::{Access, RecordData},
};
use primitives::{Address, B256, U256};
use revm::{
    Journal,
    context::{JournalTr, journal::JournalEntry},
    context_interface::{
        context::{SStoreResult, StateLoad},
        journaled_state::{
            AccountInfoLoad,
            account::{JournaledAccount, JournaledAccountTr as _},
        },
    },
    state::Account,
};

impl<'v> RecordingJournal<'v> {
    /// From now on operations are written down.
    pub(crate) fn record_operations(&mut self) {
        self.recorder = Some(Box::default());
        self.journal.database.block_hashes = Some(Vec::new());
    }

    /// The running transaction came to nothing.
    pub(crate) fn forget_operations(&mut self) {
        if let (Some(recorder), Some(hashes)) = (&mut self.recorder, &mut self.journal.database.block_hashes) {
            recorder.clear();
            hashes.clear();
        }
    }

    /// Writes down what has happened since the last call. What changes an account calls this first: handles to accounts
    /// change them without a call.
    #[inline]
    pub(crate) fn sync(&mut self) {
        if let Some(recorder) = &mut self.recorder {
            recorder.sync(&mut self.journal);
        }
    }

    /// Writes down what has happened, and then what `push` adds.
    #[inline]
    pub(super) fn note(&mut self, push: impl FnOnce(&mut Recorder, &Journal<Reads<'v>>)) {
        if let Some(recorder) = &mut self.recorder {
            recorder.sync(&mut self.journal);
            push(recorder, &self.journal);
        }
    }

    #[inline(never)]
    pub(super) fn load_account_recorded(&mut self, address: Address, code: bool) -> Load<'v, StateLoad<&Account>> {
        self.adopt(address)?;
        let spec = self.journal.inner.cfg.spec;
        let load =
            if code { self.journal.load_account_with_code(address) } else { self.journal.load_account(address) }?;
        let (is_cold, loaded) = (load.is_cold, Loaded::of(&load, spec));
        self.note(|recorder, _| recorder.account(address, loaded, false));
        Ok(StateLoad::new(self.journal.inner.account(address), is_cold))
    }

    #[inline(never)]
    pub(super) fn load_sender_recorded(
        &mut self,
        address: Address,
        code: bool,
    ) -> Load<'v, StateLoad<JournaledAccount<'_, Reads<'v>, JournalEntry>>> {
        self.adopt(address)?;
        let spec = self.journal.inner.cfg.spec;
        let load = self.journal.load_account_mut_optional_code(address, code)?;
        let (is_cold, loaded) = (load.is_cold, Loaded::of(load.account(), spec));
        self.note(|recorder, _| recorder.account(address, loaded, true));
        let Journal { inner, database } = &mut self.journal;
        let account = inner.get_account_mut(database, address).expect("it has just been loaded");
        Ok(StateLoad::new(account, is_cold))
    }

    #[inline(never)]
    pub(super) fn load_info_recorded(
        &mut self,
        address: Address,
        code: bool,
        skip: bool,
    ) -> SkipLoad<'v, AccountInfoLoad<'_>> {
        self.adopt(address)?;
        let load = self.journal.load_account_info_skip_cold_load(address, code, skip)?;
        let (is_cold, is_empty) = (load.is_cold, load.is_empty);
        self.note(|recorder, journal| {
            recorder.info(address, &journal.inner.account(address).info, is_empty);
        });
        Ok(AccountInfoLoad::new(&self.journal.inner.account(address).info, is_cold, is_empty))
    }

    #[inline(never)]
    pub(super) fn sload_recorded(&mut self, address: Address, slot: U256, skip: bool) -> SkipLoad<'v, StateLoad<U256>> {
        self.adopt_slot(address, slot)?;
        let load = self.journal.sload_skip_cold_load(address, slot, skip)?;
        let value = load.data;
        self.note(|recorder, _| recorder.read_slot(tag::READ_STORAGE, address, slot, value));
        Ok(load)
    }

    #[inline(never)]
    pub(super) fn sstore_recorded(
        &mut self,
        address: Address,
        slot: U256,
        value: U256,
        skip: bool,
    ) -> SkipLoad<'v, StateLoad<SStoreResult>> {
        self.sync();
        self.adopt_slot(address, slot)?;
        let stored = self.journal.sstore_skip_cold_load(address, slot, value, skip)?;
        if let Some(recorder) = &mut self.recorder {
            recorder.stored(&mut self.journal, value);
            if stored.data.present_value == stored.data.new_value {
                recorder.read_slot(tag::READ_STORAGE, address, slot, value);
            }
        }
        Ok(stored)
    }

    #[inline(never)]
    pub(super) fn tload_recorded(&mut self, address: Address, slot: U256) -> U256 {
        self.adopt_transient(address, slot);
        let value = self.journal.tload(address, slot);
        self.note(|recorder, _| recorder.read_slot(tag::READ_TRANSIENT_STORAGE, address, slot, value));
        value
    }

    /// Balances of loaded accounts have been looked at.
    pub(crate) fn note_balances(&mut self, addresses: &[Address]) {
        if self.recorder.is_none() {
            return;
        }
        self.note(|recorder, journal| {
            for &address in addresses {
                let balance = journal.inner.account(address).info.balance;
                recorder.push(&Operation::ReadBalance { address, balance });
            }
        });
    }

    /// Something was hashed.
    pub(crate) fn note_preimage(&mut self, hash: B256) {
        self.note(|recorder, _| recorder.preimage(hash));
    }

    /// The contract `address` has this record of what it did in one frame.
    pub(crate) fn note_record(&mut self, address: Address, record: &RecordData) {
        if self.recorder.as_ref().is_none_or(|recorder| recorder.is_muted()) {
            return;
        }
        let [reads, writes] = [Access::Read, Access::Write].map(|access| record.hash(access));
        let noted = Operation::Record { address, set: record.set_hash(address), reads, writes };
        self.note(|recorder, _| recorder.push(&noted));
    }

    /// The exact balance of `address` is about to be asked for.
    pub(crate) fn ask_balance(&mut self, address: Address) {
        self.observations.balance(address);
        if let Some(recorder) = &mut self.recorder {
            recorder.expect_balance(address);
        }
    }
}
