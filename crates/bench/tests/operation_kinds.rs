//! Every kind of operation, by the instruction or the rule that it comes from.

use evm::{
    BlobValues, BlockValues, CodeCache, Environment, Machine, Outcome, PreparedTransaction,
    operation::{Direction, Operation},
    revm::{context::TxEnv, primitives::TxKind},
};
use primitives::{Account, Address, B256, Bytes, Fork, KECCAK256_EMPTY, Log, U256, alloy_primitives::hex, keccak256};
use state::MemoryState;
use std::borrow::Cow;

const SENDER: Address = Address::repeat_byte(0xaa);
const CONTRACT: Address = Address::repeat_byte(0xcc);
const OTHER: Address = Address::repeat_byte(0xbb);
const REVERTING: Address = Address::repeat_byte(0xdd);
const SLOT: U256 = U256::from_limbs([5, 0, 0, 0]);

fn word(value: u64) -> U256 {
    U256::from(value)
}

/// A state with a contract of this code, whose slot 5 holds 3.
fn state(code: &[u8]) -> MemoryState {
    let mut state = MemoryState::new();
    let mut install = |address, code: &[u8]| {
        let code_hash = state.insert_code(Bytes::copy_from_slice(code));
        state.set_account(address, Account { balance: word(9), nonce: 1, code_hash });
    };
    install(CONTRACT, code);
    // Writes slot 5, then reverts.
    install(REVERTING, &hex!("60016005555f5ffd"));
    state.set_storage(CONTRACT, SLOT, word(3));
    state.set_account(SENDER, Account::with_balance(word(1_000)));
    state.set_account(OTHER, Account::with_balance(word(6)));
    state.insert_block_hash(99, B256::repeat_byte(0x99));
    state
}

/// The operations of a transaction without a price, under Osaka's rules.
fn run(state: &MemoryState, change: impl FnOnce(&mut TxEnv)) -> Vec<Operation<'static>> {
    let values = BlockValues {
        number: 100,
        timestamp: 1,
        beneficiary: Address::ZERO,
        gas_limit: 30_000_000,
        base_fee: 0,
        difficulty: U256::ZERO,
        prevrandao: Some(B256::ZERO),
        blobs: Some(BlobValues {
            excess_gas: 0,
            update_fraction: 5_007_716,
            blobs_max: 9,
            blobs_per_transaction_max: 6,
        }),
    };
    let mut environment = Environment::new(Fork::Osaka, 1, &values);
    environment.record_operations(true);
    let mut env = TxEnv {
        caller: SENDER,
        gas_limit: 1_000_000,
        gas_price: 0,
        kind: TxKind::Call(CONTRACT),
        chain_id: Some(1),
        ..TxEnv::default()
    };
    change(&mut env);
    let codes = CodeCache::default();
    let mut machine = Machine::new(&environment, &codes, state);
    let execution = machine.execute(&PreparedTransaction::from_env(env)).expect("a whole state");
    let Outcome::Included(result) = execution.outcome else { panic!("{:?}", execution.outcome) };
    result.operations.expect("recorded").iter().collect()
}

/// What a call to a contract that does nothing does.
fn call() -> Vec<Operation<'static>> {
    run(&state(&[0]), |_| {})
}

/// Runs the code and compares what it does beyond being called.
fn check(code: &[u8], expected: &[Operation<'_>]) {
    let code = [code, &[0]].concat();
    let operations = run(&state(&code), |_| {});
    let hash = keccak256(&code);
    let mut prefix = call();
    for operation in &mut prefix {
        if let Operation::ReadCode { address: CONTRACT, hash: called } = operation {
            *called = hash;
        }
    }
    let (before, own) = operations.split_at(prefix.len());
    assert_eq!(before, prefix, "{}", hex::encode(&code));
    assert_eq!(own, expected, "{}", hex::encode(&code));
}

fn warm_slot() -> Operation<'static> {
    Operation::AccessListAddSlot { address: CONTRACT, slot: SLOT }
}

fn exists(address: Address, exists: bool) -> Operation<'static> {
    Operation::ReadExistence { address, exists }
}

fn code_of(address: Address, hash: B256) -> Operation<'static> {
    Operation::ReadCode { address, hash }
}

