//! Writes operations down while a transaction runs.
//!
//! revm notes every change in its journal, so that it can be undone. The recorder follows that journal: at each call into
//! it, and before a frame is undone, it writes down what has been added since. Nobody who changes state can get
//! past that. An entry holds the old value; the new one is still in the state, since at most one change of a location
//! lies between two calls.

use super::{Direction, Operation, Operations, encode::Writer};
use crate::database::Reads;
use primitives::{Address, B256, U256};
use revm::{Journal, context::journal::JournalEntry, state::AccountInfo};
use std::borrow::Cow;

/// The operations of the transaction that is running.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    writer: Writer,
    count: u64,
    /// How far revm's journal and logs have been written down.
    entries: usize,
    logs: usize,
    /// For each open frame the number of operations before it.
    frames: Vec<u64>,
    /// Whose balance the next load is for.
    balance_of: Option<Address>,
    /// Threads joined so far, and all that they and theirs did.
    joined: u64,
    threads: Vec<ThreadOperations>,
}

/// The operations of one thread.
#[derive(Debug)]
pub(crate) struct ThreadOperations {
    path: Vec<u64>,
    count: u64,
    bytes: Vec<u8>,
}

impl Recorder {
    pub(crate) fn push(&mut self, operation: &Operation<'_>) {
        self.writer.push(operation);
        self.count += 1;
    }

    /// Writes down what has happened since the last call.
    #[inline(never)]
    pub(crate) fn sync(&mut self, journal: &mut Journal<Reads<'_>>) {
        if let Some(hashes) = &mut journal.database.block_hashes {
            for (number, hash) in hashes.drain(..) {
                self.push(&Operation::ReadBlockHash { number, hash });
            }
        }
        while let Some(entry) = journal.inner.journal.get(self.entries) {
            self.entries += 1;
            self.entry(entry, journal);
        }
        while let Some(log) = journal.inner.logs.get(self.logs) {
            self.logs += 1;
            self.push(&Operation::AddLog(Cow::Borrowed(log)));
        }
    }

    /// One entry of revm's journal.
    fn entry(&mut self, entry: &JournalEntry, journal: &Journal<Reads<'_>>) {
        let info = |address: Address| &journal.inner.account(address).info;
        match *entry {
            JournalEntry::AccountWarmed { address } => self.push(&Operation::AccessListAddAccount(address)),
            JournalEntry::StorageWarmed { address, key } => {
                self.push(&Operation::AccessListAddSlot { address, slot: key });
            }
            JournalEntry::AccountTouched { address } => self.push(&Operation::Touch(address)),
            JournalEntry::AccountDestroyed { address, target, had_balance, .. } => {
                self.push(&Operation::SelfDestruct { address, target, amount: had_balance });
            }
            JournalEntry::BalanceChange { address, old_balance } => {
                let balance = info(address).balance;
                let (direction, amount) = if balance >= old_balance {
                    (Direction::In, balance - old_balance)
                } else {
                    (Direction::Out, old_balance - balance)
                };
                self.push(&Operation::Balance { address, direction, amount });
            }
            JournalEntry::BalanceTransfer { from, to, balance } => {
                self.push(&Operation::Balance { address: from, direction: Direction::Out, amount: balance });
                self.push(&Operation::Balance { address: to, direction: Direction::In, amount: balance });
            }
            JournalEntry::NonceChange { address, .. } | JournalEntry::NonceBump { address } => {
                self.push(&Operation::Nonce { address, nonce: info(address).nonce });
            }
            JournalEntry::AccountCreated { address, .. } => {
                let is_new = journal.inner.account(address).is_loaded_as_not_existing();
                let created = if is_new { Operation::CreateObject(address) } else { Operation::ResetObject(address) };
                self.push(&created);
            }
            JournalEntry::StorageChanged { address, key, had_value } => {
                let slot = journal.inner.account(address).storage.get(&key);
                let after = slot.map_or(U256::ZERO, |slot| slot.present_value);
                self.push(&Operation::Storage { address, slot: key, before: had_value, after });
            }
            JournalEntry::TransientStorageChange { address, key, had_value } => {
                let after = journal.inner.transient_storage.get_value(address, key);
                self.push(&Operation::TransientStorage { address, slot: key, before: had_value, after });
            }
            JournalEntry::CodeChange { address, .. } => {
                self.push(&Operation::Code { address, hash: info(address).code_hash });
            }
        }
    }

