//! One binary: dev, replay, bench, explain, node, sim, test vectors.

use clap::{Parser, Subcommand};
use std::process::ExitCode;

mod commands;
mod conformance;
mod exit;
mod json;
mod machine;
mod progress;
mod table;
mod workload;

/// Everything allocated by many threads and freed by others: the system's allocator is the bottleneck before we are.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Runs Ethereum blocks in parallel, with exactly the result of serial execution.
#[derive(Debug, Parser)]
#[command(name = "parallax", version, about, after_help = exit::TABLE)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Dev(commands::dev::Arguments),
    Replay(commands::replay::Arguments),
    Explain(commands::explain::Arguments),
    FetchBlock(commands::fetch_block::Arguments),
    Statetest(commands::statetest::Arguments),
    Blocktest(commands::blocktest::Arguments),
    Bench(commands::bench::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match arguments.command {
        Some(Command::Dev(arguments)) => commands::dev::run(&arguments),
        Some(Command::Replay(arguments)) => commands::replay::run(&arguments),
        Some(Command::Explain(arguments)) => commands::explain::run(&arguments),
        Some(Command::FetchBlock(arguments)) => commands::fetch_block::run(&arguments),
        Some(Command::Statetest(arguments)) => commands::statetest::run(&arguments),
        Some(Command::Blocktest(arguments)) => commands::blocktest::run(&arguments),
        Some(Command::Bench(arguments)) => commands::bench::run(&arguments),
        None => commands::bench::run(&commands::bench::Arguments::default()),
    };
    exit::code(result)
}
