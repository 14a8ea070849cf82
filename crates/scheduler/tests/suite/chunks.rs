//! Chunks that are executed ahead and find the block otherwise than they saw it, each as the least block that shows it. In all
//! of them transaction 0 waits until the whole second chunk has been executed.

use crate::{
    check::Case,
    mock::{Block, Op, Transaction, World, address},
};
use primitives::U256;
use scheduler::{Admission, Hint, Policy, Run, WorkerPool};

/// A block of so many is cut for two workers at 4, 7 and 10.
const TRANSACTIONS: usize = 32;
const SECOND: usize = 4;
const LAST_OF_SECOND: usize = 6;

/// Transaction 0 and those of the second chunk have the given programs, all others none; senders are 10 and on, and each of
/// them and account 8 own 13 wei.
fn case(first: &[Op], second: [&[Op]; 3]) -> Case {
    let mut world = World::default();
    world.insert(4, U256::ZERO, Some(0));
    world.insert(8, U256::from(13), None);
    let transaction = |index: usize| {
        let sender = u8::try_from(10 + index).expect("there are few");
        world.insert(sender, U256::from(13), None);
        let program = match index {
            0 => first,
            SECOND..=LAST_OF_SECOND => second[index - SECOND],
            _ => &[],
        };
        Transaction { sender, program: program.to_vec(), fee: 1, ..Transaction::default() }
    };
    let transactions = (0..TRANSACTIONS).map(transaction).collect();
    Case::new(Block { world, transactions, beneficiary: 9, clears_empty: true })
}

/// The block gives the outcome of `serial`, and so many executions of it are in vain.
fn check(mut case: Case, stale: usize) -> Run<impl Sized> {
    let serial = case.serial();
    case.machine = case.machine.with_order(vec![(0, LAST_OF_SECOND)]);
    let pool = WorkerPool::cutting_all(2).expect("the machine has threads");
    let run = case.check(&serial, Policy::Optimistic, &pool, &[]).expect("all can be read");
    assert_eq!(run.stats.stale, stale, "{:?}", run.stats);
    run
}

#[test]
fn a_chunk_that_meets_nothing_is_executed_once() {
    let run = check(case(&[Op::Add(4, 0, 1)], [&[Op::Add(4, 1, 1)], &[Op::Add(4, 1, 1)], &[Op::Read(4, 1)]]), 0);
    assert_eq!(run.stats.executions, TRANSACTIONS);
}

#[test]
fn what_the_front_has_changed_is_compared_by_value() {
    check(case(&[Op::Add(4, 0, 0)], [&[Op::Read(4, 0)], &[], &[]]), 0);
    check(case(&[Op::Add(4, 0, 1)], [&[Op::Read(4, 0)], &[], &[]]), 1);
    check(case(&[Op::Pay(10, 8, 2)], [&[Op::Pay(8, 7, 5)], &[], &[]]), 0);
    check(case(&[Op::Pay(10, 8, 2)], [&[Op::Look(8)], &[], &[]]), 1);
    check(case(&[Op::Destroy(4, 10)], [&[Op::Write(4, 1, 1)], &[], &[]]), 1);
}

#[test]
fn what_one_of_a_chunk_saw_of_another_is_compared_once_that_came_out_otherwise() {
    let skips = [Op::Read(4, 0), Op::SkipIfOdd(1), Op::Add(4, 1, 1)];
    check(case(&[Op::Add(4, 0, 1)], [&skips, &[Op::Add(4, 1, 1)], &[]]), 2);
    let mut excluded = case(&[], [&[Op::Add(4, 1, 1)], &[Op::Add(4, 1, 1)], &[Op::Add(4, 2, 1)]]);
    excluded.verdicts = vec![(SECOND, Admission::Exclude)];
    check(excluded, 1);
}

#[test]
fn a_nonce_is_assumed_for_the_sender_and_stays_only_if_it_is_true() {
    let pays = [Op::Pay(8, 7, 5)];
    let hints = |nonce| {
        let mut hints = vec![Hint::default(); TRANSACTIONS];
        hints[SECOND].sender = Some((address(8), nonce));
        hints
    };
    let mut block = case(&[], [&pays, &[], &[]]);
    block.machine = block.machine.with_hints(hints(9));
    check(block, 1);
    let mut block = case(&[Op::RaiseNonce(8)], [&pays, &[], &[]]);
    block.machine = block.machine.with_hints(hints(1));
    check(block, 0);
}

#[test]
fn fees_of_other_chunks_are_seen_by_who_looks_at_the_beneficiary() {
    check(case(&[], [&[Op::Look(9)], &[], &[]]), 1);
    check(case(&[], [&[Op::Pay(10, 9, 1)], &[], &[]]), 0);
}

#[test]
fn code_of_an_execution_in_vain_is_not_in_the_diff() {
    check(case(&[Op::Add(4, 2, 1)], [&[Op::Read(4, 2), Op::SkipIfOdd(1), Op::Create(7, 2)], &[], &[]]), 1);
}

#[test]
fn nothing_after_the_end_of_the_block_is_in_it() {
    let mut stopped = case(&[], [&[], &[], &[Op::Add(4, 1, 1)]]);
    stopped.verdicts = vec![(SECOND + 1, Admission::Stop)];
    check(stopped, 0);
}

#[test]
fn what_only_a_chunk_ahead_could_not_read_is_no_error() {
    let mut block = case(&[Op::Add(4, 0, 1)], [&[Op::Read(4, 0), Op::SkipIfOdd(1), Op::Look(6)], &[], &[]]);
    block.world.unreadable_accounts.insert(address(6));
    check(block, 1);
}
