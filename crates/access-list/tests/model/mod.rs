//! A naive state in which random blocks are executed, with a full copy before every position.

use std::collections::{BTreeMap, BTreeSet};

use access_list::{AccessRecord, AccountAccess, Observed, SlotAccess};
use primitives::{Account, Address, Bytes, KECCAK256_EMPTY, U256, keccak256};
use proptest::prelude::*;

pub(crate) type Slots = BTreeMap<U256, U256>;

/// Accounts that exist, each with its non-zero slots.
pub(crate) type World = BTreeMap<Address, (Account, Slots)>;

/// One thing a transaction does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Op {
    Touch(u8),
    Look(u8),
    Pay(u8, u8),
    Take(u8, u8),
    Nonce(u8),
    Deploy(u8, u8),
    Delegate(u8, u8),
    Undelegate(u8),
    Destroy(u8),
    Read(u8, u8),
    Write(u8, u8, u8),
}

/// Whether touched empty accounts stay, as before EIP-161, or go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Empty {
    Stay,
    Go,
}

/// An executed block: at each position its records, and the worlds between positions.
#[derive(Clone, Debug)]
pub(crate) struct Executed {
    pub(crate) records: Vec<Vec<AccessRecord>>,
    /// `worlds[i]` is the world before position `i`; the last is the final world.
    pub(crate) worlds: Vec<World>,
}

pub(crate) fn address(of: u8) -> Address {
    Address::with_last_byte(of * 3 + 1)
}

pub(crate) fn code(of: u8) -> Bytes {
    Bytes::from(vec![0x60, of, 0x00])
}

/// Codes from here on are delegations; those below are contracts.
const DELEGATION: u8 = 10;

fn op() -> impl Strategy<Value = Op> {
    let (a, s, v) = (0..5u8, 0..3u8, 0..3u8);
    prop_oneof![
        a.clone().prop_map(Op::Touch),
        a.clone().prop_map(Op::Look),
        (a.clone(), v.clone()).prop_map(|(a, v)| Op::Pay(a, v)),
        (a.clone(), v.clone()).prop_map(|(a, v)| Op::Take(a, v)),
        a.clone().prop_map(Op::Nonce),
        (a.clone(), v.clone()).prop_map(|(a, v)| Op::Deploy(a, v)),
        (a.clone(), v.clone()).prop_map(|(a, v)| Op::Delegate(a, v)),
        a.clone().prop_map(Op::Undelegate),
        a.clone().prop_map(Op::Destroy),
        (a.clone(), s.clone()).prop_map(|(a, s)| Op::Read(a, s)),
        (a, s, v).prop_map(|(a, s, v)| Op::Write(a, s, v)),
    ]
}

/// A block executed on a random world. Before and after the transactions there are two records each.
pub(crate) fn executed() -> impl Strategy<Value = Executed> {
    let ops = |len| prop::collection::vec(op(), 0..len);
    let warm_up = ops(12);
    let positions = prop::collection::vec(prop::collection::vec(ops(6), 2), 2..9);
    let empty = prop_oneof![Just([Empty::Stay; 2]), Just([Empty::Stay, Empty::Go]), Just([Empty::Go; 2])];
    (warm_up, positions, empty).prop_map(|(warm_up, positions, [empty_before, empty])| {
        let mut world = World::new();
        execute(&mut world, &warm_up, empty_before, true);
        let last = positions.len() - 1;
        let (mut records, mut worlds) = (Vec::new(), Vec::new());
        for (position, steps) in positions.iter().enumerate() {
            let is_transaction = position != 0 && position != last;
            let steps = if is_transaction { &steps[..1] } else { &steps[..] };
            worlds.push(world.clone());
            records.push(steps.iter().map(|ops| execute(&mut world, ops, empty, is_transaction)).collect());
        }
        worlds.push(world);
        Executed { records, worlds }
    })
}

/// What one transaction did so far.
#[derive(Default)]
struct Trace {
    touched: BTreeMap<Address, (Observed, BTreeSet<U256>)>,
    destroyed: BTreeSet<Address>,
    deployed: BTreeMap<u8, Bytes>,
}

