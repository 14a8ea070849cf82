//! `genesis`: what a genesis file says, and whether a node can run it.

use super::threads;
use crate::{exit::Failure, json};
use clap::{Args, Subcommand};
use node::{Findings, GenesisFile};
use primitives::{Address, B256, U256};
use serde::Serialize;
use std::{
    fs,
    path::{Path, PathBuf},
};

const CHECK: &str = "\
Examples:
  parallax genesis check genesis.json
  parallax genesis check genesis.json --json
  parallax genesis check genesis.json --threads prices.json

Ends with 0 if a node can run the chain, with 1 if it cannot, and with 3 if the file is no genesis.";

const NEW: &str = "\
Examples:
  parallax genesis new --chain-id 4242 --fund 0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1 > genesis.json
  parallax genesis new --chain-id 4242 --threads > genesis.json      contracts may have threads

The contracts that the protocol itself calls are in it; each account that is named gets a million ether.";

/// What each account of a new genesis has: a million ether.
const BALANCE_ETHER: u64 = 1_000_000;
const ETHER: u64 = 1_000_000_000_000_000_000;

/// Checks and writes genesis files in geth's form.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Says whether a node can run the chain of a file, with the hash of its first block.
    #[command(after_help = CHECK)]
    Check(Check),
    /// Prints a genesis with the newest rules.
    #[command(after_help = NEW)]
    New(New),
}

#[derive(Debug, Args)]
struct Check {
    /// The file.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// File with the prices of threads, where the genesis names others than the public ones by their hash.
    #[arg(long, value_name = "FILE")]
    threads: Option<PathBuf>,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct New {
    /// The chain's identifier.
    #[arg(long, value_name = "ID", value_parser = clap::value_parser!(u64).range(1..))]
    chain_id: u64,
    /// An account with money; may be given several times.
    #[arg(long, value_name = "ADDRESS")]
    fund: Vec<Address>,
    /// Let contracts have threads, at the prices of a file or at the public ones.
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = threads::PUBLIC)]
    threads: Option<PathBuf>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    chain_id: u64,
    hash: B256,
    state_root: B256,
    accounts: usize,
    problems: Vec<String>,
    warnings: Vec<String>,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.command {
        Command::Check(arguments) => check(arguments),
        Command::New(arguments) => {
            let balance = U256::from(BALANCE_ETHER) * U256::from(ETHER);
            let threads = threads::prices(arguments.threads.as_deref())?.map(|prices| prices.hash);
            json::print(&node::genesis_template(arguments.chain_id, &arguments.fund, balance, threads))
        }
    }
}

/// A genesis file that this node can run. `threads`: a file with the prices of threads, which the genesis names by its
/// hash.
pub(crate) fn read(path: &Path, threads: Option<&Path>) -> Result<GenesisFile, Failure> {
    let file = parse(path, threads)?;
    match file.findings().problems.first() {
        Some(problem) => Err(Failure::Input(format!("{}: {problem}", path.display()))),
        None => Ok(file),
    }
}

fn parse(path: &Path, threads: Option<&Path>) -> Result<GenesisFile, Failure> {
    let wrong = |error: &dyn std::fmt::Display| Failure::Input(format!("{}: {error}", path.display()));
    let text = fs::read_to_string(path).map_err(|error| wrong(&error))?;
    let prices = threads::text(threads)?;
    GenesisFile::read_with(&text, prices.as_deref()).map_err(|error| wrong(&error))
}

fn check(arguments: &Check) -> Result<(), Failure> {
    let file = parse(&arguments.file, arguments.threads.as_deref())?;
    let Findings { problems, warnings } = file.findings();
    let genesis = file.genesis();
    let report = Report {
        chain_id: genesis.spec.chain_id,
        hash: genesis.hash,
        state_root: genesis.block.header.state_root,
        accounts: genesis.diff.accounts.len(),
        problems,
        warnings,
    };
    if arguments.json {
        json::print(&report)?;
    } else {
        println!("chain {}, genesis {}, state root {}", report.chain_id, report.hash, report.state_root);
        println!("{} accounts", report.accounts);
        report.warnings.iter().for_each(|warning| println!("warning: {warning}"));
        report.problems.iter().for_each(|problem| println!("problem: {problem}"));
    }
    match report.problems.len() {
        0 => Ok(()),
        count => Err(Failure::Verdict(format!("{}: {count} problems", arguments.file.display()))),
    }
}
