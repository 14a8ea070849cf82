//! The engine behind typed keyspaces and sealed values.

use super::{
    DiskError, Options,
    batch::Batch,
    directory::Directory,
    journal::cut_torn_end,
    seal::{damaged, unseal},
    space::{STAMP, Space},
};
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode, Readable, Snapshot};
use std::{
    ops::{Deref, RangeInclusive},
    panic::{self, AssertUnwindSafe},
    path::Path,
};

/// A key and its value, the checksum taken off.
pub(super) type Entry = (Vec<u8>, Vec<u8>);

/// The open engine in the directory it belongs to. The lock of the directory is given back last, when the last reader
/// is gone.
pub(super) struct Store {
    engine: Engine,
    directory: Directory,
}

impl Store {
    /// Opens the store's files.
    pub(super) fn open(directory: Directory, options: &Options) -> Result<Self, DiskError> {
        Ok(Self { engine: Engine::open(&directory.db(), options, false)?, directory })
    }

    pub(super) fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Gives up the engine and keeps the directory.
    pub(super) fn close(self) -> Directory {
        self.directory
    }
}

impl Deref for Store {
    type Target = Engine;

    fn deref(&self) -> &Engine {
        &self.engine
    }
}

/// The engine with its keyspaces.
pub(super) struct Engine {
    spaces: Vec<Keyspace>,
    db: Database,
}

impl Engine {
    /// Opens the engine's files in `db`, or makes them if `new`.
    pub(super) fn open(db: &Path, options: &Options, new: bool) -> Result<Self, DiskError> {
        let place = db.display().to_string();
        let open = || {
            let builder = Database::builder(db).cache_size(options.cache_bytes).worker_threads(options.workers.max(1));
            let builder = builder.max_cached_files(Some(options.files_max.max(10)));
            // The engine takes it for a bug of its own when its journal holds what it never writes, and panics.
            panic::catch_unwind(AssertUnwindSafe(|| builder.open()))
        };
        let mut opened = open();
        if !new && matches!(opened, Err(_) | Ok(Err(fjall::Error::JournalRecovery(_)))) && cut_torn_end(db)? {
            opened = open();
        }
        let opened = opened
            .map_err(|_| DiskError::damaged(format!("{place}, journal"), "the engine cannot make sense of it"))?
            .map_err(|error| DiskError::engine(&place, error))?;
        let mut spaces = Vec::with_capacity(Space::ALL.len());
        for space in Space::ALL {
            if !new && !opened.keyspace_exists(space.name()) {
                return Err(DiskError::damaged(format!("{place}, keyspace {}", space.name()), "it is missing"));
            }
            let share = options.buffer_bytes / 64 * space.buffer_share();
            let make = || KeyspaceCreateOptions::default().max_memtable_size(share.max(1 << 12));
            spaces.push(opened.keyspace(space.name(), make).map_err(|error| DiskError::engine(&place, error))?);
        }
        Ok(Self { spaces, db: opened })
    }

    pub(super) fn freeze(&self) -> Frozen {
        Frozen { spaces: self.spaces.clone(), snapshot: self.db.snapshot() }
    }

    /// Writes a batch as a whole or not at all; returns after it is on stable storage if `sync`.
    pub(super) fn write(&self, batch: Batch, sync: bool) -> Result<(), DiskError> {
        let mode = if sync { PersistMode::SyncData } else { PersistMode::Buffer };
        let mut writes = fjall::OwnedWriteBatch::with_capacity(self.db.clone(), batch.len()).durability(Some(mode));
        for (space, sorted) in batch.into_sorted() {
            let keyspace = &self.spaces[space as usize];
            for (key, value) in sorted {
                match value {
                    Some(value) => writes.insert(keyspace, key, value),
                    None => writes.remove(keyspace, key),
                }
            }
        }
        writes.commit().map_err(|error| DiskError::engine("journal", error))
    }

    /// Waits until everything written is on stable storage.
    pub(super) fn sync(&self) -> Result<(), DiskError> {
        self.db.persist(PersistMode::SyncAll).map_err(|error| DiskError::engine("journal", error))
    }

    /// Bytes on disk: of each keyspace's tables, and of the journals.
    pub(super) fn sizes(&self) -> Result<(Vec<(Space, u64)>, u64), DiskError> {
        let spaces: Vec<_> =
            Space::ALL.iter().map(|space| (*space, self.spaces[*space as usize].disk_space())).collect();
        let journals = self.db.journal_disk_space().map_err(|error| DiskError::engine("journal", error))?;
        Ok((spaces, journals))
    }
}

/// Everything as it was at one moment, whatever is written later.
#[derive(Clone)]
pub(super) struct Frozen {
    spaces: Vec<Keyspace>,
    snapshot: Snapshot,
}

impl Frozen {
    pub(super) fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, DiskError> {
        let found = self.snapshot.get(&self.spaces[space as usize], key);
        let found = found.map_err(|error| DiskError::engine(space.name(), error))?;
        found.map(|sealed| unseal(space, key, &sealed).map(<[u8]>::to_vec)).transpose()
    }

    /// The entries of a range of keys, in order.
    pub(super) fn range(
        &self,
        space: Space,
        range: RangeInclusive<Vec<u8>>,
    ) -> impl DoubleEndedIterator<Item = Result<Entry, DiskError>> + use<> {
        open(space, self.snapshot.range(&self.spaces[space as usize], range))
    }

    /// The entries whose keys begin with `prefix`, in order.
    pub(super) fn prefix(
        &self,
        space: Space,
        prefix: &[u8],
    ) -> impl DoubleEndedIterator<Item = Result<Entry, DiskError>> + use<> {
        open(space, self.snapshot.prefix(&self.spaces[space as usize], prefix))
    }

    /// All entries, in order.
    pub(super) fn all(&self, space: Space) -> impl DoubleEndedIterator<Item = Result<Entry, DiskError>> + use<> {
        open(space, self.snapshot.iter(&self.spaces[space as usize]))
    }

    /// The number of the last block that was written to a keyspace; `None` if none was.
    pub(super) fn stamp(&self, space: Space) -> Result<Option<u64>, DiskError> {
        let Some(bytes) = self.get(space, STAMP)? else { return Ok(None) };
        let number = bytes.try_into().map(u64::from_be_bytes);
        number.map(Some).map_err(|_| damaged(space, STAMP, "no block number"))
    }
}

fn open(space: Space, entries: fjall::Iter) -> impl DoubleEndedIterator<Item = Result<Entry, DiskError>> {
    entries.filter_map(move |entry| match entry.into_inner() {
        Ok((key, _)) if *key == *STAMP => None,
        Ok((key, sealed)) => Some(unseal(space, &key, &sealed).map(|value| (key.to_vec(), value.to_vec()))),
        Err(error) => Some(Err(DiskError::engine(space.name(), error))),
    })
}
