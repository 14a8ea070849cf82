//! The conflict graph against brute force over all pairs.

use access_list::{AccessSet, ConflictGraph, ConflictKind, StateKey, WhatIf, disjoint_sets, quadratic_colour_classes};
use primitives::{Address, U256};
use proptest::prelude::*;

type Block = (Vec<AccessSet>, Vec<u64>);

fn key(number: u8) -> StateKey {
    StateKey::Slot(Address::with_last_byte(number % 2), U256::from(number))
}

fn set(keys: u8) -> impl Strategy<Value = AccessSet> {
    let keys = move || prop::collection::vec((0..keys).prop_map(key), 0..3);
    (keys(), keys(), keys()).prop_map(|(reads, writes, adds)| AccessSet::new(reads, writes, adds))
}

/// Up to 14 transactions on few or on many keys.
fn block() -> impl Strategy<Value = Block> {
    prop_oneof![Just(3u8), Just(8), Just(30)]
        .prop_flat_map(|keys| prop::collection::vec((set(keys), 0..20u64), 0..14))
        .prop_map(|block| block.into_iter().unzip())
}

/// `[i][j]` for i < j: whether j waits for i.
fn conflicts(sets: &[AccessSet]) -> Vec<Vec<bool>> {
    let row = |i: usize| (0..sets.len()).map(|j| i < j && sets[i].conflicts_with(&sets[j])).collect();
    (0..sets.len()).map(row).collect()
}

/// `[i][j]` for i < j: whether j waits for i, directly or by way of others.
fn closure(mut edges: Vec<Vec<bool>>) -> Vec<Vec<bool>> {
    let n = edges.len();
    for k in 0..n {
        for i in 0..n {
            for j in 0..n {
                edges[i][j] |= edges[i][k] && edges[k][j];
            }
        }
    }
    edges
}

fn longest_path(edges: &[Vec<bool>], costs: &[u64]) -> u64 {
    let mut ends = vec![0; costs.len()];
    for j in 0..costs.len() {
        let start = (0..j).filter(|i| edges[*i][j]).map(|i| ends[i]).max().unwrap_or(0);
        ends[j] = start + costs[j];
    }
    ends.into_iter().max().unwrap_or(0)
}

fn without(sets: &[AccessSet], key: StateKey) -> Vec<AccessSet> {
    let rest = |keys: &[StateKey]| keys.iter().copied().filter(|other| *other != key).collect::<Vec<_>>();
    sets.iter().map(|set| AccessSet::new(rest(set.reads()), rest(set.writes()), rest(set.adds()))).collect()
}

