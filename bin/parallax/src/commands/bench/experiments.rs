//! `parallax bench m1`, `m2`, `m3`: the published experiments as tables and files.

use super::{files, print, setting::Setting};
use crate::{
    exit::Failure,
    json,
    progress::Progress,
    table::{Table, csv_line},
    workload::failure,
};
use bench::{
    experiments::{self, Report, Setting as Size},
    measure::{Passes, Probe},
};
use clap::Args;
use std::path::PathBuf;

/// What all experiments take.
#[derive(Clone, Debug, Args)]
pub(crate) struct Arguments {
    /// Where tables and pictures go.
    #[arg(long, value_name = "DIR", default_value = "docs/figures")]
    pub(super) out: PathBuf,
    /// A tenth of the published sizes and few repeats: a look instead of a measurement.
    #[arg(long)]
    pub(super) quick: bool,
    /// Measurements of each time [default: 30; 3 with --quick].
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    repeat: Option<u32>,
}

/// One experiment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Experiment {
    /// X-M1.
    Variables,
    /// X-M2.
    Sizes,
    /// X-M3.
    Savings,
}

/// Runs experiments, prints their tables and writes their files.
pub(super) fn run(arguments: &Arguments, wanted: &[Experiment]) -> Result<(), Failure> {
    let mut size = if arguments.quick { Size::quick() } else { Size::published() };
    if let Some(repeat) = arguments.repeat {
        size.passes = Passes::new(repeat as usize);
    }
    files::make(&arguments.out)?;
    let first = Probe::take();
    println!("{}\n{}\n", Setting::here(), print::probe("before", &first));
    for experiment in wanted {
        let report = measured(*experiment, &size)?;
        println!("{}", text(&report));
        let mut written = vec![arguments.out.join(format!("{}.csv", report.name))];
        json::write(&written[0], &csv(&report))?;
        for figure in &report.figures {
            let path = arguments.out.join(format!("{}.svg", figure.name));
            json::write(&path, &figure.svg)?;
            written.push(path);
        }
        let written: Vec<String> = written.iter().map(|path| path.display().to_string()).collect();
        println!("written: {}\n", written.join(", "));
    }
    let last = Probe::take();
    println!("{}\n{}\n", print::probe("after", &last), print::verdict(&[first, last]));
    Ok(())
}

fn measured(experiment: Experiment, size: &Size) -> Result<Report, Failure> {
    let steps = if experiment == Experiment::Variables { size.variables.len() } else { size.sizes.len() };
    let progress = Progress::new(steps);
    let mut is_first = true;
    let step = |what: &str| {
        if !std::mem::take(&mut is_first) {
            progress.step();
        }
        progress.at(what);
    };
    let report = match experiment {
        Experiment::Variables => experiments::variables(size, step),
        Experiment::Sizes => experiments::sizes(size, step),
        Experiment::Savings => experiments::savings(size, step),
    };
    report.map_err(|error| failure("of the experiment", &error))
}

fn text(report: &Report) -> String {
    let mut table = Table::new(&report.headings);
    for row in &report.rows {
        table.row(row.iter().map(|value| rounded(*value)).collect());
    }
    let findings: String = report.findings.iter().map(|finding| format!("  {finding}\n")).collect();
    format!("{}\n\n{table}\n{findings}", report.title)
}

fn csv(report: &Report) -> String {
    let rows = report.rows.iter().map(|row| files::line(row.iter().map(|value| files::number(*value))));
    csv_line(report.headings.iter().copied()) + &rows.collect::<String>()
}

/// Three digits that say something.
fn rounded(value: f64) -> String {
    let digits = if value.fract() == 0.0 || value.abs() >= 1_000.0 {
        0
    } else if value.abs() >= 10.0 {
        1
    } else {
        2
    };
    format!("{value:.digits$}")
}
