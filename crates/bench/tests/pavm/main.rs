//! The workloads of paper P: each result is what the same computation in Rust gives, serially and with any number of
//! workers, and every run of a block is the same to the last byte.

mod expected;

use access_list::AccessSet;
use bench::{
    measure::Case,
    pavm::{self, Experiment, Kind, Setting},
    workload::{
        Contract, Form, Generator as _, Settings, Threaded, ThreadedContract, Validated, ValidatedCall, mapping_slot,
        nested_mapping_slot,
    },
};
use evm::{Outcome, TransactionResult};
use executor::{Engine, Known, Plan, Policy};
use primitives::{Address, Bytes, Fork, U256, alloy_consensus::Transaction as _};
use state::{MemoryState, StateReader as _, StateTrie, StateWriter as _};
use std::collections::BTreeMap;

const WORKERS: [usize; 4] = [1, 2, 3, 8];

fn settings() -> Settings {
    Settings { fork: Fork::Cancun, ..Settings::new(3) }
}

/// What became of a block, and the state after it.
struct Ran {
    results: Vec<TransactionResult>,
    state: MemoryState,
}

/// Runs a block serially and then under every policy with every number of workers: all give the same.
fn run(case: &Case) -> Ran {
    let prepared = case.prepare().recording_operations();
    let serial = Engine::sharing_all(1).expect("threads");
    let expected = serial.execute_transactions(&prepared, &case.state, &Plan::default()).expect("a valid block");
    let list = serial.list_of(&prepared, &expected, &case.state).expect("a list");
    let executed = expected.executed.iter().flatten();
    let sets: Vec<AccessSet> = executed.map(|executed| AccessSet::from_record(&executed.record)).collect();
    let results = |run: &scheduler::Run<Outcome>| -> Vec<TransactionResult> {
        let outcomes = run.executed.iter().flatten().map(|executed| &executed.output);
        outcomes
            .map(|outcome| match outcome {
                Outcome::Included(result) => result.clone(),
                Outcome::Invalid(invalid) => panic!("{}: {invalid}", case.name),
            })
            .collect()
    };
    let root = |run: &scheduler::Run<Outcome>| StateTrie::from(&case.state).apply(&run.diff);
    let serial_results = results(&expected);
    assert!(serial_results.iter().all(TransactionResult::is_success), "{}: {:?}", case.name, serial_results[0]);
    for engine in WORKERS.map(|workers| Engine::sharing_all(workers).expect("threads")) {
        let index = engine.index(&list);
        for policy in Policy::ALL {
            let known =
                Known { list: policy.needs_list().then_some(&index), sets: policy.needs_sets().then_some(&sets) };
            let plan = Plan { policy, known, ..Plan::default() };
            let run = engine.execute_transactions(&prepared, &case.state, &plan).expect("a valid block");
            let what = format!("{} under {policy} with {}", case.name, engine.workers());
            assert!(results(&run) == serial_results, "{what}: results");
            let found = engine.list_of(&prepared, &run, &case.state).expect("a list");
            assert!(found == list, "{what}: list");
            assert_eq!(root(&run), root(&expected), "{what}: state");
        }
    }
    let mut state = case.state.clone();
    state.commit(&expected.diff).expect("a memory");
    Ran { results: serial_results, state }
}

fn words(output: &Bytes) -> Vec<U256> {
    output.chunks(32).map(U256::from_be_slice).collect()
}

#[test]
fn calls_with_threads_give_what_rust_computes() {
    for contract in ThreadedContract::ALL {
        for (size, parts) in [(1, 1), (9, 4), (14, 7)] {
            let block = |form| Threaded { contract, size, parts, form, transactions: 2 };
            let serial = run(&Case::generated(block(Form::Serial).build(settings())));
            let threads = run(&Case::generated(block(Form::Threads).build(settings())).with_threads());
            let expected = expected::threaded(&block(Form::Serial));
            for (ran, form) in [(&serial, "serial"), (&threads, "threads")] {
                for result in &ran.results {
                    assert_eq!(words(&result.output), expected, "{contract} {size} {parts} {form}");
                }
            }
        }
    }
}

#[test]
fn a_text_of_some_length_is_cut_where_a_pattern_crosses() {
    for contract in [ThreadedContract::Substring, ThreadedContract::Histogram, ThreadedContract::WordCount] {
        let block = Threaded { contract, size: 600, parts: 40, form: Form::Threads, transactions: 1 };
        let ran = run(&Case::generated(block.build(settings())).with_threads());
        let expected = expected::threaded(&block);
        assert!(expected.iter().any(|word| *word > U256::from(3)), "{contract}: something was found");
        assert_eq!(words(&ran.results[0].output), expected, "{contract}");
    }
}

/// Arguments of one word each.
fn arguments(input: &Bytes) -> Vec<U256> {
    words(&Bytes::copy_from_slice(&input[4..]))
}

