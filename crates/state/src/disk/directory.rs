//! The data directory: its lock, its version file, its creation.
//!
//! ```text
//! LOCK        locked while the directory is open; holds the owner's process number
//! VERSION     format, chain and checksum, as text; written last, so that a directory with it is complete
//! TIP         the last synced block (tip.rs)
//! db          the engine's files
//! db.damaged  the engine's files before a repair
//! db.new, VERSION.new, TIP.new    an unfinished creation; VERSION.new becomes VERSION when db is in place
//! ```

use super::{
    DiskError, Options,
    error::at,
    tip::{self, Tip},
};
use primitives::B256;
use std::{
    fs::{self, File, TryLockError},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
    process,
};
use xxhash_rust::xxh3::xxh3_64;

/// The format that this program writes, and the only one it reads.
pub(super) const FORMAT: u32 = 1;

const LOCK: &str = "LOCK";
const VERSION: &str = "VERSION";
const VERSION_NEW: &str = "VERSION.new";
const TIP: &str = "TIP";
const DB: &str = "db";
const DB_NEW: &str = "db.new";
const DB_DAMAGED: &str = "db.damaged";
const NAMES: [&str; 8] = [LOCK, VERSION, VERSION_NEW, TIP, "TIP.new", DB, DB_NEW, DB_DAMAGED];

/// A directory that this process owns until the value is dropped.
#[derive(Debug)]
pub(super) struct Directory {
    path: PathBuf,
    _lock: File,
}

impl Directory {
    /// Takes possession. Creates the directory and its lock if `create`, and nothing else.
    pub(super) fn own(path: &Path, create: bool) -> Result<Self, DiskError> {
        if create {
            fs::create_dir_all(path).map_err(at("create", path))?;
        }
        if !create && !path.is_dir() {
            return Err(DiskError::NoStore { dir: path.to_owned() });
        }
        let foreign = fs::read_dir(path)
            .map_err(at("read", path))?
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .find(|name| !NAMES.contains(&name.as_str()));
        if let Some(found) = foreign
            && !path.join(VERSION).exists()
        {
            return Err(DiskError::Foreign { dir: path.to_owned(), found });
        }
        let lock = lock(path)?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// The directory of the engine's files.
    pub(super) fn db(&self) -> PathBuf {
        self.path.join(DB)
    }

    /// Where the engine's files are made.
    pub(super) fn db_new(&self) -> PathBuf {
        self.path.join(DB_NEW)
    }

    /// Where a repair leaves the engine's files that it replaced.
    pub(super) fn db_damaged(&self) -> PathBuf {
        self.path.join(DB_DAMAGED)
    }

    pub(super) fn tip(&self) -> PathBuf {
        self.path.join(TIP)
    }

    /// Bytes that the file system has left for this user.
    pub(super) fn free_bytes(&self) -> Result<u64, DiskError> {
        let stat = rustix::fs::statvfs(&self.path).map_err(|error| at("measure", &self.path)(error.into()))?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }

    /// Whether the directory holds a whole store of the right chain. Finishes a creation that was cut off after its
    /// last write.
    pub(super) fn check(&self, options: &Options) -> Result<bool, DiskError> {
        let (version, new) = (self.path.join(VERSION), self.path.join(VERSION_NEW));
        if !version.exists() {
            if !self.db().exists() {
                return Ok(false);
            }
            if !new.exists() {
                return Err(DiskError::damaged(version.display().to_string(), "the file is missing"));
            }
            fs::rename(&new, &version).map_err(at("rename", &new))?;
            sync_directory(&self.path)?;
        }
        let bytes = fs::read(&version).map_err(at("read", &version))?;
        let place = version.display().to_string();
        let text = String::from_utf8(bytes).map_err(|_| DiskError::damaged(&place, "it is no text"))?;
        let (chain_id, genesis) = parse_version(&text, &place)?;
        check_chain(&place, (chain_id, genesis), options)?;
        match fs::read_dir(self.db()).map(|mut entries| entries.next().is_some()) {
            Ok(true) => Ok(true),
            _ => Err(DiskError::damaged(self.db().display().to_string(), "the engine's files are missing")),
        }
    }

    /// Removes what an unfinished creation left.
    pub(super) fn clear(&self) -> Result<(), DiskError> {
        let db_new = self.db_new();
        match fs::remove_dir_all(&db_new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at("remove", &db_new)(error)),
            _ => Ok(()),
        }
    }

    /// Puts the engine's files that were made in [`Self::db_new`] in the place of the damaged ones.
    pub(super) fn swap(&self) -> Result<(), DiskError> {
        fs::rename(self.db(), self.db_damaged()).map_err(at("rename", &self.db()))?;
        fs::rename(self.db_new(), self.db()).map_err(at("rename", &self.db_new()))?;
        sync_directory(&self.path)
    }

