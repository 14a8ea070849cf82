//! Making a store from the entries of another: of a snapshot, or of a damaged store.

use super::{
    DiskError, Head, Options,
    batch::Batch,
    directory::Directory,
    flat::{FlatVisitor, read_flat},
    record::AccountRecord,
    space::{self, HEAD, Space},
    store::{Engine, Store},
};
use alloy_trie::Nibbles;
use primitives::{B256, keccak256};
use std::path::Path;

/// Entries in one write.
const BATCH: usize = 10_000;

/// A keyspace, a key, and a value without its checksum.
pub(super) type Entry = (Space, Vec<u8>, Vec<u8>);

/// What the new store shall be.
pub(super) struct Imported {
    /// The last block that is taken over.
    pub(super) head: Head,
    /// The oldest state that the history reaches, if that is later than the head says.
    pub(super) oldest_state: u64,
}

/// Makes a store in a directory that holds none.
pub(super) fn into_new(
    dir: &Path,
    options: &Options,
    entries: &mut dyn Iterator<Item = Result<Entry, DiskError>>,
    imported: Imported,
) -> Result<(), DiskError> {
    let directory = Directory::own(dir, true)?;
    if directory.check(options)? {
        return Err(DiskError::Exists { path: dir.to_owned() });
    }
    let tip = (imported.head.number, imported.head.hash);
    let directory = into_files(directory, options, entries, imported)?;
    directory.complete(options, Some(tip))
}

/// Makes the engine's files in [`Directory::db_new`].
fn into_files(
    directory: Directory,
    options: &Options,
    entries: &mut dyn Iterator<Item = Result<Entry, DiskError>>,
    imported: Imported,
) -> Result<Directory, DiskError> {
    directory.clear()?;
    let db = directory.db_new();
    let made = Engine::open(&db, options, true).and_then(|engine| fill(&engine, entries, imported));
    if let Err(error) = made {
        directory.clear()?;
        return Err(error);
    }
    Ok(directory)
}

/// Makes the engine's files beside those of a store that is open.
pub(super) fn fill_beside(
    store: &Store,
    options: &Options,
    entries: &mut dyn Iterator<Item = Result<Entry, DiskError>>,
    imported: Imported,
) -> Result<(), DiskError> {
    let engine = Engine::open(&store.directory().db_new(), options, true)?;
    fill(&engine, entries, imported)
}

fn fill(
    store: &Engine,
    entries: &mut dyn Iterator<Item = Result<Entry, DiskError>>,
    imported: Imported,
) -> Result<(), DiskError> {
    let mut batch = Batch::default();
    for entry in entries {
        let (space, key, value) = entry?;
        if space == Space::Code && keccak256(&value) != *key {
            return Err(super::seal::damaged(space, &key, "the code has another hash"));
        }
        batch.put(space, key, value);
        flush(store, &mut batch, BATCH)?;
    }
    flush(store, &mut batch, 0)?;
    let mut nodes = Nodes { store, batch };
    let root = read_flat(store.freeze().all(Space::State), &mut nodes)?;
    let head = Head { oldest_state: imported.oldest_state, ..imported.head };
    if root != head.state_root {
        let reason = format!("the accounts make the root {root}, the head has {}", head.state_root);
        return Err(DiskError::damaged("keyspace state", reason));
    }
    let mut batch = nodes.batch;
    batch.put(Space::Meta, HEAD, head.encode());
    batch.stamp(Some(head.number));
    store.write(batch, true)?;
    store.sync()
}

fn flush(store: &Engine, batch: &mut Batch, more_than: usize) -> Result<(), DiskError> {
    if batch.len() > more_than { store.write(std::mem::take(batch), false) } else { Ok(()) }
}

/// Writes the nodes that the flat state makes.
struct Nodes<'a> {
    store: &'a Engine,
    batch: Batch,
}

impl FlatVisitor for Nodes<'_> {
    fn account(&mut self, _: &B256, _: &AccountRecord) -> Result<(), DiskError> {
        Ok(())
    }

    fn node(&mut self, owner: Option<&B256>, path: &Nibbles, node: &[u8]) -> Result<(), DiskError> {
        self.batch.put(Space::Nodes, space::node(owner, path), node);
        flush(self.store, &mut self.batch, BATCH)
    }
}
