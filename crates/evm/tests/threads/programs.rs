//! Random programs of threads: whoever runs them, and however many there are of these, the result is that of running
//! them one after another; and apart from gas it is that of the same program with plain calls instead of threads.

use crate::{
    contract::{create, mirror},
    frames,
    support::{self, CONTRACT, Code, Workers, environment, execute, result, sorted, state},
};
use evm::{
    Environment, Execution, Inline, QueuePolicy, Status,
    operation::{Location, ReadWriteSet},
};
use primitives::{Address, Fork, U256};
use proptest::{
    prelude::*,
    test_runner::{Config, TestCaseError, TestRunner},
};
use state::MemoryState;

/// Functions of a program. Each calls only later ones, so every program ends.
const FUNCTIONS: usize = 5;
const ACCUMULATOR: u64 = 0x80;
/// The same program at another address.
const TWIN: Address = Address::repeat_byte(0x0a);
/// Calls back whoever calls it.
const MIRROR: Address = Address::repeat_byte(0x0b);

#[derive(Clone, Debug)]
enum Statement {
    Store(u64, u64),
    Increment(u64, u64),
    IncrementTransient(u64, u64),
    Read(u64),
    Log(u64),
    Pay(u8, u64),
    Balance,
    /// An empty contract.
    CreateEmpty,
    /// A contract with code, wei and so many calls; the last of them destroys it, if it is one that can be.
    Create {
        wei: u64,
        calls: usize,
        destroys: bool,
    },
    Record(Record),
    Call(Callee, usize),
    Group(Vec<Spawn>, Vec<u64>),
}

/// Who is called to run a function.
#[derive(Clone, Copy, Debug)]
enum Callee {
    /// The contract itself.
    Own,
    /// The same, and nothing may change.
    Static,
    /// The same code by `DELEGATECALL`.
    Delegate,
    /// The twin, on its own storage.
    Twin,
    /// A contract that calls the function of its caller.
    Mirror,
}

/// What a frame does with its own record.
#[derive(Clone, Copy, Debug)]
enum Record {
    /// `RR` and `RPHASH`.
    Switch(bool, bool),
    /// `RDR`.
    Read(u64),
    /// `WTR`.
    Write(u64, u64),
    /// `RWS`: the hash of the whole set.
    Set,
    /// `WHASH` and `RHASH`.
    Hashes,
}

#[derive(Clone, Debug)]
struct Spawn {
    function: usize,
    /// Gas where there is little.
    short: u64,
    /// Waits for the one so many before it, if there is one, by one of the three controls.
    after: Option<(usize, u8)>,
    sleep: Option<u64>,
    withdrawn: bool,
}

#[derive(Clone, Copy, Debug)]
enum End {
    Return,
    Stop,
    Revert,
    Invalid,
    Destroy(u8),
}

#[derive(Clone, Debug)]
struct Program(Vec<(Vec<Statement>, End)>);

/// Gas for a call of a function: all that those of a frame use together is less than a frame has.
fn gas_of(function: usize) -> u64 {
    1 << (58 - 7 * function)
}

/// How functions are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Threads,
    /// Threads that are given little gas.
    ShortThreads,
    Calls,
}

/// Assembles a program.
fn assemble(program: &Program, way: Way) -> Vec<u8> {
    let mut code = Code::default();
    let labels: Vec<usize> = program.0.iter().map(|_| code.label()).collect();
    for (function, label) in labels.iter().enumerate() {
        code.push(function as u64).push(0).op(0x35).op(0x14).push_label(*label).op(0x57);
    }
    code.op(0x00);
    for ((statements, end), label) in program.0.iter().zip(labels) {
        code.place(label);
        statements.iter().for_each(|statement| write(&mut code, statement, way));
        match end {
            End::Return => code.push(0x20).push(ACCUMULATOR).op(0xf3),
            End::Stop => code.op(0x00),
            End::Revert => code.push(0x20).push(ACCUMULATOR).op(0xfd),
            End::Invalid => code.op(0xfe),
            End::Destroy(heir) => code.push_address(Address::repeat_byte(*heir)).op(0xff),
        };
    }
    code.finish()
}

/// Three times what was there, and what is on the stack.
fn accumulate(code: &mut Code) {
    code.push(ACCUMULATOR).op(0x51).push(3).op(0x02).op(0x01).push(ACCUMULATOR).op(0x52);
}

fn store_word(code: &mut Code, at: u64, number: u64) {
    code.push(number).push(at).op(0x52);
}

