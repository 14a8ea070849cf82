//! Sizes, for people and for metrics.

use super::{Disk, DiskError, Head};

/// What the store holds and takes. Sizes are bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stats {
    /// The last block, and what is kept before it.
    pub head: Option<Head>,
    /// The tables of each keyspace, as they are on disk; what is in journals only is not in them yet.
    pub keyspaces: Vec<KeyspaceSize>,
    /// The journals, the empty end of the present one included.
    pub journal_bytes: u64,
    /// What the file system has left.
    pub free_bytes: u64,
    /// Trie nodes in memory.
    pub trie_nodes: usize,
    /// Storage tries of which nodes are in memory.
    pub storage_tries: usize,
}

/// The size of one keyspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyspaceSize {
    /// Its name.
    pub name: &'static str,
    /// Bytes of its tables on disk.
    pub bytes: u64,
}

impl Disk {
    /// What the store holds and takes now. Counts the nodes in memory, which takes a few milliseconds.
    pub fn stats(&self) -> Result<Stats, DiskError> {
        let (view, tries) = self.current();
        let (keyspaces, journal_bytes) = self.store().sizes()?;
        Ok(Stats {
            head: view.head,
            keyspaces: keyspaces
                .iter()
                .map(|(space, bytes)| KeyspaceSize { name: space.name(), bytes: *bytes })
                .collect(),
            journal_bytes,
            free_bytes: self.store().directory().free_bytes()?,
            trie_nodes: tries.count(),
            storage_tries: tries.storage.len(),
        })
    }
}
