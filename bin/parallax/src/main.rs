//! One binary: dev, replay, bench, explain, node, sim, test vectors.

use clap::{FromArgMatches, Parser, Subcommand};
use exit::Failure;
use settings::Settings;
use std::{ffi::OsString, process::ExitCode};

mod activity;
mod commands;
mod conformance;
mod exit;
mod json;
mod layouts;
mod machine;
mod process;
mod progress;
mod service;
mod settings;
mod socket;
mod table;
mod workload;

/// Everything allocated by many threads and freed by others: the system's allocator is the bottleneck before we are.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Runs Ethereum blocks in parallel, with exactly the result of serial execution. Without an argument: `parallax dev`.
#[derive(Debug, Parser)]
#[command(name = "parallax", version, about, after_help = exit::TABLE)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Dev(Box<commands::dev::Arguments>),
    Node(commands::node::Arguments),
    Config(commands::config::Arguments),
    Genesis(commands::genesis::Arguments),
    Key(commands::key::Arguments),
    Db(commands::db::Arguments),
    Snapshot(commands::snapshot::Arguments),
    Replay(commands::replay::Arguments),
    Explain(commands::explain::Arguments),
    FetchBlock(commands::fetch_block::Arguments),
    Statetest(commands::statetest::Arguments),
    Blocktest(commands::blocktest::Arguments),
    Bench(commands::bench::Arguments),
    Solc(commands::solc::Arguments),
    Completions(commands::manual::Completions),
    Man(commands::manual::Man),
}

fn main() -> ExitCode {
    let mut line: Vec<OsString> = std::env::args_os().collect();
    if line.len() <= 1 {
        line.push("dev".into());
    }
    exit::code(run(&line))
}

fn run(line: &[OsString]) -> Result<(), Failure> {
    let Settings { matches, file } = settings::read(line).map_err(|error| Failure::Usage(error.to_string()))?;
    let arguments = Arguments::from_arg_matches(&matches).map_err(|error| Failure::Usage(error.to_string()))?;
    match &arguments.command {
        Command::Dev(arguments) => commands::dev::run(arguments),
        Command::Node(arguments) => commands::node::run(arguments),
        Command::Config(arguments) => commands::config::run(arguments, &matches, file.as_ref()),
        Command::Genesis(arguments) => commands::genesis::run(arguments),
        Command::Key(arguments) => commands::key::run(arguments),
        Command::Db(arguments) => commands::db::run(arguments),
        Command::Snapshot(arguments) => commands::snapshot::run(arguments),
        Command::Replay(arguments) => commands::replay::run(arguments),
        Command::Explain(arguments) => commands::explain::run(arguments),
        Command::FetchBlock(arguments) => commands::fetch_block::run(arguments),
        Command::Statetest(arguments) => commands::statetest::run(arguments),
        Command::Blocktest(arguments) => commands::blocktest::run(arguments),
        Command::Bench(arguments) => commands::bench::run(arguments),
        Command::Solc(arguments) => commands::solc::run(arguments),
        Command::Completions(arguments) => commands::manual::completions(arguments),
        Command::Man(arguments) => commands::manual::man(arguments),
    }
}
