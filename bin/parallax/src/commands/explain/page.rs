//! An explanation as one page that needs nothing else: no script, no font, no address.

use super::{
    explanation::{Explanation, Key, Link, label},
    lanes, picture,
    reason::Reason,
};
use crate::table::{grouped, time};
use bench::figures::escaped;
use std::fmt::Write as _;

const STYLE: &str = include_str!("page.css");
/// Waiting transactions that are named for a key.
const NAMED: usize = 200;

/// The page, with so many keys and steps.
pub(super) fn html(explanation: &Explanation, top: usize) -> String {
    let title = escaped(&format!("Block {}", explanation.name));
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<title>{title}: why it waits</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n"
    );
    head(&mut out, explanation, &title);
    schedule(&mut out, explanation);
    let _ = writeln!(out, "<div class=\"two\">");
    bounds(&mut out, explanation);
    reasons(&mut out, explanation);
    let _ = writeln!(out, "</div>");
    keys(&mut out, explanation, top);
    path(&mut out, explanation, top);
    lanes::html(&mut out, &explanation.threads);
    out + "<footer>Costs are measured on one machine in serial execution; conflicts are those of the recorded run. The \
           figures say what an ideal schedule could do, whatever the engine. Made by parallax explain.</footer>\n\
           </main>\n</body>\n</html>\n"
}

fn head(out: &mut String, explanation: &Explanation, title: &str) {
    let Explanation { fork, gas_used, conflicts, bounds, disjoint_sets, .. } = explanation;
    let transactions = explanation.transactions.len();
    let workers = explanation.schedule.workers;
    let bound = bounds.work_ns as f64 / (bounds.span_ns as f64).max(bounds.work_ns as f64 / workers as f64).max(1.0);
    let _ = writeln!(
        out,
        "<h1>{title}</h1>\n<p>{fork} rules, {transactions} transactions, {} gas</p>\n<div class=\"tiles\">",
        grouped(*gas_used),
    );
    let alone = disjoint_sets.iter().filter(|len| **len == 1).count();
    let tiles = [
        (time(bounds.work_ns as f64), "T1: everything, one after another".to_owned()),
        (time(bounds.span_ns as f64), format!("T-infinity: {}", explanation.chain())),
        (format!("{bound:.2}x"), format!("the most that {workers} workers can gain")),
        (grouped(*conflicts as u64), "conflicts between neighbours".to_owned()),
        (grouped(alone as u64), "transactions that share nothing".to_owned()),
        (
            grouped(disjoint_sets.first().copied().unwrap_or(0) as u64),
            "in the largest set that hangs together".to_owned(),
        ),
    ];
    for (value, label) in tiles {
        let _ = writeln!(out, "<div class=\"tile\"><b>{value}</b><span>{label}</span></div>");
    }
    let _ = writeln!(out, "</div>");
}

fn schedule(out: &mut String, explanation: &Explanation) {
    let schedule = &explanation.schedule;
    let _ = writeln!(
        out,
        "<section>\n<h2>What {} workers could do</h2>\n<p>A lane for each worker, a bar for each transaction as long as \
         it costs, in {} altogether. Colours say why a transaction waits for another one; red marks and arrows are the critical \
         path, grey lines other waits on which a transaction begins. Point at a bar to see what it is.</p>\n\
         <div class=\"legend\">\n<span><i class=\"path\"></i>critical path</span>\n<span><i class=\"free\"></i>waits for \
         nobody</span>",
        schedule.workers,
        time(schedule.length_ns as f64),
    );
    for reason in Reason::ALL {
        if explanation.transactions.iter().any(|call| call.reason == Some(reason)) {
            let name = reason.name();
            let _ = writeln!(out, "<span><i class=\"{name}\"></i>{name}: {}</span>", reason.meaning());
        }
    }
    let _ = writeln!(out, "</div>\n<div class=\"scroll\">\n{}</div>\n</section>", picture::svg(explanation));
}

fn bounds(out: &mut String, explanation: &Explanation) {
    let what_if = explanation.what_if.as_ref();
    let _ = writeln!(
        out,
        "<section>\n<h2>No engine can be faster than</h2>\n<p>T1 / max(T-infinity, T1/N), beside a full bar for N times \
         as fast{}.</p>",
        if what_if.is_some() { "; the second bar is with the keys below used differently" } else { "" },
    );
    let other = |index: usize| what_if.map(|what_if| what_if.spans.bounds[index]);
    for (index, bound) in explanation.bounds.bounds.iter().enumerate() {
        let share = |ratio: f64| 100.0 * ratio / bound.workers as f64;
        let second = other(index)
            .map_or_else(String::new, |bound| format!("<div style=\"width:{:.1}%\"></div>", share(bound.ratio)));
        let ratio = other(index).unwrap_or(*bound).ratio;
        let _ = writeln!(
            out,
            "<div class=\"meter\"><span>{} workers</span><span class=\"track\"><div style=\"width:{:.1}%\"></div>\
             {second}</span><span>{ratio:.2}</span></div>",
            bound.workers,
            share(bound.ratio),
        );
    }
    if let Some(what_if) = what_if {
        for (what, keys) in [("ignored", &what_if.ignore), ("commutative", &what_if.commutative)] {
            for key in keys {
                let _ = writeln!(out, "<p>{what}: <code>{key}</code></p>");
            }
        }
    }
    let _ = writeln!(out, "</section>");
}

