//! Why a node does not start, or stops.

use primitives::B256;
use rpc::RpcError;
use state::{StateError, disk::DiskError};
use std::{io, path::PathBuf};

/// A failure of this machine, or a bug that the shadow found. Never a verdict on a transaction.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NodeError {
    /// The store could not.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// A block could not be built or judged.
    #[error("block {number}: {error}")]
    Execution {
        /// The block's number.
        number: u64,
        /// Why not.
        error: executor::Error,
    },
    /// The shadow found another result than the builder. One of the two is wrong, so nothing was committed.
    #[error("block {number} is not what its access list gives: {what}; it was not committed, and the node stops")]
    Shadow {
        /// The block's number.
        number: u64,
        /// What differs.
        what: String,
    },
    /// A record of the store cannot be read.
    #[error("the store holds a record that this program has not written: {0}")]
    Record(String),
    /// The head of the store is no block of this chain.
    #[error("the store has no block with hash {0}")]
    NoBlock(B256),
    /// There are no worker threads.
    #[error(transparent)]
    Workers(#[from] scheduler::Error),
    /// The operating system refused.
    #[error("{what} {}: {error}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// The node has stopped after an earlier failure, and makes no block any more.
    #[error("the node has stopped: {0}")]
    Stopped(String),
}

/// What a client is told. Paths are for the log, not for strangers.
impl From<NodeError> for RpcError {
    fn from(error: NodeError) -> Self {
        match error {
            NodeError::Disk(error) => of_disk(&error),
            NodeError::NoBlock(_) => Self::header_not_found(),
            NodeError::Io { .. } => Self::internal("storage failed"),
            error => Self::internal(error.to_string()),
        }
    }
}

/// What a client is told of the store.
pub(crate) fn of_disk(error: &DiskError) -> RpcError {
    match error {
        DiskError::HistoryWindow { .. } | DiskError::ProofWindow { .. } => RpcError::pruned(),
        DiskError::NoBlock { .. } => RpcError::header_not_found(),
        DiskError::Full { .. } => RpcError::new(rpc::error::UNAVAILABLE, "disk full"),
        _ => RpcError::internal("storage failed"),
    }
}

/// What a client is told of a state that cannot be read.
pub(crate) fn of_state(error: &StateError) -> RpcError {
    RpcError::internal(format!("state: {error}"))
}
