//! The schedule as a picture: a lane for each worker, a bar for each transaction, arrows along the critical path.

use super::{explanation::Explanation, schedule::Bar};
use crate::table::time;
use std::{collections::BTreeSet, fmt::Write as _};

const LEFT: f64 = 34.0;
const RIGHT: f64 = 30.0;
const TOP: f64 = 10.0;
const WIDTH: f64 = 1120.0;
const LANE: f64 = 26.0;
const BAR: f64 = 18.0;
/// The least width of a bar that gets a frame.
const FRAMED_MIN: f64 = 6.0;
/// Waits that are drawn beside the critical path; more would hide the bars.
const WAITS_MAX: usize = 300;

/// Draws it, as SVG inside a page that holds the style.
pub(super) fn svg(explanation: &Explanation) -> String {
    let schedule = &explanation.schedule;
    let lanes = schedule.bars.iter().map(|bar| bar.worker + 1).max().unwrap_or(1);
    let height = TOP + LANE * lanes as f64 + 34.0;
    let scale = (WIDTH - LEFT - RIGHT) / schedule.length_ns.max(1) as f64;
    let picture = Picture { explanation, scale, bottom: TOP + LANE * lanes as f64 };
    let mut out = String::new();
    let _ = writeln!(
        out,
        "<svg viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" aria-label=\"Schedule of the block\">\n<defs><marker \
         id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"6\" markerHeight=\"6\" orient=\"auto\"><path \
         class=\"tip\" d=\"M0 0L8 4L0 8z\"/></marker></defs>",
    );
    picture.lanes(&mut out, lanes);
    picture.waits(&mut out);
    picture.bars(&mut out);
    picture.links(&mut out);
    out + "</svg>\n"
}

struct Picture<'a> {
    explanation: &'a Explanation,
    /// Units of width per nanosecond.
    scale: f64,
    bottom: f64,
}

