//! The laws of the three policies over access sets, with made-up workers that finish in any order.

use super::*;
use crate::{disjoint_sets, sequence, static_split};
use access_list::{AccessKind, AccessSet, ConflictGraph, StateKey};
use primitives::{Address, U256};
use proptest::prelude::*;

/// Something that happens while a plan is carried out.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// A worker asks for a transaction.
    Ask,
    /// A worker finishes the one of its transactions with this number, modulo how many there are.
    Finish(usize),
    /// The committing worker decides the head, and executes it first if it is not.
    Commit,
}

fn key(slot: u8) -> StateKey {
    StateKey::Slot(Address::ZERO, U256::from(slot))
}

fn sets() -> impl Strategy<Value = Vec<AccessSet>> {
    let keys = || prop::collection::vec((0..8_u8).prop_map(key), 0..3);
    let set = (keys(), keys(), keys()).prop_map(|(reads, writes, adds)| AccessSet::new(reads, writes, adds));
    prop::collection::vec(set, 0..24)
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![4 => Just(Event::Ask), 4 => (0..9_usize).prop_map(Event::Finish), 1 => Just(Event::Commit)];
    prop::collection::vec(event, 0..80)
}

/// Carries a plan out. `may_start(transaction, executed)` is the policy's law.
fn carry_out(plan: Plan, events: &[Event], may_start: impl Fn(usize, &[bool]) -> bool) {
    let len = plan.order.len();
    let planned = Planned::new(plan);
    let (mut executed, mut started) = (vec![false; len], vec![false; len]);
    let (mut running, mut head) = (Vec::new(), 0);
    let rest = [Event::Ask, Event::Finish(0), Event::Finish(0)];
    // What is not done when the events are over is done as by one worker.
    for event in events.iter().chain(rest.iter().cycle().take(3 * (2 * len + 1))) {
        match *event {
            Event::Ask => match planned.next(head) {
                Next::Run(run) => {
                    let transaction = run.start;
                    assert!(!started[transaction], "{transaction} is handed out again");
                    assert!(may_start(transaction, &executed), "{transaction} starts too early");
                    started[transaction] = true;
                    running.push(transaction);
                }
                Next::Wait => assert!(!running.is_empty(), "everybody waits and nobody works"),
                Next::Done => assert!(started.iter().all(|started| *started), "something was forgotten"),
            },
            Event::Finish(which) => {
                if let Some(which) = which.checked_rem(running.len()) {
                    let transaction = running.swap_remove(which);
                    executed[transaction] = true;
                    planned.executed(transaction);
                }
            }
            Event::Commit if head < len && (executed[head] || !started[head]) => {
                (started[head], executed[head]) = (true, true);
                planned.committed(head);
                head += 1;
            }
            Event::Commit => {}
        }
    }
    assert!(executed.iter().all(|executed| *executed), "{executed:?}");
    assert_eq!(planned.next(head), Next::Done);
}

/// For each transaction the number of the group that holds it.
fn groups(groups: &[Vec<u32>], len: usize) -> Vec<usize> {
    let mut group_of = vec![0; len];
    for (number, members) in groups.iter().enumerate() {
        for member in members {
            group_of[*member as usize] = number;
        }
    }
    group_of
}

