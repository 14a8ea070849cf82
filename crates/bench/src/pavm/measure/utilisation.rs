//! X-P7: how busy the cores are, in one call with threads and in a block.

use super::{
    super::{Experiment, Kind, Sample, Setting, contest::Place},
    blocks, calls,
};
use crate::{
    measure::{Engines, ForkCosts, Occupation, Passes, Pieces, Sampler, Shared, Subject, projection},
    workload::{Form, ThreadedContract, ValidatedCall},
};
use executor::{Error, Policy};
use scheduler::WorkerPool;

/// Measures calls and blocks, and projects both.
pub(super) fn utilisation(setting: &Setting, progress: &mut dyn FnMut(&str)) -> Result<Vec<Sample>, Error> {
    let experiment = Experiment::P7;
    let size = |published: u64| setting.sizes(&[published])[0];
    let costs = ForkCosts::measure(setting.passes.repeats.max(10))?;
    let mut samples = Vec::new();
    for (contract, published) in [
        (ThreadedContract::MatrixAdd, 90),
        (ThreadedContract::MatrixMul, 40),
        (ThreadedContract::Substring, 28_000),
        (ThreadedContract::Histogram, 70_000),
    ] {
        progress(&format!("{experiment}: {contract}"));
        let place = Place { experiment, item: contract.name(), x: 0.0 };
        samples.extend(of_call(place, contract, size(published), (setting, &costs))?);
    }
    for (item, call) in [
        ("Fibonacci", ValidatedCall::Fibonacci(size(50_000))),
        ("CPUHeavy", ValidatedCall::Sort(size(210))),
        ("KVStore", ValidatedCall::Write(size(10_000))),
    ] {
        progress(&format!("{experiment}: {item}"));
        samples.extend(of_block(Place { experiment, item, x: 0.0 }, call, setting)?);
    }
    Ok(samples)
}

fn of_call(
    place: Place<'_>,
    contract: ThreadedContract,
    size: u64,
    (setting, costs): (&Setting, &ForkCosts),
) -> Result<Vec<Sample>, Error> {
    let engines = Engines::for_sides(&[])?;
    let case = calls::case(contract, size, Form::Threads, setting);
    let subject = Subject::new(&case, &engines, 0)?;
    let pieces = Pieces::of(&subject, setting.cost_passes)?;
    let pool = WorkerPool::sharing_all(setting.workers)?;
    let mut samples = Vec::new();
    for (pass, shared) in Shared::passes(&subject, &pool, passes(setting))?.iter().enumerate() {
        samples.extend(busy(place, setting.workers, pass, &shared.busy));
    }
    // By definition and not by a clock: there is nothing that two of these threads touch, so nothing is run twice.
    samples.push(place.sample("useful", setting.workers, Kind::Counted, 100.0));
    let forks: Vec<_> = pieces.forks.iter().map(|fork| costs.project(fork, 1.0, setting.projected_workers)).collect();
    let whole = pieces.outside_ns() + forks.iter().map(|fork| fork.ns).sum::<f64>();
    for worker in 0..setting.projected_workers {
        let own = if worker == 0 { pieces.outside_ns() } else { 0.0 };
        let work = own + forks.iter().map(|fork| fork.busy_ns[worker]).sum::<f64>();
        let core = Place { x: worker as f64 + 1.0, ..place };
        samples.push(core.sample("busy", setting.projected_workers, Kind::Projected, 100.0 * work / whole));
    }
    Ok(samples)
}

fn of_block(place: Place<'_>, call: ValidatedCall, setting: &Setting) -> Result<Vec<Sample>, Error> {
    const POLICY: Policy = Policy::ListDriven;
    let engines = Engines::for_sides(&[])?;
    let case = blocks::case(call, setting.transactions, 1, setting);
    let subject = Subject::new(&case, &engines, setting.cost_passes)?;
    let mut samples = Vec::new();
    let all = Occupation::passes(&subject, POLICY, setting.workers, passes(setting))?;
    for (pass, occupation) in all.iter().enumerate() {
        samples.extend(busy(place, setting.workers, pass, &occupation.busy));
        let useful = 100.0 * occupation.useful;
        samples.push(Sample { pass, ..place.sample("useful", setting.workers, Kind::Measured, useful) });
    }
    let costs = Passes::new(setting.cost_passes.max(3));
    let overheads = Sampler::new(&subject, POLICY, setting.workers.min(2))?.median(costs)?;
    let model = projection::Model::of(&subject);
    let workers = setting.projected_workers;
    let whole = projection::project(&model, POLICY, workers, &overheads).ns as f64;
    let work = subject.costs.iter().sum::<u64>() as f64 * overheads.slow_down;
    let mean = 100.0 * work / (whole * workers as f64);
    // The virtual clock of blocks tells how long, not who.
    samples.push(place.sample("mean busy", workers, Kind::Projected, mean.min(100.0)));
    Ok(samples)
}

/// Runs of whole blocks that take long need no more than a few.
fn passes(setting: &Setting) -> usize {
    setting.passes.repeats.min(10)
}

fn busy<'a>(place: Place<'a>, workers: usize, pass: usize, busy: &'a [f64]) -> impl Iterator<Item = Sample> + 'a {
    busy.iter().enumerate().map(move |(core, share)| {
        let core = Place { x: core as f64 + 1.0, ..place };
        Sample { pass, ..core.sample("busy", workers, Kind::Measured, 100.0 * share) }
    })
}
