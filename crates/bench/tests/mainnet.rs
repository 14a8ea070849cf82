//! Real mainnet blocks under every policy, compared with their own headers and with serial execution.

mod support;

use bench::RecordedBlock;
use executor::{Known, Plan, PreparedBlock};
use support::{Engines, Way, access_sets, content, data, trace};

fn check_all(inside: &str) {
    let Some(path) = data(inside) else { return };
    let engines = Engines::new();
    for block in RecordedBlock::load_all(path).expect("the data is sound") {
        let prepared = PreparedBlock::new(&block.chain, &block.block, &block.senders);
        if !block.header_known {
            check_transactions(&block, &prepared, &engines);
            continue;
        }
        let name = &block.name;
        let serial = engines.serial(&prepared, &block.state).unwrap_or_else(|error| panic!("{name}: {error}"));
        serial.execution.check(&prepared).unwrap_or_else(|error| panic!("{name}: {error}"));
        engines.check(name, &prepared, &block.state, &serial);
    }
}

/// A block whose header is not known has nothing but its transactions to compare.
fn check_transactions(block: &RecordedBlock, prepared: &PreparedBlock<'_>, engines: &Engines) {
    let state = &block.state;
    let plan = Plan { record_list: true, ..Plan::default() };
    let serial = engines.one().execute_transactions(prepared, state, &plan).expect("valid");
    let (traces, after) = (trace(&serial.executed), content(&serial.diff, state));
    let sets = access_sets(&serial.executed);
    for Way { engine, policy, name } in engines.ways().filter(|way| !way.policy.needs_list()) {
        let known = Known { sets: Some(&sets), list: None };
        let plan = Plan { policy, known, record_list: true, ..Plan::default() };
        let run = engine.execute_transactions(prepared, state, &plan).expect("valid");
        let what = format!("{}: {name}", block.name);
        assert!(traces == trace(&run.executed), "{what}: transactions");
        after.assert_same(&content(&run.diff, state), &what);
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
