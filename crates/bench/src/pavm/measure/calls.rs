//! X-P2: one call, its parts one after another and as threads.

use super::super::{
    Experiment, Kind, Sample, Setting,
    contest::{Contender, Place, contest, median_of},
};
use crate::{
    measure::{Case, Engines, ForkCosts, Pieces, Shared, Side, Subject, median},
    workload::{Form, Generator as _, Threaded, ThreadedContract},
};
use executor::{Error, Policy};
use scheduler::WorkerPool;

/// What the paper measures, and one of ours.
pub(super) const PUBLISHED: [ThreadedContract; 5] = [
    ThreadedContract::MatrixAdd,
    ThreadedContract::MatrixMul,
    ThreadedContract::Substring,
    ThreadedContract::Histogram,
    ThreadedContract::Genes,
];

/// Measures contracts at all their sizes.
pub(super) fn calls(
    experiment: Experiment,
    contracts: &[ThreadedContract],
    setting: &Setting,
    progress: &mut dyn FnMut(&str),
) -> Result<Vec<Sample>, Error> {
    let costs = ForkCosts::measure(setting.passes.repeats.max(10))?;
    let mut samples = Vec::new();
    for contract in contracts {
        for size in setting.call_sizes(*contract) {
            progress(&format!("{experiment}: {contract} {size}"));
            let place = Place { experiment, item: contract.name(), x: size as f64 };
            samples.extend(call(place, *contract, size, (setting, &costs))?);
        }
    }
    Ok(samples)
}

/// A contract's call as a case, serial or with threads.
pub(super) fn case(contract: ThreadedContract, size: u64, form: Form, setting: &Setting) -> Case {
    let threaded = Threaded { contract, size, parts: setting.parts, form, transactions: 1 };
    let case = Case::generated(threaded.build(setting.settings()));
    if form == Form::Threads { case.with_threads() } else { case }
}

/// One call: plain revm and the engine on the serial form, the engine on threads with one worker and with more.
pub(super) fn call(
    place: Place<'_>,
    contract: ThreadedContract,
    size: u64,
    with: (&Setting, &ForkCosts),
) -> Result<Vec<Sample>, Error> {
    beside(place, (contract, size), ("plain revm", Side::PlainRevm), with)
}

/// One call beside a schedule of transactions, which has but one to hand out: X-P1.
pub(super) fn scheduled(
    place: Place<'_>,
    contract: ThreadedContract,
    size: u64,
    with: (&Setting, &ForkCosts),
) -> Result<Vec<Sample>, Error> {
    beside(place, (contract, size), ("sequence check", Side::engine(Policy::Sequence, with.0.workers)), with)
}

/// The serial form on the engine and on one side more, threads with one worker and with the real ones, and projected.
fn beside(
    place: Place<'_>,
    (contract, size): (ThreadedContract, u64),
    (name, side): (&str, Side),
    (setting, costs): (&Setting, &ForkCosts),
) -> Result<Vec<Sample>, Error> {
    let cases = [Form::Serial, Form::Threads].map(|form| case(contract, size, form, setting));
    let threads = [1, setting.workers].map(|workers| Side::engine(Policy::Optimistic, workers));
    let sides = [Side::engine(Policy::Serial, 1), side, threads[0], threads[1]];
    let engines = Engines::for_sides(&sides)?;
    let serial = Subject::new(&cases[0], &engines, 0)?;
    let threads = Subject::new(&cases[1], &engines, 0)?;
    let names = [("serial", &serial), (name, &serial), ("threads", &threads), ("threads", &threads)];
    let contenders: Vec<Contender<'_, '_>> =
        names.iter().zip(sides).map(|((name, subject), side)| Contender { name, subject, side }).collect();
    let mut samples = contest(place, &contenders, &engines, setting)?;
    let alone = median_of(&samples, "threads", 1);
    samples.extend(projected(place, &threads, alone, (setting, costs))?);
    Ok(samples)
}

/// A call as a block of its own: X-P8.
pub(super) fn projected_call(
    place: Place<'_>,
    subject: &Subject<'_>,
    alone_ns: f64,
    setting: &Setting,
) -> Result<Vec<Sample>, Error> {
    let costs = ForkCosts::measure(setting.passes.repeats.max(10))?;
    projected(place, subject, alone_ns, (setting, &costs))
}

/// Threads with other numbers of workers, from what each of them costs; with so many as were measured too, to compare.
fn projected(
    place: Place<'_>,
    subject: &Subject<'_>,
    alone_ns: f64,
    (setting, costs): (&Setting, &ForkCosts),
) -> Result<Vec<Sample>, Error> {
    let pieces = Pieces::of(subject, setting.cost_passes)?;
    let pool = WorkerPool::sharing_all(2)?;
    let shared = Shared::passes(subject, &pool, setting.cost_passes)?;
    let beside = median(&shared.iter().map(|pass| pass.pieces_ns).collect::<Vec<_>>());
    let slow_down = if pieces.pieces_ns() > 0.0 { (beside / pieces.pieces_ns()).max(1.0) } else { 1.0 };
    // What the block takes beside its call.
    let block = (alone_ns - pieces.inline_ns).max(0.0);
    let project = |workers: usize| {
        let forks: f64 = pieces.forks.iter().map(|fork| costs.project(fork, slow_down, workers).ns).sum();
        place.sample("threads", workers, Kind::Projected, block + pieces.outside_ns() + forks)
    };
    let mut samples = vec![project(setting.workers), project(setting.projected_workers)];
    samples.push(place.sample("slow-down", 2, Kind::Counted, slow_down));
    samples.push(place.sample("outside of threads", 1, Kind::Counted, pieces.outside_ns() + block));
    Ok(samples)
}
