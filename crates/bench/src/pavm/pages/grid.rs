//! The page of an experiment that compares times: a row for each side at each place, a picture for each item.

mod layout;

use super::{
    super::{
        Experiment, Kind, Sample,
        paper::{self, published},
    },
    Page,
    cells::{Cells, SideOf, number, slug},
};
use crate::{
    experiments::Figure,
    figures::{Axis, Lines, Look, Series},
    measure::{Interval, median},
};
use layout::{Layout, Quantity};

const HEADINGS: [&str; 13] = [
    "<item",
    "at",
    "<side",
    "workers",
    "<how",
    "time_ms",
    "low",
    "high",
    "speed_up",
    "low",
    "high",
    "per_worker",
    "paper",
];

/// Makes the page.
pub(super) fn page(experiment: Experiment, samples: &[&Sample]) -> Page {
    let (cells, layout) = (Cells(samples), Layout::of(experiment));
    let mut page = Page {
        experiment,
        title: format!("{experiment}: {}", layout.title),
        headings: HEADINGS.into(),
        rows: Vec::new(),
        findings: Vec::new(),
        figures: Vec::new(),
    };
    for item in cells.items() {
        let grid = Grid { experiment, layout: &layout, cells, item };
        page.rows.extend(grid.rows());
        page.findings.extend(grid.findings());
        page.figures.extend(layout.quantities.iter().map(|quantity| grid.figure(*quantity)));
    }
    page
}

/// One item of an experiment.
struct Grid<'g> {
    experiment: Experiment,
    layout: &'g Layout,
    cells: Cells<'g>,
    item: &'g str,
}

