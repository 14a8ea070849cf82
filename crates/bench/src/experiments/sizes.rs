//! X-M2, the paper's Fig. 6: time over transactions of a block.

use super::{Report, Setting, variables};
use crate::{measure, workload::Mix};
use executor::Error;

/// Measures splitting and whole blocks for each size.
pub fn sizes(setting: &Setting, mut progress: impl FnMut(&str)) -> Result<Report, Error> {
    let Mix { variables, correlation, .. } = Mix::default();
    let mut report = Report {
        name: "m2",
        title: format!(
            "X-M2: time over transactions per block ({variables} shared variables, {correlation} % correlation)"
        ),
        headings: vec!["transactions", "split_us", "split_pairwise_us", "block_us", "block_pairwise_us", "classes"],
        rows: Vec::new(),
        findings: Vec::new(),
        figures: Vec::new(),
    };
    for &transactions in &setting.sizes {
        progress(&format!("X-M2: {transactions} transactions"));
        let times = variables::measured(setting, transactions, variables)?;
        report.rows.push([vec![transactions as f64], times].concat());
    }
    for (name, column) in [("ours", 1), ("the paper's", 2)] {
        let (power, line) = (measure::power(&report.points(column)), measure::line(&report.points(column)));
        report.findings.push(format!(
            "{name}: time grows with n^{:.2} (R2 {:.3}); R2 of a straight line {:.3}",
            power.slope, power.r2, line.r2
        ));
    }
    let title = "X-M2: the split over the size of the block";
    report.figures.push(variables::figure(&report, "m2", "transactions per block", title));
    Ok(report)
}
