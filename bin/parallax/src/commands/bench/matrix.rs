//! The short form of the table: a row for each block, a column for each policy, in each cell a ratio.

use crate::table::{Table, grouped, time};
use bench::measure::Row;
use executor::Policy;

/// One table for each number of workers. Serial execution, which has one, stands in all of them.
pub(super) fn text(rows: &[Row]) -> String {
    let parallel = rows.iter().filter(|row| !row.policy.starts_with(Policy::Serial.name()));
    let mut counts: Vec<usize> = parallel.map(|row| row.workers).collect();
    counts.sort_unstable();
    counts.dedup();
    if counts.is_empty() {
        counts.push(1);
    }
    counts.into_iter().map(|workers| with(rows, workers)).collect()
}

fn with(rows: &[Row], workers: usize) -> String {
    let shown: Vec<Policy> = Policy::ALL.into_iter().filter(|policy| has(rows, *policy, workers)).collect();
    let headings = ["<block", "txs", "plain revm"].into_iter().chain(shown.iter().map(|policy| policy.name()));
    let mut table = Table::new(&headings.chain(["bound", "by list"]).collect::<Vec<_>>());
    let mut blocks: Vec<&str> = Vec::new();
    for row in rows {
        if !blocks.contains(&row.block.as_str()) {
            blocks.push(&row.block);
        }
    }
    for block in blocks {
        let of = |policy: Policy| find(rows, block, policy, workers);
        let Some(any) = rows.iter().find(|row| row.block == block) else { continue };
        let mut cells = vec![short(block), grouped(any.transactions as u64), time(any.plain_ns.median)];
        cells.extend(shown.iter().map(|policy| of(*policy).map_or_else(String::new, |row| ratio(row.ratio.median))));
        let bound = |wanted: &dyn Fn(&&&Row) -> bool| {
            let rows: Vec<&Row> = shown.iter().filter_map(|policy| of(*policy)).collect();
            rows.iter().find(wanted).map_or_else(String::new, |row| ratio(row.bound))
        };
        let is_listed = |row: &Row| row.policy == Policy::ListDriven.name();
        cells.push(bound(&|row| !is_listed(row) && row.policy != Policy::Serial.name()));
        cells.push(bound(&|row| is_listed(row)));
        table.row(cells);
    }
    let plural = if workers == 1 { "" } else { "s" };
    format!(
        "Plain revm's time over each policy's, {workers} worker{plural} (serial has one). More than 1 is faster.\n\n{table}\n"
    )
}

fn has(rows: &[Row], policy: Policy, workers: usize) -> bool {
    rows.iter().any(|row| is(row, policy, workers))
}

fn find<'r>(rows: &'r [Row], block: &str, policy: Policy, workers: usize) -> Option<&'r Row> {
    rows.iter().find(|row| row.block == block && is(row, policy, workers))
}

fn is(row: &Row, policy: Policy, workers: usize) -> bool {
    row.policy == policy.name() && (row.workers == workers || policy == Policy::Serial)
}

/// A block's name without its length, which has a column of its own.
pub(super) fn short(block: &str) -> String {
    block.rsplit_once("/n=").map_or(block, |(name, _)| name).to_owned()
}

fn ratio(ratio: f64) -> String {
    format!("{ratio:.2}")
}