    /// The next load of this account asks for its balance.
    pub(crate) fn expect_balance(&mut self, address: Address) {
        self.balance_of = Some(address);
    }

    /// An account was looked at by an instruction.
    pub(crate) fn info(&mut self, address: Address, info: &AccountInfo, is_empty: bool) {
        self.push(&Operation::ReadExistence { address, exists: !is_empty });
        if self.balance_of.take() == Some(address) {
            self.push(&Operation::ReadBalance { address, balance: info.balance });
        } else {
            self.push(&Operation::ReadCode { address, hash: info.code_hash });
        }
    }

    /// An account was loaded around the frames.
    pub(crate) fn account(&mut self, address: Address, journal: &Journal<Reads<'_>>, with_nonce: bool) {
        let account = journal.inner.account(address);
        let exists = !account.state_clear_aware_is_empty(journal.inner.cfg.spec);
        self.push(&Operation::ReadExistence { address, exists });
        self.push(&Operation::ReadCode { address, hash: account.info.code_hash });
        if with_nonce {
            self.push(&Operation::ReadNonce { address, nonce: account.info.nonce });
        }
    }

    /// A frame begins, so many operations ago.
    pub(crate) fn open(&mut self, count: u64) {
        self.frames.push(count);
    }

    /// A frame ended well.
    pub(crate) fn commit(&mut self) {
        self.frames.pop();
    }

    /// A frame is going to be undone.
    pub(crate) fn revert(&mut self) {
        let start = self.frames.pop().unwrap_or_default();
        self.push(&Operation::Revert(self.count - start));
    }

    /// Goes on from where revm's journal ends now.
    pub(crate) fn follow(&mut self, journal: &Journal<Reads<'_>>) {
        (self.entries, self.logs) = (journal.inner.journal.len(), journal.inner.logs.len());
    }

    /// Everything that was done, by a thread whose journal this was: its own operations first.
    pub(crate) fn take_thread(&mut self) -> Vec<ThreadOperations> {
        let own =
            ThreadOperations { path: Vec::new(), count: self.count, bytes: std::mem::take(&mut self.writer.bytes) };
        std::iter::once(own).chain(self.threads.drain(..)).collect()
    }

    /// A thread ended, and this is what it and its own threads did.
    pub(crate) fn join(&mut self, operations: Vec<ThreadOperations>) {
        let number = self.joined;
        self.joined += 1;
        self.push(&Operation::Join(number));
        self.threads.extend(operations.into_iter().map(|mut thread| {
            thread.path.insert(0, number);
            thread
        }));
    }

    /// Operations so far.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Ends the transaction, which has so much gas given back.
    pub(crate) fn finish(&mut self, refund: u64) -> Operations {
        if refund > 0 {
            self.push(&Operation::Refund(refund));
        }
        self.threads.sort_by(|a, b| a.path.cmp(&b.path));
        for thread in std::mem::take(&mut self.threads) {
            self.push(&Operation::Thread(thread.path));
            self.writer.bytes.extend_from_slice(&thread.bytes);
            self.count += thread.count;
        }
        let operations = Operations::seal(&self.writer.bytes, self.count);
        self.clear();
        operations
    }

    /// Forgets the transaction.
    pub(crate) fn clear(&mut self) {
        self.writer.clear();
        self.frames.clear();
        self.threads.clear();
        (self.count, self.entries, self.logs, self.balance_of, self.joined) = (0, 0, 0, None, 0);
    }
}

/// Block hashes that were read and are not yet written down.
pub(crate) type BlockHashReads = Vec<(u64, B256)>;
