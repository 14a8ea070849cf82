//! Errors that random blocks have found, each as the least block that shows it. In all of them transaction 0 waits until
//! a later one has been executed ahead.

use crate::{
    check::Case,
    mock::{Block, Op, Transaction, World, address},
};
use access_list::AccessSet;
use primitives::U256;
use scheduler::{Admission, Error, Hint, Policy, WorkerPool};

const TRANSACTIONS: usize = 6;

/// A block of six: the given programs first, of senders 10 and on; account 8 and each of
/// them owns 13 wei.
fn case(programs: &[&[Op]]) -> Case {
    let mut world = World::default();
    world.insert(4, U256::ZERO, Some(0));
    world.insert(8, U256::from(13), None);
    let transaction = |index: usize| {
        let sender = u8::try_from(10 + index).expect("there are six");
        world.insert(sender, U256::from(13), None);
        let program = programs.get(index).map(|program| program.to_vec()).unwrap_or_default();
        Transaction { sender, program, ..Transaction::default() }
    };
    let transactions = (0..TRANSACTIONS).map(transaction).collect();
    Case::new(Block { world, transactions, beneficiary: 9, clears_empty: true })
}

/// Every policy that runs ahead gives the outcome of `serial` although `early` has been executed before transaction 0.
fn check(mut case: Case, early: usize) {
    let serial = case.serial();
    case.machine = case.machine.with_order(vec![(0, early)]);
    let sets = vec![AccessSet::default(); TRANSACTIONS];
    for workers in [2, 3, 8] {
        let pool = WorkerPool::sharing_all(workers).expect("the machine has threads");
        for policy in Policy::ALL.into_iter().filter(|policy| policy.needs_sets()) {
            for drop_records in [false, true] {
                case.drop_records = drop_records;
                let serial = if drop_records { without_records(&case, &serial) } else { serial.clone() };
                case.check(&serial, policy, &pool, &sets);
            }
        }
    }
}

/// The same outcome as a run that drops records gives it.
fn without_records(case: &Case, serial: &Result<crate::check::Outcome, Error>) -> Result<crate::check::Outcome, Error> {
    assert!(case.drop_records);
    serial.clone().map(|mut outcome| {
        for executed in outcome.executed.iter_mut().flatten() {
            executed.record = access_list::AccessRecord::default();
        }
        outcome
    })
}

#[test]
fn what_comes_after_the_end_of_the_block_does_not_reach_the_beneficiary() {
    let mut block = case(&[]);
    block.machine = block.machine.with_beneficiary(15);
    block.verdicts = vec![(3, Admission::Stop)];
    check(block, 5);
}

#[test]
fn code_of_executions_in_vain_is_not_in_the_diff() {
    check(case(&[&[Op::Add(4, 2, 1)], &[Op::Read(4, 2), Op::SkipIfOdd(1), Op::Create(7, 2)]]), 1);
    let mut excluded = case(&[&[], &[Op::Create(7, 2)], &[Op::Create(6, 1)]]);
    excluded.verdicts = vec![(1, Admission::Exclude)];
    check(excluded, 1);
}

#[test]
fn a_nonce_that_was_only_assumed_is_not_in_the_diff() {
    let mut block = case(&[&[], &[Op::Pay(8, 7, 5)]]);
    let wrong = Hint { sender: Some((address(8), 9)), ..Hint::default() };
    block.machine = block.machine.with_hints([Hint::default(), wrong]);
    check(block, 1);
}

#[test]
fn an_account_that_would_be_paid_empty_elsewhere_keeps_what_is_left() {
    // Account 8 vanishes if its 13 wei are all that it has; transaction 0 adds to them, or takes from them.
    let pays_all = [Op::Touch(8), Op::Pay(8, 7, 13)];
    check(case(&[&[Op::Pay(10, 8, 2)], &pays_all]), 1);
    let leaves_some = [Op::Touch(8), Op::Pay(8, 7, 11)];
    check(case(&[&[Op::Pay(8, 7, 2)], &leaves_some]), 1);
}

#[test]
fn an_account_that_paid_all_it_was_seen_to_have_stays_where_it_has_a_nonce() {
    check(case(&[&[Op::RaiseNonce(8)], &[Op::Look(8), Op::Touch(8), Op::Pay(8, 7, 13)]]), 1);
}

#[test]
fn an_error_names_the_transaction_and_not_the_end_of_the_block() {
    let mut block = case(&[&[], &[Op::Look(9)]]);
    block.world.unreadable_accounts.insert(address(9));
    assert!(matches!(block.serial(), Err(Error::State { index: 1, .. })));
    check(block, 1);
    // Nobody reads the beneficiary before the fees are paid out.
    let mut block = case(&[]);
    block.world.unreadable_accounts.insert(address(9));
    assert!(matches!(block.serial(), Err(Error::State { index: TRANSACTIONS, .. })));
    check(block, 1);
}
