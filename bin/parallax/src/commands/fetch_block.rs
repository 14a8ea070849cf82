//! Being written.

use crate::exit::Failure;
use clap::Args;

/// Being written.
#[derive(Debug, Default, Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(_arguments: &Arguments) -> Result<(), Failure> {
    Err(Failure::Machine("this command is being written".to_owned()))
}
