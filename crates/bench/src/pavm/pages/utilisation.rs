//! X-P7 as a table and bars.

use super::{
    super::{Experiment, Kind, Sample, paper},
    Page,
    cells::{Cells, SideOf, number},
};
use crate::{
    experiments::Figure,
    figures::{Axis, Bar, Bars, Group},
    measure::median,
};

const HEADINGS: [&str; 9] = [
    "<item",
    "workers",
    "least_busy_%",
    "most_busy_%",
    "mean_%",
    "useful_%",
    "projected_mean_%",
    "paper_serial_%",
    "paper_%",
];

/// One item.
struct Utilisation {
    workers: usize,
    /// Each of the real workers.
    busy: Vec<f64>,
    useful: f64,
    /// The mean of the projected workers, and how many.
    projected: Option<(f64, usize)>,
}

/// Makes the page.
pub(super) fn page(samples: &[&Sample]) -> Page {
    let cells = Cells(samples);
    let items: Vec<(&str, Utilisation)> =
        cells.items().into_iter().map(|item| (item, Utilisation::of(cells, item))).collect();
    Page {
        experiment: Experiment::P7,
        title: "X-P7: how busy each core is, in a call with threads and in a block (Figs. 7, 19, 20)".to_owned(),
        headings: HEADINGS.into(),
        rows: items.iter().map(|(item, it)| it.row(item)).collect(),
        findings: items.iter().map(|(item, it)| it.finding(item)).collect(),
        figures: vec![figure(&items)],
    }
}

impl Utilisation {
    fn of(cells: Cells<'_>, item: &str) -> Self {
        let sides = cells.sides(item);
        let of = |side: &SideOf<'_>| -> Vec<f64> {
            let places = cells.places(item);
            let values = places.iter().map(|x| cells.values(item, *x, *side));
            values.filter(|values| !values.is_empty()).map(|values| median(&values)).collect()
        };
        let real = sides.iter().find(|side| side.name == "busy" && side.kind == Kind::Measured);
        let projected = sides.iter().find(|side| side.kind == Kind::Projected);
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
        Self {
            workers: real.map_or(0, |side| side.workers),
            busy: real.map(of).unwrap_or_default(),
            useful: cells.counted(item, None, "useful").unwrap_or_default(),
            projected: projected.map(|side| (mean(&of(side)), side.workers)),
        }
    }

    /// A worker that never came is not among the samples.
    fn mean(&self) -> f64 {
        self.busy.iter().sum::<f64>() / self.workers.max(1) as f64
    }

    fn least(&self) -> f64 {
        if self.busy.len() < self.workers { 0.0 } else { self.busy.iter().copied().fold(f64::INFINITY, f64::min) }
    }

    fn most(&self) -> f64 {
        self.busy.iter().copied().fold(0.0, f64::max)
    }

    fn row(&self, item: &str) -> Vec<String> {
        let optional = |value: Option<f64>| value.map(number).unwrap_or_default();
        let paper = paper::utilisation(item);
        vec![
            item.to_owned(),
            self.workers.to_string(),
            number(self.least()),
            number(self.most()),
            number(self.mean()),
            number(self.useful),
            optional(self.projected.map(|(mean, _)| mean)),
            optional(paper.map(|(serial, _)| serial)),
            optional(paper.map(|(_, parallel)| parallel)),
        ]
    }

    fn finding(&self, item: &str) -> String {
        let projected = self.projected.map(|(mean, workers)| format!("; {workers} workers {mean:.1} % (projected)"));
        let paper = paper::utilisation(item)
            .map(|(serial, parallel)| format!("; the paper {serial} % before and {parallel} % after"));
        format!(
            "{item}: {} workers {:.1} % busy in the mean, {:.1} % of it useful{}{}",
            self.workers,
            self.mean(),
            self.useful,
            projected.unwrap_or_default(),
            paper.unwrap_or_default()
        )
    }
}

fn figure(items: &[(&str, Utilisation)]) -> Figure {
    let workers = items.iter().map(|(_, it)| it.workers).max().unwrap_or_default();
    let projected =
        items.iter().filter_map(|(_, it)| it.projected).map(|(_, workers)| workers).max().unwrap_or_default();
    let group = |(item, it): &(&str, Utilisation)| Group {
        label: (*item).to_owned(),
        bars: vec![
            Some(Bar::of(it.least())),
            Some(Bar::of(it.most())),
            it.projected.map(|(mean, _)| Bar::of(mean)),
            paper::utilisation(item).map(|(_, parallel)| Bar::of(parallel)),
        ],
    };
    let chart = Bars {
        title: "X-P7: utilisation".to_owned(),
        notes: vec!["The share of the time in which a worker executes transactions or threads.".to_owned()],
        x_label: String::new(),
        y: Axis::linear("busy (%)"),
        series: vec![
            (format!("the idlest of {workers} workers"), false),
            ("the busiest".to_owned(), false),
            (format!("mean of {projected} workers (projected)"), true),
            (format!("the paper, mean of {} threads", paper::THREADS), false),
        ],
        tick: None,
        line: Some(100.0),
        groups: items.iter().map(group).collect(),
    };
    Figure { name: format!("{}-cores", Experiment::P7.file()), svg: chart.svg() }
}