fn reasons(out: &mut String, explanation: &Explanation) {
    let _ = writeln!(
        out,
        "<section>\n<h2>Why transactions wait</h2>\n<p>Time on the critical path by reason, and what would be left if \
         nobody touched such keys.</p>\n<div class=\"scroll\"><table>\n<tr><th>reason</th><th>keys</th><th>waiting</th>\
         <th>on the path</th><th>T-inf without</th><th>bound</th></tr>",
    );
    for cost in &explanation.reasons {
        let name = cost.reason.name();
        let _ = writeln!(
            out,
            "<tr><td><span class=\"tag {name}\">{name}</span></td><td>{}</td><td>{}</td><td>{}</td><td>{}</td>\
             <td>{:.2}</td></tr>",
            cost.keys,
            cost.waiting,
            time(cost.critical_path_ns as f64),
            time(cost.span_without_ns as f64),
            cost.bound_without,
        );
    }
    let none = if explanation.reasons.is_empty() { "<p>Nobody waits for anybody.</p>" } else { "" };
    let _ = writeln!(out, "</table></div>{none}\n</section>");
}

fn keys(out: &mut String, explanation: &Explanation, top: usize) {
    let all = explanation.hot_keys.len();
    if all == 0 {
        return;
    }
    let workers = explanation.schedule.workers;
    let _ = writeln!(
        out,
        "<section>\n<h2>Hottest keys</h2>\n<p>{} of {all}. The bar is the time that a key alone adds to the block with \
         any number of workers; the bound is that of {workers} workers if updates of the key were mere additions.</p>",
        top.min(all),
    );
    let shown = &explanation.hot_keys[..top.min(all)];
    let most = most_lost(shown);
    for key in shown {
        heat(out, key, most);
    }
    let _ = writeln!(out, "</section>");
}

/// What a full bar stands for: keys on the critical path come first, so the first need not lose the most.
fn most_lost(keys: &[Key]) -> u64 {
    keys.iter().map(|key| key.lost_ns).max().unwrap_or(0).max(1)
}

fn heat(out: &mut String, key: &Key, most: u64) {
    let name = key.reason.name();
    let bound = key.bound_if_commutative.map_or_else(String::new, |bound| format!(", bound {bound:.2}"));
    let on_path = match key.critical_path_ns {
        0 => String::new(),
        waits => format!(", {} on the critical path", time(waits as f64)),
    };
    let named: Vec<String> = key.waiting.iter().take(NAMED).map(u32::to_string).collect();
    let more = if key.waiting.len() > NAMED { " ..." } else { "" };
    let _ = writeln!(
        out,
        "<div class=\"heat\"><div class=\"head\"><span><span class=\"tag {name}\">{name}</span><code>{}</code></span>\
         <span>{}{on_path}{bound}</span></div><div class=\"track\"><div class=\"{name}\" style=\"width:{:.1}%\"></div></div>\
         <details><summary>{} waiting</summary>{}{more}</details></div>",
        escaped(&label(&key.key, key.variable.as_ref())),
        time(key.lost_ns as f64),
        100.0 * key.lost_ns as f64 / most as f64,
        key.waiting.len(),
        named.join(" "),
    );
}

fn path(out: &mut String, explanation: &Explanation, top: usize) {
    let steps = explanation.critical_path.len();
    if steps < 2 {
        return;
    }
    let _ = writeln!(
        out,
        "<section>\n<h2>Critical path</h2>\n<p>{} of {steps} steps; each waits for the one above.</p>\n\
         <div class=\"scroll\"><table>\n<tr><th>transaction</th><th>begins</th><th>costs</th><th class=\"left\">waits \
         because of</th></tr>",
        top.min(steps),
    );
    for link in explanation.critical_path.iter().take(top) {
        let _ = writeln!(
            out,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td class=\"left wide\">{}</td></tr>",
            link.transaction,
            time(link.start_ns as f64),
            time(link.cost_ns as f64),
            why(link),
        );
    }
    let _ = writeln!(out, "</table></div>\n</section>");
}

fn why(link: &Link) -> String {
    let Some((reason, first)) = link.reason.zip(link.keys.first()) else { return "nobody".to_owned() };
    let more = if link.keys.len() > 1 { format!(" and {} more", link.keys.len() - 1) } else { String::new() };
    let name = reason.name();
    format!(
        "<span class=\"tag {name}\">{name}</span><code>{}</code>{more}",
        escaped(&label(first, link.variable.as_ref()))
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::explain::reason::Reason;
    use access_list::StateKey;
    use primitives::Address;

    #[test]
    fn no_bar_is_longer_than_a_full_one() {
        let key = |lost_ns, critical_path_ns| Key {
            key: StateKey::Balance(Address::ZERO),
            variable: None,
            reason: Reason::Balance,
            lost_ns,
            critical_path_ns,
            waiting: vec![1],
            bound_if_commutative: None,
        };
        let keys = [key(70, 40), key(100, 0), key(0, 0)];
        let mut page = String::new();
        for key in &keys {
            heat(&mut page, key, most_lost(&keys));
        }
        let widths: Vec<&str> = page.split("width:").skip(1).filter_map(|rest| rest.split('%').next()).collect();
        assert_eq!(widths, ["70.0", "100.0", "0.0"]);
        assert_eq!(most_lost(&keys[2..]), 1, "nothing is divided by nothing");
    }
}
