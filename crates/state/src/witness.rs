//! The part of a state that a witness proves.

use crate::{CodeStore, NodeSet, StateError, StateReader, StateTrie, StateWriter, TrieError, root::account_of};
use access_list::StateDiff;
use alloy_trie::EMPTY_ROOT_HASH;
use primitives::{
    Account, Address, B256, Bytes, KECCAK256_EMPTY, U256, keccak256,
    map::{B256Map, HashMap},
};

/// A state read from trie nodes below a trusted root, with codes and block hashes.
///
/// Law: an answer is the one that the whole state would give, or there is none: what the nodes prove to be absent is
/// absent, and what they do not tell is [`StateError::Missing`]. Codes are found by their own hash. Block hashes are
/// taken on trust; the caller has checked them along the chain of headers.
#[derive(Clone, Debug)]
pub struct WitnessState {
    trie: StateTrie,
    codes: B256Map<Bytes>,
    block_hashes: HashMap<u64, B256>,
}

impl WitnessState {
    /// The state below `root`, as far as `nodes` tell of it, without codes and block hashes.
    pub fn new(root: B256, nodes: &NodeSet) -> Result<Self, TrieError> {
        let trie = StateTrie::from_nodes(root, nodes)?;
        let codes = B256Map::from_iter([(KECCAK256_EMPTY, Bytes::new())]);
        Ok(Self { trie, codes, block_hashes: HashMap::default() })
    }

    /// Stores a code and gives its hash.
    pub fn insert_code(&mut self, code: Bytes) -> B256 {
        let hash = keccak256(&code);
        self.codes.insert(hash, code);
        hash
    }

    /// Tells the hash of an ancestor.
    pub fn insert_block_hash(&mut self, number: u64, hash: B256) {
        self.block_hashes.insert(number, hash);
    }

    /// The state root.
    pub fn root(&mut self) -> B256 {
        self.trie.root()
    }

    /// Commits a diff and gives the new state root.
    pub fn apply(&mut self, diff: &StateDiff) -> Result<B256, StateError> {
        let root = self.trie.apply(diff)?;
        for (_, code) in &diff.code {
            self.insert_code(code.clone());
        }
        Ok(root)
    }
}

impl StateReader for WitnessState {
    fn account(&self, address: Address) -> Result<Option<Account>, StateError> {
        Ok(self.trie.account(address)?.as_ref().map(account_of))
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        self.trie.storage(address, slot)
    }

    fn code(&self, hash: B256) -> Result<Bytes, StateError> {
        self.codes.get(&hash).cloned().ok_or(StateError::MissingCode(hash))
    }

    fn block_hash(&self, number: u64) -> Result<B256, StateError> {
        let hash = self.block_hashes.get(&number).copied();
        hash.ok_or_else(|| StateError::Missing(format!("the hash of block {number}")))
    }

    fn had_only_storage(&self, address: Address) -> Result<bool, StateError> {
        let Some(account) = self.trie.account(address)? else { return Ok(false) };
        let is_bare = account.nonce == 0 && account.code_hash == KECCAK256_EMPTY;
        Ok(is_bare && account.storage_root != EMPTY_ROOT_HASH)
    }
}

impl StateWriter for WitnessState {
    fn commit(&mut self, diff: &StateDiff) -> Result<(), StateError> {
        self.apply(diff).map(|_| ())
    }
}

impl CodeStore for WitnessState {
    fn put(&mut self, code: Bytes) -> Result<B256, StateError> {
        Ok(self.insert_code(code))
    }

    fn get(&self, hash: B256) -> Result<Bytes, StateError> {
        self.code(hash)
    }
}