    /// Takes back a [`Self::swap`] that was cut off in the middle.
    pub(super) fn undo_swap(&self) -> Result<(), DiskError> {
        if !self.db().exists() && self.db_damaged().exists() {
            fs::rename(self.db_damaged(), self.db()).map_err(at("rename", &self.db_damaged()))?;
        }
        Ok(())
    }

    /// Makes the engine's files that were made in [`Self::db_new`] the store's, and the directory complete.
    pub(super) fn complete(&self, options: &Options, tip: Option<Tip>) -> Result<(), DiskError> {
        let (version, new) = (self.path.join(VERSION), self.path.join(VERSION_NEW));
        tip::create(&self.tip(), tip)?;
        write_synced(&new, version_text(options.chain_id, options.genesis).as_bytes())?;
        sync_directory(&self.path)?;
        fs::rename(self.db_new(), self.db()).map_err(at("rename", &self.db_new()))?;
        sync_directory(&self.path)?;
        fs::rename(&new, &version).map_err(at("rename", &new))?;
        sync_directory(&self.path)
    }
}

/// The chain that a directory belongs to, as its version file names it. Takes no possession.
pub(super) fn chain_of(path: &Path) -> Result<(u64, B256), DiskError> {
    let version = path.join(VERSION);
    let bytes = match fs::read(&version) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound && !path.join(DB).exists() => {
            return Err(DiskError::NoStore { dir: path.to_owned() });
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(DiskError::damaged(version.display().to_string(), "the file is missing"));
        }
        Err(error) => return Err(at("read", &version)(error)),
    };
    let place = version.display().to_string();
    let text = String::from_utf8(bytes).map_err(|_| DiskError::damaged(&place, "it is no text"))?;
    parse_version(&text, &place)
}

/// The chain found must be the one wanted.
pub(super) fn check_chain(place: &str, found: (u64, B256), options: &Options) -> Result<(), DiskError> {
    let (found_id, found_genesis) = found;
    let (wanted_id, wanted_genesis) = (options.chain_id, options.genesis);
    if found == (wanted_id, wanted_genesis) {
        return Ok(());
    }
    Err(DiskError::WrongChain { place: place.to_owned(), found_id, found_genesis, wanted_id, wanted_genesis })
}

/// Writes a file and waits until it is on stable storage.
pub(super) fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    let mut file = File::create(path).map_err(at("create", path))?;
    file.write_all(bytes).map_err(at("write", path))?;
    file.sync_all().map_err(at("sync", path))
}

/// Waits until the names in a directory are on stable storage.
pub(super) fn sync_directory(path: &Path) -> Result<(), DiskError> {
    File::open(path).and_then(|directory| directory.sync_all()).map_err(at("sync", path))
}

fn lock(dir: &Path) -> Result<File, DiskError> {
    let path = dir.join(LOCK);
    let mut file =
        File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(at("open", &path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            let pid = file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
            return Err(DiskError::Locked { dir: dir.to_owned(), pid });
        }
        Err(TryLockError::Error(error)) => return Err(at("lock", &path)(error)),
    }
    let text = format!("{}\n", process::id());
    file.set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| file.write_all(text.as_bytes()))
        .map_err(at("write", &path))?;
    Ok(file)
}

fn version_text(chain_id: u64, genesis: B256) -> String {
    let text = format!("parallax state\nformat {FORMAT}\nchain {chain_id}\ngenesis {genesis}\n");
    let sum = xxh3_64(text.as_bytes());
    format!("{text}checksum {sum:016x}\n")
}

/// The chain and the genesis hash that a version file names.
fn parse_version(text: &str, place: &str) -> Result<(u64, B256), DiskError> {
    let damaged = |reason: &str| DiskError::damaged(place, reason);
    let mut lines = text.lines();
    if lines.next() != Some("parallax state") {
        return Err(damaged("not a version file of parallax"));
    }
    let mut field = |name: &str| {
        let rest = lines.next().and_then(|line| line.strip_prefix(name)).and_then(|line| line.strip_prefix(' '));
        rest.ok_or_else(|| damaged(&format!("no line `{name}`")))
    };
    let found = field("format")?.parse().map_err(|_| damaged("the format is no number"))?;
    if found > FORMAT {
        return Err(DiskError::NewerFormat { place: place.to_owned(), found, known: FORMAT });
    }
    let chain_id = field("chain")?.parse().map_err(|_| damaged("the chain is no number"))?;
    let genesis = field("genesis")?.parse().map_err(|_| damaged("the genesis is no hash"))?;
    if text != version_text(chain_id, genesis) {
        return Err(damaged("the checksum is wrong"));
    }
    Ok((chain_id, genesis))
}
