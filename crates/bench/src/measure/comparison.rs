//! Several sides over one block, each held against plain revm.

use super::{Engines, Interval, Passes, Side, Subject, Timing, interleaved, median};
use serde::Serialize;

/// What one side came to on one block.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The block.
    pub block: String,
    /// Number of its transactions.
    pub transactions: usize,
    /// Gas used by all of them.
    pub gas: u64,
    /// What was measured: the policy, and what it had to give if that is more than plain revm gives.
    pub policy: String,
    /// With how many workers.
    pub workers: usize,
    /// Time of plain revm.
    pub plain_ns: Interval,
    /// Time of this side.
    pub ns: Interval,
    /// Plain revm's time over this side's, pass by pass.
    pub ratio: Interval,
    /// What an ideal schedule could gain: T1 / max(T-infinity, T1/N).
    pub bound: f64,
    /// Ratio over bound.
    pub share: f64,
    /// Executions of transactions; the median of all passes, as is what follows.
    pub executions: f64,
    /// Executions whose result was thrown away.
    pub stale: f64,
    /// Time that went into a plan before the first execution; part of the side's time.
    pub planning_ns: f64,
    /// How often each side was measured.
    pub passes: usize,
}

/// The measurements of one block.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// One row for each side, in their order.
    pub rows: Vec<Row>,
    sides: Vec<Side>,
    plain: Vec<f64>,
    times: Vec<Vec<f64>>,
    bounds: super::Bounds,
}

/// Several blocks together.
#[derive(Clone, Debug, Serialize)]
pub struct Total {
    /// Number of blocks.
    pub blocks: usize,
    /// What was measured.
    pub policy: String,
    /// With how many workers.
    pub workers: usize,
    /// Time of plain revm for all blocks, the sum of the medians.
    pub plain_ns: f64,
    /// Time of this side, the sum of the medians.
    pub ns: f64,
    /// Summed times of plain revm over those of this side, pass by pass.
    pub ratio: Interval,
    /// Summed work over summed least times.
    pub bound: f64,
    /// Ratio over bound.
    pub share: f64,
}

/// Measures the sides on one block, plain revm beside them.
pub fn compare(
    subject: &Subject<'_>,
    sides: &[Side],
    engines: &Engines,
    passes: Passes,
) -> Result<Comparison, executor::Error> {
    let all: Vec<Side> = [Side::PlainRevm].into_iter().chain(sides.iter().copied()).collect();
    let first = Side::PlainRevm.time(subject, engines, 1)?;
    let batch = subject.batch_for(first.ns);
    let timings = interleaved(all.len(), passes, |side| all[side].time(subject, engines, batch))?;
    let times: Vec<Vec<f64>> = timings[1..].iter().map(|side| side.iter().map(|timing| timing.ns).collect()).collect();
    let plain: Vec<f64> = timings[0].iter().map(|timing| timing.ns).collect();
    let rows = sides.iter().zip(&timings[1..]).map(|(side, timings)| row(subject, *side, &plain, timings)).collect();
    Ok(Comparison { rows, sides: sides.to_vec(), plain, times, bounds: subject.bounds })
}

fn row(subject: &Subject<'_>, side: Side, plain: &[f64], timings: &[Timing]) -> Row {
    let of = |value: fn(&Timing) -> f64| -> Vec<f64> { timings.iter().map(value).collect() };
    let times = of(|timing| timing.ns);
    let ratio = Interval::of(&ratios(plain, &times));
    let least = side.least_ns(&subject.bounds);
    let bound = if least > 0.0 { subject.bounds.work_ns as f64 / least } else { 1.0 };
    Row {
        block: subject.case.name.clone(),
        transactions: subject.prepared.transactions().len(),
        gas: subject.gas,
        policy: side.to_string(),
        workers: side.workers(),
        plain_ns: Interval::of(plain),
        ns: Interval::of(&times),
        ratio,
        bound,
        share: ratio.median / bound,
        executions: median(&of(|timing| timing.executions as f64)),
        stale: median(&of(|timing| timing.stale as f64)),
        planning_ns: median(&of(|timing| timing.planning_ns)),
        passes: timings.len(),
    }
}

/// The blocks together, a total for each side. All must have been measured with the same sides.
pub fn total(comparisons: &[&Comparison]) -> Vec<Total> {
    let Some(first) = comparisons.first() else { return Vec::new() };
    let passes = comparisons.iter().map(|comparison| comparison.plain.len()).min().unwrap_or_default();
    let of_side = |(number, side): (usize, &Side)| {
        let summed = |times: &dyn Fn(&Comparison) -> f64| -> f64 { comparisons.iter().map(|it| times(it)).sum() };
        let plain: Vec<f64> = (0..passes).map(|pass| summed(&|it| it.plain[pass])).collect();
        let times: Vec<f64> = (0..passes).map(|pass| summed(&|it| it.times[number][pass])).collect();
        let ratio = Interval::of(&ratios(&plain, &times));
        let work = summed(&|it| it.bounds.work_ns as f64);
        let least = summed(&|it| side.least_ns(&it.bounds));
        let bound = if least > 0.0 { work / least } else { 1.0 };
        Total {
            blocks: comparisons.len(),
            policy: side.to_string(),
            workers: side.workers(),
            plain_ns: summed(&|it| it.rows[number].plain_ns.median),
            ns: summed(&|it| it.rows[number].ns.median),
            ratio,
            bound,
            share: ratio.median / bound,
        }
    };
    first.sides.iter().enumerate().map(of_side).collect()
}

fn ratios(plain: &[f64], times: &[f64]) -> Vec<f64> {
    plain.iter().zip(times).map(|(plain, time)| plain / time.max(f64::MIN_POSITIVE)).collect()
}
