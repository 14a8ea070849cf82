//! X-P6 as a table and a heat map.

use super::{
    super::{Experiment, Kind, Sample, paper},
    Page,
    cells::{Cells, SideOf, number},
};
use crate::{experiments::Figure, figures::Heat, measure::Interval};

const HEADINGS: [&str; 11] = [
    "<item",
    "groups",
    "group",
    "transactions",
    "execution_ms",
    "records_us",
    "sets_us",
    "grouping_us",
    "total_us",
    "low",
    "share_%",
];

/// What recording and grouping of one block come to, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Recording {
    pub(super) transactions: f64,
    pub(super) group: f64,
    pub(super) execution: f64,
    /// Keeping what was touched, over dropping it.
    pub(super) records: f64,
    /// Keys out of records.
    pub(super) sets: f64,
    /// Groups out of keys.
    pub(super) groups: f64,
    /// All three, pass by pass.
    pub(super) total: Interval,
}

impl Recording {
    /// What stands for an item at a place.
    pub(super) fn of(cells: Cells<'_>, item: &str, x: f64) -> Self {
        let of = |name| cells.values(item, x, SideOf { name, workers: 1, kind: Kind::Measured });
        let (execution, kept, sets, groups) = (of("execution"), of("execution and records"), of("sets"), of("groups"));
        let records: Vec<f64> = kept.iter().zip(&execution).map(|(kept, dropped)| kept - dropped).collect();
        let total: Vec<f64> =
            records.iter().zip(&sets).zip(&groups).map(|((records, sets), groups)| records + sets + groups).collect();
        let middle = |values: &[f64]| Interval::of(values).median;
        Self {
            transactions: cells.counted(item, Some(x), "transactions").unwrap_or_default(),
            group: cells.counted(item, Some(x), "group").unwrap_or_default(),
            execution: middle(&execution),
            records: middle(&records),
            sets: middle(&sets),
            groups: middle(&groups),
            total: Interval::of(&total),
        }
    }

    /// How much of the time of an execution that does neither.
    pub(super) fn percent(&self) -> f64 {
        100.0 * self.total.median / self.execution.max(1.0)
    }
}

/// Makes the page.
pub(super) fn page(samples: &[&Sample]) -> Page {
    let cells = Cells(samples);
    let mut page = Page {
        experiment: Experiment::P6,
        title: "X-P6: recording and grouping over groups and their size (Fig. 17d)".to_owned(),
        headings: HEADINGS.into(),
        rows: Vec::new(),
        findings: Vec::new(),
        figures: Vec::new(),
    };
    for item in cells.items() {
        for x in cells.places(item) {
            let recording = Recording::of(cells, item, x);
            page.rows.push(row(item, &recording));
            let is_compared = recording.transactions == 300.0 || !item.starts_with("ERC20");
            page.findings.extend(is_compared.then(|| finding(item, &recording)));
        }
    }
    page.figures.push(heat(cells));
    page
}

fn row(item: &str, recording: &Recording) -> Vec<String> {
    let groups = (recording.transactions / recording.group.max(1.0)).round();
    let micros = [recording.records, recording.sets, recording.groups, recording.total.median, recording.total.low];
    [item.to_owned(), number(groups), number(recording.group), number(recording.transactions)]
        .into_iter()
        .chain([number(recording.execution / 1e6)])
        .chain(micros.map(|ns| number(ns / 1e3)))
        .chain([number(recording.percent())])
        .collect()
}

fn finding(item: &str, recording: &Recording) -> String {
    let ms = recording.total.median / 1e6;
    let paper = if recording.transactions == 300.0 {
        format!("; the paper {} ms for 300 transactions and 0.3 % of its parallel validation", paper::RECORDING_MS)
    } else {
        String::new()
    };
    format!(
        "{item}, {} transactions: {} ms, {} % of serial execution{paper}",
        number(recording.transactions),
        number(ms),
        number(recording.percent())
    )
}

fn heat(cells: Cells<'_>) -> Figure {
    let items: Vec<&str> = cells.items().into_iter().filter(|item| item.starts_with("ERC20")).collect();
    let columns = items.first().map(|item| cells.places(item)).unwrap_or_default();
    let row = |item: &&str| {
        let recordings: Vec<Recording> = columns.iter().map(|x| Recording::of(cells, item, *x)).collect();
        let name = recordings.first().map_or(0.0, |it| it.group).to_string();
        (name, recordings.iter().map(|it| (it.transactions > 0.0).then_some(it.total.median.max(0.0) / 1e6)).collect())
    };
    let heat = Heat {
        title: "X-P6: recording and grouping, in milliseconds".to_owned(),
        notes: vec![
            "ERC-20 transfers; what is touched kept instead of dropped, keys made of it, groups made of those."
                .to_owned(),
            format!("The paper: {} ms for 300 transactions.", paper::RECORDING_MS),
        ],
        x_label: "groups".to_owned(),
        y_label: "transactions of a group".to_owned(),
        columns: columns.iter().map(|x| number(*x)).collect(),
        rows: items.iter().map(row).collect(),
    };
    Figure { name: format!("{}-heat", Experiment::P6.file()), svg: heat.svg() }
}
