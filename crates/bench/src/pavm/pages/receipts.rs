//! X-P9 as a table.

use super::{
    super::{Experiment, Sample},
    Page,
    cells::Cells,
};

/// Makes the page.
pub(super) fn page(samples: &[&Sample]) -> Page {
    const COUNTS: [&str; 6] =
        ["schedules", "equal roots", "operations", "alterations", "detected", "kept by the state"];
    let cells = Cells(samples);
    let mut sums = [0.0; COUNTS.len()];
    let mut rows = Vec::new();
    for item in cells.items() {
        let counts = COUNTS.map(|name| cells.counted(item, None, name).unwrap_or_default());
        sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        rows.push(std::iter::once(item.to_owned()).chain(counts.map(|count| count.to_string())).collect());
    }
    let [schedules, equal, operations, alterations, detected, kept] = sums;
    let percent = |part: f64, whole: f64| if whole > 0.0 { 100.0 * part / whole } else { 0.0 };
    Page {
        experiment: Experiment::P9,
        title: "X-P9: operation roots under many schedules, and after alterations of single operations (Fig. 13)"
            .to_owned(),
        headings: vec![
            "<item",
            "schedules",
            "equal_roots",
            "operations",
            "alterations",
            "detected",
            "kept_by_the_state",
        ],
        rows,
        findings: vec![
            format!(
                "{equal} of {schedules} schedules give the root of serial execution ({:.2} %)",
                percent(equal, schedules)
            ),
            format!(
                "{detected} of {alterations} alterations of a single operation are detected ({:.2} %)",
                percent(detected, alterations)
            ),
            format!(
                "a receipt made from states could know {kept} of {operations} operations ({:.1} %): the last change of each \
                 value, payments and logs",
                percent(kept, operations)
            ),
        ],
        figures: Vec::new(),
    }
}