#[test]
fn keyed_calls_leave_what_rust_computes() {
    for (group, transactions) in [(1, 8), (4, 12)] {
        for call in [
            ValidatedCall::Fibonacci(0),
            ValidatedCall::Fibonacci(400),
            ValidatedCall::Sort(1),
            ValidatedCall::Sort(50),
            ValidatedCall::Read(30),
            ValidatedCall::Write(30),
        ] {
            let case = Case::generated(Validated { call, transactions, group }.build(settings()));
            let ran = run(&case);
            let contract = case.block.body.transactions[0].to().expect("a call");
            let mut model: BTreeMap<U256, U256> = BTreeMap::new();
            for (transaction, result) in case.block.body.transactions.iter().zip(&ran.results) {
                let key = arguments(transaction.input())[0];
                let value = model.entry(key).or_insert(U256::ONE);
                *value = expected::keyed(call, key, *value);
                if let ValidatedCall::Read(times) = call {
                    let sum = U256::from_be_slice(&result.logs[0].data.data);
                    assert_eq!(sum, *value * U256::from(times), "{call}");
                }
            }
            assert_eq!(model.len(), transactions / group, "{call}: one value a group");
            let variable = if matches!(call, ValidatedCall::Read(_) | ValidatedCall::Write(_)) {
                Contract::KvStore.slot("variables")
            } else {
                call.contract().slot("results")
            };
            for (key, value) in model {
                let found = ran.state.storage(contract, mapping_slot(key, variable)).expect("a memory");
                assert_eq!(found, value, "{call}, group of {group}");
            }
        }
    }
}

#[test]
fn token_calls_leave_what_rust_computes() {
    for (call, group) in [ValidatedCall::Approve, ValidatedCall::Transfer, ValidatedCall::TransferFrom]
        .into_iter()
        .flat_map(|call| [1, 3].map(|group| (call, group)))
    {
        let case = Case::generated(Validated { call, transactions: 9, group }.build(settings()));
        let ran = run(&case);
        let token = case.block.body.transactions[0].to().expect("a call");
        let mut model: BTreeMap<U256, U256> = BTreeMap::new();
        let before = |slot: U256| case.state.storage(token, slot).expect("a memory");
        let balance = |account: Address| mapping_slot(account.into_word().into(), Contract::Token.slot("balanceOf"));
        let allowance = |owner, spender| nested_mapping_slot(owner, spender, Contract::Token.slot("allowance"));
        for (transaction, sender) in case.block.body.transactions.iter().zip(&case.senders) {
            let arguments = arguments(transaction.input());
            let account = |index: usize| Address::from_word(arguments[index].into());
            let mut change = |slot: U256, how: &dyn Fn(U256) -> U256| {
                let value = model.entry(slot).or_insert_with(|| before(slot));
                *value = how(*value);
            };
            match call {
                ValidatedCall::Approve => change(allowance(*sender, account(0)), &|_| arguments[1]),
                ValidatedCall::Transfer => {
                    change(balance(*sender), &|value| value - arguments[1]);
                    change(balance(account(0)), &|value| value + arguments[1]);
                }
                _ => {
                    change(allowance(account(0), *sender), &|value| value - arguments[2]);
                    change(balance(account(0)), &|value| value - arguments[2]);
                    change(balance(account(1)), &|value| value + arguments[2]);
                }
            }
        }
        for (slot, value) in model {
            assert_eq!(ran.state.storage(token, slot).expect("a memory"), value, "{call}, group of {group}");
            assert_ne!(before(slot), value, "{call}: nothing happened");
        }
    }
}

#[test]
fn pages_are_made_from_what_was_written() {
    let setting = Setting { transactions: 6, parts: 3, schedules: 28, ..Setting::quick().repeat(2) };
    for experiment in Experiment::ALL {
        let mut said = 0;
        let samples = pavm::measure(experiment, &setting, &mut |_| said += 1).expect("it can be measured");
        assert!(said > 0 && !samples.is_empty(), "{experiment}");
        assert!(samples.iter().all(|sample| sample.experiment == experiment && sample.value.is_finite()));
        let text = pavm::to_csv(&samples);
        let read = pavm::from_csv(&text).expect("what we wrote");
        assert_eq!(read, samples, "{experiment}");
        let page = pavm::page(experiment, &read);
        assert!(!page.rows.is_empty() && !page.findings.is_empty(), "{experiment}");
        assert!(page.rows.iter().all(|row| row.len() == page.headings.len()), "{experiment}");
        for figure in &page.figures {
            assert!(figure.svg.ends_with("</svg>\n") && !figure.svg.contains("NaN"), "{}", figure.name);
        }
        if !matches!(experiment, Experiment::P6 | Experiment::P9) {
            assert!(
                samples.iter().any(|sample| sample.kind == Kind::Projected && sample.workers == 40),
                "{experiment}"
            );
        }
    }
}

#[test]
fn every_schedule_gives_the_same_operation_root_and_every_alteration_another() {
    let samples = pavm::measure(Experiment::P9, &Setting::quick(), &mut |_| {}).expect("it can be measured");
    let of = |side: &str| -> Vec<f64> {
        samples.iter().filter(|sample| sample.side == side).map(|sample| sample.value).collect()
    };
    assert_eq!(of("schedules").len(), 13);
    assert_eq!(of("equal roots"), of("schedules"));
    assert_eq!(of("detected"), of("alterations"));
    assert!(of("alterations").iter().zip(of("operations")).all(|(altered, all)| *altered > 2.0 * all && all > 0.0));
    assert!(of("kept by the state").iter().zip(of("operations")).all(|(kept, all)| *kept < all));
}

/// The long form: a thousand schedules of each kind of call.
#[test]
fn slow_a_thousand_schedules_give_the_same_operation_root() {
    let samples = pavm::measure(Experiment::P9, &Setting::published(), &mut |_| {}).expect("it can be measured");
    let sum = |side: &str| samples.iter().filter(|sample| sample.side == side).map(|sample| sample.value).sum::<f64>();
    assert_eq!((sum("schedules"), sum("equal roots")), (13_000.0, 13_000.0));
}
