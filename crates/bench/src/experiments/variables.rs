//! X-M1, the paper's Fig. 5: time over shared variables of a transaction.

use super::{Figure, Report, Setting};
use crate::{
    figures::{Axis, Lines, Look, Series},
    measure::{self, Engines, Side, Subject, interleaved, median, split_times},
    workload::Mix,
};
use executor::{Error, Policy};

/// The columns of the split's times, ours and the paper's, and of the whole block's.
const COLUMNS: [(usize, &str); 4] = [
    (1, "split, linear (ours)"),
    (2, "split, pairwise (the paper's)"),
    (3, "block with the linear split"),
    (4, "block with the pairwise split"),
];

/// Measures splitting and whole blocks for each number of shared variables.
pub fn variables(setting: &Setting, mut progress: impl FnMut(&str)) -> Result<Report, Error> {
    let correlation = Mix::default().correlation;
    let mut report = Report {
        name: "m1",
        title: format!(
            "X-M1: time over shared variables per transaction ({} transactions, {correlation} % correlation)",
            setting.transactions
        ),
        headings: vec!["variables", "split_us", "split_pairwise_us", "block_us", "block_pairwise_us", "classes"],
        rows: Vec::new(),
        findings: Vec::new(),
        figures: Vec::new(),
    };
    for &variables in &setting.variables {
        progress(&format!("X-M1: {variables} shared variables"));
        let times = measured(setting, setting.transactions, variables)?;
        report.rows.push([vec![variables as f64], times].concat());
    }
    let (ours, paper) = (measure::line(&report.points(1)), measure::line(&report.points(2)));
    report.findings = vec![
        format!("ours: {:.1} us for each variable more, R2 of the line {:.3}", ours.slope, ours.r2),
        format!("the paper's: {:.1} us for each variable more, R2 of the line {:.3}", paper.slope, paper.r2),
        format!("slope of ours {:.0} times smaller", paper.slope / ours.slope),
    ];
    report.figures.push(figure(
        &report,
        "m1",
        "shared variables per transaction",
        "X-M1: the split over shared variables",
    ));
    Ok(report)
}

/// Both splits, whole blocks with either, in microseconds; and the number of classes.
pub(super) fn measured(setting: &Setting, transactions: usize, variables: usize) -> Result<Vec<f64>, Error> {
    let (case, declared) = setting.block(transactions, variables);
    let split = split_times(&declared, setting.passes);
    let sides = [Policy::StaticSplit, Policy::StaticSplitQuadratic].map(|policy| Side::engine(policy, setting.workers));
    let engines = Engines::for_sides(&sides)?;
    let subject = Subject::new(&case, &engines, 1)?;
    let times = interleaved(2, setting.passes, |side| sides[side].time(&subject, &engines, 1))?;
    let time = |side: usize| median(&times[side].iter().map(|timing| timing.ns / 1e3).collect::<Vec<_>>());
    Ok(vec![split.linear_ns / 1e3, split.quadratic_ns / 1e3, time(0), time(1), split.classes as f64])
}

/// The chart of splits and blocks.
pub(super) fn figure(report: &Report, name: &'static str, x: &str, title: &str) -> Figure {
    let series = |(column, name): (usize, &str)| Series {
        name: name.to_owned(),
        points: report.points(column).into_iter().map(|(x, us)| (x, us / 1e3)).collect(),
        look: Look::Measured,
    };
    let mut notes = vec![report.title.split_once(": ").map_or("", |(_, rest)| rest).to_owned()];
    notes.push("The paper prints its curve without numbers: its algorithm runs here on the same blocks.".to_owned());
    let chart = Lines {
        title: title.to_owned(),
        notes,
        x: Axis::linear(x),
        y: Axis::log("time (ms)"),
        series: COLUMNS.map(series).into(),
    };
    Figure { name: name.to_owned(), svg: chart.svg() }
}
