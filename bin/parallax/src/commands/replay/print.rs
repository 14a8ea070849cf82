//! A replay's report for a terminal.

use super::report::{BlockReport, PolicyReport, Report};
use crate::table::{Table, grouped, time};
use bench::measure::ACCEPTED;

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
    if all_runs(report).next().is_some() {
        println!("{equal} of {} equal the serial one.", count(all_runs(report).count(), "parallel result"));
    }
    let Some(probe) = report.probe else { return };
    println!("Medians of {} runs, {}; {}.", 2 * report.repeat, count(report.workers, "worker"), interval(report));
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
            let serial = if block.verdict.is_valid { time(block.serial_ns.median) } else { "-".to_owned() };
            cells.extend(["serial".to_owned(), serial]);
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
        time(block.span_ns(policy) as f64),
        format!("{:.2}", policy.bound),
        format!("{:.0} %", 100.0 * policy.share_of_bound),
    ]
}