impl Grid<'_> {
    fn baseline(&self, x: f64) -> Vec<f64> {
        let (name, workers) = self.layout.baseline;
        let side = SideOf { name, workers, kind: Kind::Measured };
        let here = self.cells.values(self.item, x, side);
        if here.is_empty() { self.cells.values_anywhere(self.item, side) } else { here }
    }

    /// How many times faster a side is than the baseline, pass by pass; of what was projected, one number.
    fn speed_up(&self, x: f64, side: SideOf<'_>) -> Interval {
        let (base, values) = (self.baseline(x), self.cells.values(self.item, x, side));
        if side.kind == Kind::Projected {
            let ratio = median(&base) / median(&values).max(1.0);
            return Interval { median: ratio, low: ratio, high: ratio };
        }
        let ratios: Vec<f64> = base.iter().zip(&values).map(|(base, value)| base / value.max(1.0)).collect();
        Interval::of(&ratios)
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let mut rows = Vec::new();
        for x in self.cells.places(self.item) {
            for side in self.cells.sides(self.item) {
                let times = Interval::of(&self.cells.values(self.item, x, side));
                if times.median > 0.0 {
                    rows.push(self.row(x, side, times));
                }
            }
        }
        rows
    }

    fn row(&self, x: f64, side: SideOf<'_>, times: Interval) -> Vec<String> {
        let speed_up = self.speed_up(x, side);
        let is_exact = side.kind == Kind::Projected;
        let end = |value: f64| if is_exact { String::new() } else { number(value) };
        let is_ours = self.layout.is_ours(side.name) && side.workers == paper::THREADS;
        let published = published(self.experiment, self.item, x).filter(|_| is_ours);
        vec![
            self.item.to_owned(),
            number(x),
            side.name.to_owned(),
            side.workers.to_string(),
            if is_exact { "projected" } else { "measured" }.to_owned(),
            number(times.median / 1e6),
            end(times.low / 1e6),
            end(times.high / 1e6),
            number(speed_up.median),
            end(speed_up.low),
            end(speed_up.high),
            number(speed_up.median / side.workers.max(1) as f64),
            published
                .map(|it| format!("{}{}", number(it.value), if it.is_mean { " mean" } else { "" }))
                .unwrap_or_default(),
        ]
    }

    /// What each side comes to over all places, and how far the projection is off where that can be seen.
    fn findings(&self) -> Vec<String> {
        let (places, sides) = (self.cells.places(self.item), self.cells.sides(self.item));
        let mut parts = Vec::new();
        for side in sides.iter().filter(|side| !self.is_plain(side)) {
            let speed_ups: Vec<f64> = places
                .iter()
                .filter(|x| !self.cells.values(self.item, **x, *side).is_empty())
                .map(|x| self.speed_up(*x, *side).median)
                .collect();
            let is_on_the_way =
                self.layout.is_over_workers && side.kind == Kind::Projected && side.workers != paper::THREADS;
            if speed_ups.is_empty() || is_on_the_way || self.is_check(&sides, side) {
                continue;
            }
            let least = speed_ups.iter().copied().fold(f64::INFINITY, f64::min);
            let spread = if speed_ups.len() > 1 { format!(" (least {})", number(least)) } else { String::new() };
            parts.push(format!("{} {}{spread}", label(side), number(median(&speed_ups))));
        }
        let off = self.greatest_error(&places, &sides);
        parts.extend(off.map(|error| format!("projection off by {error:+.1} % where it can be checked")));
        if self.experiment == Experiment::P5 {
            parts.extend(self.five_to_forty());
        }
        if parts.is_empty() { Vec::new() } else { vec![format!("{}: {}", self.item, parts.join("; "))] }
    }

    /// Fig. 17c gives no time of one thread, but those of five and forty.
    fn five_to_forty(&self) -> Option<String> {
        let paper = paper::five_to_forty(self.item)?;
        let (name, _) = self.layout.baseline;
        let at = |workers: usize| {
            let side = SideOf { name, workers, kind: Kind::Projected };
            Some(median(&self.cells.values_anywhere(self.item, side))).filter(|ns| *ns > 0.0)
        };
        let ours = at(5)? / at(paper::THREADS)?;
        Some(format!("from 5 to 40 workers {} (projected), the paper {} of at most 8", number(ours), number(paper)))
    }

    fn is_plain(&self, side: &SideOf<'_>) -> bool {
        (side.name, side.workers) == self.layout.baseline && side.kind == Kind::Measured
    }

    /// A projection of what was measured as well.
    fn is_check(&self, sides: &[SideOf<'_>], side: &SideOf<'_>) -> bool {
        side.kind == Kind::Projected && sides.contains(&SideOf { kind: Kind::Measured, ..*side })
    }

    fn greatest_error(&self, places: &[f64], sides: &[SideOf<'_>]) -> Option<f64> {
        let checks = sides.iter().filter(|side| self.is_check(sides, side));
        let errors = checks.flat_map(|side| {
            places.iter().filter_map(move |x| {
                let projected = median(&self.cells.values(self.item, *x, *side));
                let measured = median(&self.cells.values(self.item, *x, SideOf { kind: Kind::Measured, ..*side }));
                (projected > 0.0 && measured > 0.0).then(|| 100.0 * (projected / measured - 1.0))
            })
        });
        errors.max_by(|a, b| a.abs().total_cmp(&b.abs()))
    }

    fn figure(&self, quantity: Quantity) -> Figure {
        let series = if self.layout.is_over_workers { self.over_workers(quantity) } else { self.by_side(quantity) };
        let chart = Lines {
            title: format!("{}: {}", self.experiment, self.item),
            notes: vec![
                self.layout.title.to_owned(),
                "Dashed: projected on a virtual clock from what was measured with one and two workers.".to_owned(),
            ],
            x: Axis::linear(self.layout.x),
            y: match quantity {
                Quantity::Time => Axis::log("time (ms)"),
                Quantity::SpeedUp => Axis::linear(self.layout.speed_up()),
                Quantity::Rate => Axis::log("transactions a second"),
            },
            series,
        };
        let name = format!("{}-{}-{}", self.experiment.file(), slug(self.item), quantity.file());
        Figure { name, svg: chart.svg() }
    }

    fn value(&self, quantity: Quantity, x: f64, side: SideOf<'_>) -> Option<f64> {
        let ns = median(&self.cells.values(self.item, x, side));
        if ns <= 0.0 {
            return None;
        }
        match quantity {
            Quantity::Time => Some(ns / 1e6),
            Quantity::SpeedUp => Some(self.speed_up(x, side).median),
            Quantity::Rate => Some(self.cells.counted(self.item, Some(x), "transactions")? * 1e9 / ns),
        }
    }

    fn by_side(&self, quantity: Quantity) -> Vec<Series> {
        let (places, sides) = (self.cells.places(self.item), self.cells.sides(self.item));
        let shown = sides
            .iter()
            .filter(|side| !self.is_check(&sides, side) && (quantity != Quantity::SpeedUp || !self.is_plain(side)));
        let line = |side: &SideOf<'_>| Series {
            name: label(side),
            points: places.iter().filter_map(|x| Some((*x, self.value(quantity, *x, *side)?))).collect(),
            look: if side.kind == Kind::Projected { Look::Projected } else { Look::Measured },
        };
        let mut series: Vec<Series> = shown.map(line).collect();
        let is_paper_s = match quantity {
            Quantity::Time => false,
            Quantity::SpeedUp => self.experiment != Experiment::P8,
            Quantity::Rate => self.experiment == Experiment::P8,
        };
        let points: Vec<(f64, f64)> =
            places.iter().filter_map(|x| Some((*x, published(self.experiment, self.item, *x)?.value))).collect();
        if is_paper_s && !points.is_empty() {
            series.push(Series { name: "the paper, 40 threads".to_owned(), points, look: Look::Published });
        }
        series
    }

    /// One line for what was measured, one for what was projected, and the straight one that nobody passes.
    fn over_workers(&self, quantity: Quantity) -> Vec<Series> {
        let sides = self.cells.sides(self.item);
        let line = |kind: Kind, name: &str, look| {
            let of_kind = sides.iter().filter(|side| side.kind == kind);
            let mut points: Vec<(f64, f64)> = of_kind
                .filter_map(|side| Some((side.workers as f64, self.value(quantity, side.workers as f64, *side)?)))
                .collect();
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            Series { name: name.to_owned(), points, look }
        };
        let mut series = vec![
            line(Kind::Measured, "ours", Look::Measured),
            line(Kind::Projected, "ours (projected)", Look::Projected),
        ];
        if quantity == Quantity::SpeedUp {
            let most = sides.iter().map(|side| side.workers as f64).fold(1.0, f64::max);
            let points = vec![(1.0, 1.0), (most, most)];
            series.push(Series {
                name: "as many times as there are workers".to_owned(),
                points,
                look: Look::Projected,
            });
        }
        series
    }
}

fn label(side: &SideOf<'_>) -> String {
    let SideOf { name, workers, kind } = side;
    let workers = match workers {
        1 => String::new(),
        workers => format!(", {workers} workers"),
    };
    format!("{name}{workers}{}", if *kind == Kind::Projected { " (projected)" } else { "" })
}