impl Picture<'_> {
    fn x(&self, ns: u64) -> f64 {
        LEFT + self.scale * ns as f64
    }

    fn bar(&self, transaction: u32) -> &Bar {
        &self.explanation.schedule.bars[transaction as usize]
    }

    fn lanes(&self, out: &mut String, lanes: usize) {
        for lane in 0..lanes {
            let y = TOP + LANE * lane as f64;
            let _ = writeln!(
                out,
                "<rect class=\"lane\" x=\"{LEFT}\" y=\"{:.0}\" width=\"{:.0}\" height=\"{:.0}\" rx=\"3\"/><text \
                 x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"end\">{}</text>",
                y + 1.0,
                WIDTH - LEFT - RIGHT,
                LANE - 2.0,
                LEFT - 8.0,
                y + LANE / 2.0 + 4.0,
                lane + 1,
            );
        }
        let length = self.explanation.schedule.length_ns;
        let step = step(length);
        for tick in (0..=length).step_by(usize::try_from(step).unwrap_or(usize::MAX)) {
            let x = self.x(tick);
            let anchor = if tick == 0 { "start" } else { "middle" };
            let _ = writeln!(
                out,
                "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{:.0}\"/><text x=\"{x:.1}\" \
                 y=\"{:.0}\" text-anchor=\"{anchor}\">{}</text>",
                self.bottom + 5.0,
                self.bottom + 21.0,
                if tick == 0 { "0".to_owned() } else { time(tick as f64) },
            );
        }
    }

    /// Thin lines for waits off the critical path that leave a worker no choice: one ends as the other begins.
    fn waits(&self, out: &mut String) {
        let bars = &self.explanation.schedule.bars;
        let mut waits: Vec<(&Bar, &Bar)> = bars
            .iter()
            .filter_map(|bar| Some((self.bar(bar.waits_for?), bar)))
            .filter(|(before, bar)| before.end_ns == bar.start_ns && before.worker != bar.worker)
            .collect();
        waits.sort_by_key(|(_, bar)| std::cmp::Reverse(bar.end_ns - bar.start_ns));
        for (before, bar) in waits.into_iter().take(WAITS_MAX) {
            let _ = writeln!(out, "<path class=\"wait\" d=\"{}\"/>", self.curve(before, bar));
        }
    }

    fn bars(&self, out: &mut String) {
        let path: BTreeSet<u32> = self.explanation.critical_path.iter().map(|link| link.transaction).collect();
        let numbered = (0u32..).zip(&self.explanation.schedule.bars);
        // The critical path comes last, so that its frames lie on top.
        let (last, first): (Vec<_>, Vec<_>) = numbered.partition(|(transaction, _)| path.contains(transaction));
        for (transaction, bar) in first {
            self.one(out, transaction, bar, "");
        }
        for (transaction, bar) in last {
            let (x, width) = (self.x(bar.start_ns), self.x(bar.end_ns) - self.x(bar.start_ns));
            // A frame would cover a narrow bar.
            self.one(out, transaction, bar, if width > FRAMED_MIN { " on-path" } else { "" });
            let y = TOP + LANE * bar.worker as f64 + (LANE + BAR) / 2.0;
            let _ = writeln!(
                out,
                "<rect class=\"under\" x=\"{x:.2}\" y=\"{y:.0}\" width=\"{:.2}\" height=\"3\"/>",
                width.max(0.8),
            );
        }
    }

    fn one(&self, out: &mut String, transaction: u32, bar: &Bar, class: &str) {
        let call = &self.explanation.transactions[transaction as usize];
        let reason = call.reason.map_or("free", |reason| reason.name());
        let (x, y) = (self.x(bar.start_ns), TOP + LANE * bar.worker as f64 + (LANE - BAR) / 2.0);
        let width = (self.x(bar.end_ns) - x).max(0.8);
        let to = call.to.map_or_else(|| "new contract".to_owned(), |to| to.to_string());
        let selector = call.selector.as_ref().map_or_else(String::new, |selector| format!(", function {selector}"));
        let waits = match (bar.waits_for, call.reason) {
            (Some(before), Some(reason)) => format!("\nwaits for {before}: {}", reason.meaning()),
            _ => "\nwaits for nobody".to_owned(),
        };
        let _ = writeln!(
            out,
            "<rect class=\"bar {reason}{class}\" x=\"{x:.2}\" y=\"{y:.0}\" width=\"{width:.2}\" height=\"{BAR}\" \
             rx=\"2\"><title>transaction {transaction}, {}, {} gas\n{} to {to}{selector}{waits}</title></rect>",
            time(call.cost_ns as f64),
            call.gas_used,
            call.from,
        );
        if width > 24.0 {
            let (x, y) = (x + width / 2.0, y + BAR / 2.0 + 4.0);
            let _ = writeln!(out, "<text class=\"number\" x=\"{x:.1}\" y=\"{y:.1}\">{transaction}</text>");
        }
    }

    fn links(&self, out: &mut String) {
        let path = &self.explanation.critical_path;
        for (before, link) in path.iter().zip(path.iter().skip(1)) {
            let (before, bar) = (self.bar(before.transaction), self.bar(link.transaction));
            let is_next = before.worker == bar.worker && self.scale * (bar.start_ns - before.end_ns) as f64 <= 3.0;
            if !is_next {
                let _ =
                    writeln!(out, "<path class=\"link\" marker-end=\"url(#tip)\" d=\"{}\"/>", self.curve(before, bar));
            }
        }
    }

    /// From the end of one bar to the beginning of another.
    fn curve(&self, before: &Bar, after: &Bar) -> String {
        let middle = |bar: &Bar| TOP + LANE * bar.worker as f64 + LANE / 2.0;
        let (x1, y1, x2, y2) = (self.x(before.end_ns), middle(before), self.x(after.start_ns), middle(after));
        let bend = ((x2 - x1) / 2.0).clamp(14.0, 60.0);
        format!("M{x1:.1} {y1:.1}C{:.1} {y1:.1} {:.1} {y2:.1} {x2:.1} {y2:.1}", x1 + bend, x2 - bend)
    }
}

/// A round distance between marks on the time axis.
fn step(length: u64) -> u64 {
    let mut unit = 1;
    loop {
        for step in [unit, 2 * unit, 5 * unit] {
            if length / step <= 9 {
                return step;
            }
        }
        unit *= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::step;

    #[test]
    fn marks_are_few_and_round() {
        assert_eq!([0, 9, 10, 4_960_000, 123_456_789].map(step), [1, 1, 2, 500_000, 20_000_000]);
    }
}
