//! What a trie cannot do.

use crate::StateError;
use alloy_trie::Nibbles;
use primitives::B256;

/// An operation on a trie failed and changed nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrieError {
    /// The trie is partial, and the operation needs a node that it knows by hash only.
    #[error("missing node at path {path:?}")]
    Missing {
        /// The way from the root to the node.
        path: Nibbles,
    },
    /// A node that was given is not a node of a Merkle-Patricia trie.
    #[error("node {hash} is malformed: {reason}")]
    Malformed {
        /// Keccak-256 of the node, or of the one that embeds it.
        hash: B256,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl From<TrieError> for StateError {
    fn from(error: TrieError) -> Self {
        match error {
            TrieError::Missing { .. } => Self::Missing(error.to_string()),
            TrieError::Malformed { .. } => Self::Backend(error.to_string()),
        }
    }
}
