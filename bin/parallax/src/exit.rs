//! Exit codes: the same for every command.

use node::NodeError;
use rpc::ServerError;
use state::disk::DiskError;
use std::{io::ErrorKind, process::ExitCode};

/// The table that `--help` prints.
pub(crate) const TABLE: &str = "\
Exit codes:
  0    everything asked for was done and every check passed
  1    a verdict: a block or a source is invalid, a test vector failed, results differ
  2    the command line, a setting or the configuration file is wrong
  3    an input file or folder is missing, truncated or foreign
  4    this machine failed: threads, memory, network, disk
  5    the port is in use
  6    the data directory is in use; the message names the process
  7    the data directory or snapshot has a newer format
  8    the data directory or snapshot is damaged; the message names the place
  9    the disk is full
  130  interrupted";

/// How a command ended when it did not end well.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A check did not pass. What did not is printed by the command.
    #[error("{0}")]
    Verdict(String),
    /// An argument makes no sense.
    #[error("{0}")]
    Usage(String),
    /// An input cannot be used.
    #[error("{0}")]
    Input(String),
    /// The machine could not.
    #[error("{0}")]
    Machine(String),
    /// Somebody else listens there.
    #[error("{0}")]
    Port(String),
    /// Another process has the data directory.
    #[error("{0}")]
    Locked(String),
    /// A newer program wrote it.
    #[error("{0}")]
    Newer(String),
    /// What is stored is not what was written.
    #[error("{0}")]
    Damaged(String),
    /// There is no room.
    #[error("{0}")]
    Full(String),
}

impl Failure {
    /// The process's exit code.
    pub(crate) const fn code(&self) -> u8 {
        match self {
            Self::Verdict(_) => 1,
            Self::Usage(_) => 2,
            Self::Input(_) => 3,
            Self::Machine(_) => 4,
            Self::Port(_) => 5,
            Self::Locked(_) => 6,
            Self::Newer(_) => 7,
            Self::Damaged(_) => 8,
            Self::Full(_) => 9,
        }
    }
}

impl From<bench::LoadError> for Failure {
    fn from(error: bench::LoadError) -> Self {
        Self::Input(error.to_string())
    }
}

impl From<scheduler::Error> for Failure {
    fn from(error: scheduler::Error) -> Self {
        match error {
            scheduler::Error::WorkerCount(_) => Self::Usage(error.to_string()),
            error => Self::Machine(error.to_string()),
        }
    }
}

impl From<&DiskError> for Failure {
    fn from(error: &DiskError) -> Self {
        let kind = match error {
            DiskError::Locked { .. } => Self::Locked,
            DiskError::NewerFormat { .. } => Self::Newer,
            DiskError::Damaged { .. } | DiskError::Lost { .. } => Self::Damaged,
            DiskError::WrongChain { .. }
            | DiskError::Foreign { .. }
            | DiskError::NoStore { .. }
            | DiskError::Exists { .. }
            | DiskError::NoBlock { .. } => Self::Input,
            error if error.is_full() => Self::Full,
            _ => Self::Machine,
        };
        kind(error.to_string())
    }
}

impl From<DiskError> for Failure {
    fn from(error: DiskError) -> Self {
        Self::from(&error)
    }
}

impl From<&NodeError> for Failure {
    fn from(error: &NodeError) -> Self {
        let kind = match error {
            NodeError::Disk(error) => return Self::from(error),
            NodeError::Shadow { .. } => Self::Verdict,
            NodeError::Record(_) => Self::Damaged,
            NodeError::NoBlock(_) => Self::Input,
            NodeError::Workers(scheduler::Error::WorkerCount(_)) => Self::Usage,
            NodeError::Io { error, .. } if error.kind() == ErrorKind::StorageFull => Self::Full,
            _ => Self::Machine,
        };
        kind(error.to_string())
    }
}

impl From<NodeError> for Failure {
    fn from(error: NodeError) -> Self {
        Self::from(&error)
    }
}

impl From<ServerError> for Failure {
    fn from(error: ServerError) -> Self {
        match &error {
            ServerError::Http { error: reason, .. } if reason.kind() == ErrorKind::AddrInUse => {
                Self::Port(error.to_string())
            }
            _ => Self::Machine(error.to_string()),
        }
    }
}

/// Prints a failure and turns it into the process's exit code.
pub(crate) fn code(result: Result<(), Failure>) -> ExitCode {
    let Err(failure) = result else { return ExitCode::SUCCESS };
    eprintln!("error: {failure}");
    ExitCode::from(failure.code())
}