fn as_commutative(sets: &[AccessSet], key: StateKey) -> Vec<AccessSet> {
    let changes = |set: &AccessSet| set.writes().contains(&key) || set.adds().contains(&key);
    let add = AccessSet::new([], [], [key]);
    let rest = without(sets, key);
    let each = sets.iter().zip(rest).map(|(set, rest)| match set {
        set if changes(set) => rest.union(&add),
        set => set.clone(),
    });
    each.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn disjoint_sets_are_connected_components((sets, costs) in block()) {
        let edges = conflicts(&sets);
        let either = |i: usize, j: usize| i == j || edges[i][j] || edges[j][i];
        let connected = closure((0..sets.len()).map(|i| (0..sets.len()).map(|j| either(i, j)).collect()).collect());
        let components = disjoint_sets(&sets);
        prop_assert_eq!(&ConflictGraph::from_sets(&sets, &costs).components(), &components);
        let mut number = vec![usize::MAX; sets.len()];
        for (at, component) in components.iter().enumerate() {
            prop_assert!(component.is_sorted_by(|a, b| a < b));
            for member in component {
                prop_assert_eq!(std::mem::replace(&mut number[*member as usize], at), usize::MAX);
            }
        }
        prop_assert!(components.is_sorted_by_key(|component| component[0]));
        for i in 0..sets.len() {
            prop_assert_ne!(number[i], usize::MAX);
            for j in 0..sets.len() {
                prop_assert_eq!(number[i] == number[j], connected[i][j], "{} and {}", i, j);
            }
        }
    }

    #[test]
    fn colour_classes_hold_no_conflict_and_keep_the_order((sets, costs) in block()) {
        let classes = ConflictGraph::from_sets(&sets, &costs).colour_classes();
        let edges = conflicts(&sets);
        let mut class_of = vec![usize::MAX; sets.len()];
        for (number, class) in classes.iter().enumerate() {
            for member in class {
                prop_assert_eq!(std::mem::replace(&mut class_of[*member as usize], number), usize::MAX);
            }
        }
        for j in 0..sets.len() {
            let first = (0..j).filter(|i| edges[*i][j]).map(|i| class_of[i] + 1).max().unwrap_or(0);
            prop_assert_eq!(class_of[j], first);
        }
        prop_assert_eq!(classes, quadratic_colour_classes(&sets));
    }

    #[test]
    fn the_critical_path_is_a_longest_path((sets, costs) in block()) {
        let graph = ConflictGraph::from_sets(&sets, &costs);
        let edges = conflicts(&sets);
        let path = graph.critical_path();
        prop_assert_eq!(path.length, longest_path(&edges, &costs));
        prop_assert_eq!(path.length, path.transactions.iter().map(|at| costs[*at as usize]).sum::<u64>());
        for pair in path.transactions.windows(2) {
            prop_assert!(edges[pair[0] as usize][pair[1] as usize]);
        }
        let work: u64 = costs.iter().sum();
        prop_assert_eq!((graph.work(), graph.span()), (work, path.length));
        for workers in 1..6 {
            let bound = graph.bound(workers);
            prop_assert!(bound >= 1.0 && bound <= workers as f64 + 1e-9);
            prop_assert!(work == 0 || bound <= work as f64 / path.length as f64 + 1e-9);
        }
    }

    #[test]
    fn all_conflicts_follow_from_the_listed_ones((sets, costs) in block()) {
        let graph = ConflictGraph::from_sets(&sets, &costs);
        let all = conflicts(&sets);
        let mut listed = vec![vec![false; sets.len()]; sets.len()];
        for conflict in graph.conflicts() {
            let (i, j) = (conflict.before as usize, conflict.after as usize);
            prop_assert!(all[i][j], "{:?}", conflict);
            let changes = |set: &AccessSet| set.writes().contains(&conflict.key) || set.adds().contains(&conflict.key);
            let reads = |set: &AccessSet| set.reads().contains(&conflict.key);
            let kind = if changes(&sets[i]) && reads(&sets[j]) {
                ConflictKind::WriteRead
            } else if reads(&sets[i]) && changes(&sets[j]) {
                ConflictKind::ReadWrite
            } else {
                ConflictKind::WriteWrite
            };
            prop_assert_eq!(conflict.kind, kind);
            listed[i][j] = true;
        }
        prop_assert_eq!(closure(listed), closure(all.clone()));
        for i in 0..sets.len() {
            for j in 0..sets.len() {
                let found = graph.conflict_between(i as u32, j as u32);
                prop_assert_eq!(found.is_some(), all[i][j]);
                prop_assert!(found.is_none_or(|found| sets[i].contains(&found.key) && sets[j].contains(&found.key)));
            }
        }
    }

    #[test]
    fn a_hot_key_costs_what_it_costs_alone((sets, costs) in block()) {
        let hot_keys = ConflictGraph::from_sets(&sets, &costs).hot_keys();
        prop_assert!(hot_keys.is_sorted_by(|a, b| a.lost >= b.lost));
        for number in 0..30 {
            let key = key(number);
            let only = |keys: &[StateKey]| keys.iter().copied().filter(|other| *other == key).collect::<Vec<_>>();
            let alone: Vec<AccessSet> =
                sets.iter().map(|set| AccessSet::new(only(set.reads()), only(set.writes()), only(set.adds()))).collect();
            let edges = conflicts(&alone);
            let waiting: Vec<u32> =
                (0..sets.len()).filter(|j| (0..*j).any(|i| edges[i][*j])).map(|j| j as u32).collect();
            let users = (0..sets.len()).filter(|i| !alone[*i].is_empty()).map(|i| costs[i]);
            let costs_alone: Vec<u64> = (0..sets.len()).map(|i| if alone[i].is_empty() { 0 } else { costs[i] }).collect();
            let lost = longest_path(&edges, &costs_alone) - users.max().unwrap_or(0);
            match hot_keys.iter().find(|hot| hot.key == key) {
                Some(hot) => prop_assert_eq!((&hot.waiting, hot.lost), (&waiting, lost)),
                None => prop_assert!(waiting.is_empty()),
            }
        }
    }

    #[test]
    fn what_if_is_the_graph_of_other_sets((sets, costs) in block(), number in 0..8u8) {
        let key = key(number);
        let ignore = WhatIf { ignore: [key].into_iter().collect(), ..WhatIf::default() };
        let commutative = WhatIf { commutative: [key].into_iter().collect(), ..WhatIf::default() };
        for (what_if, others) in [(ignore, without(&sets, key)), (commutative, as_commutative(&sets, key))] {
            let graph = ConflictGraph::what_if(&sets, &costs, &what_if);
            let expected = ConflictGraph::from_sets(&others, &costs);
            prop_assert_eq!(graph.colour_classes(), expected.colour_classes());
            prop_assert_eq!(graph.components(), expected.components());
            prop_assert_eq!(graph.critical_path(), expected.critical_path());
        }
    }
}

