//! Blocks back to back: one after another on one engine, without a pause, as a node that catches up runs them.

use super::{Engines, Interval, Passes, Side, Subject, Total, interleaved};
use executor::Error;

/// Measures whole streams of the blocks under each side, plain revm beside them.
///
/// The clock runs from the first block's start to the last one's end. A block's result is kept until then, so dropping
/// is not part of the time; what plain revm is given beforehand, a copy of each block's state, is made before.
pub fn stream(
    subjects: &[Subject<'_>],
    sides: &[Side],
    engines: &Engines,
    passes: Passes,
) -> Result<Vec<Total>, Error> {
    let all: Vec<Side> = [Side::PlainRevm].into_iter().chain(sides.iter().copied()).collect();
    let times = interleaved(all.len(), passes, |side| all[side].time_stream(subjects, engines))?;
    let plain = &times[0];
    let total = |(side, times): (&Side, &Vec<f64>)| {
        let ratios: Vec<f64> = plain.iter().zip(times).map(|(plain, time)| plain / time.max(1.0)).collect();
        let ratio = Interval::of(&ratios);
        let sum = |value: &dyn Fn(&Subject<'_>) -> f64| -> f64 { subjects.iter().map(value).sum() };
        let work = sum(&|it| it.bounds.work_ns as f64);
        let least = sum(&|it| side.least_ns(&it.bounds));
        let bound = if least > 0.0 { work / least } else { 1.0 };
        Total {
            blocks: subjects.len(),
            policy: side.to_string(),
            workers: side.workers(),
            plain_ns: super::median(plain),
            ns: super::median(times),
            ratio,
            bound,
            share: ratio.median / bound,
        }
    };
    Ok(sides.iter().zip(&times[1..]).map(total).collect())
}
