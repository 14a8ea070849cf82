//! `snapshot`: all of a chain in one file.

use super::db::bytes_in;
use crate::{activity, exit::Failure, json, socket};
use clap::{Args, Subcommand};
use node::maintenance;
use rpc::backend::Snapshot;
use serde_json::{Value, json};
use state::disk::Head;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  parallax snapshot create chain.snapshot --datadir chain
  parallax snapshot create chain.snapshot --ipc parallax.ipc
  parallax snapshot verify chain.snapshot
  parallax snapshot restore chain.snapshot --datadir copy --json

A snapshot has a checksum for each part, and its accounts must make the state root that it names: `restore` and `verify`
end with 8 where they do not, and nothing is restored. No node may have a directory open that is named here; a node that
runs is asked over its socket file instead, and goes on making blocks meanwhile.";

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
    Create(Create),
    /// Makes a new data directory from a file.
    #[command(after_help = EXAMPLES)]
    Restore(Restore),
    /// Checks a file without restoring it.
    #[command(after_help = EXAMPLES)]
    Verify(Verify),
}

#[derive(Debug, Args)]
struct Create {
    /// The snapshot.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Directory of a chain that no node has open.
    #[arg(long, value_name = "DIR", required_unless_present = "ipc", conflicts_with = "ipc")]
    datadir: Option<PathBuf>,
    /// Socket file of a node that runs; the node writes the file.
    #[arg(long, value_name = "PATH")]
    ipc: Option<PathBuf>,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Restore {
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
        Command::Create(create) => (create.run()?, create.json),
        Command::Restore(restore) => {
            let made = maintenance::store(&restore.datadir).join("db.new");
            let measure = move || bytes_in(&made);
            let hint = "the directory holds no chain yet: run it again";
            let head = activity::show("snapshot restore", "bytes", hint, Some(&measure), |_| {
                Ok(maintenance::restore_snapshot(&restore.file, &restore.datadir)?)
            })?;
            (head, restore.json)
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

impl Create {
    fn run(&self) -> Result<Head, Failure> {
        let mut new = self.file.clone().into_os_string();
        new.push(".new");
        let measure = move || std::fs::metadata(&new).map_or(0, |metadata| metadata.len());
        let work = |hint, make: &dyn Fn() -> Result<Head, Failure>| {
            activity::show("snapshot create", "bytes", hint, Some(&measure), |_| make())
        };
        match (&self.ipc, &self.datadir) {
            (Some(socket), _) => {
                let hint = "the node goes on with it: FILE appears when it is whole";
                work(hint, &|| of_running_node(socket, &self.file))
            }
            (None, Some(datadir)) => {
                let hint = "the directory is unchanged, and FILE.new is unfinished: run it again";
                work(hint, &|| Ok(maintenance::create_snapshot(datadir, &self.file)?))
            }
            (None, None) => Err(Failure::Usage("either --datadir or --ipc is needed".to_owned())),
        }
    }
}

fn of_running_node(socket: &Path, file: &Path) -> Result<Head, Failure> {
    // The node works in another folder.
    let file = std::path::absolute(file).map_err(|error| Failure::Input(format!("{}: {error}", file.display())))?;
    let path = file.to_str().ok_or_else(|| Failure::Usage(format!("{} is no UTF-8", file.display())))?;
    let made: Snapshot = serde_json::from_value(socket::ask(socket, "admin_createSnapshot", &json!([path]))?)
        .map_err(|error| Failure::Machine(format!("what the node answered is no head: {error}")))?;
    Ok(Head {
        number: made.number.to(),
        hash: made.hash,
        state_root: made.state_root,
        first_block: made.first_block.to(),
        oldest_state: made.oldest_state.to(),
    })
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
