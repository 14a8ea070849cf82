//! A whole state in main memory.
//!
//! One hash lookup answers for an account; two, the account's own table and the slot in it, answer for a slot. A table
//! per account costs that second lookup, which is usually in the cache, and buys a third less memory per slot than
//! the pair of address and slot as a key, and storage that can be walked and wiped.
//!
//! ```text
//! accounts  address -> balance, nonce, code id       64 bytes a bucket
//! storage   address -> (slot -> value)               64 bytes a bucket; no zero is ever held
//! codes     code id -> (hash, bytes)                 each code once, however many accounts have it
//! ```

mod codes;
mod entry;

use crate::{CodeStore, StateError, StateReader, StateWriter};
use access_list::StateDiff;
use codes::Codes;
use entry::Entry;
use primitives::{
    Account, Address, B256, Bytes, U256, keccak256,
    map::{AddressMap, HashMap, U256Map},
};

/// Accounts, storage, code and block hashes in memory.
///
/// An account that exists and is empty ([`Account::EMPTY`], possible before EIP-161) is not the same as no account.
/// Storage of an address without an account can be held, but no root commits to it.
/// Block hashes are kept for ever; 256 of them matter to execution.
#[derive(Clone, Debug, Default)]
pub struct MemoryState {
    accounts: AddressMap<Entry>,
    storage: AddressMap<U256Map<U256>>,
    codes: Codes,
    block_hashes: HashMap<u64, B256>,
}

impl MemoryState {
    /// A state without accounts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes room for this many more accounts, so that loading a large state does not grow in steps.
    pub fn reserve_accounts(&mut self, additional: usize) {
        self.accounts.reserve(additional);
    }

    /// Creates or replaces an account. Its storage stays as it is.
    pub fn set_account(&mut self, address: Address, account: Account) {
        let entry = Entry::new(&account, self.codes.id(account.code_hash));
        self.accounts.insert(address, entry);
    }

    /// Removes an account with its storage.
    pub fn remove_account(&mut self, address: Address) {
        self.accounts.remove(&address);
        self.storage.remove(&address);
    }

    /// Writes one slot; zero removes it.
    pub fn set_storage(&mut self, address: Address, slot: U256, value: U256) {
        if !value.is_zero() {
            self.storage.entry(address).or_default().insert(slot, value);
        } else if let Some(slots) = self.storage.get_mut(&address) {
            slots.remove(&slot);
            if slots.is_empty() {
                self.storage.remove(&address);
            }
        }
    }

    /// Removes all storage of an account.
    pub fn wipe_storage(&mut self, address: Address) {
        self.storage.remove(&address);
    }

    /// The block hashes that it was told, in no particular order.
    pub fn block_hashes(&self) -> impl Iterator<Item = (u64, B256)> {
        self.block_hashes.iter().map(|(number, hash)| (*number, *hash))
    }

    /// Stores a code and gives its hash.
    pub fn insert_code(&mut self, code: Bytes) -> B256 {
        let hash = keccak256(&code);
        self.codes.insert(hash, code);
        hash
    }

    /// Tells the hash of a block, for [`StateReader::block_hash`].
    pub fn insert_block_hash(&mut self, number: u64, hash: B256) {
        self.block_hashes.insert(number, hash);
    }

    /// All accounts, in no particular order.
    pub fn accounts(&self) -> impl ExactSizeIterator<Item = (Address, Account)> {
        self.accounts.iter().map(|(address, entry)| (*address, self.expand(entry)))
    }

    /// The slots of one account that are not zero, in no particular order.
    pub fn storage_of(&self, address: Address) -> impl Iterator<Item = (U256, U256)> {
        self.storage.get(&address).into_iter().flatten().map(|(slot, value)| (*slot, *value))
    }

    fn expand(&self, entry: &Entry) -> Account {
        entry.account(self.codes.hash(entry.code()))
    }
}

impl StateReader for MemoryState {
    fn account(&self, address: Address) -> Result<Option<Account>, StateError> {
        Ok(self.accounts.get(&address).map(|entry| self.expand(entry)))
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        let value = self.storage.get(&address).and_then(|slots| slots.get(&slot));
        Ok(value.copied().unwrap_or_default())
    }

    fn code(&self, hash: B256) -> Result<Bytes, StateError> {
        self.codes.get(hash).ok_or(StateError::MissingCode(hash))
    }

    fn block_hash(&self, number: u64) -> Result<B256, StateError> {
        Ok(self.block_hashes.get(&number).copied().unwrap_or_default())
    }

    fn had_only_storage(&self, address: Address) -> Result<bool, StateError> {
        let account = self.accounts.get(&address).map(|entry| self.expand(entry));
        let is_bare = account.is_some_and(|account| account.nonce == 0 && !account.has_code());
        Ok(is_bare && self.storage.contains_key(&address))
    }

    fn lend(&self, work: &mut dyn FnMut(&(dyn StateReader + Sync))) -> bool {
        work(self);
        true
    }
}

impl StateWriter for MemoryState {
    fn commit(&mut self, diff: &StateDiff) -> Result<(), StateError> {
        for (hash, code) in &diff.code {
            if self.codes.get(*hash).is_none() && keccak256(code) != *hash {
                return Err(StateError::Backend(format!(
                    "a diff gives code under the hash {hash}, which is not its own"
                )));
            }
        }
        for (hash, code) in &diff.code {
            self.codes.insert(*hash, code.clone());
        }
        for change in &diff.accounts {
            if change.wiped {
                self.wipe_storage(change.address);
            }
            match change.account {
                Some(account) => self.set_account(change.address, account),
                None => self.remove_account(change.address),
            }
        }
        for change in &diff.slots {
            self.set_storage(change.address, change.slot, change.value);
        }
        Ok(())
    }
}

impl CodeStore for MemoryState {
    fn put(&mut self, code: Bytes) -> Result<B256, StateError> {
        Ok(self.insert_code(code))
    }

    fn get(&self, hash: B256) -> Result<Bytes, StateError> {
        self.code(hash)
    }
}

#[cfg(test)]
mod tests;