/// Leaves whether it succeeded on the stack, and the output's first word in memory.
fn call(code: &mut Code, callee: Callee, function: usize, out: u64) {
    store_word(code, 0, function as u64);
    store_word(code, out, 0);
    code.push(0x20).push(out).push(0x20).push(0);
    // A mirror keeps some of the gas for itself.
    let gas = gas_of(function);
    match callee {
        Callee::Own => code.push(0).op(0x30).push(gas).op(0xf1),
        Callee::Static => code.op(0x30).push(gas).op(0xfa),
        Callee::Delegate => code.push_address(TWIN).push(gas).op(0xf4),
        Callee::Twin => code.push(0).push_address(TWIN).push(gas).op(0xf1),
        Callee::Mirror => code.push(0).push_address(MIRROR).push(gas + gas / 8).op(0xf1),
    };
}

/// Creates a contract that adds one to a slot and returns it, or destroys itself for the benefit of its caller, and calls it.
fn write_create(code: &mut Code, wei: u64, calls: usize, destroys: bool) {
    let mut runtime = Code::default();
    if destroys {
        runtime.op(0x33).op(0xff);
    } else {
        runtime.push(1).push(9).op(0x54).op(0x01).op(0x80).push(9).op(0x55);
        runtime.push(0).op(0x52).push(0x20).push(0).op(0xf3);
    }
    create(code, 0x600, &runtime.finish(), wei);
    for _ in 0..calls {
        // Its address stays on the stack.
        store_word(code, 0x40, 0);
        code.push(0x20).push(0x40).push(0).push(0).push(0).op(0x85).push(1 << 20).op(0xf1);
        accumulate(code);
        code.push(0x40).op(0x51);
        accumulate(code);
    }
    accumulate(code);
}

fn write(code: &mut Code, statement: &Statement, way: Way) {
    match statement {
        Statement::Store(slot, value) => _ = code.push(*value).push(*slot).op(0x55),
        Statement::Increment(slot, by) => _ = code.push(*by).push(*slot).op(0x54).op(0x01).push(*slot).op(0x55),
        Statement::IncrementTransient(slot, by) => {
            code.push(*by).push(*slot).op(0x5c).op(0x01).push(*slot).op(0x5d);
            code.push(*slot).op(0x5c);
            accumulate(code);
        }
        Statement::Read(slot) => {
            code.push(*slot).op(0x54);
            accumulate(code);
        }
        Statement::Log(topic) => _ = code.push(*topic).push(0x20).push(ACCUMULATOR).op(0xa1),
        Statement::Pay(to, wei) => {
            code.push(0).push(0).push(0).push(0).push(*wei).push_address(Address::repeat_byte(*to)).push(0).op(0xf1);
            accumulate(code);
        }
        Statement::Balance => {
            code.op(0x47);
            accumulate(code);
        }
        Statement::Create { wei, calls, destroys } => write_create(code, *wei, *calls, *destroys),
        Statement::CreateEmpty => {
            code.push(0).push(0).push(0).op(0xf0);
            accumulate(code);
        }
        Statement::Record(record) => write_record(code, *record),
        Statement::Call(callee, function) => {
            call(code, *callee, *function, 0x40);
            accumulate(code);
            code.push(0x40).op(0x51);
            accumulate(code);
        }
        Statement::Group(spawns, reads) => write_group(code, spawns, reads, way),
    }
}

fn write_record(code: &mut Code, record: Record) {
    match record {
        Record::Switch(operations, hashes) => {
            code.push(operations.into()).op(0xb6);
            accumulate(code);
            code.push(hashes.into()).op(0xb7);
            accumulate(code);
        }
        Record::Read(slot) => {
            code.push(slot).op(0xb8);
            accumulate(code);
        }
        Record::Write(slot, value) => _ = code.push(value).push(slot).op(0xb9),
        Record::Set => {
            // Its size, and the hash of what is in the return data.
            code.push(0).push(0).op(0xba);
            accumulate(code);
            code.op(0x3d).push(0).push(0x800).op(0x3e).op(0x3d).push(0x800).op(0x20);
            accumulate(code);
        }
        Record::Hashes => {
            for byte in [0xbb, 0xbc] {
                code.op(byte);
                accumulate(code);
            }
        }
    }
}

