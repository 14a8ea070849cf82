//! The long tables and the lines around them.

use super::matrix::short;
use crate::table::{Table, time};
use bench::measure::{ACCEPTED, Interval, Probe, Row, Total, projection::Projected};

/// One calibration.
pub(super) fn probe(when: &str, probe: &Probe) -> String {
    format!("probe {when}: two threads get {:.2} times as much done as one", probe.ratio)
}

/// What the calibrations say of everything between them.
pub(super) fn verdict(probes: &[Probe]) -> String {
    if probes.iter().all(Probe::is_accepted) {
        return format!("probe {ACCEPTED:.2} and more: two workers had two cores");
    }
    let is_low = probes.iter().any(|probe| probe.ratio < ACCEPTED);
    let fault = if is_low { format!("below {ACCEPTED:.2}") } else { "above what two threads can do".to_owned() };
    format!("probe {fault}: ratios of two workers are not to be trusted, nor what is projected from them")
}

/// Every row.
pub(super) fn rows(rows: &[Row]) -> String {
    let headings = ["<block", "<policy", "workers", "time", "ratio", "95 %", "bound", "share", "runs", "stale", "plan"];
    let mut table = Table::new(&headings);
    let mut block = "";
    for row in rows {
        if !block.is_empty() && row.block != block {
            table.row(Vec::new());
        }
        block = &row.block;
        table.row(vec![
            short(&row.block),
            row.policy.clone(),
            row.workers.to_string(),
            time(row.ns.median),
            format!("{:.2}", row.ratio.median),
            range(&row.ratio),
            format!("{:.2}", row.bound),
            format!("{:.2}", row.share),
            format!("{:.0}", row.executions),
            format!("{:.0}", row.stale),
            if row.planning_ns > 0.0 { time(row.planning_ns) } else { String::new() },
        ]);
    }
    let passes = rows.iter().map(|row| row.passes).min().unwrap_or_default();
    format!(
        "ratio: plain revm's time over this one's, the median of {passes} passes or more, and its interval; bound: T1 / \
         max(T-inf, T1/N), under list_driven T-inf is the costliest transaction; runs: executions; stale: those thrown \
         away; plan: part of the time\n\n{table}"
    )
}

/// Several blocks together.
pub(super) fn totals(what: &str, totals: &[Total]) -> String {
    let mut table = Table::new(&["<policy", "workers", "plain revm", "time", "ratio", "95 %", "bound", "share"]);
    for total in totals {
        table.row(vec![
            total.policy.clone(),
            total.workers.to_string(),
            time(total.plain_ns),
            time(total.ns),
            format!("{:.2}", total.ratio.median),
            range(&total.ratio),
            format!("{:.2}", total.bound),
            format!("{:.2}", total.share),
        ]);
    }
    let blocks = totals.first().map_or(0, |total| total.blocks);
    format!("{what}: {blocks}\n\n{table}")
}

/// Projections, a row for each block, policy and number of workers, and below them the sums of large blocks.
pub(super) fn projected(all: &[Projected], sums: &[Projected]) -> String {
    let mut table = Table::new(&["<block", "<policy", "workers", "ratio (projected)", "bound", "share", "error"]);
    let mut before = None;
    for one in all.iter().chain(sums) {
        let group = Some((&one.block, one.policy));
        if before.is_some() && before != group {
            table.row(Vec::new());
        }
        before = group;
        table.row(vec![
            short(&one.block),
            one.policy.to_owned(),
            one.workers.to_string(),
            format!("{:.2}", one.ratio),
            format!("{:.2}", one.bound),
            format!("{:.2}", one.ratio / one.bound),
            one.error.map_or_else(String::new, |error| format!("{:+.1} %", 100.0 * error)),
        ]);
    }
    format!(
        "PROJECTED on a virtual clock from measured costs and overheads, not measured; error: against the measured run, \
         where there is one\n\n{table}"
    )
}

fn range(interval: &Interval) -> String {
    format!("{:.2}..{:.2}", interval.low, interval.high)
}
