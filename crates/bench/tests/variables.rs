//! Names of storage variables: of every generated block, what the layout and the hashes say is what lies there.

use access_list::{ConflictGraph, StateDiff, StateKey, StorageLayout};
use bench::workload::{Contract, Settings, Workload, mapping_slot, nested_mapping_slot, suite};
use executor::{BlockExecution, Engine, Plan, PreparedBlock};
use primitives::{Address, ChainSpec, U256};
use state::StateReader;
use std::time::{Duration, Instant};

/// What a report is to be done within.
const REPORT_MAX: Duration = Duration::from_secs(1);

fn execute(block: &PreparedBlock<'_>, workload: &Workload) -> BlockExecution {
    let engine = Engine::new(1).expect("one worker");
    engine
        .execute(block, &workload.state, &Plan::default())
        .unwrap_or_else(|error| panic!("{}: {error}", workload.name))
}

/// The contract at an address, by its code.
fn contract(workload: &Workload, address: Address) -> Option<Contract> {
    let account = workload.state.account(address).expect("in memory")?;
    let code = workload.state.code(account.code_hash).unwrap_or_default();
    Contract::ALL.into_iter().find(|contract| contract.runtime() == code)
}

/// The slot that a name stands for, worked out the other way round. `None` if it is not in one of the forms of our
/// contracts.
fn slot(contract: Contract, name: &str) -> Option<U256> {
    let Some((label, keys)) = name.strip_suffix(']').and_then(|rest| rest.split_once('[')) else {
        return Some(contract.slot(name.split(", ").next()?));
    };
    let base = contract.slot(label);
    match keys.split_once("][") {
        Some((outer, inner)) => Some(nested_mapping_slot(outer.parse().ok()?, inner.parse().ok()?, base)),
        None if keys.len() == 42 => Some(mapping_slot(keys.parse::<Address>().ok()?.into_word().into(), base)),
        None if keys.starts_with('"') => None,
        None => Some(mapping_slot(keys.parse().ok()?, base)),
    }
}

#[test]
fn hot_keys_of_our_contracts_have_the_names_of_their_variables() {
    let (mut slots, mut named) = (0, 0);
    for generator in suite(120) {
        let workload = generator.build(Settings::new(5));
        let chain = ChainSpec::at_fork(workload.fork);
        let block = PreparedBlock::new(&chain, &workload.block, &workload.senders).noting_preimages();
        let execution = execute(&block, &workload);
        let preimages = block.environment().take_preimages();
        let sets = execution.access_sets();
        let graph = ConflictGraph::from_sets(&sets, &vec![1; sets.len()]);
        for hot in graph.hot_keys() {
            let StateKey::Slot(address, place) = hot.key else { continue };
            let Some(contract) = contract(&workload, address) else { continue };
            slots += 1;
            let Some(name) = contract.layout().name(place, &preimages) else {
                eprintln!("{}: {contract:?} {place:#x} has no name", workload.name);
                continue;
            };
            assert_eq!(slot(contract, &name), Some(place), "{}: {contract:?}.{name}", workload.name);
            named += 1;
        }
    }
    assert!(slots > 100, "{slots} hot slots");
    assert!(named * 100 >= slots * 95, "{named} of {slots} have a name");
    println!("{named} of {slots} hot slots have the right name");
}

/// A diff says what changes in any order.
fn sorted(mut diff: StateDiff) -> StateDiff {
    diff.accounts.sort_by_key(|change| change.address);
    diff.slots.sort_by_key(|change| (change.address, change.slot));
    diff.code.sort();
    diff
}

#[test]
fn noting_what_is_hashed_changes_no_result() {
    for generator in suite(40) {
        let workload = generator.build(Settings::new(6));
        let chain = ChainSpec::at_fork(workload.fork);
        let plain = PreparedBlock::new(&chain, &workload.block, &workload.senders);
        let noting = plain.clone().noting_preimages();
        let [one, other] = [&plain, &noting].map(|block| execute(block, &workload));
        assert_eq!(one.receipts, other.receipts, "{}", workload.name);
        assert_eq!(sorted(one.diff), sorted(other.diff), "{}", workload.name);
        assert!(plain.environment().take_preimages().is_empty());
    }
}

#[test]
fn alone_the_report_of_a_thousand_transactions_takes_less_than_a_second() {
    let layout: StorageLayout = Contract::Token.layout();
    let generator =
        suite(1_000).into_iter().find(|generator| generator.name().starts_with("erc20")).expect("in the suite");
    let workload = generator.build(Settings::new(7));
    let chain = ChainSpec::at_fork(workload.fork);
    let start = Instant::now();
    let block = PreparedBlock::new(&chain, &workload.block, &workload.senders).noting_preimages();
    let execution = execute(&block, &workload);
    let preimages = block.environment().take_preimages();
    let sets = execution.access_sets();
    let graph = ConflictGraph::from_sets(&sets, &vec![1; sets.len()]);
    let names = graph.hot_keys().into_iter().filter_map(|hot| match hot.key {
        StateKey::Slot(_, place) => layout.name(place, &preimages),
        _ => None,
    });
    let names = names.count();
    let elapsed = start.elapsed();
    assert!(elapsed < REPORT_MAX, "{elapsed:?} for {names} names");
}
