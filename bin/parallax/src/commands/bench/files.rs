//! Tables and charts as files.

use super::{engine::Report, matrix::short};
use crate::{exit::Failure, json, table::csv_line};
use bench::{
    figures::{Axis, Bar, Bars, Group},
    measure::Row,
};
use executor::Policy;
use std::{fs, path::Path};

const HEADINGS: [&str; 18] = [
    "block",
    "transactions",
    "gas",
    "policy",
    "workers",
    "plain_ns",
    "ns",
    "ns_low",
    "ns_high",
    "ratio",
    "ratio_low",
    "ratio_high",
    "bound",
    "share",
    "executions",
    "stale",
    "planning_ns",
    "passes",
];

/// Parts of a block's name that say how much a transaction does.
const SIZES: [&str; 4] = ["sort=", "slots=", "variables=", "work="];

/// What is left out of those that say what transactions share.
const SHARED: [&str; 3] = ["recipients=", "spread=", "pairs="];

/// Every row and every total as comma-separated values.
pub(super) fn rows(report: &Report) -> String {
    let mut text = csv_line(HEADINGS);
    for row in &report.rows {
        let numbers = [
            row.workers as f64,
            row.plain_ns.median,
            row.ns.median,
            row.ns.low,
            row.ns.high,
            row.ratio.median,
            row.ratio.low,
            row.ratio.high,
            row.bound,
            row.share,
            row.executions,
            row.stale,
            row.planning_ns,
            row.passes as f64,
        ];
        let head = [row.block.clone(), row.transactions.to_string(), row.gas.to_string(), row.policy.clone()];
        text += &line(head.into_iter().chain(numbers.map(number)));
    }
    for (what, totals) in [("summed", &report.totals), ("stream", &report.stream)] {
        for total in totals {
            let empty = String::new;
            let head = [what.to_owned(), empty(), empty(), total.policy.clone(), total.workers.to_string()];
            let times = [number(total.plain_ns), number(total.ns), empty(), empty()];
            let ratio = [total.ratio.median, total.ratio.low, total.ratio.high, total.bound, total.share].map(number);
            text += &line(head.into_iter().chain(times).chain(ratio).chain([empty(), empty(), empty(), empty()]));
        }
    }
    text
}

/// The projections as comma-separated values.
pub(super) fn projections(report: &Report) -> String {
    let mut text = csv_line(["block", "policy", "workers", "projected_ns", "measured_ns", "error", "ratio", "bound"]);
    for one in report.projected.iter().chain(&report.projected_sums) {
        let optional = |value: Option<f64>| value.map(number).unwrap_or_default();
        text += &line([
            one.block.clone(),
            one.policy.to_owned(),
            one.workers.to_string(),
            number(one.projected_ns),
            optional(one.measured_ns),
            optional(one.error),
            number(one.ratio),
            number(one.bound),
        ]);
    }
    text
}

/// One chart for each number of workers, and the projections beside them.
pub(super) fn draw(folder: &Path, report: &Report, is_recorded: bool) -> Result<(), Failure> {
    make(folder)?;
    let kind = if is_recorded { "blocks" } else { "generated" };
    let mut counts: Vec<usize> =
        report.rows.iter().filter(|row| !row.policy.starts_with("serial")).map(|row| row.workers).collect();
    counts.sort_unstable();
    counts.dedup();
    for workers in counts {
        let chart = chart(&report.rows, workers, kind);
        json::write(&folder.join(format!("engine-{kind}-{workers}.svg")), &chart.svg())?;
    }
    if !report.projected.is_empty() {
        json::write(&folder.join(format!("engine-{kind}-projected.csv")), &projections(report))?;
    }
    Ok(())
}

/// Makes a folder that the user asked for.
pub(super) fn make(folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| Failure::Machine(format!("{}: {error}", folder.display())))
}

fn chart(rows: &[Row], workers: usize, kind: &str) -> Bars {
    let is_shown = |policy: &Policy| rows.iter().any(|row| row.policy == policy.name() && row.workers == workers);
    let policies: Vec<Policy> =
        Policy::ALL.into_iter().filter(|policy| *policy != Policy::Serial && is_shown(policy)).collect();
    let mut groups: Vec<Group> = Vec::new();
    let mut block = "";
    for row in rows.iter().filter(|row| row.workers == workers) {
        if std::mem::replace(&mut block, &row.block) == row.block {
            continue;
        }
        let is_other = |other: &Row| other.block != row.block && label(&other.block) == label(&row.block);
        let length = if rows.iter().any(is_other) { format!(", {}", row.transactions) } else { String::new() };
        let label = label(&row.block) + &length;
        let bar = |policy: &Policy| {
            let of =
                |other: &&Row| other.block == row.block && other.policy == policy.name() && other.workers == workers;
            rows.iter().find(of).map(|row| Bar {
                value: row.ratio.median,
                range: Some((row.ratio.low, row.ratio.high)),
                tick: Some(row.bound),
            })
        };
        groups.push(Group { label, bars: policies.iter().map(bar).collect() });
    }
    Bars {
        title: format!("Speed-up over a plain revm loop, {workers} workers, {kind} blocks"),
        notes: vec![
            "Median of interleaved runs in one process; senders known, state in memory on both sides.".to_owned(),
        ],
        x_label: String::new(),
        y: Axis::linear("plain revm's time / this one's"),
        series: policies.iter().map(|policy| (policy.name().to_owned(), false)).collect(),
        tick: Some("bound T1 / max(T-inf, T1/N)".to_owned()),
        line: Some(1.0),
        groups,
    }
}

/// A block's name as short as it can be told: what the transactions share, and not how much each of them does.
fn label(block: &str) -> String {
    let name = short(block);
    let parts = name.split('/').filter(|part| !SIZES.iter().any(|size| part.starts_with(size)));
    let plain = |part: &str| SHARED.iter().fold(part.to_owned(), |part, key| part.replace(key, ""));
    parts.map(plain).collect::<Vec<_>>().join("/")
}

/// Cells as one line.
pub(super) fn line(cells: impl IntoIterator<Item = String>) -> String {
    let cells: Vec<String> = cells.into_iter().collect();
    csv_line(cells.iter().map(String::as_str))
}

/// A number with four digits after the point at most.
pub(super) fn number(value: f64) -> String {
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