/// Whether `later` accesses what `earlier` changes, additions to additions excepted.
fn needs(later: &AccessSet, earlier: &AccessSet) -> bool {
    let changes = |set: &AccessSet| set.iter().filter(|(_, kind)| *kind != AccessKind::Read).collect::<Vec<_>>();
    later.iter().any(|(key, kind)| {
        changes(earlier)
            .iter()
            .any(|(changed, how)| *changed == key && !(kind == AccessKind::Add && *how == AccessKind::Add))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_class_starts_when_the_one_before_it_is_executed(sets in sets(), events in events()) {
        let len = sets.len();
        let classes = ConflictGraph::from_sets(&sets, &vec![1; len]).colour_classes();
        let class_of = groups(&classes, len);
        for plan in [static_split::plan(&sets), static_split::quadratic_plan(&sets)] {
            carry_out(plan, &events, |transaction, executed| {
                (0..len).all(|other| class_of[other] >= class_of[transaction] || executed[other])
            });
        }
    }

    #[test]
    fn a_component_runs_in_block_order(sets in sets(), events in events()) {
        let len = sets.len();
        let component_of = groups(&access_list::disjoint_sets(&sets), len);
        carry_out(disjoint_sets::plan(&sets, &vec![1; len]), &events, |transaction, executed| {
            (0..transaction).all(|other| component_of[other] != component_of[transaction] || executed[other])
        });
    }

    #[test]
    fn a_location_is_used_in_block_order(sets in sets(), events in events()) {
        carry_out(sequence::plan(&sets), &events, |transaction, executed| {
            (0..transaction).all(|other| !needs(&sets[transaction], &sets[other]) || executed[other])
        });
    }

    #[test]
    fn wrong_sets_stop_nobody(sets in sets(), events in events(), costs in prop::collection::vec(any::<u64>(), 24)) {
        carry_out(disjoint_sets::plan(&sets, &costs[..sets.len()]), &events, |_, _| true);
        carry_out(Plan::without_barriers(sets.len()), &events, |_, _| true);
    }
}

/// The transactions that may start before any other has been executed.
fn first(plan: Plan) -> Vec<usize> {
    let planned = Planned::new(plan);
    std::iter::from_fn(|| match planned.next(0) {
        Next::Run(run) => Some(run.start),
        Next::Wait | Next::Done => None,
    })
    .collect()
}

#[test]
fn two_on_one_contract_overlap_only_by_location() {
    let write = |slots: &[u8]| AccessSet::new([], slots.iter().map(|slot| key(*slot)), []);
    // A chain by different locations: 0 and 1 share slot 1, 1 and 2 share slot 2, 3 is on its own.
    let sets = [write(&[0, 1]), write(&[1, 2]), write(&[2, 3]), write(&[4])];
    assert_eq!(first(sequence::plan(&sets)), [0, 3]);
    assert_eq!(first(disjoint_sets::plan(&sets, &[1; 4])), [0, 3]);
    let sets = [write(&[0]), write(&[1]), write(&[0, 1])];
    assert_eq!(first(sequence::plan(&sets)), [0, 1]);
    assert_eq!(first(disjoint_sets::plan(&sets, &[1; 3])), [0]);
}

#[test]
fn nobody_waits_for_a_read_or_among_additions() {
    let read = AccessSet::new([key(0)], [], []);
    let add = AccessSet::new([], [], [key(0)]);
    let change = AccessSet::new([key(0)], [key(0)], []);
    assert_eq!(first(sequence::plan(&[read.clone(), change.clone(), read.clone()])), [0, 1]);
    assert_eq!(first(sequence::plan(&[add.clone(), add.clone(), add, change, read])), [0, 1, 2]);
}

#[test]
fn the_costly_component_goes_first() {
    let write = |slot: u8| AccessSet::new([], [key(slot)], []);
    let sets = [write(0), write(1), write(2), write(1)];
    assert_eq!(first(disjoint_sets::plan(&sets, &[5, 1, 9, 7])), [2, 1, 0]);
}

#[test]
fn the_least_number_is_taken_first() {
    let set = ReadySet::new(10_000);
    for number in [9_999, 64, 0, 4_096, 63] {
        set.insert(number);
    }
    let taken: Vec<usize> = std::iter::from_fn(|| set.take_first()).collect();
    assert_eq!(taken, [0, 63, 64, 4_096, 9_999]);
    set.insert(5);
    assert_eq!((set.take_first(), set.take_first()), (Some(5), None));
    assert_eq!(ReadySet::new(0).take_first(), None);
}

#[test]
fn a_flag_is_raised_once() {
    let flags = Flags::new(65);
    assert!(!flags.is_raised(64));
    assert!(flags.raise(64) && !flags.raise(64) && flags.is_raised(64) && !flags.is_raised(0));
}
