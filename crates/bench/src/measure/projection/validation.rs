//! Whether the virtual clock can be believed: projections beside measured runs, where there can be some.

use super::{
    super::{Engines, Overheads, Passes, Sampler, Side, Subject, interleaved, median},
    Model, project,
};
use executor::{Error, Policy};
use serde::Serialize;

/// A projected run beside a measured one.
#[derive(Clone, Debug, Serialize)]
pub struct Projected {
    /// The block.
    pub block: String,
    /// Under which policy.
    pub policy: &'static str,
    /// With how many workers.
    pub workers: usize,
    /// The projected time.
    pub projected_ns: f64,
    /// The measured time, where it was measured.
    pub measured_ns: Option<f64>,
    /// Projected over measured, less one.
    pub error: Option<f64>,
    /// The time of plain revm.
    pub plain_ns: f64,
    /// Time of plain revm over the projected one.
    pub ratio: f64,
    /// T1 / max(T-infinity, T1/N).
    pub bound: f64,
}

/// Projects a policy to each number of workers and compares with measured runs of one and two.
///
/// The overheads are those of one worker for one, and those of two workers for all others. The runs that they are read
/// from and the runs that are compared with take turns, so that a drift of the machine meets both.
pub fn validate(
    subject: &Subject<'_>,
    policy: Policy,
    workers: &[usize],
    engines: &Engines,
    passes: Passes,
) -> Result<Vec<Projected>, Error> {
    let model = Model::of(subject);
    let timed = [Side::PlainRevm, Side::engine(policy, 1), Side::engine(policy, 2)];
    let read = [Sampler::new(subject, policy, 1)?, Sampler::new(subject, policy, 2)?];
    let runs = interleaved(timed.len() + read.len(), passes, |side| match timed.get(side) {
        Some(timed) => timed.time(subject, engines, 1).map(|timing| Run { ns: timing.ns, ..Run::default() }),
        None => Ok(Run { overheads: read[side - timed.len()].run()?, ..Run::default() }),
    })?;
    let of_side = |side: usize| median(&runs[side].iter().map(|run| run.ns).collect::<Vec<_>>());
    let overheads_of = |side: usize| {
        Overheads::median_of(&runs[timed.len() + side].iter().map(|run| run.overheads).collect::<Vec<_>>())
    };
    let (plain_ns, alone, beside) = (of_side(0), overheads_of(0), overheads_of(1));
    let projected = workers.iter().map(|&workers| {
        let overheads = if workers == 1 { &alone } else { &beside };
        let projected_ns = project(&model, policy, workers, overheads).ns as f64;
        let measured_ns = (workers <= 2).then(|| of_side(workers));
        Projected {
            block: subject.case.name.clone(),
            policy: policy.name(),
            workers,
            projected_ns,
            measured_ns,
            error: measured_ns.map(|measured| error(projected_ns, measured)),
            plain_ns,
            ratio: plain_ns / projected_ns.max(1.0),
            bound: subject.bounds.bound(policy, workers),
        }
    });
    Ok(projected.collect())
}

/// One run: what it took, or what it cost beside the transactions.
#[derive(Clone, Copy, Debug, Default)]
struct Run {
    ns: f64,
    overheads: Overheads,
}

fn error(projected_ns: f64, measured_ns: f64) -> f64 {
    projected_ns / measured_ns.max(1.0) - 1.0
}

/// Several blocks together: the sum of their times, for each policy and number of workers.
pub fn sums(blocks: &[Projected]) -> Vec<Projected> {
    let mut sums: Vec<Projected> = Vec::new();
    for one in blocks {
        // By the time that they take with one worker, as it stands for the work.
        let least_ns = one.plain_ns / one.bound.max(1.0);
        let same = |sum: &&mut Projected| sum.policy == one.policy && sum.workers == one.workers;
        match sums.iter_mut().find(same) {
            Some(sum) => {
                sum.projected_ns += one.projected_ns;
                sum.plain_ns += one.plain_ns;
                sum.measured_ns = sum.measured_ns.zip(one.measured_ns).map(|(sum, one)| sum + one);
                sum.bound += least_ns;
            }
            None => sums.push(Projected { block: "sum".to_owned(), bound: least_ns, ..one.clone() }),
        }
    }
    for sum in &mut sums {
        sum.bound = sum.plain_ns / sum.bound.max(1.0);
        sum.ratio = sum.plain_ns / sum.projected_ns.max(1.0);
        sum.error = sum.measured_ns.map(|measured| error(sum.projected_ns, measured));
    }
    sums
}
