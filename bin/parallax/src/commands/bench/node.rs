//! `parallax bench node`: this development node beside others, under the same load, in turn.
//!
//! ```text
//!  each round, each node:  start ▸ first answer ▸ memory ▸ money for the senders ▸ signed transactions over several
//!                          connections ▸ all of them in blocks, or time is up ▸ memory ▸ end
//! ```
//!
//! A node is a process of its own, started anew for each round. What it costs is read from the system: the processor time
//! of the process and of its children. The load is signed beforehand; a client sends the next request when the answer to
//! the last has come.

mod client;
mod contender;
mod load;

use super::setting::Setting;
use crate::{exit::Failure, json, progress::Progress, table::Table};
use clap::{Args, ValueEnum};
use contender::Contender;
use load::{Load, Measured};
use serde::Serialize;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  parallax bench node                                                    this node alone
  parallax bench node --anvil anvil --hardhat nodes --rounds 5           beside anvil and the Hardhat node
  parallax bench node --mining interval --anvil anvil --kind erc20       a block a second
  parallax bench node --mining interval --connections 2 --batch 100

anvil and the Hardhat node come from npm; docs/benchmarks.md says how.";

/// Measures this node under load, beside anvil and the Hardhat node where they are named.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Path of anvil.
    #[arg(long, value_name = "PROGRAM")]
    anvil: Option<PathBuf>,
    /// Folder with a hardhat.config.js, in which npm has installed hardhat. Instant mining only.
    #[arg(long, value_name = "DIR")]
    hardhat: Option<PathBuf>,
    /// When blocks are made.
    #[arg(long, value_enum, default_value_t = Mining::Instant)]
    mining: Mining,
    /// What is sent.
    #[arg(long, value_enum, default_value_t = Kind::Transfer)]
    kind: Kind,
    /// Transactions of a round.
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..=500_000))]
    transactions: u32,
    /// Senders of a round.
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=5_000))]
    senders: u32,
    /// Connections that the senders are spread over.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=256))]
    connections: u32,
    /// Transactions in one request.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    batch: u32,
    /// How often each node is measured.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// No round takes longer; what is in no block by then is stranded.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=600))]
    limit: u32,
    /// Further arguments of this node, such as --no-shadow.
    #[arg(last = true)]
    own: Vec<String>,
    /// Print one JSON document instead of the table.
    #[arg(long)]
    json: bool,
}

/// When blocks are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Mining {
    /// As soon as there is something to put into one.
    Instant,
    /// Each second, with room for everything.
    Interval,
}

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// Ether to accounts that are not there yet.
    Transfer,
    /// Tokens to accounts that have none.
    Erc20,
}

#[derive(Serialize)]
struct Row {
    node: &'static str,
    rounds: Vec<Measured>,
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let contenders = contenders(arguments)?;
    let load = Load::new(arguments)?;
    let mut rows: Vec<Row> = contenders.iter().map(|one| Row { node: one.name(), rounds: Vec::new() }).collect();
    let progress = Progress::new(contenders.len() * arguments.rounds as usize);
    for round in 0..arguments.rounds {
        for (contender, row) in contenders.iter().zip(&mut rows) {
            progress.at(&format!("{} {}", contender.name(), round + 1));
            row.rounds.push(load.measure(contender)?);
            progress.step();
        }
    }
    if arguments.json {
        return json::print(&rows);
    }
    println!("{}\n", Setting::here());
    println!("{}", table(&rows));
    Ok(())
}

fn contenders(arguments: &Arguments) -> Result<Vec<Contender>, Failure> {
    let program = std::env::current_exe().map_err(|error| Failure::Machine(format!("this program: {error}")))?;
    let mut contenders = vec![Contender::parallax(program, arguments.mining, &arguments.own)];
    if let Some(program) = &arguments.anvil {
        contenders.push(Contender::anvil(program.clone(), arguments.mining));
    }
    if let Some(folder) = &arguments.hardhat {
        if arguments.mining != Mining::Instant {
            return Err(Failure::Usage("the Hardhat node takes its mining from a file: instant only".to_owned()));
        }
        contenders.push(Contender::hardhat(folder));
    }
    Ok(contenders)
}

fn table(rows: &[Row]) -> String {
    let headings =
        ["<node", "tx/s", "range", "cpu us/tx", "range", "stranded", "p50 ms", "p99 ms", "start ms", "idle MB", "MB"];
    let mut table = Table::new(&headings);
    for Row { node, rounds } in rows {
        let of = |value: &dyn Fn(&Measured) -> f64| {
            let mut values: Vec<f64> = rounds.iter().map(value).collect();
            values.sort_by(f64::total_cmp);
            (values[0], values[values.len() / 2], values[values.len() - 1])
        };
        let (rate, cpu) = (of(&|one| one.per_second), of(&|one| one.cpu_us));
        let median = |value: &dyn Fn(&Measured) -> f64, digits: usize| format!("{:.digits$}", of(value).1);
        table.row(vec![
            (*node).to_owned(),
            format!("{:.0}", rate.1),
            format!("{:.0}..{:.0}", rate.0, rate.2),
            format!("{:.0}", cpu.1),
            format!("{:.0}..{:.0}", cpu.0, cpu.2),
            rounds.iter().map(|one| one.stranded).sum::<u64>().to_string(),
            median(&|one| one.p50_ms, 2),
            median(&|one| one.p99_ms, 2),
            median(&|one| one.start_ms, 0),
            median(&|one| one.idle_mb, 0),
            median(&|one| one.after_mb, 0),
        ]);
    }
    format!("medians and ranges; stranded: sum over all rounds; MB: resident, before the load and after it\n\n{table}")
}
