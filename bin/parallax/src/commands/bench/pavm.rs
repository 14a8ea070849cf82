//! `parallax bench pavm`: the evaluation of paper P as raw data, tables and pictures.

use super::{files, print, setting::Setting};
use crate::{
    exit::Failure,
    json,
    progress::Progress,
    table::{Table, csv_line},
    workload::failure,
};
use bench::{
    measure::Probe,
    pavm::{self, Experiment, Page, Sample, Setting as Size, UnknownExperiment},
};
use clap::Args;
use serde::Serialize;
use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

const EXAMPLES: &str = "\
Examples:
  parallax bench pavm --quick --out /tmp/pavm          a look at all of it, in seconds
  parallax bench pavm                                  the published sizes, into docs/figures
  parallax bench pavm --only X-P2,X-P5 --repeat 10
  parallax bench pavm --from docs/figures              tables and pictures again, from the raw data there

Raw data is <experiment>-raw.csv, a row for each number; tables and pictures are made from it alone. What this machine
has no cores for is projected, and says so. How, and what is compared with what: docs/benchmarks.md.";

/// Reproduces the evaluation of the paper on parallel threads inside contracts: experiments X-P1 to X-P9, and the cost
/// of single steps.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// A twentieth of the published sizes and few repeats: a look instead of a measurement.
    #[arg(long, conflicts_with = "from")]
    quick: bool,
    /// Only these experiments, separated by commas: X-P1 to X-P9, speed.
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = experiment)]
    only: Vec<Experiment>,
    /// Measurements of each time [default: 30, fewer where they would take longer than 15 s; 3 with --quick].
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=10_000), conflicts_with = "from")]
    repeat: Option<u32>,
    /// Real workers of parallel sides.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u16).range(2..=256))]
    workers: u16,
    /// Where raw data, tables and pictures go.
    #[arg(long, value_name = "DIR", default_value = "docs/figures")]
    out: PathBuf,
    /// Measure nothing: read the raw data in this folder, which stays as it is.
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
    /// Print one JSON document instead of tables.
    #[arg(long)]
    json: bool,
}

fn experiment(name: &str) -> Result<Experiment, UnknownExperiment> {
    name.parse()
}

/// What is printed as JSON.
#[derive(Debug, Serialize)]
struct Report<'r> {
    /// Where it was measured; not of what was read from files.
    setting: Option<Setting>,
    /// Before and after.
    probes: Vec<Probe>,
    pages: Vec<Shown<'r>>,
}

/// One experiment.
#[derive(Debug, Serialize)]
struct Shown<'r> {
    experiment: &'static str,
    title: &'r str,
    headings: Vec<&'static str>,
    rows: &'r [Vec<String>],
    findings: &'r [String],
    files: Vec<String>,
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let wanted: Vec<Experiment> = if arguments.only.is_empty() {
        Experiment::ALL.into()
    } else {
        Experiment::ALL.into_iter().filter(|experiment| arguments.only.contains(experiment)).collect()
    };
    files::make(&arguments.out)?;
    match &arguments.from {
        Some(folder) => drawn(arguments, folder, &wanted),
        None => measured(arguments, &wanted),
    }
}

fn measured(arguments: &Arguments, wanted: &[Experiment]) -> Result<(), Failure> {
    let (setting, first) = (Setting::here(), Probe::take());
    if !arguments.json {
        println!("{setting}\n{}\n", print::probe("before", &first));
    }
    let size = size(arguments);
    let progress = Progress::new(wanted.len());
    let mut all: Vec<(Experiment, Vec<Sample>)> = Vec::new();
    for experiment in wanted {
        let samples = pavm::measure(*experiment, &size, &mut |what| progress.at(what));
        all.push((*experiment, samples.map_err(|error| failure(experiment.name(), &error))?));
        progress.step();
    }
    drop(progress);
    let probes = vec![first, Probe::take()];
    let (after, verdict) = (print::probe("after", &probes[1]), print::verdict(&probes));
    let lines = [setting.to_string(), print::probe("before", &probes[0]), after.clone()];
    let head: String = lines
        .iter()
        .flat_map(|text| text.lines())
        .chain([verdict.as_str()])
        .map(|line| format!("# {line}\n"))
        .collect();
    let mut pages = Vec::new();
    for (experiment, samples) in &all {
        let raw = raw_path(&arguments.out, *experiment);
        json::write(&raw, &(head.clone() + &pavm::to_csv(samples)))?;
        pages.push((pavm::page(*experiment, samples), vec![raw]));
    }
    publish(arguments, pages, Some(setting), probes)?;
    if !arguments.json {
        println!("{after}\n{verdict}");
    }
    Ok(())
}

