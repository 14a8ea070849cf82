//! What single steps cost: a thread that does nothing, two workers, recording, the operation root, the extension itself.

use super::{
    super::{
        Experiment, Kind, Sample, Setting,
        contest::{Contender, Place, Timer, contest, timed},
    },
    blocks, calls, recording,
};
use crate::{
    measure::{Case, Engines, ForkCosts, Side, Subject},
    workload::{EmptyThreads, Generator as _, ThreadedContract, ValidatedCall},
};
use evm::Outcome;
use executor::{Engine, Error, Plan, Policy, PreparedBlock, operation_root};
use std::{hint::black_box, time::Instant};

/// Threads of the call that spawns empty ones.
const EMPTY: u64 = 1_000;

/// Measures all of it.
pub(super) fn speed(setting: &Setting, progress: &mut dyn FnMut(&str)) -> Result<Vec<Sample>, Error> {
    let experiment = Experiment::Speed;
    let size = |published: u64| setting.sizes(&[published])[0];
    progress("speed: empty threads");
    let mut samples = empty_threads(setting)?;
    let costs = ForkCosts::measure(setting.passes.repeats.max(10))?;
    for (contract, published) in [
        (ThreadedContract::Substring, 28_000),
        (ThreadedContract::Histogram, 70_000),
        (ThreadedContract::MatrixMul, 40),
        (ThreadedContract::MatrixAdd, 90),
    ] {
        progress(&format!("speed: {contract} in threads"));
        let place = Place { experiment, item: &format!("threads/{contract}"), x: size(published) as f64 };
        samples.extend(calls::call(place, contract, size(published), (setting, &costs))?);
    }
    let calls = [
        ("ERC20", ValidatedCall::Transfer),
        ("Fibonacci", ValidatedCall::Fibonacci(size(10_000))),
        ("CPUHeavy", ValidatedCall::Sort(size(210))),
        ("KVStore", ValidatedCall::Write(size(1_000))),
    ];
    for (name, call) in calls {
        progress(&format!("speed: {name}"));
        let case = blocks::case(call, setting.transactions, 1, setting);
        let place = |what: &'static str| format!("{what}/{name}");
        let x = setting.transactions as f64;
        samples.extend(recording::recording(Place { experiment, item: &place("recording"), x }, &case, 1, setting)?);
        samples.extend(operations(Place { experiment, item: &place("operations"), x }, &case, setting)?);
        let with = blocks::case(call, setting.transactions, 1, setting).with_threads();
        samples.extend(extension(Place { experiment, item: &place("extension"), x }, [&case, &with], setting)?);
    }
    Ok(samples)
}

fn empty_threads(setting: &Setting) -> Result<Vec<Sample>, Error> {
    let cases =
        [0, EMPTY].map(|threads| Case::generated(EmptyThreads { threads }.build(setting.settings())).with_threads());
    let sides = [1, setting.workers].map(|workers| Side::engine(Policy::Optimistic, workers));
    let engines = Engines::for_sides(&sides)?;
    let [none, all] = [Subject::new(&cases[0], &engines, 0)?, Subject::new(&cases[1], &engines, 0)?];
    let contenders = [
        Contender { name: "none", subject: &none, side: sides[0] },
        Contender { name: "all", subject: &all, side: sides[0] },
        Contender { name: "all", subject: &all, side: sides[1] },
    ];
    let place = Place { experiment: Experiment::Speed, item: "empty threads", x: EMPTY as f64 };
    contest(place, &contenders, &engines, setting)
}

/// Execution, and execution with every operation written down and hashed to a root.
fn operations(place: Place<'_>, case: &Case, setting: &Setting) -> Result<Vec<Sample>, Error> {
    let engine = Engine::new(1)?;
    let (plain, recorded) = (case.prepare(), case.prepare().recording_operations());
    let run = |block: &PreparedBlock<'_>| -> Result<f64, Error> {
        let plan = Plan { policy: Policy::Serial, drop_records: true, ..Plan::default() };
        let start = Instant::now();
        let run = engine.execute_transactions(block, &case.state, &plan)?;
        let outcomes = run.executed.iter().flatten().map(|executed| &executed.output);
        let operations: Vec<_> = outcomes
            .filter_map(|outcome| match outcome {
                Outcome::Included(result) => result.operations.as_deref(),
                Outcome::Invalid(_) => None,
            })
            .collect();
        if !operations.is_empty() {
            black_box(operation_root(operations));
        }
        let elapsed = start.elapsed();
        drop(black_box(run));
        Ok(elapsed.as_secs_f64() * 1e9)
    };
    let timers = [
        Timer { name: "without", workers: 1, time: &|| run(&plain) },
        Timer { name: "with", workers: 1, time: &|| run(&recorded) },
    ];
    timed(place, &timers, setting)
}

/// The same block on a chain without threads and on one with them.
fn extension(place: Place<'_>, cases: [&Case; 2], setting: &Setting) -> Result<Vec<Sample>, Error> {
    let side = Side::engine(Policy::Serial, 1);
    let engines = Engines::for_sides(&[side])?;
    let [without, with] = [Subject::new(cases[0], &engines, 0)?, Subject::new(cases[1], &engines, 0)?];
    let contenders =
        [Contender { name: "without", subject: &without, side }, Contender { name: "with", subject: &with, side }];
    let mut samples = contest(place, &contenders, &engines, setting)?;
    samples.push(place.sample("transactions", 0, Kind::Counted, without.sets.len() as f64));
    Ok(samples)
}
