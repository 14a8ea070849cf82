//! Operations: what is written down is what happened, the same under every schedule.

use access_list::{AccessRecord, AccessSet, ListIndex};
use bench::workload::{Generator, RandomBlock, Settings, Workload};
use evm::{
    Outcome,
    operation::{Direction, Location, Operation, Operations, ReadWriteSet, Touched},
};
use executor::{BlockExecution, Engine, Known, Plan, Policy, PreparedBlock};
use primitives::{Address, B256, ChainSpec, Fork, U256};
use std::collections::{BTreeMap, BTreeSet};

fn workload(fork: Fork, seed: u64, transactions: usize) -> Workload {
    RandomBlock { transactions, invalid: false }.build(Settings { fork, ..Settings::new(seed) })
}

fn forks() -> impl Iterator<Item = Fork> {
    Fork::ALL.into_iter().filter(|fork| *fork < Fork::Amsterdam)
}

fn execute(engine: &Engine, workload: &Workload, plan: &Plan<'_>, recording: bool) -> BlockExecution {
    let chain = ChainSpec::at_fork(workload.fork);
    let mut block = PreparedBlock::new(&chain, &workload.block, &workload.senders);
    if recording {
        block = block.recording_operations();
    }
    let execution = engine.execute(&block, &workload.state, plan);
    execution.unwrap_or_else(|error| panic!("{} {}: {error}", workload.name, plan.policy))
}

/// The transactions' records and operations.
fn recorded(execution: &BlockExecution) -> impl Iterator<Item = (&AccessRecord, &Operations)> {
    execution.executed.iter().flatten().map(|executed| {
        let Outcome::Included(result) = &executed.output else { panic!("a valid block") };
        (&executed.record, &**result.operations.as_ref().expect("recorded"))
    })
}

#[test]
fn every_schedule_gives_the_same_root() {
    let engines = [1, 2, 3, 8].map(|workers| Engine::sharing_all(workers).expect("threads"));
    let listing = Plan { record_list: true, ..Plan::default() };
    let mut schedules = 0;
    for (fork, seed) in forks().flat_map(|fork| (0..3).map(move |seed| (fork, seed))) {
        let workload = workload(fork, seed, 40);
        let serial = execute(&engines[0], &workload, &listing, true);
        let operations = serial.operations().expect("recorded");
        assert_eq!(operations.len(), 40);
        let index = ListIndex::new(serial.list.as_ref().expect("recorded"));
        let sets: Vec<AccessSet> = serial.access_sets();
        for engine in &engines {
            for policy in Policy::ALL {
                let known = Known { list: Some(&index), sets: Some(&sets) };
                let execution = execute(engine, &workload, &Plan { policy, known, ..listing }, true);
                let what = format!("{} {policy} x{}", workload.name, engine.workers());
                let found = execution.operations().expect("recorded");
                for (index, (found, expected)) in found.iter().zip(&operations).enumerate() {
                    assert_eq!(found.digest(), expected.digest(), "{what}, transaction {index}");
                }
                assert_eq!(execution.operation_root(), serial.operation_root(), "{what}");
                assert!(execution.list == serial.list, "{what}: list");
                schedules += 1;
            }
        }
    }
    assert!(schedules >= 1_000, "{schedules}");
}

#[test]
fn recording_changes_no_result() {
    let engine = Engine::sharing_all(1).expect("threads");
    let plan = Plan { record_list: true, ..Plan::default() };
    for (fork, seed) in forks().map(|fork| (fork, 100)) {
        let workload = workload(fork, seed, 60);
        let (with, without) = (execute(&engine, &workload, &plan, true), execute(&engine, &workload, &plan, false));
        assert!(with.receipts == without.receipts, "{}", workload.name);
        assert!(with.list == without.list, "{}", workload.name);
        assert_eq!(without.operation_root(), None);
    }
}

/// The operations that no frame has undone.
fn effective(operations: &Operations) -> Vec<Operation<'static>> {
    let mut all: Vec<Option<Operation<'static>>> = Vec::new();
    for operation in operations {
        if let Operation::Revert(count) = operation {
            let start = all.len() - count as usize;
            all[start..].fill(None);
        }
        all.push(Some(operation));
    }
    all.into_iter().flatten().collect()
}

/// What the operations say of the end of a transaction.
#[derive(Default)]
struct Replay {
    slots: BTreeMap<(Address, U256), U256>,
    nonces: BTreeMap<Address, u64>,
    codes: BTreeMap<Address, B256>,
    came: BTreeMap<Address, U256>,
    went: BTreeMap<Address, U256>,
    /// Accounts that were created or destroyed, which their last change alone does not tell of.
    remade: BTreeSet<Address>,
}

impl Replay {
    fn of(operations: &Operations) -> Self {
        let mut replay = Self::default();
        for operation in effective(operations) {
            replay.apply(&operation);
        }
        replay
    }

    fn apply(&mut self, operation: &Operation<'_>) {
        match *operation {
            Operation::CreateObject(address) | Operation::ResetObject(address) => {
                self.remade.insert(address);
            }
            Operation::SelfDestruct { address, target, amount } => {
                self.remade.extend([address]);
                *self.came.entry(target).or_default() += amount;
            }
            Operation::Balance { address, direction: Direction::In, amount } => {
                *self.came.entry(address).or_default() += amount;
            }
            Operation::Balance { address, direction: Direction::Out, amount } => {
                *self.went.entry(address).or_default() += amount;
            }
            Operation::Nonce { address, nonce } => {
                self.nonces.insert(address, nonce);
            }
            Operation::Storage { address, slot, before, after } => {
                let value = self.slots.insert((address, slot), after);
                assert_eq!(value.unwrap_or(before), before, "{address} {slot}");
            }
            Operation::ReadStorage { address, slot, value } => {
                assert_eq!(*self.slots.entry((address, slot)).or_insert(value), value, "{address} {slot}");
            }
            Operation::Code { address, hash } => {
                self.codes.insert(address, hash);
            }
            _ => {}
        }
    }

