//! Opening and creating a store.

use super::{
    Current, Disk, DiskError, Options, Writer,
    directory::{self, Directory},
    space::Space,
    store::{Engine, Store},
    tip::TipFile,
    tries::Tries,
    view::View,
};
use parking_lot::{Mutex, RwLock};
use primitives::B256;
use std::{path::Path, sync::Arc};

impl Disk {
    /// The identifier and the genesis hash of the chain that a directory belongs to. Another process may have it open.
    pub fn chain_of(dir: impl AsRef<Path>) -> Result<(u64, B256), DiskError> {
        directory::chain_of(dir.as_ref())
    }

    /// Opens the store in `dir`; where the directory is missing or empty and [`Options::create`] allows it, makes a new
    /// one without any block.
    ///
    /// Fails at once with [`DiskError::Locked`] if another process has it open. Fails without changing anything where
    /// the directory is foreign, of another chain or of a newer format, or where a file is missing. Takes the engine's
    /// journal as far as it can be read; if blocks are missing then that had been synced, fails with
    /// [`DiskError::Lost`], and if keyspaces do not end at the same block, with [`DiskError::Damaged`].
    pub fn open(dir: impl AsRef<Path>, options: Options) -> Result<Self, DiskError> {
        let directory = Directory::own(dir.as_ref(), options.create)?;
        let is_whole = directory.check(&options)?;
        if !is_whole && !options.create {
            return Err(DiskError::NoStore { dir: dir.as_ref().to_owned() });
        }
        if !is_whole {
            create(&directory, &options)?;
        }
        let tip = TipFile::open(&directory.tip())?;
        let store = Store::open(directory, &options)?;
        Self::of(Arc::new(store), tip, options)
    }

    /// A store that is open; checks that it ends where it has to.
    pub(super) fn of(store: Arc<Store>, tip: TipFile, options: Options) -> Result<Self, DiskError> {
        let view = View::of(&store)?;
        check_ends(&view, &tip)?;
        let tries = Tries::unknown(view.root());
        let current = RwLock::new(Current { view: Arc::new(view), tries });
        let writer = Mutex::new(Writer { tip, unsynced: 0, stopped: false });
        Ok(Self { current, writer, options, store })
    }
}

/// Makes the files of a new store beside their place, and moves them there when they are whole.
fn create(directory: &Directory, options: &Options) -> Result<(), DiskError> {
    directory.clear()?;
    Engine::open(&directory.db_new(), options, true)?.sync()?;
    directory.complete(options, None)
}

/// All keyspaces end at the head, and the head is no earlier than what was acknowledged.
fn check_ends(view: &View, tip: &TipFile) -> Result<(), DiskError> {
    let head = view.head.map(|head| head.number);
    for space in Space::ALL {
        let stamp = view.frozen.stamp(space)?;
        if stamp != head {
            let end = |number: Option<u64>| number.map_or("no block".to_owned(), |number| format!("block {number}"));
            let reason = format!("it ends at {}, the head is {}", end(stamp), end(head));
            return Err(DiskError::damaged(format!("keyspace {}", space.name()), reason));
        }
    }
    let Some((acknowledged, hash)) = tip.tip() else { return Ok(()) };
    if head.is_none_or(|head| head < acknowledged) {
        return Err(DiskError::Lost { head, acknowledged });
    }
    match view.summary(acknowledged)? {
        Some(summary) if summary.hash == hash => Ok(()),
        _ => Err(DiskError::damaged("TIP", format!("block {acknowledged} is not {hash}"))),
    }
}
