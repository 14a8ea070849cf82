//! Ethereum's Merkle-Patricia trie, held as nodes in memory.
//!
//! The same type serves for a whole trie and for a partial one, the kind a witness gives, in which some sub-tries are
//! known by their hash only. Law: whatever the operations were, the root is the one that a trie built anew from the
//! content has; an operation that would need a node that is not known fails with [`TrieError::Missing`] and changes
//! nothing. There is no wrong root.
//!
//! How it is kept. A node does not store its own reference (its hash, or its RLP where that is shorter than a hash);
//! the parent stores it, next to the pointer. So a branch is re-encoded from one contiguous block of memory, and a
//! sub-trie that is known only by its hash is a reference without a pointer.
//!
//! ```text
//! Child { reference: [hash | RLP under 32 bytes | nothing: dirty], node: [pointer | nothing: unknown] }
//! Node  = Leaf { path, value } | Extension { path, child } | Branch { up to 16 children, value }
//! ```
//!
//! A change clears the references on its path; [`Trie::root`] computes only those anew, in parallel at the top if
//! there are many. Nodes are shared and copied on write, so a clone of a trie is a snapshot that costs one pointer.
//!
//! To read: [`node`](self) shapes in `node.rs`, then `insert.rs`, `remove.rs`, `hash.rs`; `build.rs` and `decode.rs`
//! make tries from leaves and from RLP nodes. For a trie that lies in a store: `load.rs` fetches nodes, `fork.rs` says
//! what has to be stored, `forget.rs` lets go again, and `stream.rs` computes a root in the memory of one path.

mod build;
mod decode;
mod encode;
mod error;
mod forget;
mod fork;
mod hash;
mod insert;
mod leaves;
mod load;
mod node;
mod node_set;
mod proof;
mod pulled_up;
mod remove;
mod stream;

pub(crate) use decode::Resolver;
pub use error::TrieError;
pub(crate) use fork::Fork;
pub(crate) use load::{NodeStore, Wanted};
pub use node_set::NodeSet;
pub(crate) use stream::TrieStream;

use alloy_trie::{EMPTY_ROOT_HASH, Nibbles};
use node::{Child, Node};
use primitives::B256;
use remove::Removal;

/// A Merkle-Patricia trie, whole or partial. Keys are up to 64 nibbles long.
#[derive(Clone, Debug, Default)]
pub struct Trie {
    root: Option<Child>,
    /// Changes since the references were last computed.
    dirty: usize,
}

impl Trie {
    /// The empty trie.
    pub fn new() -> Self {
        Self::default()
    }

    /// A trie of which nothing is known but its root.
    pub fn unknown(root: B256) -> Self {
        let root = (root != EMPTY_ROOT_HASH).then(|| Child::unknown(&root));
        Self { root, dirty: 0 }
    }

    /// Whether the trie holds nothing.
    pub fn is_empty(&self) -> bool {
        self.root.is_none()
    }

    /// The value under a key; `None` if the trie is known not to hold it.
    pub fn get(&self, key: &Nibbles) -> Result<Option<&[u8]>, TrieError> {
        let Some(mut child) = self.root.as_ref() else { return Ok(None) };
        let mut depth = 0;
        loop {
            match child.known(key, depth)? {
                Node::Leaf { path, value } => return Ok((key.slice(depth..) == *path).then_some(value)),
                Node::Extension { path, child: below } => {
                    if !key.slice(depth..).starts_with(path) {
                        return Ok(None);
                    }
                    depth += path.len();
                    child = below;
                }
                Node::Branch(branch) => {
                    let Some(nibble) = key.get(depth) else { return Ok(branch.value.as_deref()) };
                    let Some(below) = branch.child(nibble) else { return Ok(None) };
                    depth += 1;
                    child = below;
                }
            }
        }
    }

    /// Writes a value. The empty value removes, as it cannot be told from none.
    pub fn insert(&mut self, key: &Nibbles, value: &[u8]) -> Result<(), TrieError> {
        if value.is_empty() {
            return self.remove(key);
        }
        match &mut self.root {
            Some(root) => {
                if insert::insert(root, key, 0, value)? {
                    self.dirty += 1;
                }
            }
            None => {
                self.root = Some(Child::new(Node::leaf(*key, value)));
                self.dirty += 1;
            }
        }
        Ok(())
    }

    /// Removes a key, if it is there.
    pub fn remove(&mut self, key: &Nibbles) -> Result<(), TrieError> {
        let Some(root) = &mut self.root else { return Ok(()) };
        match remove::remove(root, key, 0)? {
            Removal::Absent => return Ok(()),
            Removal::Vanished => self.root = None,
            Removal::Changed => {}
        }
        self.dirty += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
