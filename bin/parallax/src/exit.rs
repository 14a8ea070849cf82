//! Exit codes: the same for every command.

use std::process::ExitCode;

/// The table that `--help` prints.
pub(crate) const TABLE: &str = "\
Exit codes:
  0  everything asked for was done and every check passed
  1  a verdict: a block is invalid, a test vector failed, results differ
  2  the command line is wrong
  3  an input file or folder is missing, truncated or foreign
  4  this machine failed: threads, memory, network, disk";

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

impl From<node::NodeError> for Failure {
    fn from(error: node::NodeError) -> Self {
        use node::NodeError;
        use state::disk::DiskError;
        match &error {
            NodeError::Shadow { .. } => Self::Verdict(error.to_string()),
            NodeError::Record(_)
            | NodeError::NoBlock(_)
            | NodeError::Disk(
                DiskError::WrongChain { .. }
                | DiskError::NewerFormat { .. }
                | DiskError::Foreign { .. }
                | DiskError::Damaged { .. }
                | DiskError::Lost { .. },
            ) => Self::Input(error.to_string()),
            NodeError::Workers(scheduler::Error::WorkerCount(_)) => Self::Usage(error.to_string()),
            _ => Self::Machine(error.to_string()),
        }
    }
}

/// Prints a failure and turns it into the process's exit code.
pub(crate) fn code(result: Result<(), Failure>) -> ExitCode {
    let Err(failure) = result else { return ExitCode::SUCCESS };
    eprintln!("error: {failure}");
    ExitCode::from(match failure {
        Failure::Verdict(_) => 1,
        Failure::Usage(_) => 2,
        Failure::Input(_) => 3,
        Failure::Machine(_) => 4,
    })
}
