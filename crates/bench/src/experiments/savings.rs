//! X-M3, the paper's Fig. 7: serial against parallel execution.

use super::{Figure, Report, Setting};
use crate::{
    figures::{Axis, Bar, Bars, Group, Lines, Look, Series},
    measure::{Engines, Sampler, Side, Subject, compare, projection},
    workload::Mix,
};
use executor::{Error, Policy};

/// Time saved in percent that the paper states, with twelve threads: M-53.
const PUBLISHED: [(f64, f64); 2] = [(1_000.0, 41.9), (3_500.0, 23.8)];

/// Columns of the table, after the size and the time of plain revm.
const SERIAL: usize = 2;
const STATIC_SPLIT: usize = 3;
const OPTIMISTIC: usize = 4;
const LIST_DRIVEN: usize = 5;
const PROJECTED: usize = 6;
/// The savings follow in the order of the parallel columns.
const SAVED: usize = 7;

/// Measures serial and parallel execution for each size, and projects it.
pub fn savings(setting: &Setting, mut progress: impl FnMut(&str)) -> Result<Report, Error> {
    let Mix { variables, correlation, .. } = Mix::default();
    let mut report = Report {
        name: "m3",
        title: format!(
            "X-M3: serial and parallel execution over transactions per block ({variables} shared variables, \
             {correlation} % correlation, {} workers measured, {} projected)",
            setting.workers, setting.projected_workers
        ),
        headings: vec![
            "transactions",
            "plain_revm_ms",
            "serial_ms",
            "static_split_ms",
            "optimistic_ms",
            "list_driven_ms",
            "static_split_projected_ms",
            "static_split_saved_%",
            "optimistic_saved_%",
            "list_driven_saved_%",
            "static_split_projected_saved_%",
            "projection_error_%",
        ],
        rows: Vec::new(),
        findings: Vec::new(),
        figures: Vec::new(),
    };
    for &transactions in &setting.sizes {
        progress(&format!("X-M3: {transactions} transactions"));
        report.rows.push(row(setting, transactions)?);
    }
    report.findings = findings(&report, setting);
    report.figures = vec![times(&report, setting), saved(&report, setting)];
    Ok(report)
}

fn row(setting: &Setting, transactions: usize) -> Result<Vec<f64>, Error> {
    let (case, _) = setting.block(transactions, Mix::default().variables);
    let parallel = [Policy::StaticSplit, Policy::Optimistic, Policy::ListDriven];
    let sides: Vec<Side> = [Side::engine(Policy::Serial, 1)]
        .into_iter()
        .chain(parallel.map(|policy| Side::engine(policy, setting.workers)))
        .collect();
    let engines = Engines::for_sides(&sides)?;
    let subject = Subject::new(&case, &engines, setting.passes.repeats)?;
    let rows = compare(&subject, &sides, &engines, setting.passes)?.rows;
    let measured: Vec<f64> = rows.iter().map(|row| row.ns.median).collect();
    let overheads = Sampler::new(&subject, Policy::StaticSplit, 2)?.median(setting.passes)?;
    let model = projection::Model::of(&subject);
    let project = |workers| projection::project(&model, Policy::StaticSplit, workers, &overheads).ns as f64;
    let projected = project(setting.projected_workers);
    let saved = |ns: f64| 100.0 * (1.0 - ns / measured[0]);
    let times = measured.iter().chain([&projected]).map(|ns| ns / 1e6);
    let savings = measured[1..].iter().chain([&projected]).map(|ns| saved(*ns));
    let error = 100.0 * (project(setting.workers) / measured[1] - 1.0);
    let head = [transactions as f64, rows[0].plain_ns.median / 1e6];
    Ok(head.into_iter().chain(times).chain(savings).chain([error]).collect())
}

fn findings(report: &Report, setting: &Setting) -> Vec<String> {
    let at = |size: f64| report.rows.iter().find(|row| row[0] == size);
    let compared = PUBLISHED.iter().filter_map(|(size, published)| {
        let row = at(*size)?;
        Some(format!(
            "{size} transactions: the paper saves {published} % with 12 threads; static_split saves {:.1} % with {} \
             workers and {:.1} % with {} projected; optimistic {:.1} %, list_driven {:.1} % with {} workers",
            row[SAVED],
            setting.workers,
            row[SAVED + 3],
            setting.projected_workers,
            row[SAVED + 1],
            row[SAVED + 2],
            setting.workers,
        ))
    });
    let mut errors: Vec<f64> = report.rows.iter().map(|row| row[SAVED + 4]).collect();
    errors.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    let greatest = errors.last().copied().unwrap_or_default();
    let error = format!(
        "the projection is off by {greatest:+.1} % at most where it can be checked, at {} workers",
        setting.workers
    );
    compared.chain([error]).collect()
}

fn times(report: &Report, setting: &Setting) -> Figure {
    let columns = [SERIAL, STATIC_SPLIT, PROJECTED];
    let group = |row: &Vec<f64>| Group {
        label: row[0].to_string(),
        bars: columns.iter().map(|column| Some(Bar::of(row[*column]))).collect(),
    };
    let chart = Bars {
        title: "X-M3: serial and parallel execution".to_owned(),
        notes: vec!["Blocks of the paper's Table 1: 5 shared variables per transaction, 10 % correlation.".to_owned()],
        x_label: "transactions per block".to_owned(),
        y: Axis::linear("time of the block (ms)"),
        series: vec![
            ("serial".to_owned(), false),
            (format!("static_split, {} workers", setting.workers), false),
            (format!("static_split, {} workers (projected)", setting.projected_workers), true),
        ],
        tick: None,
        line: None,
        groups: report.rows.iter().map(group).collect(),
    };
    Figure { name: "m3-time".to_owned(), svg: chart.svg() }
}

fn saved(report: &Report, setting: &Setting) -> Figure {
    let line = |name: String, column: usize, look| Series { name, points: report.points(column), look };
    let real = setting.workers;
    let mut series = vec![
        line(format!("static_split, {real} workers"), SAVED, Look::Measured),
        line(format!("optimistic, {real} workers"), SAVED + OPTIMISTIC - STATIC_SPLIT, Look::Measured),
        line(format!("list_driven, {real} workers"), SAVED + LIST_DRIVEN - STATIC_SPLIT, Look::Measured),
        line(
            format!("static_split, {} workers (projected)", setting.projected_workers),
            SAVED + PROJECTED - STATIC_SPLIT,
            Look::Projected,
        ),
    ];
    let published =
        Series { name: "the paper, 12 threads".to_owned(), points: PUBLISHED.to_vec(), look: Look::Published };
    series.push(published);
    let chart = Lines {
        title: "X-M3: time saved against serial execution".to_owned(),
        notes: vec![
            "Blocks of the paper's Table 1: 5 shared variables per transaction, 10 % correlation.".to_owned(),
            format!("{real} workers can save at most {:.0} %.", 100.0 * (1.0 - 1.0 / real as f64)),
        ],
        x: Axis::linear("transactions per block"),
        y: Axis::linear("time saved (%)"),
        series,
    };
    Figure { name: "m3-saved".to_owned(), svg: chart.svg() }
}
