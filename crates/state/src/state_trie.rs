//! The tries of a state, kept from block to block.
//!
//! ```text
//! apply(diff):  hash the keys ─▶ update the storage tries ─▶ write the accounts ─▶ hash what changed
//!                 (parallel)        (parallel)                  (in key order)       (parallel)
//! ```
//!
//! Everything is written before anything is removed. In a partial trie this asks for the fewest nodes: what is left
//! alone in a branch on the way is left alone in it at the end.

mod change;

use crate::{
    MemoryState, NodeSet, StateError, Trie, TrieError,
    root::{account_leaf, account_of, slot_key, slot_leaves},
    trie::Resolver,
};
use access_list::StateDiff;
use alloy_rlp::Decodable;
use alloy_trie::{EMPTY_ROOT_HASH, Nibbles, TrieAccount};
use change::{Change, changes};
use primitives::{Address, B256, Bytes, U256, keccak256, map::B256Map};
use rayon::prelude::*;

/// The account trie and the storage tries of a state, whole or partial.
///
/// Law: after [`Self::apply`] the root is the one of the state with the diff committed, or the call fails and nothing
/// has changed. Knows no code: its hash is part of the account. A diff may not write storage of an address that has no
/// account afterwards; no root would tell.
#[derive(Clone, Debug, Default)]
pub struct StateTrie {
    accounts: Trie,
    /// By hashed address, the tries that are not empty; in a partial state those of them that have changed.
    storage: B256Map<Trie>,
    /// The storage tries that a witness gave, by root. Empty if the state is whole.
    witnessed: B256Map<Trie>,
    /// Whether there may be nodes that are not known.
    partial: bool,
}

impl StateTrie {
    /// The tries of a state without accounts.
    pub fn new() -> Self {
        Self::default()
    }

    /// The part of the state below `root` that `nodes` tell of.
    pub fn from_nodes(root: B256, nodes: &NodeSet) -> Result<Self, TrieError> {
        let mut resolver = Resolver::new(nodes);
        let accounts = resolver.trie(root)?;
        let mut witnessed = B256Map::default();
        for mut value in nodes.leaf_values() {
            let Ok(account) = TrieAccount::decode(&mut value) else { continue };
            if nodes.get(&account.storage_root).is_some() && !witnessed.contains_key(&account.storage_root) {
                witnessed.insert(account.storage_root, resolver.trie(account.storage_root)?);
            }
        }
        Ok(Self { accounts, storage: B256Map::default(), witnessed, partial: true })
    }

    /// The state root.
    pub fn root(&mut self) -> B256 {
        self.accounts.root()
    }

    /// Applies a diff and gives the new state root.
    pub fn apply(&mut self, diff: &StateDiff) -> Result<B256, StateError> {
        if !self.partial {
            return self.write(diff);
        }
        let mut next = self.clone();
        let root = next.write(diff)?;
        *self = next;
        Ok(root)
    }

    /// The account as the trie holds it; `None` if the trie is known not to hold it.
    pub fn account(&self, address: Address) -> Result<Option<TrieAccount>, StateError> {
        self.account_at(keccak256(address)).map_err(|error| of_account(address, error))
    }

