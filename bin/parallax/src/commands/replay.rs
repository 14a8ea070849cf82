//! `replay`: recorded blocks under several policies, held against their headers and against serial execution.
//!
//! ```text
//!  for each block   serial ──▶ verdict against the header, list, access sets, cost of each transaction
//!                   each policy once ──▶ compared with serial
//!                   probe, serial P Q Q P serial, serial P Q Q P serial, ..., probe ──▶ medians
//! ```

mod difference;
mod files;
mod measure;
mod policies;
mod print;
mod report;
mod verdict;

use crate::{exit::Failure, json, progress::Progress};
use bench::recorded::{self, Loader};
use clap::Args;
use executor::Engine;
use policies::Choice;
use report::Report;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  parallax replay data/mainnet-blocks
  parallax replay data/mainnet-blocks/17666333 --policy all --workers 4
  parallax replay data/mainnet-witness --policy optimistic --repeat 30 --json > replay.json
  parallax replay data/mainnet-blocks --csv replay.csv --plot replay.svg

What is printed for each block and policy:
  serial, parallel  median time of the whole block, result ready to be committed
  ratio             serial / parallel, and the interval between the most and the least favourable ends of both
  runs, stale       executions of transactions, and those whose result was thrown away
  conflicts         pairs of transactions next to each other on some key whose order matters
  T1, T-inf         cost of all transactions, and of the longest chain of conflicts, each measured on its own
  bound             T1 / max(T-inf, T1/N); list_driven waits for nobody, its T-inf is the costliest transaction
  share             ratio / bound

Exit codes are those of `parallax --help`; a block that contradicts its header, or a policy whose result is not
that of serial execution, ends with 1 after all blocks were replayed.";

/// Replays recorded blocks in parallel and compares them with their headers and with serial execution.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Recorded blocks: folders with block.json, witness files, or folders of such.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Scheduling policies, separated by commas, or `all`. Serial execution is always measured beside them.
    #[arg(long, value_name = "P", value_delimiter = ',', default_value = "optimistic,list_driven", value_parser = policies::parse)]
    policy: Vec<Choice>,
    /// Workers, the calling thread included [default: the processors of this machine].
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
    /// How often the round `serial, policies, policies backwards, serial` is measured.
    #[arg(long, value_name = "K", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    repeat: u32,
    /// Print one JSON document instead of the table.
    #[arg(long)]
    json: bool,
    /// Also write the table as comma-separated values.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Also draw the ratios as a bar chart.
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let engine = Engine::new(arguments.workers.unwrap_or_else(crate::machine::processors))?;
    let paths = find(&arguments.paths)?;
    let policies = policies::chosen(&arguments.policy);
    let progress = Progress::new(paths.len());
    let mut blocks = Vec::with_capacity(paths.len());
    let mut loader = Loader::default();
    for path in &paths {
        let recorded = loader.load(path)?;
        progress.at(&recorded.name);
        recorded.check_senders()?;
        blocks.push(measure::block(&recorded, &engine, &policies, arguments.repeat as usize)?);
        progress.step();
    }
    drop(progress);
    let report = Report::new(blocks, engine.workers(), arguments.repeat);
    if let Some(path) = &arguments.csv {
        json::write(path, &files::csv(&report))?;
    }
    if let Some(path) = &arguments.plot {
        json::write(path, &files::chart(&report).svg())?;
    }
    if arguments.json {
        json::print(&report)?
    } else {
        print::text(&report)
    }
    report.failure().map_or(Ok(()), Err)
}

/// Where all the blocks lie, by number, each once.
fn find(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        found.extend(recorded::find(path)?);
    }
    found.sort_by_cached_key(|path| (number_in_name(path), path.clone()));
    found.dedup();
    Ok(found)
}

/// The longest number in the name of a file or folder, which is the block's in every known form.
fn number_in_name(path: &std::path::Path) -> u64 {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let numbers = name.split(|letter: char| !letter.is_ascii_digit());
    numbers.max_by_key(|digits| digits.len()).and_then(|digits| digits.parse().ok()).unwrap_or_default()
}