fn write_group(code: &mut Code, spawns: &[Spawn], reads: &[u64], way: Way) {
    let threads = way != Way::Calls;
    let id = |at: usize| 100 + at as u64;
    let (status, out) = (|at: usize| 0x200 + 0x20 * at as u64, |at: usize| 0x400 + 0x20 * at as u64);
    for (at, spawn) in spawns.iter().enumerate().filter(|_| threads) {
        store_word(code, 0, spawn.function as u64);
        let gas = if way == Way::ShortThreads { spawn.short } else { gas_of(spawn.function) };
        code.push(0x20).push(0).push(gas).push(id(at)).op(0xb0).op(0x50);
        if let Some((back, byte)) = spawn.after
            && let Some(earlier) = at.checked_sub(back + 1)
        {
            if byte != 0xb5 {
                code.push(1);
            }
            code.push(id(earlier)).push(id(at)).op(byte).op(0x50);
        }
        if let Some(steps) = spawn.sleep {
            code.push(steps).push(id(at)).op(0xb1).op(0x50);
        }
        if spawn.withdrawn {
            code.push(id(at)).op(0xb2).op(0x50);
        }
    }
    reads.iter().for_each(|slot| write(code, &Statement::Read(*slot), way));
    for (at, spawn) in spawns.iter().enumerate() {
        store_word(code, out(at), 0);
        match (threads, spawn.withdrawn) {
            (true, _) => _ = code.push(0x20).push(out(at)).push(id(at)).op(0xbd),
            (false, true) => _ = code.push(2),
            (false, false) => call(code, Callee::Own, spawn.function, out(at)),
        }
        code.push(status(at)).op(0x52);
    }
    for at in (0..spawns.len()).rev() {
        code.push(status(at)).op(0x51);
        accumulate(code);
        code.push(out(at)).op(0x51);
        accumulate(code);
    }
}

fn record() -> impl Strategy<Value = Record> {
    let slot = 0..4_u64;
    prop_oneof![
        3 => any::<(bool, bool)>().prop_map(|(operations, hashes)| Record::Switch(operations, hashes)),
        1 => slot.clone().prop_map(Record::Read),
        1 => (slot, 0..3_u64).prop_map(|(slot, value)| Record::Write(slot, value)),
        1 => Just(Record::Set),
        1 => Just(Record::Hashes),
    ]
}

fn statement(function: usize) -> BoxedStrategy<Statement> {
    let slot = 0..4_u64;
    let plain = prop_oneof![
        3 => (slot.clone(), 0..3_u64).prop_map(|(slot, value)| Statement::Store(slot, value)),
        3 => (slot.clone(), 1..3_u64).prop_map(|(slot, by)| Statement::Increment(slot, by)),
        1 => (slot.clone(), 1..3_u64).prop_map(|(slot, by)| Statement::IncrementTransient(slot, by)),
        2 => slot.clone().prop_map(Statement::Read),
        2 => (0..9_u64).prop_map(Statement::Log),
        1 => (0x20..0x23_u8, 0..9_u64).prop_map(|(to, wei)| Statement::Pay(to, wei)),
        1 => Just(Statement::Balance),
        1 => Just(Statement::CreateEmpty),
        1 => (0..4_u64, 0..3_usize, any::<bool>())
            .prop_map(|(wei, calls, destroys)| Statement::Create { wei, calls, destroys }),
        3 => record().prop_map(Statement::Record),
    ];
    if function + 1 >= FUNCTIONS {
        return plain.boxed();
    }
    let later = function + 1..FUNCTIONS;
    let spawn = (
        later.clone(),
        prop_oneof![100..5_000_u64, 5_000..50_000_u64, 50_000..2_000_000_u64],
        prop::option::weighted(0.2, (0..3_usize, 0xb3..=0xb5_u8)),
        prop::option::weighted(0.1, 1..50_u64),
        prop::bool::weighted(0.1),
    );
    let spawn =
        spawn.prop_map(|(function, short, after, sleep, withdrawn)| Spawn { function, short, after, sleep, withdrawn });
    let callee =
        prop::sample::select(&[Callee::Own, Callee::Static, Callee::Delegate, Callee::Twin, Callee::Mirror][..]);
    prop_oneof![
        6 => plain,
        2 => (callee, later).prop_map(|(callee, function)| Statement::Call(callee, function)),
        4 => (prop::collection::vec(spawn, 1..5), prop::collection::vec(slot, 0..2))
            .prop_map(|(spawns, reads)| Statement::Group(spawns, reads)),
    ]
    .boxed()
}

fn program() -> impl Strategy<Value = Program> {
    let functions: Vec<_> = (0..FUNCTIONS)
        .map(|function| {
            let end = prop_oneof![
                12 => Just(End::Return),
                2 => Just(End::Stop),
                2 => Just(End::Revert),
                1 => Just(End::Invalid),
                1 => (0x20..0x23_u8).prop_map(End::Destroy),
            ];
            (prop::collection::vec(statement(function), 0..5), end)
        })
        .collect();
    functions.prop_map(Program)
}

const GAS: u64 = 1 << 60;

