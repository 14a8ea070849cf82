//! Why a run gave no result.

use crate::list_check::ListMismatch;
use state::StateError;

/// This machine could not execute the block, or the block's list was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The state could not be read.
    #[error("transaction {index}: {source}")]
    State {
        /// The transaction that asked.
        index: usize,
        /// What went wrong.
        source: StateError,
    },
    /// The block access list is not what execution touched. This one is a verdict.
    #[error("block access list: {0}")]
    List(ListMismatch),
    /// A worker panicked while it executed a transaction. Nothing was committed.
    #[error("a worker panicked: {0}")]
    Panicked(String),
    /// The operating system gave no threads.
    #[error("cannot start {workers} workers: {reason}")]
    Threads {
        /// Workers asked for.
        workers: usize,
        /// What the operating system said.
        reason: String,
    },
    /// Worker counts from 1 to [`crate::WORKERS_MAX`] are possible.
    #[error("{0} workers: give a number from 1 to {max}", max = crate::WORKERS_MAX)]
    WorkerCount(usize),
    /// The policy needs something that was not given.
    #[error("policy {policy} needs {what}")]
    Needs {
        /// The policy's name.
        policy: &'static str,
        /// What is missing.
        what: &'static str,
    },
}
