//! Samples by what they are of.

use super::super::{Kind, Sample};
use crate::measure::median;

/// The samples of one experiment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cells<'s>(pub(super) &'s [&'s Sample]);

/// One side of a comparison.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct SideOf<'s> {
    pub(super) name: &'s str,
    pub(super) workers: usize,
    pub(super) kind: Kind,
}

impl<'s> Cells<'s> {
    /// What was run, in the order of the samples.
    pub(super) fn items(&self) -> Vec<&'s str> {
        unique(self.0.iter().map(|sample| sample.item.as_str()))
    }

    /// Where on the level axis something of an item was measured, ascending.
    pub(super) fn places(&self, item: &str) -> Vec<f64> {
        let mut places = unique(self.of(item).filter(|sample| sample.kind != Kind::Counted).map(|sample| sample.x));
        places.sort_by(f64::total_cmp);
        places
    }

    /// The sides of an item that have a time, in the order of the samples.
    pub(super) fn sides(&self, item: &str) -> Vec<SideOf<'s>> {
        let timed = self.of(item).filter(|sample| sample.kind != Kind::Counted);
        unique(timed.map(|sample| SideOf { name: &sample.side, workers: sample.workers, kind: sample.kind }))
    }

    /// The values of a side at a place, by pass.
    pub(super) fn values(&self, item: &str, x: f64, side: SideOf<'_>) -> Vec<f64> {
        self.of_side(item, side).filter(|sample| sample.x == x).map(|sample| sample.value).collect()
    }

    /// The values of a side at the first place that has any.
    pub(super) fn values_anywhere(&self, item: &str, side: SideOf<'_>) -> Vec<f64> {
        let place = self.of_side(item, side).map(|sample| sample.x).next();
        place.map(|x| self.values(item, x, side)).unwrap_or_default()
    }

    /// What was counted under this name; the median where there are several.
    pub(super) fn counted(&self, item: &str, x: Option<f64>, name: &str) -> Option<f64> {
        let of = self.of(item).filter(|sample| sample.side == name && x.is_none_or(|x| sample.x == x));
        let values: Vec<f64> = of.map(|sample| sample.value).collect();
        (!values.is_empty()).then(|| median(&values))
    }

    /// The samples of an item.
    pub(super) fn of(&self, item: &str) -> impl Iterator<Item = &'s Sample> {
        self.0.iter().copied().filter(move |sample| sample.item == item)
    }

    fn of_side(&self, item: &str, side: SideOf<'_>) -> impl Iterator<Item = &'s Sample> {
        self.of(item).filter(move |sample| {
            sample.side == side.name && sample.workers == side.workers && sample.kind == side.kind
        })
    }
}

fn unique<T: PartialEq>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut unique = Vec::new();
    for value in values {
        if !unique.contains(&value) {
            unique.push(value);
        }
    }
    unique
}

/// A number with the digits that say something.
pub(super) fn number(value: f64) -> String {
    let digits = match value.abs() {
        0.0 => 0,
        size if size >= 1_000.0 => 0,
        size if size >= 100.0 => 1,
        size if size >= 10.0 => 2,
        size if size >= 0.1 => 3,
        _ => 5,
    };
    let text = format!("{value:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A name as a part of a file's name.
pub(super) fn slug(name: &str) -> String {
    name.to_lowercase().replace(' ', "-")
}
