//! An explanation for a terminal.

use super::{
    dependencies::Dependency,
    explanation::{Explanation, Link, Spans, label},
    lanes,
    reason::Reason,
};
use crate::table::{Table, grouped, time};
use access_list::StateKey;
use std::fmt::Write as _;

/// The whole text, with so many keys and steps.
pub(super) fn text(explanation: &Explanation, top: usize) -> String {
    let mut out = String::new();
    summary(&mut out, explanation);
    bounds(&mut out, explanation);
    reasons(&mut out, explanation);
    keys(&mut out, explanation, top);
    path(&mut out, explanation, top);
    graph(&mut out, &explanation.dependencies, top);
    lanes::text(&mut out, &explanation.threads);
    out
}

fn summary(out: &mut String, explanation: &Explanation) {
    let Explanation { name, fork, gas_used, conflicts, disjoint_sets, bounds, .. } = explanation;
    let transactions = explanation.transactions.len();
    let _ = writeln!(out, "Block {name}, {fork} rules: {transactions} transactions, {} gas\n", grouped(*gas_used));
    let _ = writeln!(out, "T1         {:>10}   all transactions, one after another", time(bounds.work_ns as f64));
    let _ = writeln!(
        out,
        "T-infinity {:>10}   {}, with any number of workers",
        time(bounds.span_ns as f64),
        explanation.chain(),
    );
    let _ = writeln!(
        out,
        "conflicts  {conflicts:>10}   neighbouring pairs; {} disjoint sets, {} of them single transactions, the largest \
         of {}\n",
        disjoint_sets.len(),
        disjoint_sets.iter().filter(|len| **len == 1).count(),
        disjoint_sets.first().copied().unwrap_or_default(),
    );
}

fn bounds(out: &mut String, explanation: &Explanation) {
    let mut table = Table::new(&["<no engine can be faster than", "2", "4", "8", "16", "32 workers", "T-infinity"]);
    let row = |label: &str, spans: &Spans| {
        let ratios = spans.bounds.iter().map(|bound| format!("{:.2}", bound.ratio));
        let span = time(spans.span_ns as f64);
        std::iter::once(label.to_owned()).chain(ratios).chain(std::iter::once(span)).collect()
    };
    table.row(row("as the block is", &explanation.bounds));
    if let Some(what_if) = &explanation.what_if {
        table.row(row("with the keys used differently", &what_if.spans));
    }
    let _ = writeln!(out, "{table}");
    if let Some(what_if) = &explanation.what_if {
        for (what, keys) in [("ignored", &what_if.ignore), ("commutative", &what_if.commutative)] {
            for key in keys {
                let idle = if what_if.without_effect.contains(key) { "  (nobody waits on it)" } else { "" };
                let _ = writeln!(out, "  {what:<12} {key}{idle}");
            }
        }
        let _ = writeln!(out);
    }
}

fn reasons(out: &mut String, explanation: &Explanation) {
    if explanation.reasons.is_empty() {
        let _ = writeln!(out, "No transaction waits for another.");
        return;
    }
    let workers = explanation.schedule.workers;
    let _ = writeln!(out, "Why transactions wait (bound: {workers} workers, if nobody touched such keys)");
    let mut table =
        Table::new(&["<reason", "<which is", "keys", "waiting", "on critical path", "T-inf without", "bound without"]);
    for cost in &explanation.reasons {
        table.row(vec![
            cost.reason.name().to_owned(),
            cost.reason.meaning().to_owned(),
            cost.keys.to_string(),
            cost.waiting.to_string(),
            time(cost.critical_path_ns as f64),
            time(cost.span_without_ns as f64),
            format!("{:.2}", cost.bound_without),
        ]);
    }
    let _ = writeln!(out, "{table}");
}

fn keys(out: &mut String, explanation: &Explanation, top: usize) {
    let all = explanation.hot_keys.len();
    if all == 0 {
        return;
    }
    let workers = explanation.schedule.workers;
    let _ =
        writeln!(out, "Hottest keys, {} of {all} (bound: {workers} workers, if updates were additions)", top.min(all));
    let mut table =
        Table::new(&["<key", "<reason", "lost", "on critical path", "waiting", "bound", "<transactions that wait"]);
    for key in explanation.hot_keys.iter().take(top) {
        table.row(vec![
            label(&key.key, key.variable.as_ref()),
            key.reason.name().to_owned(),
            time(key.lost_ns as f64),
            time(key.critical_path_ns as f64),
            key.waiting.len().to_string(),
            key.bound_if_commutative.map_or_else(|| "-".to_owned(), |bound| format!("{bound:.2}")),
            list(&key.waiting),
        ]);
    }
    let _ = writeln!(out, "{table}");
}

/// The first few numbers of a list.
fn list(numbers: &[u32]) -> String {
    const SHOWN: usize = 8;
    let shown: Vec<String> = numbers.iter().take(SHOWN).map(u32::to_string).collect();
    let more = if numbers.len() > SHOWN { " ..." } else { "" };
    shown.join(" ") + more
}

fn path(out: &mut String, explanation: &Explanation, top: usize) {
    let steps = explanation.critical_path.len();
    if steps < 2 {
        return;
    }
    let _ = writeln!(out, "Critical path, {} of {steps} steps", top.min(steps));
    let mut table = Table::new(&["transaction", "begins", "costs", "<waits for the one above because of"]);
    for link in explanation.critical_path.iter().take(top) {
        let cells = [link.transaction.to_string(), time(link.start_ns as f64), time(link.cost_ns as f64), why(link)];
        table.row(cells.to_vec());
    }
    let _ = write!(out, "{table}");
}

fn why(link: &Link) -> String {
    link.reason.map_or_else(String::new, |reason| because(reason, &link.keys, link.variable.as_ref()))
}

fn because(reason: Reason, keys: &[StateKey], variable: Option<&String>) -> String {
    let Some(first) = keys.first() else { return String::new() };
    let more = if keys.len() > 1 { format!(" and {} more", keys.len() - 1) } else { String::new() };
    format!("{}: {}{more}", reason.name(), label(first, variable))
}

/// Those that wait, in the order of the block, each with those that it waits for.
fn graph(out: &mut String, dependencies: &[Dependency], top: usize) {
    if dependencies.is_empty() {
        return;
    }
    let waiting: Vec<&[Dependency]> = dependencies.chunk_by(|one, next| one.after == next.after).collect();
    let (all, edges) = (waiting.len(), dependencies.len());
    let _ = writeln!(out, "\nDependency graph, {} of {all} transactions that wait ({edges} edges)", top.min(all));
    let mut table = Table::new(&["transaction", "<waits for", "<the last because of"]);
    for edges in waiting.into_iter().take(top) {
        let before: Vec<u32> = edges.iter().map(|edge| edge.before).collect();
        let Some(Dependency { after, reason, keys, variable, .. }) = edges.last() else { continue };
        table.row(vec![after.to_string(), list(&before), because(*reason, keys, variable.as_ref())]);
    }
    let _ = write!(out, "{table}");
}
