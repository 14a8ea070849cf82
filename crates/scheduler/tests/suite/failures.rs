//! Panics and state that cannot be read: an error and nothing else, or nothing at all if only speculation saw it.

use crate::{
    check::Case,
    mock::{Block, Op, Transaction, World, address, slot},
};
use access_list::{AccessSet, BlockAccessList, ListIndex};
use primitives::U256;
use scheduler::{Admission, Error, Executed, Gate, Job, Known, Policy, WorkerPool};
use state::StateError;

const WORKERS: [usize; 4] = [1, 2, 3, 8];

/// A block of transactions of different senders on one contract with two slots.
fn case(programs: Vec<Vec<Op>>) -> Case {
    let mut world = World::default();
    world.insert(4, U256::ZERO, Some(0));
    let transaction = |(sender, program): (u8, Vec<Op>)| {
        world.insert(sender, U256::from(100), None);
        Transaction { sender, fee: 1, program, ..Transaction::default() }
    };
    let transactions = (10..).zip(programs).map(transaction).collect();
    Case::new(Block { world, transactions, beneficiary: 9, clears_empty: true })
}

/// Runs every policy that needs no list with every number of workers.
fn for_all(case: &Case, check: impl Fn(Policy, usize, Result<crate::check::Outcome, Error>)) {
    let sets = vec![AccessSet::default(); scheduler::TransactionExecutor::len(&case.machine)];
    for workers in WORKERS {
        let pool = WorkerPool::sharing_all(workers).expect("the machine has threads");
        for policy in Policy::ALL.into_iter().filter(|policy| !policy.needs_list()) {
            let known = Known { sets: Some(&sets), list: None };
            check(policy, workers, case.run(policy, &pool, known).map(|(outcome, _)| outcome));
            case.machine.take_executions();
        }
    }
}

#[test]
fn a_panic_is_an_error_and_the_pool_lives_on() {
    let mut programs = vec![vec![Op::Add(4, 0, 1)]; 20];
    programs[7].push(Op::Panic);
    let bad = case(programs);
    for_all(&bad, |policy, workers, result| {
        let expected = Error::Panicked("the program says so".to_owned());
        assert_eq!(result.err(), Some(expected), "{policy} x{workers}");
    });
    let good = case(vec![vec![Op::Add(4, 0, 1)]; 20]);
    let serial = good.serial();
    let pool = WorkerPool::sharing_all(3).expect("the machine has threads");
    let sets = vec![AccessSet::default(); 20];
    for policy in Policy::ALL.into_iter().filter(|policy| !policy.needs_list()) {
        let known = Known { sets: Some(&sets), list: None };
        assert!(bad.run(policy, &pool, known).is_err());
        good.check(&serial, policy, &pool, &sets);
    }
}

#[test]
fn a_panic_under_the_list_is_an_error() {
    let bad = case(vec![vec![Op::Panic]]);
    let list = ListIndex::new(&BlockAccessList::default());
    let known = Known { sets: None, list: Some(&list) };
    let pool = WorkerPool::sharing_all(2).expect("the machine has threads");
    let result = bad.run(Policy::ListDriven, &pool, known);
    // The sender is not in the list, so that execution ends before it panics.
    assert!(matches!(result, Err(Error::List(_))), "{:?}", result.err());
    let good = case(vec![vec![Op::Touch(4)]]);
    let list = good.list(&good.serial().expect("the block is valid")).expect("all are included");
    let index = ListIndex::new(&list);
    let result = bad.run(Policy::ListDriven, &pool, Known { sets: None, list: Some(&index) });
    assert!(matches!(result, Err(Error::Panicked(_))), "{:?}", result.err());
}

#[test]
fn a_panic_of_the_gate_is_an_error() {
    struct Panics;
    impl Gate<crate::mock::Output> for Panics {
        fn admit(&mut self, _: usize, _: &Executed<crate::mock::Output>) -> Admission {
            panic!("the gate says so")
        }
    }
    let case = case(vec![vec![Op::Add(4, 0, 1)]; 20]);
    let pool = WorkerPool::sharing_all(3).expect("the machine has threads");
    let sets = vec![AccessSet::default(); 20];
    for policy in Policy::ALL.into_iter().filter(|policy| !policy.needs_list()) {
        let known = Known { sets: Some(&sets), list: None };
        let job = Job { machine: &case.machine, state: &case.world, clears_empty: true, known, drop_records: false };
        let error = policy.run(&job, &pool, &mut Panics).err();
        assert_eq!(error, Some(Error::Panicked("the gate says so".to_owned())), "{policy}");
    }
}

#[test]
fn unreadable_state_is_an_error_that_names_the_transaction() {
    let mut programs = vec![vec![Op::Add(4, 0, 1)]; 20];
    programs[7].push(Op::Read(4, 2));
    programs[12].push(Op::Read(4, 2));
    let mut case = case(programs);
    case.world.unreadable_slots.insert((address(4), slot(2)));
    for_all(&case, |policy, workers, result| match result {
        Err(Error::State { index: 7, source: StateError::Missing(_) }) => {}
        other => panic!("{policy} x{workers}: {other:?}"),
    });
}

/// Transaction 1 reads what cannot be read, unless it sees what transaction 0 does; transaction 0 waits until
/// transaction 1 has failed.
#[test]
fn state_that_only_speculation_asks_for_is_no_error() {
    let mut programs = vec![vec![Op::Add(4, 0, 1)]; 6];
    programs[0] = vec![Op::Add(4, 1, 1)];
    programs[1] = vec![Op::Read(4, 1), Op::SkipIfOdd(1), Op::Read(4, 2)];
    let mut case = case(programs);
    case.world.slots.remove(&(address(4), slot(1)));
    case.world.unreadable_slots.insert((address(4), slot(2)));
    let serial = case.serial();
    assert!(serial.is_ok(), "{serial:?}");
    case.machine = case.machine.with_order(vec![(0, 1)]);
    let sets = vec![AccessSet::default(); 6];
    for workers in [2, 3, 8] {
        let pool = WorkerPool::sharing_all(workers).expect("the machine has threads");
        for policy in Policy::ALL.into_iter().filter(|policy| policy.needs_sets()) {
            let run = case.check(&serial, policy, &pool, &sets).expect("the block is valid");
            assert!(run.stats.stale >= 1, "{policy} x{workers}: {:?}", run.stats);
        }
    }
}

#[test]
fn a_policy_says_what_it_needs() {
    let case = case(vec![vec![]]);
    let pool = WorkerPool::sharing_all(2).expect("the machine has threads");
    for policy in Policy::ALL {
        let result = case.run(policy, &pool, Known::default());
        let needs = policy.needs_list() || policy.needs_sets();
        assert_eq!(
            matches!(result, Err(Error::Needs { policy: named, .. }) if named == policy.name()),
            needs,
            "{policy}"
        );
        assert_eq!(result.is_ok(), !needs, "{policy}");
    }
}

#[test]
fn a_block_without_transactions_changes_nothing() {
    let case = case(Vec::new());
    let serial = case.serial();
    for workers in WORKERS {
        let pool = WorkerPool::sharing_all(workers).expect("the machine has threads");
        for policy in Policy::ALL.into_iter().filter(|policy| !policy.needs_list()) {
            case.check(&serial, policy, &pool, &[]);
        }
        let outcome = case.validate(&BlockAccessList::default(), &pool).expect("an empty list is true");
        assert_eq!(Ok(outcome), serial);
    }
}
