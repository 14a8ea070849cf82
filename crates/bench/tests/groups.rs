//! Disjoint sets: those made of records straight away are those of the conflict graph.

use access_list::{AccessRecord, ConflictGraph, disjoint_sets};
use bench::workload::{Generator, RandomBlock, Settings, Validated, ValidatedCall, Workload};
use executor::{Engine, Plan, PreparedBlock};
use primitives::{ChainSpec, Fork};

/// How many disjoint sets the block has.
fn check(engine: &Engine, workload: &Workload) -> usize {
    let chain = ChainSpec::at_fork(workload.fork);
    let block = PreparedBlock::new(&chain, &workload.block, &workload.senders);
    let execution = engine.execute(&block, &workload.state, &Plan::default()).expect("a valid block");
    let sets = execution.access_sets();
    let records: Vec<&AccessRecord> = execution.executed.iter().flatten().map(|executed| &executed.record).collect();
    let expected = ConflictGraph::from_sets(&sets, &vec![1; sets.len()]).components();
    assert_eq!(disjoint_sets(&records), expected, "{}", workload.name);
    expected.len()
}

#[test]
fn records_and_sets_give_the_same_groups() {
    let engine = Engine::sharing_all(1).expect("threads");
    let mut counts = Vec::new();
    for fork in Fork::ALL.into_iter().filter(|fork| *fork < Fork::Amsterdam) {
        for (seed, transactions) in [(0, 8), (1, 40), (2, 40)] {
            let settings = Settings { fork, ..Settings::new(seed) };
            counts.push(check(&engine, &RandomBlock { transactions, invalid: false }.build(settings)));
        }
    }
    assert!(counts.iter().any(|count| (2..8).contains(count)), "some blocks fall into several sets: {counts:?}");
    for group in [1, 3, 12] {
        for call in
            [ValidatedCall::Approve, ValidatedCall::Transfer, ValidatedCall::TransferFrom, ValidatedCall::Write(9)]
        {
            let block = Validated { call, transactions: 12, group };
            let count = check(&engine, &block.build(Settings { fork: Fork::Cancun, ..Settings::new(1) }));
            assert_eq!(count, 12 / group, "{call:?} in groups of {group}");
        }
    }
    assert!(disjoint_sets(&[]).is_empty());
}
