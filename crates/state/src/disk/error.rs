//! What a state on disk cannot do.

use crate::{StateError, TrieError};
use primitives::{Address, B256};
use std::{
    io,
    path::{Path, PathBuf},
};

/// A failure of the store, or a misuse of it. Nothing was written, except where the variant says so.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DiskError {
    /// Another process, or this one, has the directory open.
    #[error("{} is in use by {}", dir.display(), pid.map_or("another process".to_owned(), |pid| format!("process {pid}")))]
    Locked {
        /// The data directory.
        dir: PathBuf,
        /// The owner's process number, if it could be read.
        pid: Option<u32>,
    },
    /// A newer program wrote the directory or the snapshot.
    #[error("{place} has format {found}; this program knows formats up to {known}")]
    NewerFormat {
        /// The directory or file.
        place: String,
        /// The format found.
        found: u32,
        /// The newest format this program knows.
        known: u32,
    },
    /// The directory holds files, and they are not ours.
    #[error("{} is not a data directory: it holds {found}", dir.display())]
    Foreign {
        /// The directory.
        dir: PathBuf,
        /// The name of a file that should not be there.
        found: String,
    },
    /// There is no store in the directory, and none was to be made.
    #[error("there is no store in {}", dir.display())]
    NoStore {
        /// The directory.
        dir: PathBuf,
    },
    /// Something is there already, where a new file or directory was to be made.
    #[error("{} is there already", path.display())]
    Exists {
        /// What is there.
        path: PathBuf,
    },
    /// The directory or snapshot belongs to another chain.
    #[error(
        "{place} belongs to chain {found_id} with genesis {found_genesis}, wanted is chain {wanted_id} with genesis {wanted_genesis}"
    )]
    WrongChain {
        /// The directory or file.
        place: String,
        /// Its chain.
        found_id: u64,
        /// The hash of its genesis block.
        found_genesis: B256,
        /// The chain asked for.
        wanted_id: u64,
        /// The hash of the genesis block asked for.
        wanted_genesis: B256,
    },
    /// What is stored is not what was written.
    #[error("damaged: {place}: {reason}")]
    Damaged {
        /// Which file, keyspace or key.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Blocks that were acknowledged as synced are gone: the journal was damaged or cut.
    #[error("blocks up to {acknowledged} were on disk, the store ends at {}; restore a snapshot, or repair and fetch them again", head.map_or("nothing".to_owned(), |head| format!("block {head}")))]
    Lost {
        /// The last block that is there.
        head: Option<u64>,
        /// The last block that was there.
        acknowledged: u64,
    },
    /// The file system has less room than the reserve. Reading goes on; commits succeed again once there is room.
    #[error("disk full: {free_bytes} bytes free, {reserve_bytes} bytes are kept in reserve")]
    Full {
        /// Bytes free for this user.
        free_bytes: u64,
        /// Bytes that [`Options::reserve_bytes`](super::Options::reserve_bytes) keeps.
        reserve_bytes: u64,
    },
    /// The operating system refused. If it refused a write of a commit, the store is [`Self::Stopped`] from then on.
    #[error("{what}: {source}")]
    Io {
        /// What was tried, with the file.
        what: String,
        /// Why it failed.
        source: io::Error,
    },
    /// A write or a sync failed before. What is on disk is known only after the directory is opened again.
    #[error("the store stopped after a failed write; open it again")]
    Stopped,
    /// There is no such block.
    #[error("no block {number}; the store holds blocks {}", range.map_or("none".to_owned(), |(first, last)| format!("{first} to {last}")))]
    NoBlock {
        /// The block asked for.
        number: u64,
        /// The first and the last block there are.
        range: Option<(u64, u64)>,
    },
    /// The state after this block is no longer, or was never, known.
    #[error("the state after block {number} is not kept; the oldest is that of block {oldest}")]
    HistoryWindow {
        /// The block asked for.
        number: u64,
        /// The oldest block whose state can be read and returned to.
        oldest: u64,
    },
    /// No proof can be made for a block so long ago.
    #[error("no proof for block {number}; the oldest is for block {oldest}")]
    ProofWindow {
        /// The block asked for.
        number: u64,
        /// The oldest block that proofs are made for.
        oldest: u64,
    },
    /// The block does not follow on the head.
    #[error("block {number} on parent {parent_hash} does not follow on {}", head.map_or("nothing".to_owned(), |(number, hash)| format!("block {number}, {hash}")))]
    NotNext {
        /// The number of the block that was given.
        number: u64,
        /// The parent that it names.
        parent_hash: B256,
        /// Number and hash of the head.
        head: Option<(u64, B256)>,
    },
    /// The root update was made on another head than the present one.
    #[error("the root update was made on another head")]
    Stale,
    /// A diff breaks the law of [`StateDiff`](access_list::StateDiff): a bug of the caller.
    #[error("a diff {what} of {address}")]
    Diff {
        /// What it does.
        what: &'static str,
        /// Whose account it concerns.
        address: Address,
    },
    /// A diff gives code under a hash that is not its own: a bug of the caller.
    #[error("a diff gives code under the hash {0}, which is not its own")]
    DiffCode(B256),
}

impl DiskError {
    /// Whether the disk is full: noticed in time ([`Self::Full`]), or by the operating system in the middle of a write.
    pub fn is_full(&self) -> bool {
        match self {
            Self::Full { .. } => true,
            Self::Io { source, .. } => source.kind() == io::ErrorKind::StorageFull,
            _ => false,
        }
    }

    pub(super) fn damaged(place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Damaged { place: place.into(), reason: reason.into() }
    }

    pub(super) fn io(what: impl Into<String>, source: io::Error) -> Self {
        Self::Io { what: what.into(), source }
    }

    /// An error of the engine while it did something to `place`.
    pub(super) fn engine(place: &str, error: fjall::Error) -> Self {
        match error {
            fjall::Error::Io(source) => Self::engine_io(place, source),
            fjall::Error::Storage(fjall::LsmError::Io(source)) => Self::engine_io(place, source),
            fjall::Error::Poisoned => Self::Stopped,
            fjall::Error::Locked => Self::Locked { dir: place.into(), pid: None },
            fjall::Error::JournalRecovery(error) => Self::damaged(format!("{place}, journal"), format!("{error:?}")),
            error => Self::damaged(place, error.to_string()),
        }
    }

    fn engine_io(place: &str, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::NotFound => Self::damaged(place, format!("a file is missing: {source}")),
            io::ErrorKind::UnexpectedEof => Self::damaged(place, format!("a file is cut short: {source}")),
            io::ErrorKind::InvalidData => Self::damaged(place, source.to_string()),
            _ => Self::io(place, source),
        }
    }
}

/// Names a file in an error of the operating system.
pub(super) fn at<'a>(what: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> DiskError + 'a {
    move |source| DiskError::io(format!("{what} {}", path.display()), source)
}

impl From<TrieError> for DiskError {
    fn from(error: TrieError) -> Self {
        Self::damaged("keyspace nodes", error.to_string())
    }
}

impl From<DiskError> for StateError {
    fn from(error: DiskError) -> Self {
        Self::Backend(error.to_string())
    }
}
