//! X-P6: what it takes to keep what transactions touch, and to group them by it.

use super::super::{
    Experiment, Kind, Sample, Setting,
    contest::{Place, Timer, timed},
};
use super::blocks;
use crate::{
    measure::{Case, Engines, Side, Subject, Yield},
    workload::ValidatedCall,
};
use access_list::{AccessSet, disjoint_sets};
use executor::{Error, Plan, Policy};
use std::{hint::black_box, time::Instant};

/// X-P6: transfers in groups of every size, and blocks that compute.
pub(super) fn over_shapes(setting: &Setting, progress: &mut dyn FnMut(&str)) -> Result<Vec<Sample>, Error> {
    let experiment = Experiment::P6;
    let size = |published: u64| setting.sizes(&[published])[0];
    let mut samples = Vec::new();
    for group in setting.counts(&[1, 2, 4, 6, 8, 10]) {
        let item = format!("ERC20 in groups of {group}");
        for groups in setting.counts(&[1, 10, 30, 50, 100, 150, 200, 300, 400]) {
            progress(&format!("{experiment}: {groups} groups of {group}"));
            let case = blocks::case(ValidatedCall::Transfer, groups * group, group, setting);
            samples.extend(recording(Place { experiment, item: &item, x: groups as f64 }, &case, group, setting)?);
        }
    }
    let calls = [
        ("Fibonacci", ValidatedCall::Fibonacci(size(10_000))),
        ("CPUHeavy", ValidatedCall::Sort(size(210))),
        ("KVStore", ValidatedCall::Write(size(10_000))),
    ];
    for (item, call) in calls {
        progress(&format!("{experiment}: {item}"));
        let case = blocks::case(call, setting.transactions, 1, setting);
        let place = Place { experiment, item, x: setting.transactions as f64 };
        samples.extend(recording(place, &case, 1, setting)?);
    }
    Ok(samples)
}

/// One block: executed with what is touched dropped and kept, and what is made of it.
pub(super) fn recording(place: Place<'_>, case: &Case, group: usize, setting: &Setting) -> Result<Vec<Sample>, Error> {
    let dropping = Side::engine(Policy::Serial, 1);
    let keeping = Side::Engine { policy: Policy::Serial, workers: 1, yields: Yield::Records };
    let engines = Engines::for_sides(&[dropping])?;
    let subject = Subject::new(case, &engines, 0)?;
    let run = engines.get(1)?.execute_transactions(&subject.prepared, &case.state, &Plan::default())?;
    let records: Vec<_> = run.executed.iter().flatten().map(|executed| &executed.record).collect();
    let batch = subject.batch_for(dropping.time(&subject, &engines, 1)?.ns);
    let side = |side: Side| side.time(&subject, &engines, batch).map(|timing| timing.ns);
    let sets = || records.iter().map(|record| AccessSet::from_record(record)).collect::<Vec<_>>();
    let timers = [
        Timer { name: "execution", workers: 1, time: &|| side(dropping) },
        Timer { name: "execution and records", workers: 1, time: &|| side(keeping) },
        Timer { name: "sets", workers: 1, time: &|| Ok(repeated(sets)) },
        Timer { name: "groups", workers: 1, time: &|| Ok(repeated(|| disjoint_sets(&subject.sets))) },
    ];
    let mut samples = timed(place, &timers, setting)?;
    samples.push(place.sample("transactions", 0, Kind::Counted, subject.sets.len() as f64));
    samples.push(place.sample("group", 0, Kind::Counted, group as f64));
    Ok(samples)
}

/// The time of one of some runs; what they give is dropped after the clock stopped.
fn repeated<T>(work: impl Fn() -> T) -> f64 {
    const RUNS: usize = 8;
    let mut kept = Vec::with_capacity(RUNS);
    let start = Instant::now();
    for _ in 0..RUNS {
        kept.push(work());
    }
    let elapsed = start.elapsed();
    black_box(kept);
    elapsed.as_secs_f64() * 1e9 / RUNS as f64
}