fn execute(world: &mut World, ops: &[Op], empty: Empty, may_destroy: bool) -> AccessRecord {
    let before = world.clone();
    let mut trace = Trace::default();
    for op in ops {
        step(world, *op, empty, may_destroy, &mut trace);
    }
    world.retain(|address, (account, _)| {
        let goes = empty == Empty::Go && account.is_empty() && trace.touched.contains_key(address);
        !goes && !trace.destroyed.contains(address)
    });
    for (_, slots) in world.values_mut() {
        slots.retain(|_, value| !value.is_zero());
    }
    let mut record = AccessRecord {
        deployed: trace.deployed.into_values().map(|code| (keccak256(&code), code)).collect(),
        ..AccessRecord::default()
    };
    for (address, (observed, slots)) in trace.touched.into_iter().rev() {
        let access = AccountAccess {
            address,
            before: account(&before, address),
            after: account(world, address),
            observed,
            balance_min: U256::ZERO,
            wiped: trace.destroyed.contains(&address),
            slots_end: 0,
        };
        let slots = slots.into_iter().rev().map(|key| SlotAccess {
            slot: key,
            before: slot(&before, address, key),
            after: slot(world, address, key),
        });
        record.push(access, slots);
    }
    record
}

fn step(world: &mut World, op: Op, empty: Empty, may_destroy: bool, trace: &mut Trace) {
    let (Op::Touch(a)
    | Op::Look(a)
    | Op::Pay(a, _)
    | Op::Take(a, _)
    | Op::Nonce(a)
    | Op::Deploy(a, _)
    | Op::Delegate(a, _)
    | Op::Undelegate(a)
    | Op::Destroy(a)
    | Op::Read(a, _)
    | Op::Write(a, _, _)) = op;
    let address = address(a);
    let (observed, seen) = trace.touched.entry(address).or_default();
    observed.existence |= empty == Empty::Stay || !matches!(op, Op::Pay(..) | Op::Take(..));
    if trace.destroyed.contains(&address) {
        return;
    }
    let found = world.get_mut(&address);
    match (op, found) {
        (Op::Touch(_), None) if empty == Empty::Stay => drop(world.insert(address, Default::default())),
        (Op::Look(_), _) => observed.balance = true,
        (Op::Pay(_, amount), _) if amount > 0 => {
            world.entry(address).or_default().0.balance += U256::from(amount);
        }
        (Op::Take(_, amount), Some((account, _))) if account.balance >= U256::from(amount) => {
            account.balance -= U256::from(amount);
        }
        (Op::Nonce(_), _) => {
            observed.nonce = true;
            world.entry(address).or_default().0.nonce += 1;
        }
        (Op::Deploy(_, id), found)
            if found.as_ref().is_none_or(|(account, _)| account.nonce == 0 && !account.has_code()) =>
        {
            observed.nonce = true;
            let (account, _) = world.entry(address).or_default();
            // From EIP-161 on a contract starts with nonce 1.
            account.nonce += u64::from(empty == Empty::Go);
            account.code_hash = keccak256(code(id));
            trace.deployed.insert(id, code(id));
        }
        (Op::Delegate(_, id), Some((account, _))) if !is_contract(account) => {
            observed.nonce = true;
            account.nonce += 1;
            account.code_hash = keccak256(code(id + DELEGATION));
            trace.deployed.insert(id + DELEGATION, code(id + DELEGATION));
        }
        (Op::Undelegate(_), Some((account, _))) if !is_contract(account) => {
            observed.nonce = true;
            account.nonce += 1;
            account.code_hash = KECCAK256_EMPTY;
        }
        (Op::Destroy(_), Some((account, _))) if may_destroy && is_contract(account) => {
            observed.balance = true;
            trace.destroyed.insert(address);
        }
        (Op::Read(_, s), _) => drop(seen.insert(U256::from(s))),
        (Op::Write(_, s, value), Some((account, slots))) if account.has_code() => {
            seen.insert(U256::from(s));
            slots.insert(U256::from(s), U256::from(value));
        }
        _ => {}
    }
}

fn is_contract(account: &Account) -> bool {
    account.has_code() && (0..DELEGATION).any(|id| account.code_hash == keccak256(code(id)))
}

pub(crate) fn account(world: &World, address: Address) -> Option<Account> {
    world.get(&address).map(|(account, _)| *account)
}

pub(crate) fn slot(world: &World, address: Address, slot: U256) -> U256 {
    world.get(&address).and_then(|(_, slots)| slots.get(&slot)).copied().unwrap_or_default()
}
