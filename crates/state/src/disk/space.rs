//! The keyspaces of the store, and the keys in them.

use alloy_trie::Nibbles;
use primitives::{Address, B256};

/// One keyspace of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Space {
    /// Accounts and slots as they are now.
    State,
    /// Code by hash.
    Code,
    /// Branches and extensions of the tries by path.
    Nodes,
    /// What accounts and slots were before a block.
    History,
    /// What each block changed, to take it back.
    Undo,
    /// The parts of blocks, by number.
    Blocks,
    /// Hashes of blocks and transactions, addresses and topics of logs.
    Index,
    /// The head, and what the node keeps beside it.
    Meta,
}

impl Space {
    /// All of them; the position is the number in snapshots.
    pub(super) const ALL: [Self; 8] =
        [Self::State, Self::Code, Self::Nodes, Self::History, Self::Undo, Self::Blocks, Self::Index, Self::Meta];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Code => "code",
            Self::Nodes => "nodes",
            Self::History => "history",
            Self::Undo => "undo",
            Self::Blocks => "blocks",
            Self::Index => "index",
            Self::Meta => "meta",
        }
    }

    /// The share of the write buffer, in 64ths.
    pub(super) const fn buffer_share(self) -> u64 {
        match self {
            Self::State | Self::Nodes | Self::History | Self::Blocks => 12,
            Self::Index => 8,
            Self::Undo => 4,
            Self::Code => 3,
            Self::Meta => 1,
        }
    }
}

/// The key, in every keyspace, of the number of the last block that was written to it.
pub(super) const STAMP: &[u8] = b"\xff\xffstamp";
/// The key of the head in [`Space::Meta`].
pub(super) const HEAD: &[u8] = b"h";

/// An account in [`Space::State`]: its hashed address. Its slots follow it.
pub(super) fn slot(account: &B256, slot: &B256) -> [u8; 64] {
    let mut key = [0; 64];
    key[..32].copy_from_slice(account.as_slice());
    key[32..].copy_from_slice(slot.as_slice());
    key
}

/// A fork of the account trie (`owner` is `None`) or of an account's storage trie in [`Space::Nodes`].
pub(super) fn node(owner: Option<&B256>, path: &Nibbles) -> Vec<u8> {
    let mut key = node_prefix(owner);
    key.extend(path.iter());
    key
}

/// What the keys of all forks of a trie begin with.
pub(super) fn node_prefix(owner: Option<&B256>) -> Vec<u8> {
    match owner {
        None => vec![b'a'],
        Some(owner) => [b"s", owner.as_slice()].concat(),
    }
}

/// An account before a block in [`Space::History`].
pub(super) fn account_before(account: &B256, number: u64) -> Vec<u8> {
    [b"a", account.as_slice(), &number.to_be_bytes()].concat()
}

/// A slot before a block in [`Space::History`].
pub(super) fn slot_before(account: &B256, slot: &B256, number: u64) -> Vec<u8> {
    [b"s", account.as_slice(), slot.as_slice(), &number.to_be_bytes()].concat()
}

/// A part of a block in [`Space::Blocks`].
pub(super) fn block_part(number: u64, part: u8) -> [u8; 9] {
    let mut key = [0; 9];
    key[..8].copy_from_slice(&number.to_be_bytes());
    key[8] = part;
    key
}

/// The hash of a block in [`Space::Index`].
pub(super) fn block_hash(hash: &B256) -> Vec<u8> {
    [b"b", hash.as_slice()].concat()
}

/// The hash of a transaction in [`Space::Index`].
pub(super) fn transaction_hash(hash: &B256) -> Vec<u8> {
    [b"t", hash.as_slice()].concat()
}

/// What the keys of an address in the index of logs begin with; a block's number follows.
pub(super) fn log_address(address: &Address) -> Vec<u8> {
    [b"l", address.as_slice()].concat()
}

/// What the keys of a first topic in the index of logs begin with; a block's number follows.
pub(super) fn log_topic(topic: &B256) -> Vec<u8> {
    [b"m", topic.as_slice()].concat()
}

/// A note of the node in [`Space::Meta`].
pub(super) fn note(name: &str) -> Vec<u8> {
    [b"n", name.as_bytes()].concat()
}