fn size(arguments: &Arguments) -> Size {
    let size = if arguments.quick { Size::quick() } else { Size::published() };
    let size = Size { workers: usize::from(arguments.workers), ..size };
    match arguments.repeat {
        Some(repeat) => size.repeat(repeat as usize),
        None => size,
    }
}

/// Tables and pictures from raw data. Experiments that nobody asked for by name may be missing.
fn drawn(arguments: &Arguments, folder: &Path, wanted: &[Experiment]) -> Result<(), Failure> {
    let mut pages = Vec::new();
    for experiment in wanted {
        let path = raw_path(folder, *experiment);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound && arguments.only.is_empty() => continue,
            Err(error) => return Err(Failure::Input(format!("{}: {error}", path.display()))),
        };
        let samples = pavm::from_csv(&text).map_err(|error| Failure::Input(format!("{}: {error}", path.display())))?;
        pages.push((pavm::page(*experiment, &samples), Vec::new()));
    }
    if pages.is_empty() {
        return Err(Failure::Input(format!("{}: there is no raw data of any experiment", folder.display())));
    }
    publish(arguments, pages, None, Vec::new())
}

fn raw_path(folder: &Path, experiment: Experiment) -> PathBuf {
    folder.join(format!("{}-raw.csv", experiment.file()))
}

/// Writes and prints pages, each with the files that there are of it already.
fn publish(
    arguments: &Arguments,
    pages: Vec<(Page, Vec<PathBuf>)>,
    setting: Option<Setting>,
    probes: Vec<Probe>,
) -> Result<(), Failure> {
    let mut written = Vec::new();
    for (page, mut files) in pages {
        let table = arguments.out.join(format!("{}.csv", page.experiment.file()));
        json::write(&table, &csv(&page))?;
        files.push(table);
        for figure in &page.figures {
            let path = arguments.out.join(format!("{}.svg", figure.name));
            json::write(&path, &figure.svg)?;
            files.push(path);
        }
        let files: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
        written.push((page, files));
    }
    if arguments.json {
        return json::print(&Report { setting, probes, pages: written.iter().map(shown).collect() });
    }
    for (page, files) in &written {
        println!("{}\nwritten: {}\n", text(page), files.join(", "));
    }
    Ok(())
}

fn shown((page, files): &(Page, Vec<String>)) -> Shown<'_> {
    Shown {
        experiment: page.experiment.name(),
        title: &page.title,
        headings: plain(page).collect(),
        rows: &page.rows,
        findings: &page.findings,
        files: files.clone(),
    }
}

fn text(page: &Page) -> String {
    let mut table = Table::new(&page.headings);
    page.rows.iter().for_each(|row| table.row(row.clone()));
    let findings: String = page.findings.iter().map(|finding| format!("  {finding}\n")).collect();
    format!("{}\n\n{table}\n{findings}", page.title)
}

fn csv(page: &Page) -> String {
    let rows = page.rows.iter().map(|row| csv_line(row.iter().map(String::as_str)));
    csv_line(plain(page)) + &rows.collect::<String>()
}

fn plain(page: &Page) -> impl Iterator<Item = &'static str> {
    page.headings.iter().map(|heading| heading.trim_start_matches('<'))
}
