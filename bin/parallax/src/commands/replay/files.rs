//! A replay's report as files: comma-separated values and a chart.

use super::report::{BlockReport, Report};
use crate::table::csv_line;
use bench::figures::{Axis, Bar, Bars, Group};

const CSV_HEADINGS: [&str; 24] = [
    "block",
    "number",
    "fork",
    "verdict",
    "transactions",
    "gas_used",
    "policy",
    "workers",
    "equals_serial",
    "serial_ns",
    "serial_low_ns",
    "serial_high_ns",
    "parallel_ns",
    "parallel_low_ns",
    "parallel_high_ns",
    "ratio",
    "executions",
    "stale",
    "conflicts",
    "work_ns",
    "span_ns",
    "bound",
    "share_of_bound",
    "probe",
];

/// One line for each block and policy.
pub(super) fn csv(report: &Report) -> String {
    let mut text = csv_line(CSV_HEADINGS);
    for (block, policy) in report.blocks.iter().flat_map(|block| block.policies.iter().map(move |run| (block, run))) {
        let cells = [
            block.name.clone(),
            block.number.to_string(),
            block.fork.clone(),
            block.verdict.word().to_owned(),
            block.transactions.to_string(),
            block.gas_used.to_string(),
            policy.policy.to_owned(),
            report.workers.to_string(),
            policy.difference.is_none().to_string(),
            format!("{:.0}", block.serial_ns.median),
            format!("{:.0}", block.serial_ns.low),
            format!("{:.0}", block.serial_ns.high),
            format!("{:.0}", policy.parallel_ns.median),
            format!("{:.0}", policy.parallel_ns.low),
            format!("{:.0}", policy.parallel_ns.high),
            format!("{:.4}", policy.ratio),
            policy.executions.to_string(),
            policy.stale.to_string(),
            block.conflicts.to_string(),
            block.bounds.work_ns.to_string(),
            block.span_ns(policy).to_string(),
            format!("{:.4}", policy.bound),
            format!("{:.4}", policy.share_of_bound),
            block.probe.map_or_else(String::new, |probe| format!("{:.3}", probe.ratio)),
        ];
        text += &csv_line(cells.iter().map(String::as_str));
    }
    text
}

/// The ratios, block by block, with each policy's bound.
pub(super) fn chart(report: &Report) -> Bars {
    let bar = |block: &BlockReport, name: &str| {
        let run = block.policies.iter().find(|run| run.policy == name && run.difference.is_none())?;
        Some(Bar { value: run.ratio, range: Some((run.ratio_low, run.ratio_high)), tick: Some(run.bound) })
    };
    let group = |block: &BlockReport| Group {
        label: block.name.clone(),
        bars: report.totals.iter().map(|total| bar(block, total.policy)).collect(),
    };
    let mut groups: Vec<Group> = report.blocks.iter().map(group).collect();
    if groups.len() > 1 {
        let bars = report.totals.iter().map(|total| Some(Bar { tick: Some(total.bound), ..Bar::of(total.ratio) }));
        let bars = bars.collect();
        groups.push(Group { label: "all".to_owned(), bars });
    }
    let probe = report.probe.map_or_else(String::new, |probe| format!("; worst probe {:.2}", probe.ratio));
    Bars {
        title: format!("Speed-up over serial execution, {} workers", report.workers),
        notes: vec![format!("Median of rounds in turn in one process{probe}.")],
        x_label: String::new(),
        y: Axis::linear("serial time / parallel time"),
        series: report.totals.iter().map(|total| (total.policy.to_owned(), false)).collect(),
        tick: Some("bound T1 / max(T-inf, T1/N)".to_owned()),
        line: Some(1.0),
        groups,
    }
}
