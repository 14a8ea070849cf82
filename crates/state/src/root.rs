//! The state root of a whole state, computed from nothing.

use crate::{MemoryState, Trie};
use alloy_trie::{EMPTY_ROOT_HASH, TrieAccount};
use primitives::{Account, B256, U256, keccak256};
use rayon::prelude::*;

/// The state root: over `keccak256(address)` an account with the root of its storage, over `keccak256(slot)` a value.
///
/// Takes all accounts into account and hashes everything, in the rayon pool this is called from;
/// [`StateTrie`](crate::StateTrie) keeps what does not change.
pub fn state_root(state: &MemoryState) -> B256 {
    let accounts: Vec<_> = state.accounts().collect();
    let leaves = accounts
        .into_par_iter()
        .map(|(address, account)| {
            let storage = slot_leaves(state.storage_of(address));
            let storage_root = if storage.is_empty() { EMPTY_ROOT_HASH } else { Trie::root_of_leaves(storage) };
            (keccak256(address), account_leaf(&account, storage_root))
        })
        .collect();
    Trie::root_of_leaves(leaves)
}

/// What the account trie holds for an account.
pub(crate) fn account_leaf(account: &Account, storage_root: B256) -> Vec<u8> {
    let Account { balance, nonce, code_hash } = *account;
    alloy_rlp::encode(TrieAccount::new(nonce, balance, storage_root, code_hash))
}

/// The account that the account trie holds.
pub(crate) fn account_of(account: &TrieAccount) -> Account {
    Account { balance: account.balance, nonce: account.nonce, code_hash: account.code_hash }
}

/// What a storage trie holds, from slots that are not zero.
pub(crate) fn slot_leaves(slots: impl Iterator<Item = (U256, U256)>) -> Vec<(B256, Vec<u8>)> {
    slots.map(|(slot, value)| (slot_key(slot), alloy_rlp::encode(value))).collect()
}

/// Where a storage trie holds a slot.
pub(crate) fn slot_key(slot: U256) -> B256 {
    keccak256(slot.to_be_bytes::<32>())
}
