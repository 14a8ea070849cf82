//! Rules that revm does not have, or has otherwise.

use evm::{
    BlockValues, CodeCache, Environment, HaltReason, Machine, Outcome, PreparedTransaction, Status, TransactionResult,
    revm::{context::TxEnv, primitives::TxKind},
};
use primitives::{Account, Address, Bytes, Fork, U256};
use state::MemoryState;

const SENDER: Address = Address::repeat_byte(1);
const CONTRACT: Address = Address::repeat_byte(2);

fn environment(fork: Fork) -> Environment {
    let values = BlockValues {
        number: 1,
        timestamp: 1,
        beneficiary: Address::repeat_byte(3),
        gas_limit: 30_000_000,
        base_fee: 0,
        difficulty: U256::ZERO,
        prevrandao: Some(Default::default()),
        blobs: None,
    };
    Environment::new(fork, 1, &values)
}

/// A state with a rich sender and a contract.
fn state(code: &[u8]) -> MemoryState {
    let mut state = MemoryState::new();
    state.set_account(SENDER, Account::with_balance(U256::from(1_000_000_000)));
    let code_hash = state.insert_code(Bytes::copy_from_slice(code));
    state.set_account(CONTRACT, Account { code_hash, nonce: 1, ..Account::EMPTY });
    state
}

fn execute(fork: Fork, state: &MemoryState, kind: TxKind) -> TransactionResult {
    let (environment, codes) = (environment(fork), CodeCache::default());
    let transaction = TxEnv { caller: SENDER, kind, gas_limit: 200_000, chain_id: None, ..TxEnv::default() };
    let mut machine = Machine::new(&environment, &codes, state);
    match machine.execute(&PreparedTransaction::from_env(transaction)).expect("the state is whole").outcome {
        Outcome::Included(result) => result,
        Outcome::Invalid(invalid) => panic!("{invalid}"),
    }
}

/// EIP-7610.
#[test]
fn no_contract_is_created_over_storage() {
    let address = SENDER.create(0);
    let mut state = state(&[]);
    state.set_account(address, Account::with_balance(U256::ONE));
    assert!(execute(Fork::Shanghai, &state, TxKind::Create).is_success());
    state.set_storage(address, U256::ONE, U256::ONE);
    let collision = execute(Fork::Shanghai, &state, TxKind::Create);
    assert_eq!(collision.status, Status::Halt(HaltReason::CreateCollision));
}

/// EIP-1283: a slot that is set and reset costs two reads of storage, less half of all gas at most.
#[test]
fn constantinople_meters_storage_by_its_net_change() {
    let set_and_reset = [0x60, 1, 0x60, 0, 0x55, 0x60, 0, 0x60, 0, 0x55];
    let state = state(&set_and_reset);
    let gas = |fork| execute(fork, &state, TxKind::Call(CONTRACT)).gas_used;
    let pushes = 4 * 3;
    assert_eq!(gas(Fork::Byzantium), 21_000 + pushes + 20_000 + 5_000 - 15_000);
    assert_eq!(gas(Fork::Constantinople), 21_000 + pushes + 20_000 + 200 - 19_800);
    assert_eq!(gas(Fork::Petersburg), gas(Fork::Byzantium));
    assert_eq!(gas(Fork::Istanbul), 21_000 + pushes + 20_000 + 800 - 19_200);
}

/// EIP-7002 and others. A call that needs more makes its block invalid, so the number is part of consensus.
#[test]
fn a_system_call_has_thirty_million_gas() {
    let return_gas = [0x5a, 0x60, 0, 0x52, 0x60, 0x20, 0x60, 0, 0xf3];
    let state = state(&return_gas);
    let (environment, codes) = (environment(Fork::Prague), CodeCache::default());
    let mut machine = Machine::new(&environment, &codes, &state);
    let call = machine.system_call(CONTRACT, Bytes::new()).expect("the state is whole");
    assert_eq!(U256::from_be_slice(&call.result.output), U256::from(30_000_000 - 2));
}
