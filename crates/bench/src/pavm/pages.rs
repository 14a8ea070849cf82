//! Samples as tables, sentences and pictures.

mod cells;
mod grid;
mod receipts;
mod recording;
mod speed;
mod utilisation;

use super::{Experiment, Sample};
use crate::experiments::Figure;

/// One experiment as it is published.
#[derive(Clone, Debug)]
pub struct Page {
    /// Which.
    pub experiment: Experiment,
    /// What was done.
    pub title: String,
    /// Headings of the table; those of text begin with `<`.
    pub headings: Vec<&'static str>,
    /// The table.
    pub rows: Vec<Vec<String>>,
    /// What follows from it, one sentence each.
    pub findings: Vec<String>,
    /// Its pictures.
    pub figures: Vec<Figure>,
}

/// Makes the page of an experiment from its samples; those of others are left out.
pub fn page(experiment: Experiment, samples: &[Sample]) -> Page {
    let samples: Vec<&Sample> = samples.iter().filter(|sample| sample.experiment == experiment).collect();
    match experiment {
        Experiment::P6 => recording::page(&samples),
        Experiment::P7 => utilisation::page(&samples),
        Experiment::P9 => receipts::page(&samples),
        Experiment::Speed => speed::page(&samples),
        _ => grid::page(experiment, &samples),
    }
}
