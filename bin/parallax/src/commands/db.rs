//! `db`: what a data directory holds, whether it is whole, and making it whole again.

use crate::{activity, exit::Failure, json};
use clap::{Args, Subcommand};
use node::maintenance;
use serde_json::json;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  parallax db stats --datadir chain
  parallax db verify --datadir chain --json
  parallax db repair --datadir chain

No node may have the directory open. `verify` reads everything and changes nothing; it ends with 8 and names the first
fault. `repair` keeps the files as they were as `store/db.damaged`.";

/// Looks after the data directory of a chain.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Tells what it holds and takes.
    #[command(after_help = EXAMPLES)]
    Stats(Directory),
    /// Reads and checks everything.
    #[command(after_help = EXAMPLES)]
    Verify(Directory),
    /// Makes a damaged directory whole again, as far as it can be read.
    #[command(after_help = EXAMPLES)]
    Repair(Directory),
}

#[derive(Debug, Args)]
struct Directory {
    /// Directory of the chain.
    #[arg(long, value_name = "DIR")]
    datadir: PathBuf,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.command {
        Command::Stats(directory) => stats(directory),
        Command::Verify(directory) => verify(directory),
        Command::Repair(directory) => repair(directory),
    }
}

fn stats(directory: &Directory) -> Result<(), Failure> {
    let chain = maintenance::chain_of(&directory.datadir)?;
    let stats = maintenance::stats(&directory.datadir)?;
    if directory.json {
        let keyspaces = stats.keyspaces.iter().map(|space| (space.name.to_owned(), space.bytes.into()));
        return json::print(&json!({
            "chainId": chain.chain_id,
            "genesis": chain.genesis,
            "head": stats.head.map(|head| super::snapshot::head(&head)),
            "tableBytes": keyspaces.collect::<serde_json::Map<_, _>>(),
            "journalBytes": stats.journal_bytes,
            "freeBytes": stats.free_bytes,
        }));
    }
    println!("chain {}, genesis {}", chain.chain_id, chain.genesis);
    match stats.head {
        Some(head) => println!("blocks {} to {}, state from {}", head.first_block, head.number, head.oldest_state),
        None => println!("no block"),
    }
    for space in &stats.keyspaces {
        println!("{:10} {:>16} bytes", space.name, space.bytes);
    }
    println!("{:10} {:>16} bytes", "journals", stats.journal_bytes);
    println!("{:10} {:>16} bytes", "free", stats.free_bytes);
    Ok(())
}

fn verify(directory: &Directory) -> Result<(), Failure> {
    let hint = "nothing was changed: run it again";
    let head = activity::show("verify", "entries", hint, None, |activity| {
        let tell = |progress: state::disk::Progress| {
            activity.at(&format!("{:?}", progress.stage).to_lowercase(), progress.done);
        };
        Ok(maintenance::verify(&directory.datadir, tell)?)
    })?;
    if directory.json {
        return json::print(&json!({ "whole": true, "head": head.map(|head| super::snapshot::head(&head)) }));
    }
    match head {
        Some(head) => println!("whole, up to block {} ({})", head.number, head.hash),
        None => println!("whole, without a block"),
    }
    Ok(())
}

fn repair(directory: &Directory) -> Result<(), Failure> {
    let made = maintenance::store(&directory.datadir).join("db.new");
    let measure = || bytes_in(&made);
    let hint = "the directory is as it was: run it again";
    let repaired =
        activity::show("repair", "bytes", hint, Some(&measure), |_| Ok(maintenance::repair(&directory.datadir)?))?;
    if directory.json {
        return json::print(&json!({
            "head": super::snapshot::head(&repaired.head),
            "acknowledged": repaired.acknowledged,
            "historyDropped": repaired.history_dropped,
        }));
    }
    println!("whole, up to block {} ({})", repaired.head.number, repaired.head.hash);
    if let Some(lost) = repaired.acknowledged.filter(|acknowledged| *acknowledged > repaired.head.number) {
        println!("blocks up to {lost} had been acknowledged; those after {} are lost", repaired.head.number);
    }
    if repaired.history_dropped {
        println!("the history could not be read: only the last state is left");
    }
    Ok(())
}

/// What the files of a directory take, one level deep.
pub(super) fn bytes_in(dir: &std::path::Path) -> u64 {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.metadata().ok()).map(|metadata| metadata.len()).sum()
}
