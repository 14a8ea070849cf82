//! `parallax bench engine`: blocks, policies, workers, against plain revm in the same run.

use super::{
    blocks, files, matrix, print,
    setting::Setting,
    sides::{policies, sides},
};
use crate::{exit::Failure, json, progress::Progress, workload::failure};
use bench::measure::{
    Case, Comparison, Engines, Passes, Probe, Row, Side, Subject, Total, compare,
    projection::{self, Projected},
    stream, total,
};
use clap::Args;
use executor::Policy;
use serde::Serialize;
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// Blocks of this much gas and more are summed; smaller ones are measured and stand on their own.
const SUMMED_GAS_MIN: u64 = 4_000_000;

/// Runs of the serial pass that measures what each transaction costs.
const COST_PASSES: usize = 9;

/// Measures generated or recorded blocks under every policy against a plain revm loop.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Arguments {
    /// A look instead of a measurement: short blocks, few repeats, no projection.
    #[arg(long)]
    quick: bool,
    /// Transactions of a generated block; a tenth of it in compute-heavy and storage-heavy ones [default: 2000; 1000
    /// with --quick].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    transactions: Option<u32>,
    /// Only generated blocks whose name holds this text; may be given several times.
    #[arg(long, value_name = "NAME")]
    workload: Vec<String>,
    /// Only these policies; may be given several times, or separated by commas.
    #[arg(long, value_name = "P", value_delimiter = ',')]
    policy: Vec<Policy>,
    /// Numbers of workers, separated by commas [default: 2, and all processors where there are more].
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    workers: Vec<usize>,
    /// Recorded blocks instead of generated ones: a folder of them, or one.
    #[arg(long, value_name = "PATH")]
    blocks: Option<PathBuf>,
    /// Measurements of each side [default: 30; 5 with --quick].
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    repeat: Option<u32>,
    /// Also measure as many loops of plain revm at once as there are workers, each on blocks of its own: what the
    /// machine's cores give when nothing is shared.
    #[arg(long)]
    apart: bool,
    /// Numbers of workers to project to, separated by commas [default: 1,2,4,8,16,32,64; none with --quick].
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    project: Option<Vec<usize>>,
    /// Print one JSON document instead of tables.
    #[arg(long)]
    json: bool,
    /// Also write all rows as comma-separated values.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Also draw the ratios, one chart for each number of workers.
    #[arg(long, value_name = "DIR")]
    svg: Option<PathBuf>,
    /// No pass over a block begins after so many milliseconds.
    #[arg(skip)]
    budget_ms: Option<u64>,
}

/// Everything that was measured.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    pub(super) setting: Option<Setting>,
    /// Before and after.
    pub(super) probes: Vec<Probe>,
    pub(super) rows: Vec<Row>,
    /// The blocks of much gas together.
    pub(super) totals: Vec<Total>,
    /// The same blocks back to back.
    pub(super) stream: Vec<Total>,
    pub(super) projected: Vec<Projected>,
    /// The projections of the blocks of much gas together.
    pub(super) projected_sums: Vec<Projected>,
    /// Recorded blocks that cannot be measured here: a witness is no state for plain revm.
    pub(super) left_out: Vec<String>,
}

impl Arguments {
    /// What a program without arguments does: every kind of block under every policy, in less than half a minute.
    pub(super) fn look() -> Self {
        Self { quick: true, budget_ms: Some(600), ..Self::default() }
    }

    /// What the published figures are made with.
    pub(super) fn figures(folder: &Path, quick: bool) -> Self {
        let (csv, svg, apart) = (Some(folder.join("engine.csv")), Some(folder.to_owned()), !quick);
        let look = if quick { Self::look() } else { Self::default() };
        Self { csv, svg, apart, ..look }
    }

    fn passes(&self) -> Passes {
        let repeats = self.repeat.unwrap_or(if self.quick { 5 } else { 30 }) as usize;
        Passes { repeats, budget: self.budget_ms.map(Duration::from_millis) }
    }

    fn worker_counts(&self) -> Vec<usize> {
        if !self.workers.is_empty() {
            return self.workers.clone();
        }
        let processors = crate::machine::processors();
        if processors > 2 { vec![2, processors] } else { vec![2] }
    }

    fn projected_workers(&self) -> Vec<usize> {
        let default = if self.quick { Vec::new() } else { vec![1, 2, 4, 8, 16, 32, 64] };
        self.project.clone().unwrap_or(default)
    }
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let setting = Setting::here();
    let first = Probe::take();
    if !arguments.json {
        println!("{setting}\n{}\n", print::probe("before", &first));
    }
    let mut report = Report { setting: Some(setting), ..Report::default() };
    match &arguments.blocks {
        Some(path) => recorded(arguments, path, &mut report)?,
        None => generated(arguments, &mut report)?,
    }
    report.probes = vec![first, Probe::take()];
    if let Some(path) = &arguments.csv {
        json::write(path, &files::rows(&report))?;
    }
    if let Some(folder) = &arguments.svg {
        files::draw(folder, &report, arguments.blocks.is_some())?;
    }
    if arguments.json {
        return json::print(&report);
    }
    print_all(arguments, &report);
    Ok(())
}

