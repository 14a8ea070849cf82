//! Every experiment, measured.

mod blocks;
mod calls;
mod receipts;
mod recording;
mod speed;
mod throughput;
mod utilisation;

use super::{Experiment, Sample, Setting};
use executor::Error;

/// Measures one experiment. `progress` is told what comes next.
pub fn measure(
    experiment: Experiment,
    setting: &Setting,
    progress: &mut dyn FnMut(&str),
) -> Result<Vec<Sample>, Error> {
    match experiment {
        Experiment::P1 => blocks::overall(setting, progress),
        Experiment::P2 => calls::calls(experiment, &calls::PUBLISHED, setting, progress),
        Experiment::P3 => blocks::over_sizes(setting, progress),
        Experiment::P4 => blocks::over_groups(setting, progress),
        Experiment::P5 => blocks::over_workers(setting, progress),
        Experiment::P6 => recording::over_shapes(setting, progress),
        Experiment::P7 => utilisation::utilisation(setting, progress),
        Experiment::P8 => throughput::throughput(setting, progress),
        Experiment::P9 => receipts::receipts(setting, progress),
        Experiment::Speed => speed::speed(setting, progress),
    }
}
