//! A replay's report as text, as comma-separated values and as a chart.

use super::report::{BlockReport, PolicyReport, Report};
use crate::{
    plot::{Chart, Group},
    table::{Table, csv_line, grouped, time},
};
use bench::measure::ACCEPTED;
use executor::Policy;

const HEADINGS: [&str; 16] = [
    "<block",
    "<verdict",
    "txs",
    "gas",
    "<policy",
    "serial",
    "parallel",
    "ratio",
    "<interval",
    "runs",
    "stale",
    "conflicts",
    "T1",
    "T-inf",
    "bound",
    "share",
];

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

/// Prints the table, what went wrong, and what the figures are worth.
pub(super) fn text(report: &Report) {
    print!("{}", table(report));
    println!();
    for block in &report.blocks {
        if let Some(error) = &block.verdict.error {
            println!("{}: {error}", block.name);
        }
        if !block.verdict.header_known {
            println!(
                "{}: the recording has no header to compare with; only that parallel equals serial could be checked",
                block.name
            );
        }
        for policy in &block.policies {
            if let Some(difference) = &policy.difference {
                println!("{}, {}: {difference}", block.name, policy.policy);
            }
        }
    }
    let valid = report.blocks.iter().filter(|block| block.verdict.is_valid && block.verdict.header_known).count();
    println!("{valid} of {} agree with their header: {}.", count(report.blocks.len(), "block"), checked(report));
    let equal = all_runs(report).filter(|run| run.difference.is_none()).count();
    println!("{equal} of {} equal the serial one.", count(all_runs(report).count(), "parallel result"));
    println!("Medians of {} runs, {}; {}.", 2 * report.repeat, count(report.workers, "worker"), interval(report));
    let Some(probe) = report.probe else { return };
    println!("Worst calibration probe: {:.2}, where 2.0 is two processors that do nothing else.", probe.ratio);
    if !probe.is_accepted() {
        println!("Below {ACCEPTED:.2} something else was using the machine: these ratios say little of the engine.");
    }
}

/// What was compared with how many headers.
fn checked(report: &Report) -> String {
    let all = || report.blocks.iter().flat_map(|block| &block.verdict.checked);
    let mut names: Vec<&str> = Vec::new();
    for name in all() {
        if !names.contains(name) {
            names.push(name);
        }
    }
    let count = |name: &str| all().filter(|other| **other == name).count();
    let parts: Vec<String> = names.iter().map(|name| format!("{} {}", name.replace('_', " "), count(name))).collect();
    if parts.is_empty() { "nothing could be compared".to_owned() } else { parts.join(", ") }
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn interval(report: &Report) -> &'static str {
    if report.repeat >= 3 {
        "the interval holds the true ratio with 95 % confidence or more"
    } else {
        "the interval is the range"
    }
}

fn all_runs(report: &Report) -> impl Iterator<Item = &PolicyReport> {
    report.blocks.iter().flat_map(|block| &block.policies)
}

fn table(report: &Report) -> Table {
    let mut table = Table::new(&HEADINGS);
    for block in &report.blocks {
        if block.policies.is_empty() {
            let mut cells = head(block);
            cells.extend(["serial".to_owned(), time(block.serial_ns.median)]);
            cells.extend(std::iter::repeat_n("-".to_owned(), HEADINGS.len() - cells.len()));
            table.row(cells);
        }
        for (index, policy) in block.policies.iter().enumerate() {
            let head = if index == 0 { head(block) } else { vec![String::new(); 4] };
            table.row(head.into_iter().chain(row(block, policy)).collect());
        }
    }
    table.row(Vec::new());
    for total in &report.totals {
        let mut cells = vec![count(total.blocks, "block"), String::new(), String::new(), grouped(total.gas_used)];
        cells.extend([total.policy.to_owned(), time(total.serial_ns), time(total.parallel_ns)]);
        cells.extend([format!("{:.2}", total.ratio), String::new()]);
        cells.extend([total.executions.to_string(), total.stale.to_string()]);
        cells.extend([String::new(), String::new(), String::new()]);
        cells.extend([format!("{:.2}", total.bound), format!("{:.0} %", 100.0 * total.share_of_bound)]);
        table.row(cells);
    }
    table
}

fn head(block: &BlockReport) -> Vec<String> {
    let word = block.verdict.word().to_owned();
    vec![block.name.clone(), word, block.transactions.to_string(), grouped(block.gas_used)]
}

fn row(block: &BlockReport, policy: &PolicyReport) -> Vec<String> {
    if policy.difference.is_some() {
        let mut cells = vec![policy.policy.to_owned(), time(block.serial_ns.median), "DIFFERS".to_owned()];
        cells.extend(std::iter::repeat_n("-".to_owned(), HEADINGS.len() - 4 - cells.len()));
        return cells;
    }
    vec![
        policy.policy.to_owned(),
        time(block.serial_ns.median),
        time(policy.parallel_ns.median),
        format!("{:.2}", policy.ratio),
        format!("{:.2}..{:.2}", policy.ratio_low, policy.ratio_high),
        policy.executions.to_string(),
        policy.stale.to_string(),
        block.conflicts.to_string(),
        time(block.bounds.work_ns as f64),
        time(span(block, policy) as f64),
        format!("{:.2}", policy.bound),
        format!("{:.0} %", 100.0 * policy.share_of_bound),
    ]
}

/// T-infinity as it holds for a policy: with the list, nobody waits for anybody.
fn span(block: &BlockReport, policy: &PolicyReport) -> u64 {
    if policy.policy == Policy::ListDriven.name() { block.bounds.longest_ns } else { block.bounds.span_ns }
}

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
            span(block, policy).to_string(),
            format!("{:.4}", policy.bound),
            format!("{:.4}", policy.share_of_bound),
            block.probe.map_or_else(String::new, |probe| format!("{:.3}", probe.ratio)),
        ];
        text += &csv_line(cells.iter().map(String::as_str));
    }
    text
}

/// The ratios, block by block, with each policy's bound.
pub(super) fn chart(report: &Report) -> Chart {
    let series: Vec<String> = report.totals.iter().map(|total| total.policy.to_owned()).collect();
    let bar = |block: &BlockReport, name: &str| {
        block
            .policies
            .iter()
            .find(|run| run.policy == name && run.difference.is_none())
            .map(|run| (run.ratio, run.bound))
    };
    let group = |block: &BlockReport| Group {
        label: block.name.clone(),
        bars: series.iter().map(|name| bar(block, name)).collect(),
    };
    let mut groups: Vec<Group> = report.blocks.iter().map(group).collect();
    if groups.len() > 1 {
        let bars = report.totals.iter().map(|total| Some((total.ratio, total.bound))).collect();
        groups.push(Group { label: "all".to_owned(), bars });
    }
    let probe = report.probe.map_or_else(String::new, |probe| format!(", worst probe {:.2}", probe.ratio));
    Chart {
        title: format!("Speed-up over serial execution, {} workers", report.workers),
        subtitle: format!(
            "serial time / parallel time; the tick above a bar is its bound T1 / max(T-inf, T1/N){probe}"
        ),
        series,
        groups,
    }
}
