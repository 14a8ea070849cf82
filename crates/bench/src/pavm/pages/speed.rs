//! The cost of single steps, each beside what it is to be.

use super::{
    super::{Experiment, Kind, Sample},
    Page,
    cells::{Cells, SideOf, number},
    recording::Recording,
};
use crate::measure::Interval;

/// One line: what, how much, and the line that it is not to cross.
struct Line {
    what: String,
    unit: &'static str,
    value: Interval,
    target: Target,
}

#[derive(Clone, Copy, Debug)]
enum Target {
    /// No more than this.
    Most(f64),
    /// No less than this.
    Least(f64),
    /// None is set.
    Open,
}

/// Makes the page.
pub(super) fn page(samples: &[&Sample]) -> Page {
    let cells = Cells(samples);
    let lines: Vec<Line> = cells.items().into_iter().flat_map(|item| lines(cells, item)).collect();
    let missed = lines.iter().filter(|line| !line.is_reached()).map(|line| line.what.as_str()).collect::<Vec<_>>();
    let finding = if missed.is_empty() {
        "every line is reached".to_owned()
    } else {
        format!("not reached: {}", missed.join(", "))
    };
    Page {
        experiment: Experiment::Speed,
        title: "speed: what single steps cost".to_owned(),
        headings: vec!["<what", "value", "low", "high", "<unit", "<target", "<reached"],
        rows: lines.iter().map(Line::row).collect(),
        findings: vec![finding],
        figures: Vec::new(),
    }
}

impl Line {
    fn is_reached(&self) -> bool {
        match self.target {
            Target::Most(most) => self.value.median <= most,
            Target::Least(least) => self.value.median >= least,
            Target::Open => true,
        }
    }

    fn row(&self) -> Vec<String> {
        let (target, reached) = match self.target {
            Target::Most(most) => (format!("at most {most}"), if self.is_reached() { "yes" } else { "no" }),
            Target::Least(least) => (format!("at least {least}"), if self.is_reached() { "yes" } else { "no" }),
            Target::Open => (String::new(), ""),
        };
        let Interval { median, low, high } = self.value;
        let numbers = [median, low, high].map(number);
        std::iter::once(self.what.clone())
            .chain(numbers)
            .chain([self.unit.to_owned(), target, reached.to_owned()])
            .collect()
    }
}

/// The lines of an item, whose name says of which kind it is.
fn lines(cells: Cells<'_>, item: &str) -> Vec<Line> {
    let Some(x) = cells.places(item).first().copied() else { return Vec::new() };
    let of = |name: &str, workers: usize| {
        let side = cells
            .sides(item)
            .into_iter()
            .find(|side| side.name == name && (side.workers == workers || workers == 0) && side.kind == Kind::Measured);
        side.map(|side| cells.values(item, x, side)).unwrap_or_default()
    };
    match item.split_once('/') {
        None => empty_threads(x, &of),
        Some(("threads", contract)) => two_workers(cells, (item, contract), x, &of),
        Some(("recording", name)) => recording(Recording::of(cells, item, x), name),
        Some(("operations", name)) => vec![Line {
            what: format!("operation root, {name}"),
            unit: "% of execution",
            value: more(&of("without", 1), &of("with", 1)),
            target: Target::Most(5.0),
        }],
        Some((_, name)) => vec![Line {
            what: format!("extension for who has no threads, {name}"),
            unit: "% of execution",
            value: more(&of("without", 1), &of("with", 1)),
            target: Target::Open,
        }],
    }
}

fn empty_threads(threads: f64, of: &dyn Fn(&str, usize) -> Vec<f64>) -> Vec<Line> {
    let none = of("none", 1);
    let each = |all: Vec<f64>| {
        Interval::of(&all.iter().zip(&none).map(|(all, none)| (all - none) / threads / 1e3).collect::<Vec<_>>())
    };
    vec![Line {
        what: "spawn and join of an empty thread".to_owned(),
        unit: "us",
        value: each(of("all", 1)),
        target: Target::Most(2.0),
    }]
}

fn two_workers(
    cells: Cells<'_>,
    (item, contract): (&str, &str),
    x: f64,
    of: &dyn Fn(&str, usize) -> Vec<f64>,
) -> Vec<Line> {
    let serial = of("serial", 1);
    let threads = cells.sides(item).into_iter().filter(|side| side.name == "threads");
    threads
        .map(|side| {
            let SideOf { workers, kind, .. } = side;
            let values = cells.values(item, x, side);
            let is_projected = kind == Kind::Projected;
            let value = if is_projected {
                let ratio = Interval::of(&serial).median / Interval::of(&values).median.max(1.0);
                Interval { median: ratio, low: ratio, high: ratio }
            } else {
                Interval::of(
                    &serial.iter().zip(&values).map(|(serial, time)| serial / time.max(1.0)).collect::<Vec<_>>(),
                )
            };
            let adds = contract == "MatrixAdd";
            let target = match (workers, is_projected) {
                (2, false) => Target::Least(if adds { 1.5 } else { 1.85 }),
                (40, true) => Target::Least(if adds { 20.0 } else { 36.0 }),
                _ => Target::Open,
            };
            let projected = if is_projected { ", projected" } else { "" };
            let what = format!("{contract} in threads, {workers} workers{projected}");
            Line { what, unit: "times as fast as serial", value, target }
        })
        .collect()
}

fn recording(recording: Recording, name: &str) -> Vec<Line> {
    let share = |part: f64| 100.0 * part / recording.execution.max(1.0);
    let Interval { median, low, high } = recording.total;
    let most = if name == "ERC20" { 3.0 } else { 0.3 };
    let percent = Line {
        what: format!("recording and grouping, {name}"),
        unit: "% of execution",
        value: Interval { median: share(median), low: share(low), high: share(high) },
        target: Target::Most(most),
    };
    let time = Line {
        what: format!("recording and grouping, {name}, {} transactions", number(recording.transactions)),
        unit: "ms",
        value: Interval { median: median / 1e6, low: low / 1e6, high: high / 1e6 },
        target: if recording.transactions == 300.0 { Target::Most(0.3) } else { Target::Open },
    };
    vec![percent, time]
}

/// How many percent more, pass by pass.
fn more(without: &[f64], with: &[f64]) -> Interval {
    let percent = without.iter().zip(with).map(|(without, with)| 100.0 * (with / without.max(1.0) - 1.0));
    Interval::of(&percent.collect::<Vec<_>>())
}