#[test]
fn a_call() {
    assert_eq!(
        call(),
        [
            Operation::AccessListAddAccount(SENDER),
            exists(SENDER, true),
            code_of(SENDER, KECCAK256_EMPTY),
            Operation::ReadNonce { address: SENDER, nonce: 0 },
            Operation::Touch(SENDER),
            Operation::Nonce { address: SENDER, nonce: 1 },
            Operation::AccessListAddAccount(CONTRACT),
            exists(CONTRACT, true),
            code_of(CONTRACT, keccak256([0])),
            Operation::Touch(CONTRACT),
        ]
    );
}

#[test]
fn value_and_gas_money_move() {
    let operations = run(&state(&[0]), |env| {
        env.value = word(7);
        env.gas_price = 0;
    });
    assert_eq!(
        operations[operations.len() - 3..],
        [
            Operation::Touch(CONTRACT),
            Operation::Balance { address: SENDER, direction: Direction::Out, amount: word(7) },
            Operation::Balance { address: CONTRACT, direction: Direction::In, amount: word(7) },
        ]
    );
    let mut rich = state(&[0]);
    rich.set_account(SENDER, Account::with_balance(word(1_000_000)));
    let operations = run(&rich, |env| env.gas_price = 1);
    let limit = Operation::Balance { address: SENDER, direction: Direction::Out, amount: word(1_000_000) };
    let rest = Operation::Balance { address: SENDER, direction: Direction::In, amount: word(1_000_000 - 21_000) };
    assert!(operations.contains(&limit) && operations.last() == Some(&rest), "{operations:?}");
}

#[test]
fn storage() {
    let read = |value| Operation::ReadStorage { address: CONTRACT, slot: SLOT, value };
    let write = |before, after| Operation::Storage { address: CONTRACT, slot: SLOT, before, after };
    check(&hex!("600554"), &[warm_slot(), read(word(3))]);
    check(&hex!("6007600555"), &[warm_slot(), write(word(3), word(7))]);
    check(&hex!("6003600555"), &[warm_slot(), read(word(3))]);
    check(
        &hex!("60076005556005546003600555"),
        &[warm_slot(), write(word(3), word(7)), read(word(7)), write(word(7), word(3)), Operation::Refund(2_800)],
    );
    check(&hex!("5f600555"), &[warm_slot(), write(word(3), U256::ZERO), Operation::Refund(4_800)]);
}

#[test]
fn transient_storage() {
    let read = |value| Operation::ReadTransientStorage { address: CONTRACT, slot: SLOT, value };
    let write = |before, after| Operation::TransientStorage { address: CONTRACT, slot: SLOT, before, after };
    check(&hex!("60055c"), &[read(U256::ZERO)]);
    check(&hex!("600760055d60055c5f60055d"), &[write(U256::ZERO, word(7)), read(word(7)), write(word(7), U256::ZERO)]);
}

#[test]
fn looks_at_accounts() {
    let other = OTHER.as_slice();
    let warm = Operation::AccessListAddAccount(OTHER);
    let balance = Operation::ReadBalance { address: OTHER, balance: word(6) };
    check(&[&[0x73], other, &[0x31]].concat(), &[warm.clone(), exists(OTHER, true), balance]);
    let seen = [warm, exists(OTHER, true), code_of(OTHER, KECCAK256_EMPTY)];
    check(&[&[0x73], other, &[0x3b]].concat(), &seen);
    check(&[&[0x73], other, &[0x3f]].concat(), &seen);
    let balance = Operation::ReadBalance { address: CONTRACT, balance: word(9) };
    check(&hex!("47"), &[exists(CONTRACT, true), balance]);
}

#[test]
fn block_hash_preimage_and_log() {
    check(&hex!("606340"), &[Operation::ReadBlockHash { number: 99, hash: B256::repeat_byte(0x99) }]);
    check(&hex!("60205f20"), &[Operation::AddPreimage(keccak256([0; 32]))]);
    let log = Log::new_unchecked(CONTRACT, vec![B256::with_last_byte(7)], vec![0].into());
    check(&hex!("600760015fa1"), &[Operation::AddLog(Cow::Owned(log))]);
}

