//! X-P8: transactions a second, of execution alone and of whole blocks.

use super::{
    super::{
        Experiment, Kind, Sample, Setting,
        contest::{Place, Timer, median_of, project, timed},
    },
    blocks::{KEYED, Keyed},
    calls,
};
use crate::{
    measure::{Case, Engines, Side, Subject},
    workload::{Form, Generator, Settings, Signing, Threaded, ThreadedContract, Validated},
};
use executor::{Engine, Error, Plan, Policy, PreparedBlock};
use std::{hint::black_box, time::Instant};

/// The block serially, as ours executes it, and how ours schedules it.
struct Forms {
    serial: Case,
    ours: Case,
    name: &'static str,
    policy: Policy,
}

/// Measures seven contracts.
pub(super) fn throughput(setting: &Setting, progress: &mut dyn FnMut(&str)) -> Result<Vec<Sample>, Error> {
    let contracts = [
        (ThreadedContract::MatrixAdd, [10, 20, 35]),
        (ThreadedContract::MatrixMul, [10, 20, 35]),
        (ThreadedContract::Substring, [300, 4_000, 14_000]),
        (ThreadedContract::Histogram, [600, 7_000, 14_000]),
    ];
    let mut samples = Vec::new();
    for Keyed { item, call, sizes } in KEYED {
        for size in setting.sizes(&sizes) {
            progress(&format!("{}: {item} {size}", Experiment::P8));
            let block = Validated { call: call(size), transactions: setting.transactions, group: 1 };
            let case = || Case::generated(block.build(signed(setting)));
            let forms = Forms { serial: case(), ours: case(), name: "ours", policy: Policy::ListDriven };
            samples.extend(of_forms(Place { experiment: Experiment::P8, item, x: size as f64 }, &forms, setting)?);
        }
    }
    for (contract, sizes) in contracts {
        for size in setting.sizes(&sizes) {
            progress(&format!("{}: {contract} {size}", Experiment::P8));
            let block = |form| Threaded { contract, size, parts: setting.parts, form, transactions: 1 };
            let [serial, ours] =
                [Form::Serial, Form::Threads].map(|form| Case::generated(block(form).build(signed(setting))));
            let (ours, policy) = (ours.with_threads(), Policy::Optimistic);
            let forms = Forms { serial, ours, name: "threads", policy };
            let place = Place { experiment: Experiment::P8, item: contract.name(), x: size as f64 };
            samples.extend(of_forms(place, &forms, setting)?);
        }
    }
    Ok(samples)
}

/// True signatures, so that senders can be recovered.
fn signed(setting: &Setting) -> Settings {
    Settings { signing: Signing::Real, ..setting.settings() }
}

fn of_forms(place: Place<'_>, forms: &Forms, setting: &Setting) -> Result<Vec<Sample>, Error> {
    let Forms { name, policy, .. } = *forms;
    let side = |workers| Side::engine(policy, workers);
    let sides = [Side::engine(Policy::Serial, 1), side(1), side(setting.workers)];
    let engines = Engines::for_sides(&sides)?;
    let has_threads = forms.ours.chain.threads.is_some();
    let serial = Subject::new(&forms.serial, &engines, 0)?;
    let ours = Subject::new(&forms.ours, &engines, if has_threads { 0 } else { setting.cost_passes })?;
    let [one, all] = [engines.get(1)?, engines.get(setting.workers)?];
    let run = |subject: &Subject<'_>, side: Side| side.time(subject, &engines, 1).map(|timing| timing.ns);
    let timers = [
        Timer { name: "serial", workers: 1, time: &|| run(&serial, sides[0]) },
        Timer { name, workers: 1, time: &|| run(&ours, sides[1]) },
        Timer { name, workers: setting.workers, time: &|| run(&ours, sides[2]) },
        Timer { name: "whole block", workers: 1, time: &|| whole(&forms.serial, one, Policy::Serial) },
        Timer { name: "whole block", workers: setting.workers, time: &|| whole(&forms.ours, all, Policy::Optimistic) },
    ];
    let mut samples = timed(place, &timers, setting)?;
    let alone = median_of(&samples, name, 1);
    if has_threads {
        samples.extend(calls::projected_call(place, &ours, alone, setting)?);
    } else {
        let workers = [setting.workers, setting.projected_workers];
        samples.extend(project(place, (name, policy), &ours, &workers, setting)?);
    }
    samples.push(place.sample("transactions", 0, Kind::Counted, ours.sets.len() as f64));
    Ok(samples)
}

/// A block from a source of blocks: who sent each transaction, the steps around them, receipts and their root.
fn whole(case: &Case, engine: &Engine, policy: Policy) -> Result<f64, Error> {
    let start = Instant::now();
    let fork = case.chain.fork_of(&case.block.header);
    let senders = engine.recover_senders(fork, &case.block.body.transactions).expect("every transaction is signed");
    let prepared = PreparedBlock::new(&case.chain, &case.block, &senders);
    let execution = engine.execute(&prepared, &case.state, &Plan { policy, ..Plan::default() })?;
    black_box(execution.receipts_root());
    let elapsed = start.elapsed();
    drop(black_box(execution));
    Ok(elapsed.as_secs_f64() * 1e9)
}
