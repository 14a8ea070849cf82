//! Sides beside each other: the one way in which times are taken here.

use super::{Experiment, Kind, Sample, Setting};
use crate::measure::{
    Engines, Passes, Sampler, Side, Subject, interleaved, median,
    projection::{self, Model},
};
use executor::{Error, Policy};

/// Where samples belong.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'p> {
    pub(super) experiment: Experiment,
    pub(super) item: &'p str,
    pub(super) x: f64,
}

/// One side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Contender<'s, 'c> {
    pub(super) name: &'s str,
    pub(super) subject: &'s Subject<'c>,
    pub(super) side: Side,
}

impl Place<'_> {
    /// A sample of this place.
    pub(super) fn sample(&self, side: &str, workers: usize, kind: Kind, value: f64) -> Sample {
        Sample {
            experiment: self.experiment,
            item: self.item.to_owned(),
            x: self.x,
            side: side.to_owned(),
            workers,
            kind,
            pass: 0,
            value,
        }
    }

    /// Samples of one side, a pass each.
    pub(super) fn samples<'a>(
        &'a self,
        side: &'a str,
        workers: usize,
        values: &'a [f64],
    ) -> impl Iterator<Item = Sample> + 'a {
        let numbered = values.iter().enumerate();
        numbered.map(move |(pass, value)| Sample { pass, ..self.sample(side, workers, Kind::Measured, *value) })
    }
}

/// One side that is no side of a comparison of engines: how to take its time, in nanoseconds.
pub(super) struct Timer<'t> {
    pub(super) name: &'t str,
    pub(super) workers: usize,
    pub(super) time: &'t dyn Fn() -> Result<f64, Error>,
}

/// Takes times in turn.
pub(super) fn timed(place: Place<'_>, timers: &[Timer<'_>], setting: &Setting) -> Result<Vec<Sample>, Error> {
    let times = interleaved(timers.len(), setting.passes, |at| (timers[at].time)())?;
    let of =
        |(timer, times): (&Timer<'_>, Vec<f64>)| place.samples(timer.name, timer.workers, &times).collect::<Vec<_>>();
    Ok(timers.iter().zip(times).flat_map(of).collect())
}

/// Measures the sides in turn.
pub(super) fn contest(
    place: Place<'_>,
    contenders: &[Contender<'_, '_>],
    engines: &Engines,
    setting: &Setting,
) -> Result<Vec<Sample>, Error> {
    let Some(first) = contenders.first() else { return Ok(Vec::new()) };
    let once = first.side.time(first.subject, engines, 1)?;
    let batch = first.subject.batch_for(once.ns);
    let timings = interleaved(contenders.len(), setting.passes, |at| {
        let Contender { subject, side, .. } = contenders[at];
        side.time(subject, engines, batch)
    })?;
    let samples = contenders.iter().zip(timings).flat_map(|(contender, timings)| {
        let times: Vec<f64> = timings.iter().map(|timing| timing.ns).collect();
        place.samples(contender.name, contender.side.workers(), &times).collect::<Vec<_>>()
    });
    Ok(samples.collect())
}

/// What a policy comes to with other numbers of workers, on the virtual clock of a block.
pub(super) fn project(
    place: Place<'_>,
    (name, policy): (&str, Policy),
    subject: &Subject<'_>,
    workers: &[usize],
    setting: &Setting,
) -> Result<Vec<Sample>, Error> {
    let passes = Passes::new(setting.cost_passes.max(3));
    let overheads = Sampler::new(subject, policy, setting.workers.min(2))?.median(passes)?;
    let model = Model::of(subject);
    let projected = workers.iter().map(|&workers| {
        let ns = projection::project(&model, policy, workers, &overheads).ns as f64;
        place.sample(name, workers, Kind::Projected, ns)
    });
    Ok(projected.collect())
}

/// The median of one side.
pub(super) fn median_of(samples: &[Sample], side: &str, workers: usize) -> f64 {
    let of = samples.iter().filter(|sample| sample.side == side && sample.workers == workers);
    median(&of.filter(|sample| sample.kind == Kind::Measured).map(|sample| sample.value).collect::<Vec<_>>())
}