    /// The value of a slot; zero if the trie is known not to hold it.
    pub fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        let key = keccak256(address);
        let old = self.account_at(key).map_err(|error| of_account(address, error))?;
        let trie = self.storage_trie(key, old.as_ref());
        let value = trie.get(&Nibbles::unpack(slot_key(slot))).map_err(|error| of_slot(address, slot, error))?;
        let Some(mut value) = value else { return Ok(U256::ZERO) };
        U256::decode(&mut value).map_err(|error| StateError::Backend(format!("slot {slot} of {address}: {error}")))
    }

    /// The proof of an account, or of its absence, against the state root.
    pub fn account_proof(&mut self, address: Address) -> Result<Vec<Bytes>, StateError> {
        let key = Nibbles::unpack(keccak256(address));
        self.accounts.proof(&key).map_err(|error| of_account(address, error.into()))
    }

    /// The proof of a slot, or of its absence, against the account's storage root.
    pub fn storage_proof(&self, address: Address, slot: U256) -> Result<Vec<Bytes>, StateError> {
        let key = keccak256(address);
        let old = self.account_at(key).map_err(|error| of_account(address, error))?;
        let proof = self.storage_trie(key, old.as_ref()).proof(&Nibbles::unpack(slot_key(slot)));
        proof.map_err(|error| of_slot(address, slot, error))
    }

    fn account_at(&self, key: B256) -> Result<Option<TrieAccount>, StateError> {
        let Some(mut leaf) = self.accounts.get(&Nibbles::unpack(key))? else { return Ok(None) };
        let account = TrieAccount::decode(&mut leaf);
        account.map(Some).map_err(|error| StateError::Backend(format!("a leaf that is no account: {error}")))
    }

    /// The storage trie of an account that the account trie holds as `old`.
    fn storage_trie(&self, key: B256, old: Option<&TrieAccount>) -> Trie {
        if let Some(trie) = self.storage.get(&key) {
            return trie.clone();
        }
        let root = old.map_or(EMPTY_ROOT_HASH, |account| account.storage_root);
        self.witnessed.get(&root).cloned().unwrap_or_else(|| Trie::unknown(root))
    }

    fn write(&mut self, diff: &StateDiff) -> Result<B256, StateError> {
        let mut changes = changes(diff);
        for change in &mut changes {
            change.storage = self.storage.remove(&change.key);
        }
        changes.par_iter_mut().with_min_len(16).try_for_each(|change| self.change_storage(change))?;
        for change in changes.iter().filter(|change| change.leaf.is_some()) {
            let leaf = change.leaf.as_deref().unwrap_or_default();
            let written = self.accounts.insert(&Nibbles::unpack(change.key), leaf);
            written.map_err(|error| of_account(change.address, error.into()))?;
        }
        for change in changes.iter().filter(|change| change.leaf.is_none()) {
            let removed = self.accounts.remove(&Nibbles::unpack(change.key));
            removed.map_err(|error| of_account(change.address, error.into()))?;
        }
        for change in changes {
            if let Some(trie) = change.storage.filter(|trie| !trie.is_empty()) {
                self.storage.insert(change.key, trie);
            }
        }
        Ok(self.accounts.root())
    }

    /// Brings the storage trie of one change up to date and works out the leaf that the account trie shall hold.
    fn change_storage(&self, change: &mut Change) -> Result<(), StateError> {
        let old = self.account_at(change.key).map_err(|error| of_account(change.address, error))?;
        if change.wiped {
            change.storage = Some(Trie::new());
        }
        if !change.slots.is_empty() && change.storage.is_none() {
            change.storage = Some(self.storage_trie(change.key, old.as_ref()));
        }
        let old_root = old.as_ref().map_or(EMPTY_ROOT_HASH, |account| account.storage_root);
        let address = change.address;
        let storage_root = match &mut change.storage {
            Some(trie) => {
                for (slot, value) in &change.slots {
                    let key = Nibbles::unpack(slot_key(*slot));
                    let leaf = if value.is_zero() { Vec::new() } else { alloy_rlp::encode(value) };
                    trie.insert(&key, &leaf).map_err(|error| of_slot(address, *slot, error))?;
                }
                trie.root()
            }
            None => old_root,
        };
        let account = change.account.unwrap_or_else(|| old.as_ref().map(account_of));
        change.leaf = account.map(|account| account_leaf(&account, storage_root));
        Ok(())
    }
}

impl From<&MemoryState> for StateTrie {
    fn from(state: &MemoryState) -> Self {
        let accounts: Vec<_> = state.accounts().collect();
        let tries: Vec<_> = accounts
            .into_par_iter()
            .map(|(address, account)| {
                let mut storage = Trie::from_leaves(slot_leaves(state.storage_of(address)));
                (keccak256(address), account_leaf(&account, storage.root()), storage)
            })
            .collect();
        let mut storage = B256Map::default();
        let mut leaves = Vec::with_capacity(tries.len());
        for (key, leaf, trie) in tries {
            if !trie.is_empty() {
                storage.insert(key, trie);
            }
            leaves.push((key, leaf));
        }
        Self { accounts: Trie::from_leaves(leaves), storage, ..Self::default() }
    }
}

/// Says whose account it was that could not be had.
fn of_account(address: Address, error: StateError) -> StateError {
    match error {
        StateError::Missing(what) => StateError::Missing(format!("account {address}: {what}")),
        error => error,
    }
}

/// Says which slot it was that could not be had.
fn of_slot(address: Address, slot: U256, error: TrieError) -> StateError {
    match error.into() {
        StateError::Missing(what) => StateError::Missing(format!("slot {slot} of {address}: {what}")),
        error => error,
    }
}

#[cfg(test)]
mod tests;