/// The contract and those that it calls.
fn world(code: &[u8]) -> MemoryState {
    state(&[(CONTRACT, code), (TWIN, code), (MIRROR, &mirror())])
}

/// Each of some numbers of workers, and each order of the queues, gives what one thread after another gives.
fn check_workers(
    environment: &mut Environment,
    before: &MemoryState,
    (gas, counts): (u64, &[usize]),
    order: usize,
) -> Result<Execution, TestCaseError> {
    let serial = execute(environment, before, gas, &Inline);
    let orders = QueuePolicy::ALL.into_iter().cycle();
    for (workers, policy) in counts.iter().zip(orders.skip(order)) {
        environment.queue_threads(policy);
        let parallel = execute(environment, before, gas, &Workers::new(*workers));
        prop_assert_eq!(&serial.outcome, &parallel.outcome, "{} workers, {:?}", workers, policy);
        prop_assert_eq!(serial.fee, parallel.fee);
        prop_assert_eq!(sorted(&serial.record), sorted(&parallel.record), "{} workers, {:?}", workers, policy);
    }
    prop_assert_eq!(frames::difference(environment, before, gas), None);
    Ok(serial)
}

/// Where gas is short threads run out of it at all places. Plain calls use other amounts, so they say nothing here.
fn check_short(program: &Program, gas: u64, order: usize) -> Result<(), TestCaseError> {
    let mut environment = environment(Fork::Prague);
    environment.record_operations(true);
    let before = world(&assemble(program, Way::ShortThreads));
    check_workers(&mut environment, &before, (gas, &[2, 3]), order).map(drop)
}

fn check(program: &Program, order: usize) -> Result<(), TestCaseError> {
    let mut environment = environment(Fork::Prague);
    environment.record_operations(true);
    let before = world(&assemble(program, Way::Threads));
    let serial = check_workers(&mut environment, &before, (GAS, &[1, 2, 3, 8, 32]), order)?;
    // Where nobody wants operations, threads write none down; nothing else is different.
    environment.record_operations(false);
    let mut silent = result(&serial).clone();
    silent.operations = None;
    for (workers, unrecorded) in
        [(1, execute(&environment, &before, GAS, &Inline)), (3, execute(&environment, &before, GAS, &Workers::new(3)))]
    {
        prop_assert_eq!(&silent, result(&unrecorded), "{} workers, unrecorded", workers);
        prop_assert_eq!(sorted(&serial.record), sorted(&unrecorded.record), "{} workers, unrecorded", workers);
    }
    let operations = result(&serial).operations.as_ref().expect("they were wanted");
    let set = ReadWriteSet::of(operations);
    let written: Vec<Location> = set.iter().filter(|it| it.writes > 0).map(|touched| touched.location).collect();
    for (account, slots) in serial.record.iter() {
        for slot in slots.iter().filter(|slot| slot.before != slot.after) {
            prop_assert!(written.contains(&Location::Storage(account.address, slot.slot)), "{}", slot.slot);
        }
    }
    let plain = execute(&environment, &world(&assemble(program, Way::Calls)), GAS, &Inline);
    let (with, without) = (result(&serial), result(&plain));
    // Invalid instructions use the gas up.
    let is_halt = matches!(with.status, Status::Halt(_));
    prop_assert_eq!(is_halt, matches!(without.status, Status::Halt(_)));
    prop_assert_eq!(&with.output, &without.output);
    prop_assert_eq!(&with.logs, &without.logs);
    let changes = |record: &access_list::AccessRecord| {
        let mut changes: Vec<(Address, U256, U256)> = Vec::new();
        for (account, slots) in record.iter() {
            if account.address != support::SENDER {
                let after = account.after.unwrap_or_default();
                changes.push((account.address, U256::MAX, after.balance + U256::from(after.nonce)));
            }
            let slots = slots.iter().filter(|slot| slot.before != slot.after);
            changes.extend(slots.map(|slot| (account.address, slot.slot, slot.after)));
        }
        changes.sort();
        changes
    };
    prop_assert_eq!(changes(&serial.record), changes(&plain.record));
    Ok(())
}

fn run(cases: u32) {
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let gas = prop_oneof![25_000..200_000_u64, 200_000..5_000_000_u64];
    let strategy = (program(), 0..QueuePolicy::ALL.len(), gas);
    let check = |(program, order, gas)| {
        check(&program, order)?;
        check_short(&program, gas, order)
    };
    runner.run(&strategy, check).unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn random_programs_equal_their_serial_run() {
    run(2000);
}

#[test]
fn slow_random_programs_equal_their_serial_run() {
    run(100_000);
}
