//! Transactions and how to make random blocks of them.

use super::world::World;
use primitives::{Account, U256};
use proptest::prelude::*;
use std::ops::Range;

/// One operation. Accounts, slots and codes go by small numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Read(u8, u8),
    /// Writes a value that depends on everything read so far.
    Write(u8, u8, u8),
    Add(u8, u8, u8),
    /// From, to, wei; fails if there is too little.
    Pay(u8, u8, u8),
    /// Sees a balance.
    Look(u8),
    /// Calls an account: sees whether it is empty, and its code.
    Touch(u8),
    Nonce(u8),
    RaiseNonce(u8),
    Create(u8, u8),
    Delegate(u8, Option<u8>),
    /// Removes a contract and pays its balance to the heir.
    Destroy(u8, u8),
    /// Leaves out so many operations if what was read so far is odd.
    SkipIfOdd(u8),
    /// Takes everything back and ends.
    Revert,
    Panic,
}

/// One transaction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transaction {
    pub(crate) sender: u8,
    pub(crate) nonce: u64,
    pub(crate) fee: u8,
    /// A fee of nothing is none at all.
    pub(crate) free: bool,
    pub(crate) program: Vec<Op>,
}

/// A block on a world.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) world: World,
    pub(crate) transactions: Vec<Transaction>,
    pub(crate) beneficiary: u8,
    pub(crate) clears_empty: bool,
}

/// Accounts 0 to 3 are people, 4 to 6 are contracts, 7 and 8 are nobody, 9 owns nearly all wei that fit a balance.
const ACCOUNTS: u8 = 9;
const RICH: u8 = 9;

/// The number of an account; contracts are where the action is.
fn account() -> impl Strategy<Value = u8> {
    prop_oneof![8 => 4..7_u8, 8 => 0..ACCOUNTS, 1 => Just(RICH)]
}

fn op() -> impl Strategy<Value = Op> {
    let (a, s, v) = (account, || 0..3_u8, || 0..30_u8);
    // The rich one gets no code, so that it is never destroyed and nobody inherits from it.
    let poor = || 0..ACCOUNTS;
    prop_oneof![
        4 => (a(), s()).prop_map(|(a, s)| Op::Read(a, s)),
        4 => (a(), s(), v()).prop_map(|(a, s, v)| Op::Write(a, s, v)),
        3 => (a(), s(), v()).prop_map(|(a, s, v)| Op::Add(a, s, v)),
        5 => (a(), a(), v()).prop_map(|(a, b, v)| Op::Pay(a, b, v)),
        2 => a().prop_map(Op::Look),
        2 => a().prop_map(Op::Touch),
        1 => a().prop_map(Op::Nonce),
        1 => a().prop_map(Op::RaiseNonce),
        2 => (poor(), 0..3_u8).prop_map(|(a, code)| Op::Create(a, code)),
        1 => (poor(), prop::option::of(0..3_u8)).prop_map(|(a, code)| Op::Delegate(a, code)),
        2 => (poor(), a()).prop_map(|(a, b)| Op::Destroy(a, b)),
        2 => (1..4_u8).prop_map(Op::SkipIfOdd),
        1 => Just(Op::Revert),
    ]
}

fn transaction() -> impl Strategy<Value = Transaction> {
    let lag = prop_oneof![12 => Just(0_u64), 1 => 1..3_u64];
    let fee = prop_oneof![Just(0), 0..12_u8];
    let sender = prop_oneof![6 => 0..4_u8, 1 => Just(7)];
    (sender, lag, fee, any::<bool>(), prop::collection::vec(op(), 0..7))
        .prop_map(|(sender, nonce, fee, free, program)| Transaction { sender, nonce, fee, free, program })
}

fn world() -> impl Strategy<Value = World> {
    let balances = prop::collection::vec(0..60_u8, 7);
    // At times some keys cannot be read.
    let faults = prop_oneof![4 => Just(vec![]), 1 => prop::collection::vec((0..10_u8, 0..6_u8), 1..3)];
    (balances, faults).prop_map(|(balances, faults)| {
        let mut world = World::default();
        for (of, balance) in (0_u8..).zip(balances) {
            // Every account is not empty, as from EIP-161 on.
            world.insert(of, U256::from(balance) + U256::from(u8::from(of < 4)), (of >= 4).then(|| of - 4));
        }
        world.insert(RICH, U256::MAX - U256::from(40), None);
        for (of, slot) in faults {
            if slot < 3 {
                world.unreadable_slots.insert((super::address(of), super::slot(slot)));
            } else {
                world.unreadable_accounts.insert(super::address(of));
            }
        }
        world
    })
}

/// Random blocks of so many transactions.
pub(crate) fn blocks(len: Range<usize>) -> impl Strategy<Value = Block> {
    let transactions = prop::collection::vec(transaction(), len);
    (world(), transactions, 0..=RICH, prop::bool::weighted(0.7)).prop_map(
        |(mut world, mut transactions, beneficiary, clears_empty)| {
            if !clears_empty {
                world.accounts.insert(super::address(8), Account::EMPTY);
            }
            // So far `nonce` tells how far the transaction is off.
            let mut next = [0_u64; 8];
            for transaction in &mut transactions {
                let nonce = &mut next[usize::from(transaction.sender)];
                transaction.nonce += *nonce;
                *nonce += 1;
            }
            Block { world, transactions, beneficiary, clears_empty }
        },
    )
}
