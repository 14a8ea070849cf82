//! `parallax bench`: the tables and figures that we publish, measured on this machine.
//!
//! ```text
//!  engine    blocks × policies × workers against plain revm     table, JSON, CSV, SVG
//!  m1 m2 m3  the experiments of the micro-contract paper        table, CSV, SVG
//!  figures   all of them, into one folder
//!  pavm      the evaluation of the paper on threads             raw data, table, CSV, SVG
//!  disk      whole blocks on a state on disk                       table, JSON
//!  node      the development node under load, beside others      table, JSON
//! ```

mod blocks;
mod disk;
mod engine;
mod experiments;
mod files;
mod matrix;
mod node;
mod pavm;
mod print;
mod resident;
mod setting;
mod sides;

use crate::exit::Failure;
use bench::measure::Probe;
use clap::{Args, Subcommand};

const EXAMPLES: &str = "\
Examples:
  parallax bench                                     generated blocks under every policy, in half a minute
  parallax bench engine                              the whole table
  parallax bench engine --blocks data/mainnet-blocks
  parallax bench engine --workload erc20 --policy optimistic --workers 1,2,4 --json
  parallax bench figures --out docs/figures
  parallax bench disk --accounts 1000000             whole blocks on a state on disk
  parallax bench pavm --quick --out /tmp/pavm        threads inside contracts: the paper's evaluation, a look

How it is measured, and what a ratio says and does not say: docs/benchmarks.md.";

/// Measures the engine and reproduces published experiments; without a command, a quick look.
#[derive(Debug, Default, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Engine(engine::Arguments),
    Disk(disk::Arguments),
    Node(node::Arguments),
    Pavm(pavm::Arguments),
    /// X-M1: time of the split over shared variables per transaction (the paper's Fig. 5).
    M1(experiments::Arguments),
    /// X-M2: time of the split over transactions per block (Fig. 6).
    M2(experiments::Arguments),
    /// X-M3: serial and parallel execution over transactions per block (Fig. 7).
    M3(experiments::Arguments),
    /// All experiments, and the table of generated blocks, as CSV and SVG.
    Figures(experiments::Arguments),
    /// How much two threads really get done on this machine at this moment.
    Probe,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    use experiments::Experiment;
    match &arguments.command {
        None => engine::run(&engine::Arguments::look()),
        Some(Command::Engine(arguments)) => engine::run(arguments),
        Some(Command::Disk(arguments)) => disk::run(arguments),
        Some(Command::Node(arguments)) => node::run(arguments),
        Some(Command::Pavm(arguments)) => pavm::run(arguments),
        Some(Command::M1(arguments)) => experiments::run(arguments, &[Experiment::Variables]),
        Some(Command::M2(arguments)) => experiments::run(arguments, &[Experiment::Sizes]),
        Some(Command::M3(arguments)) => experiments::run(arguments, &[Experiment::Savings]),
        Some(Command::Figures(arguments)) => {
            experiments::run(arguments, &[Experiment::Variables, Experiment::Sizes, Experiment::Savings])?;
            engine::run(&engine::Arguments::figures(&arguments.out, arguments.quick))
        }
        Some(Command::Probe) => {
            println!("{}", print::probe("now", &Probe::take()));
            Ok(())
        }
    }
}