#[test]
fn a_chain_and_a_free_transaction() {
    let write = |number| AccessSet::new([key(number)], [key(number)], []);
    let sets = [write(1), write(2), write(1), write(1)];
    let graph = ConflictGraph::from_sets(&sets, &[10, 25, 10, 10]);
    assert_eq!(disjoint_sets(&sets), [vec![0, 2, 3], vec![1]]);
    assert_eq!(graph.colour_classes(), [vec![0, 1], vec![2], vec![3]]);
    assert_eq!(graph.critical_path().transactions, [0, 2, 3]);
    assert_eq!((graph.work(), graph.span()), (55, 30));
    assert!((graph.bound(1) - 1.0).abs() < 1e-9);
    assert!((graph.bound(16) - 55.0 / 30.0).abs() < 1e-9);
    let hot = &graph.hot_keys()[0];
    assert_eq!((hot.key, &hot.waiting[..], hot.lost), (key(1), &[2, 3][..], 20));
}

#[test]
fn many_adders_and_many_readers_stay_linear() {
    let add = AccessSet::new([], [], [key(1)]);
    let read = AccessSet::new([key(1)], [], []);
    let sets: Vec<AccessSet> = (0..20_000).map(|i| if i < 10_000 { add.clone() } else { read.clone() }).collect();
    let graph = ConflictGraph::from_sets(&sets, &vec![1; sets.len()]);
    assert_eq!(graph.span(), 2);
    assert_eq!(graph.colour_classes().len(), 2);
    assert_eq!(disjoint_sets(&sets).len(), 1);
    assert_eq!(graph.hot_keys()[0].waiting.len(), 10_000);
}

#[test]
fn no_transactions_no_cost() {
    let graph = ConflictGraph::from_sets(&[], &[]);
    assert!(graph.is_empty() && disjoint_sets(&[]).is_empty() && graph.colour_classes().is_empty());
    assert_eq!((graph.work(), graph.span(), graph.critical_path().transactions.len()), (0, 0, 0));
    assert!((graph.bound(0) - 1.0).abs() < 1e-9);
}
