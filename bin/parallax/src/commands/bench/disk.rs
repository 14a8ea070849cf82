//! `parallax bench disk`: blocks of token transfers over a large state on disk.

use super::{print, resident, setting::Setting};
use crate::{
    exit::Failure,
    json,
    progress::Progress,
    table::{Table, grouped, time},
};
use bench::{
    disk::{self, Filled, Round},
    measure::{Interval, Probe},
    workload::Settings,
};
use clap::Args;
use executor::Engine;
use serde::Serialize;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  parallax bench disk                                          10,000 transfers a block, a million holders
  parallax bench disk --accounts 10000000 --rounds 10          ten million: filling them takes long
  parallax bench disk --datadir /mnt/ssd/bench --json          on that disk; the folder is left there

A block counts from its transactions to its commit on stable storage. Its senders are drawn anew from all holders.";

/// Measures whole blocks on a state on disk: execution, state root and commit.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Accounts, each with ether and tokens.
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(2..=100_000_000))]
    accounts: u64,
    /// Transfers in one block.
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=200_000))]
    transactions: u32,
    /// Blocks that are measured.
    #[arg(long, value_name = "K", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rounds: u32,
    /// Workers that execute.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=256))]
    workers: u16,
    /// Folder of the store, in which there must be none. Without it one for temporary files, which goes again.
    #[arg(long, value_name = "DIR")]
    datadir: Option<PathBuf>,
    /// Print one JSON document instead of the table.
    #[arg(long)]
    json: bool,
}

/// What is printed as JSON.
#[derive(Debug, Serialize)]
struct Report {
    setting: Setting,
    accounts: u64,
    transactions: u32,
    workers: u16,
    /// Before and after.
    probes: [Probe; 2],
    rounds: Vec<Round>,
    disk_bytes: u64,
    /// Resident when the store had been opened anew, when all blocks were made, and at most, filling included.
    resident_mb: [f64; 3],
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let temporary = arguments.datadir.is_none().then(tempfile::tempdir).transpose();
    let temporary = temporary.map_err(|error| Failure::Machine(format!("folder for temporary files: {error}")))?;
    let dir = match (&arguments.datadir, &temporary) {
        (Some(dir), _) => dir.clone(),
        (None, Some(dir)) => dir.path().to_owned(),
        (None, None) => return Err(Failure::Machine("no folder".to_owned())),
    };
    let engine = Engine::new(arguments.workers.into())?;
    let progress = Progress::new(100 + arguments.rounds as usize);
    progress.at("filling");
    let mut shown = 0;
    let mut told = |count: u64| {
        let percent = count.saturating_mul(100) / arguments.accounts.max(1);
        (shown..percent).for_each(|_| progress.step());
        shown = percent.max(shown);
    };
    let mut filled = Filled::new(&dir, Settings::new(1), arguments.accounts, engine, &mut told).map_err(failure)?;
    let started = resident::mb("self", "VmRSS:");
    let before = Probe::take();
    let mut rounds = Vec::with_capacity(arguments.rounds as usize);
    for _ in 0..arguments.rounds {
        progress.at("blocks");
        rounds.push(filled.round(arguments.transactions as usize).map_err(failure)?);
        progress.step();
    }
    let resident_mb = [started, resident::mb("self", "VmRSS:"), resident::mb("self", "VmHWM:")];
    drop(progress);
    let Arguments { accounts, transactions, workers, .. } = *arguments;
    let disk_bytes = filled.bytes()?;
    let probes = [before, Probe::take()];
    let setting = Setting::here();
    let report = Report { setting, accounts, transactions, workers, probes, rounds, disk_bytes, resident_mb };
    if arguments.json {
        return json::print(&report);
    }
    show(&report);
    Ok(())
}

fn show(report: &Report) {
    let [before, after] = &report.probes;
    println!("{}", report.setting);
    println!("{}\n", print::probe("before", before));
    println!(
        "{} transfers a block over {} accounts on disk, {} blocks, {} workers\n",
        grouped(report.transactions.into()),
        grouped(report.accounts),
        report.rounds.len(),
        report.workers
    );
    let of = |value: &dyn Fn(&Round) -> f64| Interval::of(&report.rounds.iter().map(value).collect::<Vec<_>>());
    let mut table = Table::new(&["<step", "median", "95 %"]);
    let mut row = |step: &str, interval: Interval, text: &dyn Fn(f64) -> String| {
        table.row(vec![
            step.to_owned(),
            text(interval.median),
            format!("{}..{}", text(interval.low), text(interval.high)),
        ]);
    };
    row("execute", of(&|round| round.execute_ns), &time);
    row("state root", of(&|round| round.root_ns), &time);
    row("commit", of(&|round| round.commit_ns), &time);
    row("whole", of(&|round| round.whole_ns), &time);
    row("whole / longer half", of(&Round::over_longer_half), &|ratio| format!("{ratio:.2}"));
    println!("{table}\nlonger half: execute, or state root and commit\n");
    let [started, now, peak] = report.resident_mb;
    println!("resident: {started:.0} MB once opened, {now:.0} MB at the end, {peak:.0} MB at most, filling included");
    println!("on disk: {:.0} MB in tables\n", report.disk_bytes as f64 / 1e6);
    println!("{}", print::probe("after", after));
}

fn failure(error: disk::Error) -> Failure {
    match error {
        disk::Error::Disk(error) => error.into(),
        error => Failure::Machine(error.to_string()),
    }
}
