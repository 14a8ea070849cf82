//! Blocks in which everything conflicts: no transaction is executed more than three times, however it goes.

use crate::{
    check::{Case, Outcome},
    mock::{Block, Op, Transaction, World},
};
use access_list::AccessSet;
use primitives::U256;
use scheduler::{Policy, WorkerPool};

const WORKERS: [usize; 5] = [1, 2, 3, 8, 32];
const TRANSACTIONS: usize = 1_000;
/// The first sender and the number of senders; before them stand the contracts.
const SENDERS: (usize, usize) = (10, 200);

/// A block with a program for each transaction, from senders that take turns.
fn case(program: impl Fn(usize) -> Vec<Op>) -> Case {
    let mut world = World::default();
    for contract in 4..7 {
        world.insert(contract, U256::ZERO, Some(contract - 4));
    }
    for sender in SENDERS.0..SENDERS.0 + SENDERS.1 {
        world.insert(u8::try_from(sender).expect("there are so few"), U256::from(1_000), None);
    }
    let transaction = |index: usize| Transaction {
        sender: u8::try_from(SENDERS.0 + index % SENDERS.1).expect("there are so few"),
        nonce: (index / SENDERS.1) as u64,
        fee: 1,
        program: program(index),
        ..Transaction::default()
    };
    let transactions = (0..TRANSACTIONS).map(transaction).collect();
    Case::new(Block { world, transactions, beneficiary: 9, clears_empty: true })
}

/// [`Case::check`] bounds the executions of each transaction. Where the sets are right, none is in vain.
fn check(case: &Case) {
    check_beside_fees(case, 0);
}

/// The same where so many transactions look at the beneficiary: no set holds the fees, so each of them is in vain if it runs
/// before all those before it are committed.
fn check_beside_fees(case: &Case, looking: usize) {
    let serial = case.serial();
    let exact = serial.as_ref().map(Outcome::sets).expect("the block is valid");
    let none = vec![AccessSet::default(); TRANSACTIONS];
    for workers in WORKERS {
        let pool = WorkerPool::sharing_all(workers).expect("the machine has threads");
        for policy in Policy::ALL.into_iter().filter(|policy| !policy.needs_list() && *policy != Policy::Serial) {
            let sets = if policy.needs_sets() { [&none[..], &exact[..]] } else { [&none[..]; 2] };
            for sets in sets {
                let run = case.check(&serial, policy, &pool, sets).expect("the block is valid");
                let stats = run.stats;
                assert_eq!(stats.executions, TRANSACTIONS + stats.stale, "{policy} x{workers}");
                assert!(stats.stale <= looking || sets != &exact[..], "{policy} x{workers}: {} in vain", stats.stale);
            }
        }
        let list = case.list(serial.as_ref().expect("the block is valid")).expect("all are included");
        assert_eq!(case.validate(&list, &pool), serial, "list_driven x{workers}");
        case.machine.take_executions();
    }
}

#[test]
fn a_thousand_on_one_slot() {
    check(&case(|_| vec![Op::Add(4, 0, 1)]));
}

#[test]
fn a_chain_in_which_each_undoes_what_the_next_assumed() {
    // Whoever finds the slot odd leaves the other slot alone, so that a wrong guess changes what is accessed.
    check(&case(|index| {
        let slot = u8::try_from(index % 2).expect("0 or 1");
        vec![Op::Add(4, slot, 1), Op::SkipIfOdd(1), Op::Add(5, slot, 1), Op::Add(4, 1 - slot, 3)]
    }));
}

#[test]
fn payments_that_each_need_the_one_before() {
    check(&case(|index| {
        let payer = u8::try_from(SENDERS.0 + index % SENDERS.1).expect("there are so few");
        let next = u8::try_from(SENDERS.0 + (index + 1) % SENDERS.1).expect("there are so few");
        vec![Op::Look(payer), Op::Pay(payer, next, 250)]
    }));
}

#[test]
fn alternating_pairs() {
    check(&case(|index| {
        let (mine, other) = if index % 2 == 0 { (0, 1) } else { (1, 0) };
        vec![Op::Read(4, other), Op::Write(4, mine, 7), Op::Add(4, mine, 1)]
    }));
}

#[test]
fn every_other_one_on_one_slot() {
    check(&case(|index| {
        // A fixed, uneven choice of half of the transactions.
        let is_in = (index.wrapping_mul(0x9e37_79b9) >> 7) % 2 == 0;
        if is_in { vec![Op::Add(4, 0, 1)] } else { vec![Op::Touch(4)] }
    }));
}

#[test]
fn one_recipient_that_nobody_looks_at() {
    check(&case(|index| {
        let payer = u8::try_from(SENDERS.0 + index % SENDERS.1).expect("there are so few");
        vec![Op::Pay(payer, 8, 1)]
    }));
}

/// What was committed before the rest is left to one worker: a removal, a creation, fees; all of it is looked at later.
#[test]
fn a_chain_after_a_removal_and_a_creation() {
    let case = case(|index| match index {
        0 => vec![Op::Destroy(5, 6)],
        1 => vec![Op::Create(7, 5), Op::Write(7, 3, 9)],
        900.. => vec![Op::Read(5, 0), Op::Read(7, 3), Op::Look(6), Op::Look(9), Op::Touch(7), Op::Write(4, 0, 1)],
        _ => vec![Op::Add(4, 0, 1)],
    });
    check_beside_fees(&case, 100);
}
