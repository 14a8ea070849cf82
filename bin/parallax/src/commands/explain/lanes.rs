//! Lanes of threads, for a terminal and for a page.

use super::threads::{End, Lane, Threads, dotted};
use crate::table::grouped;
use bench::figures::escaped;
use primitives::U256;
use std::fmt::Write as _;

/// Signs of a lane in a terminal.
const SIGNS: usize = 48;
/// Lanes that are shown of one transaction; JSON has them all.
const LANES_MAX: usize = 64;
const LEFT: f64 = 150.0;
const WIDTH: f64 = 1120.0;
const LANE: f64 = 22.0;
const BAR: f64 = 14.0;

/// All lanes as text.
pub(super) fn text(out: &mut String, all: &[Threads]) {
    for threads in all {
        let _ = writeln!(out, "\nThreads of transaction {}: {}", threads.transaction, summary(threads));
        let _ = writeln!(out, "  . spawned  x run in vain  = run  - waits to be merged  M merged");
        for lane in threads.lanes.iter().take(LANES_MAX) {
            let line = format!("  {:<22} |{}| {}", title(lane), signs(lane, threads.length()), lane.remark());
            let _ = writeln!(out, "{}", line.trim_end());
        }
        more(out, threads, "  ");
    }
}

/// All lanes as sections of a page.
pub(super) fn html(out: &mut String, all: &[Threads]) {
    for threads in all {
        let _ = writeln!(
            out,
            "<section>\n<h2>Threads of transaction {}</h2>\n<p>{}. A lane for each thread, as long as the gas that it \
             used; the thin line goes from its spawn to its merge.</p>\n<div class=\"legend\">\n<span><i \
             class=\"run\"></i>run</span>\n<span><i class=\"vain\"></i>run in vain, on a state that an earlier thread \
             changed</span>\n</div>\n<div class=\"scroll\">\n{}</div>",
            threads.transaction,
            summary(threads),
            svg(threads),
        );
        for lane in threads.lanes.iter().take(LANES_MAX).filter(|lane| !lane.remark().is_empty()) {
            let _ = writeln!(out, "<p>{}: {}</p>", escaped(&title(lane)), escaped(&lane.remark()));
        }
        more(out, threads, "<p>");
        let _ = writeln!(out, "</section>");
    }
}

fn more(out: &mut String, threads: &Threads, before: &str) {
    if threads.lanes.len() > LANES_MAX {
        let _ = writeln!(out, "{before}{} more", threads.lanes.len() - LANES_MAX);
    }
}

fn summary(threads: &Threads) -> String {
    let ratio = threads.serial_gas as f64 / threads.parallel_gas.max(1) as f64;
    format!(
        "{} threads, {} run again; {} gas one after another, {} with a worker for each ({ratio:.2}x)",
        threads.lanes.len(),
        threads.again(),
        grouped(threads.serial_gas),
        grouped(threads.parallel_gas),
    )
}

/// Its path, and the name that the contract gave it, unless that is a long one.
fn title(lane: &Lane) -> String {
    let name = if lane.name > U256::from(u32::MAX) { String::new() } else { format!(" [{}]", lane.name) };
    let function = lane.selector.as_ref().map_or_else(String::new, |selector| format!(" {selector}"));
    format!("{}{name}{function}", dotted(&lane.path))
}

impl Threads {
    /// The length of the longest lane, or of the transaction.
    fn length(&self) -> u64 {
        self.lanes.iter().map(|lane| lane.merged).max().unwrap_or_default().max(self.parallel_gas).max(1)
    }
}

fn signs(lane: &Lane, length: u64) -> String {
    let at = |gas: u64| (gas as f64 / length as f64 * SIGNS as f64) as usize;
    let mut signs = [' '; SIGNS];
    let mut fill = |from: u64, to: u64, sign: char| {
        let to = at(to).max(at(from) + usize::from(to > from)).min(SIGNS);
        signs[at(from).min(to)..to].fill(sign);
    };
    fill(lane.spawned, lane.begun, '.');
    fill(lane.ended, lane.merged, '-');
    if let Some(vain) = &lane.vain {
        fill(vain.begun, vain.ended, 'x');
        fill(vain.ended, lane.begun, '.');
    }
    fill(lane.begun, lane.ended, '=');
    if lane.end != End::Withdrawn {
        signs[at(lane.merged).clamp(1, SIGNS) - 1] = 'M';
    }
    signs.iter().collect()
}

fn svg(threads: &Threads) -> String {
    let lanes = &threads.lanes[..threads.lanes.len().min(LANES_MAX)];
    let x = |gas: u64| LEFT + (WIDTH - LEFT - 20.0) * gas as f64 / threads.length() as f64;
    let mut out = format!(
        "<svg viewBox=\"0 0 {WIDTH:.0} {:.0}\" role=\"img\" aria-label=\"Lanes of threads\">\n",
        LANE * lanes.len() as f64 + 8.0,
    );
    for (number, lane) in lanes.iter().enumerate() {
        let y = 4.0 + LANE * number as f64;
        let middle = y + BAR / 2.0;
        let _ = writeln!(
            out,
            "<text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"end\">{}</text><line class=\"thread\" x1=\"{:.1}\" \
             x2=\"{:.1}\" y1=\"{middle:.0}\" y2=\"{middle:.0}\"/>",
            LEFT - 8.0,
            middle + 4.0,
            escaped(&title(lane)),
            x(lane.spawned),
            x(lane.merged),
        );
        let mut bar = |class: &str, from: u64, to: u64, what: &str| {
            let _ = writeln!(
                out,
                "<rect class=\"{class}\" x=\"{:.2}\" y=\"{y:.0}\" width=\"{:.2}\" height=\"{BAR:.0}\" rx=\"2\">\
                 <title>{}</title></rect>",
                x(from),
                (x(to) - x(from)).max(1.0),
                escaped(what),
            );
        };
        if let Some(vain) = &lane.vain {
            let what = format!("in vain, {} gas: {}", grouped(vain.ended - vain.begun), lane.remark());
            bar("thread-vain", vain.begun, vain.ended, &what);
        }
        if lane.end != End::Withdrawn {
            let what = format!(
                "{} to {}, {} gas. {}",
                lane.begun,
                lane.ended,
                grouped(lane.ended - lane.begun),
                lane.remark()
            );
            bar("thread-run", lane.begun, lane.ended, &what);
        }
    }
    out + "</svg>\n"
}