    /// Compares with what the record says that the transaction left.
    fn check(&self, record: &AccessRecord, what: &str) {
        for (access, slots) in record.iter().filter(|(access, _)| !self.remade.contains(&access.address)) {
            let address = access.address;
            let (before, after) = (access.before.unwrap_or_default(), access.after.unwrap_or_default());
            let amount = |map: &BTreeMap<Address, U256>| map.get(&address).copied().unwrap_or_default();
            let sum = before.balance + amount(&self.came) - amount(&self.went);
            assert_eq!(sum, after.balance, "{what}: balance of {address}");
            let nonce = self.nonces.get(&address).copied().unwrap_or(before.nonce);
            assert_eq!(nonce, after.nonce, "{what}: nonce of {address}");
            let code = self.codes.get(&address).copied().unwrap_or(before.code_hash);
            assert_eq!(code, after.code_hash, "{what}: code of {address}");
            for slot in slots {
                let value = self.slots.get(&(address, slot.slot)).copied().unwrap_or(slot.before);
                assert_eq!(value, slot.after, "{what}: slot {} of {address}", slot.slot);
            }
        }
    }
}

#[test]
fn operations_replayed_give_what_the_record_says() {
    let engine = Engine::sharing_all(1).expect("threads");
    for (fork, seed) in forks().flat_map(|fork| (200..206).map(move |seed| (fork, seed))) {
        let workload = workload(fork, seed, 60);
        let execution = execute(&engine, &workload, &Plan::default(), true);
        for (index, (record, operations)) in recorded(&execution).enumerate() {
            let what = format!("{}, transaction {index}", workload.name);
            Replay::of(operations).check(record, &what);
            check_locations(record, operations, &what);
            check_read_write_set(record, operations, &what);
        }
    }
}

/// The read/write set counts what the operations say, those of each location alone; and what the record says was changed
/// was written.
fn check_read_write_set(record: &AccessRecord, operations: &Operations, what: &str) {
    let set = ReadWriteSet::of(operations);
    assert_eq!(ReadWriteSet::decode(&set.encode()), Ok(set.clone()), "{what}");
    let storage = |operation: &Operation<'_>| match operation {
        Operation::Storage { address, slot, .. } => Some((Location::Storage(*address, *slot), true)),
        Operation::ReadStorage { address, slot, .. } => Some((Location::Storage(*address, *slot), false)),
        _ => None,
    };
    let mut expected: BTreeMap<Location, (u64, u64, u64)> = BTreeMap::new();
    for (first, operation) in (0..).zip(operations) {
        if let Some((location, _)) = storage(&operation) {
            expected.entry(location).or_insert((first, 0, 0)).1 += 1;
        }
    }
    for (location, _) in effective(operations).iter().filter_map(storage).filter(|(_, is_write)| *is_write) {
        let (_, reads, writes) = expected.get_mut(&location).expect("it is one of them");
        (*reads, *writes) = (*reads - 1, *writes + 1);
    }
    let slots = set.iter().filter(|touched| matches!(touched.location, Location::Storage(..)));
    let found = slots.map(|Touched { location, first, reads, writes }| (*location, (*first, *reads, *writes)));
    assert_eq!(found.collect::<BTreeMap<_, _>>(), expected, "{what}");
    assert!(set.iter().is_sorted_by_key(|touched| touched.first), "{what}");
    let written: Vec<Location> = set.iter().filter(|touched| touched.writes > 0).map(|it| it.location).collect();
    for (access, slots) in record.iter() {
        // Its slots went with it.
        if written.contains(&Location::Existence(access.address)) {
            continue;
        }
        for slot in slots.iter().filter(|slot| slot.before != slot.after) {
            let location = Location::Storage(access.address, slot.slot);
            assert!(expected.get(&location).is_none_or(|(_, _, writes)| *writes > 0), "{what}: {location:?}");
        }
    }
}

/// Nothing is in the record that is not among the operations: whoever touches leaves a trace in both.
fn check_locations(record: &AccessRecord, operations: &Operations, what: &str) {
    let (mut accounts, mut slots) = (BTreeSet::new(), BTreeSet::new());
    for operation in operations {
        accounts.extend(addresses(&operation));
        match operation {
            Operation::Storage { address, slot, .. }
            | Operation::ReadStorage { address, slot, .. }
            | Operation::AccessListAddSlot { address, slot } => {
                slots.insert((address, slot));
            }
            _ => {}
        }
    }
    for (access, touched) in record.iter() {
        assert!(accounts.contains(&access.address), "{what}: {}", access.address);
        for slot in touched {
            assert!(slots.contains(&(access.address, slot.slot)), "{what}: {} {}", access.address, slot.slot);
        }
    }
}

fn addresses(operation: &Operation<'_>) -> Vec<Address> {
    match *operation {
        Operation::SelfDestruct { address, target, .. } => vec![address, target],
        Operation::CreateObject(address)
        | Operation::ResetObject(address)
        | Operation::Touch(address)
        | Operation::AccessListAddAccount(address)
        | Operation::Balance { address, .. }
        | Operation::Nonce { address, .. }
        | Operation::Code { address, .. }
        | Operation::Storage { address, .. }
        | Operation::ReadStorage { address, .. }
        | Operation::ReadBalance { address, .. }
        | Operation::ReadNonce { address, .. }
        | Operation::ReadCode { address, .. }
        | Operation::ReadExistence { address, .. } => vec![address],
        _ => Vec::new(),
    }
}