fn print_all(arguments: &Arguments, report: &Report) {
    println!("{}", matrix::text(&report.rows));
    if !arguments.quick {
        println!("{}", print::rows(&report.rows));
    }
    if !report.totals.is_empty() {
        let gas = SUMMED_GAS_MIN / 1_000_000;
        println!("{}", print::totals(&format!("blocks of {gas} Mgas and more, summed"), &report.totals));
        println!("{}", print::totals("the same blocks back to back, as one stream", &report.stream));
    }
    if !report.projected.is_empty() {
        println!("{}", print::projected(&report.projected, &report.projected_sums));
    }
    if !report.left_out.is_empty() {
        println!("left out, since plain revm has no state for a witness: {}\n", report.left_out.join(", "));
    }
    println!("{}", print::probe("after", &report.probes[1]));
    println!("{}", print::verdict(&report.probes));
}

fn generated(arguments: &Arguments, report: &mut Report) -> Result<(), Failure> {
    let transactions = arguments.transactions.unwrap_or(if arguments.quick { 1_000 } else { 2_000 }) as usize;
    let with_long = !arguments.quick && arguments.transactions.is_none();
    let generators = blocks::generators(transactions, with_long, &arguments.workload);
    if generators.is_empty() {
        let known = blocks::generators(transactions, with_long, &[]);
        let names: Vec<String> = known.iter().map(|generator| generator.name()).collect();
        return Err(Failure::Usage(format!("no workload has such a name: there are {}", names.join(", "))));
    }
    let all = all_sides(arguments);
    let engines = Engines::for_sides(&all)?;
    let progress = Progress::new(generators.len());
    for generator in generators {
        progress.at(&generator.name());
        let case = blocks::generate(&*generator);
        let (comparison, subject) = measured(&case, arguments, &all, &engines)?;
        report.rows.extend(comparison.rows);
        report.projected.extend(project(&subject, arguments, &engines)?);
        progress.step();
    }
    Ok(())
}

fn recorded(arguments: &Arguments, path: &Path, report: &mut Report) -> Result<(), Failure> {
    let (cases, left_out) = blocks::recorded(path)?;
    report.left_out = left_out;
    let all = all_sides(arguments);
    let engines = Engines::for_sides(&all)?;
    let progress = Progress::new(cases.len() + 1);
    let (mut subjects, mut comparisons, mut summed) = (Vec::new(), Vec::new(), Vec::new());
    for case in &cases {
        progress.at(&case.name);
        let (comparison, subject) = measured(case, arguments, &all, &engines)?;
        report.rows.extend(comparison.rows.iter().cloned());
        let projected = project(&subject, arguments, &engines)?;
        report.projected.extend(projected.iter().cloned());
        if subject.gas >= SUMMED_GAS_MIN {
            summed.extend(projected);
            subjects.push(subject);
            comparisons.push(comparison);
        }
        progress.step();
    }
    progress.at("back to back");
    report.totals = total(&comparisons.iter().collect::<Vec<&Comparison>>());
    report.projected_sums = projection::sums(&summed);
    if !subjects.is_empty() {
        report.stream =
            stream(&subjects, &all, &engines, arguments.passes()).map_err(|error| failure("stream", &error))?;
    }
    Ok(())
}

fn all_sides(arguments: &Arguments) -> Vec<Side> {
    sides(&policies(&arguments.policy), &arguments.worker_counts(), !arguments.quick, arguments.apart)
}

fn measured<'c>(
    case: &'c Case,
    arguments: &Arguments,
    sides: &[Side],
    engines: &Engines,
) -> Result<(Comparison, Subject<'c>), Failure> {
    let passes = if arguments.quick { 3 } else { COST_PASSES };
    let subject = Subject::new(case, engines, passes).map_err(|error| failure(&case.name, &error))?;
    let comparison =
        compare(&subject, sides, engines, arguments.passes()).map_err(|error| failure(&case.name, &error))?;
    Ok((comparison, subject))
}

fn project(subject: &Subject<'_>, arguments: &Arguments, engines: &Engines) -> Result<Vec<Projected>, Failure> {
    /// Enough for a median.
    const PASSES: Passes = Passes { repeats: 7, budget: Some(Duration::from_secs(5)) };
    let workers = arguments.projected_workers();
    let policies = policies(&arguments.policy).into_iter().filter(|policy| *policy != Policy::Serial);
    let mut all = Vec::new();
    for policy in policies.filter(|_| !workers.is_empty()) {
        let projected = projection::validate(subject, policy, &workers, engines, PASSES);
        all.extend(projected.map_err(|error| failure(&subject.case.name, &error))?);
    }
    Ok(all)
}