/// What a creation does up to the frame of the new contract.
fn creation(created: Address, existed: bool) -> Vec<Operation<'static>> {
    let create = if existed { Operation::ResetObject(created) } else { Operation::CreateObject(created) };
    vec![
        Operation::Nonce { address: CONTRACT, nonce: 2 },
        Operation::AccessListAddAccount(created),
        exists(created, existed),
        code_of(created, KECCAK256_EMPTY),
        create,
        Operation::Touch(created),
    ]
}

/// Code that stores up to 32 bytes of init code in memory and creates with it and with `value` wei.
fn creating(init: &[u8], value: u8) -> Vec<u8> {
    let push = 0x5f + init.len() as u8;
    let offset = 32 - init.len() as u8;
    [&[push][..], init, &[0x5f, 0x52, 0x60, init.len() as u8, 0x60, offset, 0x60, value, 0xf0]].concat()
}

#[test]
fn creation_of_an_account_and_over_one() {
    let created = CONTRACT.create(1);
    // Returns one byte of zero as code.
    let init = hex!("60015ff3");
    let code = Operation::Code { address: created, hash: keccak256([0]) };
    check(&creating(&init, 0), &[creation(created, false), vec![code.clone()]].concat());

    let program = [creating(&init, 0), vec![0]].concat();
    let mut funded = state(&program);
    funded.set_account(created, Account::with_balance(U256::ONE));
    let operations = run(&funded, |_| {});
    let expected = [creation(created, true), vec![code]].concat();
    assert_eq!(operations[call().len()..], expected);
}

#[test]
fn an_endowment_looks_at_the_balance() {
    let created = CONTRACT.create(1);
    let seen = Operation::ReadBalance { address: CONTRACT, balance: word(9) };
    let moved = [
        Operation::Balance { address: CONTRACT, direction: Direction::Out, amount: word(2) },
        Operation::Balance { address: created, direction: Direction::In, amount: word(2) },
    ];
    let code = Operation::Code { address: created, hash: keccak256([0]) };
    let expected = [vec![seen.clone()], creation(created, false), moved.to_vec(), vec![code]].concat();
    check(&creating(&hex!("60015ff3"), 2), &expected);
    // Ten wei are more than there are: nothing is created.
    check(&creating(&hex!("60015ff3"), 10), &[seen]);
}

#[test]
fn self_destruction_of_what_was_just_created() {
    let created = CONTRACT.create(1);
    let init = [&[0x73], OTHER.as_slice(), &[0xff]].concat();
    let destroyed = [
        Operation::AccessListAddAccount(OTHER),
        Operation::Touch(OTHER),
        Operation::SelfDestruct { address: created, target: OTHER, amount: U256::ZERO },
        Operation::Code { address: created, hash: KECCAK256_EMPTY },
    ];
    check(&creating(&init, 0), &[creation(created, false), destroyed.to_vec()].concat());
}

/// Code that calls with so many wei.
fn call_with(value: u8, target: Address) -> Vec<u8> {
    [&hex!("5f5f5f5f60")[..], &[value, 0x73], target.as_slice(), &hex!("62ffff00f1")].concat()
}

#[test]
fn a_reverting_call_stays_and_is_undone() {
    let call = call_with(1, REVERTING);
    let code = keccak256(hex!("60016005555f5ffd"));
    let undone = [
        Operation::Touch(REVERTING),
        Operation::Balance { address: CONTRACT, direction: Direction::Out, amount: U256::ONE },
        Operation::Balance { address: REVERTING, direction: Direction::In, amount: U256::ONE },
        Operation::AccessListAddSlot { address: REVERTING, slot: SLOT },
        Operation::Storage { address: REVERTING, slot: SLOT, before: U256::ZERO, after: U256::ONE },
    ];
    let seen = vec![Operation::AccessListAddAccount(REVERTING), exists(REVERTING, true), code_of(REVERTING, code)];
    let expected = [seen, undone.to_vec(), vec![Operation::Revert(undone.len() as u64)]].concat();
    check(&call, &expected);
}

#[test]
fn a_payment_that_fails_looks_at_both_balances() {
    let call = call_with(10, OTHER);
    let expected = [
        Operation::AccessListAddAccount(OTHER),
        exists(OTHER, true),
        code_of(OTHER, KECCAK256_EMPTY),
        Operation::ReadBalance { address: CONTRACT, balance: word(9) },
        Operation::ReadBalance { address: OTHER, balance: word(6) },
        Operation::Revert(2),
    ];
    check(&call, &expected);
}
