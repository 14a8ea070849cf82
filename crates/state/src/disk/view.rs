//! The store as of one block: what readers and the next block stand on.

use super::{
    DiskError,
    memo::{Found, Memo},
    record::{AccountRecord, SlotRecord},
    seal::damaged,
    space::{self, HEAD, Space},
    store::{Frozen, Store},
};
use crate::{root::slot_key, trie::NodeStore};
use alloy_trie::{EMPTY_ROOT_HASH, Nibbles};
use primitives::{Address, B256, U256, keccak256};
use std::sync::Arc;

/// A block of the store, the last one, and what is kept before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The block's number.
    pub number: u64,
    /// The block's hash.
    pub hash: B256,
    /// The state root after the block.
    pub state_root: B256,
    /// The number of the first block that the store holds.
    pub first_block: u64,
    /// The number of the oldest block whose state can be read and returned to.
    pub oldest_state: u64,
}

impl Head {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(88);
        bytes.extend_from_slice(&self.number.to_be_bytes());
        bytes.extend_from_slice(self.hash.as_slice());
        bytes.extend_from_slice(self.state_root.as_slice());
        bytes.extend_from_slice(&self.first_block.to_be_bytes());
        bytes.extend_from_slice(&self.oldest_state.to_be_bytes());
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let number = |at: usize| Some(u64::from_be_bytes(*bytes.get(at..)?.first_chunk()?));
        let hash = |at: usize| Some(B256::from_slice(bytes.get(at..at + 32)?));
        let head = Self {
            number: number(0)?,
            hash: hash(8)?,
            state_root: hash(40)?,
            first_block: number(72)?,
            oldest_state: number(80)?,
        };
        let is_sound = bytes.len() == 88 && head.first_block <= head.oldest_state && head.oldest_state <= head.number;
        is_sound.then_some(head)
    }
}

/// One moment of the store. Never changes.
pub(super) struct View {
    pub(super) frozen: Frozen,
    /// `None` if there is no block.
    pub(super) head: Option<Head>,
    memo: Memo,
    /// Kept open for as long as someone reads.
    _store: Arc<Store>,
}

impl View {
    /// What the store holds now.
    pub(super) fn of(store: &Arc<Store>) -> Result<Self, DiskError> {
        let frozen = store.freeze();
        let head = match frozen.get(Space::Meta, HEAD)? {
            Some(bytes) => Some(Head::decode(&bytes).ok_or_else(|| damaged(Space::Meta, HEAD, "no head"))?),
            None => None,
        };
        Ok(Self::with_head(store, frozen, head))
    }

    /// What the store holds, with a head of the caller's.
    pub(super) fn with_head(store: &Arc<Store>, frozen: Frozen, head: Option<Head>) -> Self {
        Self { frozen, head, memo: Memo::default(), _store: store.clone() }
    }

    /// The state root; that of the empty state if there is no block.
    pub(super) fn root(&self) -> B256 {
        self.head.map_or(EMPTY_ROOT_HASH, |head| head.state_root)
    }

    /// The head; an error that names `number` if there is none.
    pub(super) fn head_for(&self, number: u64) -> Result<Head, DiskError> {
        match self.head {
            Some(head) if number <= head.number => Ok(head),
            head => {
                let range = head.map(|head| (head.first_block, head.number));
                Err(DiskError::NoBlock { number, range })
            }
        }
    }

    /// An account with its hash; what was read is remembered.
    pub(super) fn account(&self, address: Address) -> Result<Found<AccountRecord>, DiskError> {
        self.memo.account(address, || {
            let key = keccak256(address);
            let Some(bytes) = self.frozen.get(Space::State, key.as_slice())? else { return Ok((key, None)) };
            let record = AccountRecord::decode(&bytes).filter(|record| record.address == address);
            Ok((key, Some(record.ok_or_else(|| not_the_account(&key))?)))
        })
    }

    /// A slot with its hash; what was read is remembered.
    pub(super) fn slot(&self, address: Address, slot: U256) -> Result<Found<SlotRecord>, DiskError> {
        self.memo.slot((address, slot), || {
            let key = slot_key(slot);
            Ok((key, self.read_slot(&self.account_key(address), &key)?))
        })
    }

    /// The account of a hash. What was read for `address` is taken only if that has this hash.
    pub(super) fn account_of(&self, key: &B256, address: Address) -> Result<Option<AccountRecord>, DiskError> {
        match self.memo.known_account(address) {
            Some((known, record)) if known == *key => Ok(record),
            _ => {
                let bytes = self.frozen.get(Space::State, key.as_slice())?;
                bytes.map(|bytes| decode_account(key, &bytes)).transpose()
            }
        }
    }

    /// The name of an account, if it has this hash for all that was read.
    pub(super) fn name_of(&self, key: &B256, address: Address) -> Option<Address> {
        self.memo.known_account(address).filter(|(known, _)| known == key).map(|_| address)
    }

    /// The slot of a hash in the account of the hash `account`, whose name is `owner` if that is known. What was read for
    /// `slot` is taken only if that has this hash.
    pub(super) fn slot_of(
        &self,
        (account, owner): (&B256, Option<Address>),
        (key, slot): (&B256, U256),
    ) -> Result<Option<SlotRecord>, DiskError> {
        match owner.and_then(|owner| self.memo.known_slot(owner, slot)) {
            Some((known, record)) if known == *key => Ok(record),
            _ => self.read_slot(account, key),
        }
    }

