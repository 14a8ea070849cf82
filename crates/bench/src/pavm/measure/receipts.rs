//! X-P9: operation roots are the same under every schedule, and no operation can be altered without changing them.

mod alterations;

use super::super::{Experiment, Kind, Sample, Setting, contest::Place};
use crate::{
    measure::Case,
    workload::{Form, Generator as _, Threaded, ThreadedContract, Validated, ValidatedCall},
};
use access_list::{AccessSet, ListIndex};
use alterations::Tally;
use evm::{Outcome, operation::Operations};
use executor::{Engine, Error, Known, Plan, Policy, PreparedBlock, operation_root};
use primitives::B256;

/// Workers of the schedules.
const WORKERS: [usize; 4] = [1, 2, 3, 8];

/// Transactions of a block, and how many of them change one variable.
const TRANSACTIONS: usize = 12;
const GROUP: usize = 3;

/// Compares and alters, for each kind of call.
pub(super) fn receipts(setting: &Setting, progress: &mut dyn FnMut(&str)) -> Result<Vec<Sample>, Error> {
    let engines = WORKERS.map(Engine::sharing_all).into_iter().collect::<Result<Vec<_>, _>>()?;
    let mut samples = Vec::new();
    for (item, case) in cases(setting) {
        progress(&format!("X-P9: {item}"));
        let place = Place { experiment: Experiment::P9, item: &item, x: 0.0 };
        samples.extend(of_case(place, &case, &engines, setting.schedules)?);
    }
    Ok(samples)
}

/// A short block of every kind of call.
fn cases(setting: &Setting) -> Vec<(String, Case)> {
    use ValidatedCall::{Approve, Fibonacci, Read, Sort, Transfer, TransferFrom, Write};
    let named = [
        ("ERC20 approve", Approve),
        ("ERC20 transfer", Transfer),
        ("ERC20 transferFrom", TransferFrom),
        ("Fibonacci", Fibonacci(50)),
        ("CPUHeavy", Sort(20)),
        ("KVStore read", Read(20)),
        ("KVStore write", Write(20)),
    ];
    let validated = named.map(|(name, call)| {
        let block = Validated { call, transactions: TRANSACTIONS, group: GROUP };
        (name.to_owned(), Case::generated(block.build(setting.settings())))
    });
    let threaded = ThreadedContract::ALL.map(|contract| {
        let size = if contract == ThreadedContract::Genes { 8 } else { 12 };
        let block = Threaded { contract, size, parts: 4, form: Form::Threads, transactions: 3 };
        (contract.name().to_owned(), Case::generated(block.build(setting.settings())).with_threads())
    });
    validated.into_iter().chain(threaded).collect()
}

fn of_case(place: Place<'_>, case: &Case, engines: &[Engine], schedules: usize) -> Result<Vec<Sample>, Error> {
    let prepared = case.prepare().recording_operations();
    let serial = engines[0].execute_transactions(&prepared, &case.state, &Plan::default())?;
    let list = engines[0].list_of(&prepared, &serial, &case.state)?;
    let executed = || serial.executed.iter().flatten();
    let sets: Vec<AccessSet> = executed().map(|executed| AccessSet::from_record(&executed.record)).collect();
    let operations: Vec<&Operations> = executed().filter_map(|executed| recorded(&executed.output)).collect();
    let root = operation_root(operations.iter().copied());

    let index = engines[0].index(&list);
    let known = (&index, &sets[..]);
    let mut equal = 0;
    for schedule in 0..schedules {
        let engine = &engines[schedule % engines.len()];
        let policy = Policy::ALL[schedule / engines.len() % Policy::ALL.len()];
        equal += usize::from(root_under(&prepared, case, (engine, policy), known)? == root);
    }
    let mut tally = Tally::default();
    for position in 0..operations.len() {
        tally.alter(operations[position], |altered| {
            let (before, behind) = (&operations[..position], &operations[position + 1..]);
            operation_root(before.iter().copied().chain([altered]).chain(behind.iter().copied())) != root
        });
    }
    let counted = [
        ("schedules", schedules),
        ("equal roots", equal),
        ("operations", tally.operations),
        ("alterations", tally.alterations),
        ("detected", tally.detected),
        ("kept by the state", tally.kept_by_state),
    ];
    Ok(counted.map(|(side, count)| place.sample(side, 0, Kind::Counted, count as f64)).into())
}

fn recorded(outcome: &Outcome) -> Option<&Operations> {
    match outcome {
        Outcome::Included(result) => result.operations.as_deref(),
        Outcome::Invalid(_) => None,
    }
}

/// The operation root that one schedule gives.
fn root_under(
    prepared: &PreparedBlock<'_>,
    case: &Case,
    (engine, policy): (&Engine, Policy),
    (index, sets): (&ListIndex, &[AccessSet]),
) -> Result<B256, Error> {
    let known = Known { list: policy.needs_list().then_some(index), sets: policy.needs_sets().then_some(sets) };
    let run = engine.execute_transactions(prepared, &case.state, &Plan { policy, known, ..Plan::default() })?;
    let recorded = run.executed.iter().flatten().filter_map(|executed| recorded(&executed.output));
    Ok(operation_root(recorded))
}
