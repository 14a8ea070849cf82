//! Real mainnet blocks under every policy, compared with their own headers and with serial execution.

use access_list::{AccessSet, ListIndex, StateDiff};
use bench::{RecordedBlock, RecordedState};
use evm::Outcome;
use executor::{BlockExecution, Engine, Known, Plan, Policy, PreparedBlock};
use primitives::{Account, Address, U256};
use scheduler::Executed;
use state::StateReader;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

/// The folder inside the data, or `None` with a line that says what is skipped.
#[expect(clippy::disallowed_methods, reason = "a test looks for its data")]
fn data(inside: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("PARALLAX_DATA")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../data")), PathBuf::from);
    let path = folder.join(inside);
    if path.exists() {
        return Some(path);
    }
    assert!(std::env::var_os("CI").is_none(), "{} is missing: set PARALLAX_DATA", path.display());
    eprintln!("SKIPPED: {} is missing; set PARALLAX_DATA to the data folder", path.display());
    None
}

fn reader(block: &RecordedBlock) -> &(dyn StateReader + Sync) {
    match &block.state {
        RecordedState::Listed(state) => state,
        RecordedState::Witness(state) => state,
    }
}

/// Content that a diff leaves, entries that change nothing left out.
type Content = (BTreeMap<Address, Option<Account>>, BTreeMap<(Address, U256), U256>);

fn content(diff: &StateDiff, state: &dyn StateReader) -> Content {
    let wiped: BTreeSet<Address> =
        diff.accounts.iter().filter(|change| change.wiped).map(|change| change.address).collect();
    let accounts = diff
        .accounts
        .iter()
        .filter(|change| change.wiped || state.account(change.address).ok().flatten() != change.account);
    let slots = diff.slots.iter().filter(|change| {
        let before = if wiped.contains(&change.address) {
            U256::ZERO
        } else {
            state.storage(change.address, change.slot).unwrap_or_default()
        };
        before != change.value
    });
    (
        accounts.map(|change| (change.address, change.account)).collect(),
        slots.map(|change| ((change.address, change.slot), change.value)).collect(),
    )
}

fn assert_same(block: &RecordedBlock, serial: &BlockExecution, other: &BlockExecution, what: &str) {
    let name = &block.name;
    assert!(serial.receipts == other.receipts, "{name} {what}: receipts");
    assert!(serial.requests == other.requests, "{name} {what}: requests");
    assert!(serial.list == other.list, "{name} {what}: list");
    let state = reader(block);
    assert!(content(&serial.diff, state) == content(&other.diff, state), "{name} {what}: state");
    assert!(outcomes(&serial.executed) == outcomes(&other.executed), "{name} {what}: outcomes");
}

type Decided = Vec<Option<Executed<Outcome>>>;

fn outcomes(executed: &Decided) -> Vec<Option<(Outcome, Option<U256>)>> {
    executed.iter().map(|executed| executed.as_ref().map(|e| (e.output.clone(), e.fee))).collect()
}

/// What each transaction touched, as a hint.
fn sets(executed: &Decided) -> Vec<AccessSet> {
    let set = |executed: &Executed<Outcome>| AccessSet::from_record(&executed.record);
    executed.iter().map(|executed| executed.as_ref().map(set).unwrap_or_default()).collect()
}

fn check_all(inside: &str) {
    let Some(path) = data(inside) else { return };
    for block in RecordedBlock::load_all(path).expect("the data is sound") {
        let prepared = PreparedBlock::new(&block.chain, &block.block, &block.senders);
        let state = reader(&block);
        if !block.header_known {
            check_transactions(&block, &prepared);
            continue;
        }
        let serial_plan = Plan { record_list: true, ..Plan::default() };
        let serial =
            Engine::new(1).expect("a worker").execute(&prepared, state, &serial_plan).expect("the block is valid");
        serial.check(&prepared).unwrap_or_else(|error| panic!("{}: {error}", block.name));
        let list = serial.list.as_ref().expect("it was recorded");
        let index = ListIndex::new(list);
        let sets = sets(&serial.executed);
        for workers in [1, 2, 3, 8, 32] {
            let engine = Engine::new(workers).expect("workers");
            for policy in Policy::ALL {
                let known = Known { list: Some(&index), sets: Some(&sets) };
                let plan = Plan { policy, known, record_list: true, ..Plan::default() };
                let execution = engine
                    .execute(&prepared, state, &plan)
                    .unwrap_or_else(|error| panic!("{} {}: {error}", block.name, policy.name()));
                assert_same(&block, &serial, &execution, &format!("{} x{workers}", policy.name()));
            }
        }
    }
}

/// A block whose header is not known has nothing but its transactions to compare.
fn check_transactions(block: &RecordedBlock, prepared: &PreparedBlock<'_>) {
    let state = reader(block);
    let serial =
        Engine::new(1).expect("a worker").execute_transactions(prepared, state, &Plan::default()).expect("valid");
    let sets = sets(&serial.executed);
    for workers in [1, 2, 3, 8, 32] {
        let engine = Engine::new(workers).expect("workers");
        for policy in Policy::ALL.into_iter().filter(|policy| !policy.needs_list()) {
            let plan = Plan { policy, known: Known { sets: Some(&sets), list: None }, ..Plan::default() };
            let run = engine.execute_transactions(prepared, state, &plan).expect("valid");
            let what = format!("{} {} x{workers}", block.name, policy.name());
            assert!(outcomes(&serial.executed) == outcomes(&run.executed), "{what}: outcomes");
            assert!(content(&serial.diff, state) == content(&run.diff, state), "{what}: state");
        }
    }
}

#[test]
fn mainnet_blocks_match_their_headers_under_every_policy() {
    check_all("mainnet-blocks");
}

#[test]
fn recent_block_is_the_same_under_every_policy() {
    check_all("mainnet-recent/22546209");
}

#[test]
fn witnessed_blocks_are_the_same_under_every_policy() {
    check_all("mainnet-witness");
}
