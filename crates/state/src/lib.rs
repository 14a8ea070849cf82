//! Persist and prove accounts, storage and code.
//!
//! - [`StateReader`], [`StateWriter`], [`CodeStore`]: what a state is to the rooms above.
//! - [`MemoryState`]: a whole state in memory; [`state_root`] computes its root from nothing.
//! - [`StateTrie`]: the tries of a state, kept from block to block; [`Trie`] is one of them.
//! - [`WitnessState`]: the part of a state that a set of trie nodes ([`NodeSet`]) proves.
//! - [`Disk`](disk::Disk): a state on disk, with its history, its tries and its blocks.
//! - [`ordered_trie_root`]: the roots of a block's lists.
//!
//! Nothing here knows the virtual machine or the rules of a block: which accounts an upgrade removes, what a
//! transaction pays, what stands in a header is decided elsewhere and arrives as a [`StateDiff`](access_list::StateDiff).

mod code_store;
pub mod disk;
mod memory;
mod ordered_root;
mod reader;
mod root;
mod state_trie;
mod trie;
mod witness;
mod writer;

pub use alloy_trie::{EMPTY_ROOT_HASH, Nibbles, TrieAccount};
pub use code_store::CodeStore;
pub use memory::MemoryState;
pub use ordered_root::ordered_trie_root;
pub use reader::{StateError, StateReader};
pub use root::state_root;
pub use state_trie::StateTrie;
pub use trie::{NodeSet, Trie, TrieError};
pub use witness::WitnessState;
pub use writer::StateWriter;