    /// The hash of an address.
    pub(super) fn account_key(&self, address: Address) -> B256 {
        self.memo.known_account(address).map_or_else(|| keccak256(address), |(key, _)| key)
    }

    /// The hash of a slot of an account.
    pub(super) fn slot_key(&self, address: Address, slot: U256) -> B256 {
        self.memo.known_slot(address, slot).map_or_else(|| slot_key(slot), |(key, _)| key)
    }

    fn read_slot(&self, account: &B256, key: &B256) -> Result<Option<SlotRecord>, DiskError> {
        let whole = space::slot(account, key);
        let bytes = self.frozen.get(Space::State, &whole)?;
        bytes.map(|bytes| decode_slot(&whole, &bytes)).transpose()
    }

    /// All slots of an account, in the order of their hashes.
    pub(super) fn slots(&self, account: &B256) -> impl Iterator<Item = Result<(B256, SlotRecord), DiskError>> + use<> {
        self.frozen.prefix(Space::State, account.as_slice()).filter_map(|entry| match entry {
            Ok((key, _)) if key.len() == 32 => None,
            Ok((key, bytes)) => Some(match slot_hash(&key) {
                Some(hash) => decode_slot(&key, &bytes).map(|slot| (hash, slot)),
                None => Err(damaged(Space::State, &key, "a key of another length")),
            }),
            Err(error) => Some(Err(error)),
        })
    }
}

/// The second half of a slot's key.
pub(super) fn slot_hash(key: &[u8]) -> Option<B256> {
    (key.len() == 64).then(|| B256::from_slice(&key[32..]))
}

/// An account that must be one, and the one that belongs to the key.
pub(super) fn decode_account(key: &B256, bytes: &[u8]) -> Result<AccountRecord, DiskError> {
    let record = AccountRecord::decode(bytes).filter(|record| keccak256(record.address) == *key);
    record.ok_or_else(|| not_the_account(key))
}

fn not_the_account(key: &B256) -> DiskError {
    damaged(Space::State, key.as_slice(), "not the account of this key")
}

/// A slot that must be one. Its own key is compared where it is handed on by name, in [`View::slots`]' users.
pub(super) fn decode_slot(key: &[u8], bytes: &[u8]) -> Result<SlotRecord, DiskError> {
    SlotRecord::decode(bytes).ok_or_else(|| damaged(Space::State, key, "no slot"))
}

/// The account trie in the store.
pub(super) struct AccountNodes<'a>(pub(super) &'a View);

impl NodeStore for AccountNodes<'_> {
    type Error = DiskError;

    fn fork(&self, path: &Nibbles) -> Result<Option<Vec<u8>>, DiskError> {
        self.0.frozen.get(Space::Nodes, &space::node(None, path))
    }

    fn leaf(&self, path: &Nibbles) -> Result<Option<(B256, Vec<u8>)>, DiskError> {
        let (low, high) = bounds(path);
        let first = self.0.frozen.range(Space::State, low.as_slice().to_vec()..=high_end(None, &high)).next();
        let Some((key, bytes)) = first.transpose()? else { return Ok(None) };
        let key =
            B256::try_from(key.as_slice()).map_err(|_| damaged(Space::State, &key, "a slot without an account"))?;
        let record = decode_account(&key, &bytes)?;
        Ok(Some((key, record.leaf())))
    }
}

/// The storage trie of one account in the store.
pub(super) struct StorageNodes<'a> {
    pub(super) view: &'a View,
    pub(super) owner: B256,
}

impl NodeStore for StorageNodes<'_> {
    type Error = DiskError;

    fn fork(&self, path: &Nibbles) -> Result<Option<Vec<u8>>, DiskError> {
        self.view.frozen.get(Space::Nodes, &space::node(Some(&self.owner), path))
    }

    fn leaf(&self, path: &Nibbles) -> Result<Option<(B256, Vec<u8>)>, DiskError> {
        let (low, high) = bounds(path);
        let low = space::slot(&self.owner, &low).to_vec();
        let first = self.view.frozen.range(Space::State, low..=high_end(Some(&self.owner), &high)).next();
        let Some((key, bytes)) = first.transpose()? else { return Ok(None) };
        let hash = slot_hash(&key).ok_or_else(|| damaged(Space::State, &key, "a key of another length"))?;
        Ok(Some((hash, decode_slot(&key, &bytes)?.leaf())))
    }
}

/// The least and the greatest hash that begin with `path`.
fn bounds(path: &Nibbles) -> (B256, B256) {
    let (mut low, mut high) = (B256::ZERO, B256::repeat_byte(0xff));
    for (at, nibble) in path.iter().enumerate().take(64) {
        let (shift, mask) = if at % 2 == 0 { (4, 0x0f) } else { (0, 0xf0) };
        low[at / 2] = low[at / 2] & mask | nibble << shift;
        high[at / 2] = high[at / 2] & mask | nibble << shift;
    }
    (low, high)
}

fn high_end(owner: Option<&B256>, high: &B256) -> Vec<u8> {
    match owner {
        None => high.to_vec(),
        Some(owner) => space::slot(owner, high).to_vec(),
    }
}
