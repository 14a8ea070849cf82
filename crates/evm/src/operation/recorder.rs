//! Writes operations down while a transaction runs.
//!
//! revm notes every change in its journal, so that it can be undone. The recorder follows that journal: at each call into
//! it, and before a frame is undone, it writes down what has been added since. Nobody who changes state can get
//! past that. An entry holds the old value; the new one is still in the state, since at most one change of a location
//! lies between two calls.

use super::{
    Direction, Operation, Operations,
    encode::{Writer, tag},
};
use crate::database::Reads;
use primitives::{Address, B256, U256};
use revm::{
    Journal,
    context::journal::JournalEntry,
    primitives::hardfork::SpecId,
    state::{Account, AccountInfo},
};

/// The operations of the transaction that is running.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    writer: Writer,
    count: u64,
    /// How far revm's journal and logs have been written down.
    entries: usize,
    logs: usize,
    /// It follows the frames and writes nothing.
    is_muted: bool,
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

/// What is seen of an account when it is loaded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loaded {
    exists: bool,
    code_hash: B256,
    nonce: u64,
}

impl Loaded {
    pub(crate) fn of(account: &Account, spec: SpecId) -> Self {
        let AccountInfo { code_hash, nonce, .. } = account.info;
        Self { exists: !account.state_clear_aware_is_empty(spec), code_hash, nonce }
    }
}

impl Recorder {
    /// One that writes nothing.
    pub(crate) fn muted() -> Self {
        Self { is_muted: true, ..Self::default() }
    }

    /// Whether it writes nothing.
    pub(crate) fn is_muted(&self) -> bool {
        self.is_muted
    }

    pub(crate) fn push(&mut self, operation: &Operation<'_>) {
        if self.is_muted {
            return;
        }
        self.writer.push(operation);
        self.count += 1;
    }

    /// Writes down what has happened since the last call.
    #[inline]
    pub(crate) fn sync(&mut self, journal: &mut Journal<Reads<'_>>) {
        let has_hashes = journal.database.block_hashes.as_ref().is_some_and(|hashes| !hashes.is_empty());
        let inner = &journal.inner;
        let is_behind = has_hashes || inner.journal.len() > self.entries || inner.logs.len() > self.logs;
        if is_behind && !self.is_muted {
            self.catch_up(journal, None);
        }
    }

    /// The same after a slot got the value `after`, which nothing followed.
    #[inline]
    pub(crate) fn stored(&mut self, journal: &mut Journal<Reads<'_>>, after: U256) {
        if !self.is_muted {
            self.catch_up(journal, Some(after));
        }
    }

    #[inline(never)]
    fn catch_up(&mut self, journal: &mut Journal<Reads<'_>>, stored: Option<U256>) {
        if let Some(hashes) = &mut journal.database.block_hashes {
            for (number, hash) in hashes.drain(..) {
                self.push(&Operation::ReadBlockHash { number, hash });
            }
        }
        while let Some(entry) = journal.inner.journal.get(self.entries) {
            self.entries += 1;
            self.count += 1;
            self.entry(entry, journal, stored);
        }
        while let Some(log) = journal.inner.logs.get(self.logs) {
            self.logs += 1;
            self.count += 1;
            self.writer.log(log);
        }
    }

