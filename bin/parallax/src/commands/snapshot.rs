//! `snapshot`: all of a chain in one file.

use super::db::bytes_in;
use crate::{activity, exit::Failure, json};
use clap::{Args, Subcommand};
use node::maintenance;
use serde_json::{Value, json};
use state::disk::Head;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  parallax snapshot create chain.snapshot --datadir chain
  parallax snapshot verify chain.snapshot
  parallax snapshot restore chain.snapshot --datadir copy --json

A snapshot has a checksum for each part, and its accounts must make the state root that it names: `restore` and `verify`
end with 8 where they do not, and nothing is restored. No node may have the directory open.";

/// Makes, checks and restores snapshots of a chain.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Writes all of a chain into a new file.
    #[command(after_help = EXAMPLES)]
    Create(Transfer),
    /// Makes a new data directory from a file.
    #[command(after_help = EXAMPLES)]
    Restore(Transfer),
    /// Checks a file without restoring it.
    #[command(after_help = EXAMPLES)]
    Verify(Verify),
}

#[derive(Debug, Args)]
struct Transfer {
    /// The snapshot.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Directory of the chain.
    #[arg(long, value_name = "DIR")]
    datadir: PathBuf,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Verify {
    /// The snapshot.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let (head, as_json) = match &arguments.command {
        Command::Create(transfer) => {
            let mut new = transfer.file.clone().into_os_string();
            new.push(".new");
            let measure = move || std::fs::metadata(&new).map_or(0, |metadata| metadata.len());
            let hint = "the directory is unchanged, and FILE.new is unfinished: run it again";
            let head = activity::show("snapshot create", "bytes", hint, Some(&measure), |_| {
                Ok(maintenance::create_snapshot(&transfer.datadir, &transfer.file)?)
            })?;
            (head, transfer.json)
        }
        Command::Restore(transfer) => {
            let made = maintenance::store(&transfer.datadir).join("db.new");
            let measure = move || bytes_in(&made);
            let hint = "the directory holds no chain yet: run it again";
            let head = activity::show("snapshot restore", "bytes", hint, Some(&measure), |_| {
                Ok(maintenance::restore_snapshot(&transfer.file, &transfer.datadir)?)
            })?;
            (head, transfer.json)
        }
        Command::Verify(verify) => {
            let hint = "nothing was changed: run it again";
            let head = activity::show("snapshot verify", "bytes", hint, None, |_| {
                Ok(maintenance::verify_snapshot(&verify.file)?)
            })?;
            (head, verify.json)
        }
    };
    if as_json {
        return json::print(&self::head(&head));
    }
    println!("block {} ({}), state root {}", head.number, head.hash, head.state_root);
    Ok(())
}

/// A head as JSON.
pub(super) fn head(head: &Head) -> Value {
    json!({
        "number": head.number,
        "hash": head.hash,
        "stateRoot": head.state_root,
        "firstBlock": head.first_block,
        "oldestState": head.oldest_state,
    })
}
