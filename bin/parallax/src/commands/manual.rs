//! `completions` and `man`: what shells and readers are told of the commands, made from the commands themselves.

use crate::{exit::Failure, settings};
use clap::Args;
use clap_complete::Shell;
use std::{io, path::PathBuf};

const COMPLETIONS: &str = "\
Examples:
  parallax completions bash > /etc/bash_completion.d/parallax
  parallax completions zsh > ~/.zfunc/_parallax";

const MAN: &str = "\
Examples:
  parallax man /usr/local/share/man/man1";

/// Prints the completions for a shell.
#[derive(Debug, Args)]
#[command(after_help = COMPLETIONS)]
pub(crate) struct Completions {
    /// The shell.
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Writes a manual page for each command into a directory.
#[derive(Debug, Args)]
#[command(after_help = MAN)]
pub(crate) struct Man {
    /// The directory; it is made if it is missing.
    #[arg(value_name = "DIR")]
    dir: PathBuf,
}

/// Prints them.
pub(crate) fn completions(arguments: &Completions) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut settings::command(), "parallax", &mut script);
    io::Write::write_all(&mut io::stdout(), &script).map_err(|error| Failure::Machine(error.to_string()))
}

/// Writes them.
pub(crate) fn man(arguments: &Man) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::Machine(format!("{}: {error}", arguments.dir.display()));
    std::fs::create_dir_all(&arguments.dir).map_err(failed)?;
    clap_mangen::generate_to(settings::command(), &arguments.dir).map_err(failed)
}