    /// One entry of revm's journal, which has been counted as one operation. Of a slot `stored` is the value now, if it is
    /// known.
    fn entry(&mut self, entry: &JournalEntry, journal: &Journal<Reads<'_>>, stored: Option<U256>) {
        let info = |address: Address| &journal.inner.account(address).info;
        let writer = &mut self.writer;
        match *entry {
            JournalEntry::AccountWarmed { address } => writer.account(tag::ACCESS_LIST_ADD_ACCOUNT, address),
            JournalEntry::StorageWarmed { address, key } => writer.slot(tag::ACCESS_LIST_ADD_SLOT, address, key, []),
            JournalEntry::AccountTouched { address } => writer.account(tag::TOUCH, address),
            JournalEntry::AccountDestroyed { address, target, had_balance, .. } => {
                writer.push(&Operation::SelfDestruct { address, target, amount: had_balance });
            }
            JournalEntry::BalanceChange { address, old_balance } => {
                let balance = info(address).balance;
                if balance >= old_balance {
                    writer.change(address, Direction::In, balance - old_balance);
                } else {
                    writer.change(address, Direction::Out, old_balance - balance);
                }
            }
            JournalEntry::BalanceTransfer { from, to, balance } => {
                writer.change(from, Direction::Out, balance);
                writer.change(to, Direction::In, balance);
                self.count += 1;
            }
            JournalEntry::NonceChange { address, .. } | JournalEntry::NonceBump { address } => {
                writer.nonce(tag::NONCE, address, info(address).nonce);
            }
            JournalEntry::AccountCreated { address, .. } => {
                let is_new = journal.inner.account(address).is_loaded_as_not_existing();
                writer.account(if is_new { tag::CREATE_OBJECT } else { tag::RESET_OBJECT }, address);
            }
            JournalEntry::StorageChanged { address, key, had_value } => {
                let in_state = || journal.inner.account(address).storage.get(&key).map(|slot| slot.present_value);
                let after = stored.or_else(in_state).unwrap_or_default();
                writer.slot(tag::STORAGE, address, key, [had_value, after]);
            }
            JournalEntry::TransientStorageChange { address, key, had_value } => {
                let after = journal.inner.transient_storage.get_value(address, key);
                writer.slot(tag::TRANSIENT_STORAGE, address, key, [had_value, after]);
            }
            JournalEntry::CodeChange { address, .. } => writer.hash(tag::CODE, address, info(address).code_hash),
        }
    }

    /// The next load of this account asks for its balance.
    pub(crate) fn expect_balance(&mut self, address: Address) {
        self.balance_of = Some(address);
    }

    /// A slot was read, of storage or of transient storage.
    #[inline]
    pub(crate) fn read_slot(&mut self, tag: u8, address: Address, slot: U256, value: U256) {
        if self.is_muted {
            return;
        }
        self.writer.slot(tag, address, slot, [value]);
        self.count += 1;
    }

    /// Something was hashed.
    #[inline]
    pub(crate) fn preimage(&mut self, hash: B256) {
        if self.is_muted {
            return;
        }
        self.writer.preimage(hash);
        self.count += 1;
    }

    /// An account was looked at by an instruction.
    pub(crate) fn info(&mut self, address: Address, info: &AccountInfo, is_empty: bool) {
        if self.is_muted {
            return;
        }
        self.writer.existence(address, !is_empty);
        if self.balance_of.take() == Some(address) {
            self.writer.push(&Operation::ReadBalance { address, balance: info.balance });
        } else {
            self.writer.hash(tag::READ_CODE, address, info.code_hash);
        }
        self.count += 2;
    }

    /// An account was loaded around the frames.
    pub(crate) fn account(&mut self, address: Address, loaded: Loaded, with_nonce: bool) {
        if self.is_muted {
            return;
        }
        self.writer.existence(address, loaded.exists);
        self.writer.hash(tag::READ_CODE, address, loaded.code_hash);
        if with_nonce {
            self.writer.nonce(tag::READ_NONCE, address, loaded.nonce);
        }
        self.count += 2 + u64::from(with_nonce);
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
        if self.is_muted {
            return Vec::new();
        }
        let own = ThreadOperations { path: Vec::new(), count: self.count, bytes: self.writer.as_slice().to_vec() };
        std::iter::once(own).chain(self.threads.drain(..)).collect()
    }

    /// A thread ended, and this is what it and its own threads did.
    pub(crate) fn join(&mut self, operations: Vec<ThreadOperations>) {
        if self.is_muted {
            return;
        }
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
            self.writer.append(&thread.bytes);
            self.count += thread.count;
        }
        let operations = Operations::seal(self.writer.as_slice(), self.count);
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
