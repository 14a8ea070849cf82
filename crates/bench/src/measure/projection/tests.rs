use super::*;
use access_list::{ConflictGraph, StateKey};
use primitives::U256;

const SPECULATIVE: [Policy; 4] = [Policy::StaticSplit, Policy::DisjointSets, Policy::Sequence, Policy::Optimistic];

/// Transactions that read and write the slots given, at these costs.
fn model(transactions: &[(u64, &[u64])]) -> Model {
    let key = |slot: &u64| StateKey::Slot(Address::ZERO, U256::from(*slot));
    let set = |slots: &[u64]| AccessSet::new(slots.iter().map(key), slots.iter().map(key), []);
    Model {
        costs: transactions.iter().map(|(cost, _)| *cost).collect(),
        sets: transactions.iter().map(|(_, slots)| set(slots)).collect(),
        ..Model::default()
    }
}

/// Costs and slots by a rule, without a pattern.
fn mixed(transactions: u64) -> Vec<(u64, [u64; 1])> {
    (0..transactions).map(|index| (1_000 + index * 7_919 % 5_000, [index * index % 23])).collect()
}

fn mixed_model(transactions: u64) -> Model {
    let mixed = mixed(transactions);
    model(&mixed.iter().map(|(cost, slots)| (*cost, &slots[..])).collect::<Vec<_>>())
}

fn free() -> Overheads {
    Overheads { slow_down: 1.0, ..Overheads::default() }
}

#[test]
fn one_worker_takes_all_the_work_and_its_overhead() {
    let model = mixed_model(60);
    let work: u64 = model.costs.iter().sum();
    let overheads = Overheads { setup_ns: 500.0, commit_ns: 30.0, finish_ns: 70.0, ..free() };
    for policy in Policy::ALL {
        assert_eq!(project(&model, policy, 1, &free()).ns, work, "{policy}");
        assert_eq!(project(&model, policy, 1, &overheads).ns, work + 500 + 60 * 30 + 70, "{policy}");
    }
}

#[test]
fn many_workers_reach_the_bound_where_nothing_costs_but_the_work() {
    let model = mixed_model(60);
    let graph = ConflictGraph::from_sets(&model.sets, &model.costs);
    assert_eq!(project(&model, Policy::Sequence, 1_000, &free()).ns, graph.span());
    let longest = *model.costs.iter().max().unwrap();
    let chunks = model.costs.chunks(2).map(|chunk| chunk.iter().sum::<u64>()).max().unwrap();
    let listed = project(&model, Policy::ListDriven, 1_000, &free()).ns;
    assert!((longest..=chunks).contains(&listed), "{listed}");
}

#[test]
fn no_schedule_beats_the_bound() {
    for transactions in [1, 7, 60, 400] {
        let model = mixed_model(transactions);
        let graph = ConflictGraph::from_sets(&model.sets, &model.costs);
        for workers in [1, 2, 3, 8, 64] {
            let least = graph.work() as f64 / graph.bound(workers);
            for policy in SPECULATIVE {
                let projected = project(&model, policy, workers, &free()).ns as f64;
                assert!(projected + 0.5 >= least, "{policy} x{workers}: {projected} < {least}");
                assert!(projected <= graph.work() as f64 * 2.0, "{policy} x{workers}: {projected}");
            }
        }
    }
}

#[test]
fn a_chain_is_serial_but_for_a_list() {
    let model =
        model(&[(10, &[1]), (10, &[1]), (10, &[1]), (10, &[1]), (10, &[1]), (10, &[1]), (10, &[1]), (10, &[1])]);
    for policy in SPECULATIVE {
        assert!(project(&model, policy, 8, &free()).ns >= 80, "{policy}");
    }
    assert_eq!(project(&model, Policy::ListDriven, 4, &free()).ns, 20);
    assert!(project(&model, Policy::Optimistic, 8, &free()).stale > 0);
    assert_eq!(project(&model, Policy::Sequence, 8, &free()).stale, 0);
}

#[test]
fn independent_transactions_scale() {
    let slots: Vec<[u64; 1]> = (0..64).map(|slot| [slot]).collect();
    let model = model(&slots.iter().map(|slots| (100, &slots[..])).collect::<Vec<_>>());
    for policy in SPECULATIVE.into_iter().chain([Policy::ListDriven]) {
        assert_eq!(project(&model, policy, 8, &free()).ns, 800, "{policy}");
    }
    for policy in SPECULATIVE {
        let late = project(&model, policy, 2, &Overheads { join_ns: 1_000.0, ..free() }).ns;
        assert_eq!(late, 3_700, "{policy}: the second worker comes late");
    }
}

#[test]
fn an_empty_block_takes_no_time() {
    for policy in Policy::ALL {
        assert_eq!(project(&Model::default(), policy, 4, &free()).ns, 0, "{policy}");
    }
}

#[test]
fn a_sum_is_that_of_the_times() {
    let one = |block: &str, workers, projected_ns, measured_ns, bound| Projected {
        block: block.to_owned(),
        policy: "optimistic",
        workers,
        projected_ns,
        measured_ns,
        error: None,
        plain_ns: 100.0,
        ratio: 0.0,
        bound,
    };
    let blocks =
        [one("a", 2, 50.0, Some(60.0), 2.0), one("a", 4, 20.0, None, 4.0), one("b", 2, 100.0, Some(90.0), 1.0)];
    let sums = sums(&blocks);
    assert_eq!(sums.iter().map(|sum| sum.workers).collect::<Vec<_>>(), [2, 4]);
    let two = &sums[0];
    assert_eq!((two.projected_ns, two.measured_ns, two.plain_ns, two.error), (150.0, Some(150.0), 200.0, Some(0.0)));
    assert!((two.ratio - 200.0 / 150.0).abs() < 1e-9 && (two.bound - 200.0 / 150.0).abs() < 1e-9);
    assert_eq!((sums[1].measured_ns, sums[1].error), (None, None));
}
