//! Transactions that are invalid where they stand, whatever came before them.

use super::{
    super::{Actor, CHAIN_ID, TRANSACTION_GAS_MAX, header::BASE_FEE},
    World,
};
use primitives::{
    Address, Bytes, Fork, Transaction, U256,
    alloy_consensus::{TxEip1559, TxEip4844, TxEip7702, TxLegacy},
    alloy_primitives::TxKind,
};

/// Longer than init code may be from Shanghai on (EIP-3860).
const INIT_CODE_TOO_LONG: usize = 49_153;

/// More gas than any generated block has.
const GAS_TOO_HIGH: u64 = 1_000_000_000_000;

type Maker = fn(&World, &Actor) -> Transaction;

/// Adds an invalid transaction, of a random kind that the fork knows.
pub(super) fn push(world: &mut World) {
    let actor = world.actor();
    let fork = world.fork();
    let kinds: &[(Fork, Maker)] = &[
        (Fork::Frontier, nonce_too_high),
        (Fork::Frontier, nonce_too_low),
        (Fork::Frontier, cannot_pay),
        (Fork::Frontier, too_little_gas),
        (Fork::Frontier, more_gas_than_the_block),
        (Fork::SpuriousDragon, other_chain),
        (Fork::London, below_base_fee),
        (Fork::London, tip_above_fee),
        (Fork::Shanghai, init_code_too_long),
        (Fork::Cancun, no_blobs),
        (Fork::Cancun, below_blob_fee),
        (Fork::Prague, no_authorization),
        (Fork::Osaka, more_gas_than_a_transaction_may),
    ];
    let known: Vec<_> = kinds.iter().filter(|(first, _)| fork >= *first).collect();
    let (_, make) = world.random().pick(&known);
    let transaction = make(world, &actor);
    world.draft.push_invalid(transaction, actor.address);
}

fn legacy(world: &World, actor: &Actor, change: impl FnOnce(&mut TxLegacy)) -> Transaction {
    let mut transaction = TxLegacy {
        chain_id: (world.fork() >= Fork::SpuriousDragon).then_some(CHAIN_ID),
        nonce: nonce(world, actor),
        gas_price: u128::from(2 * BASE_FEE),
        gas_limit: 100_000,
        to: TxKind::Call(world.counter),
        value: U256::ZERO,
        input: Bytes::new(),
    };
    change(&mut transaction);
    world.draft.sign(actor, transaction).into()
}

fn dynamic_fee(world: &World, actor: &Actor, change: impl FnOnce(&mut TxEip1559)) -> Transaction {
    let mut transaction = TxEip1559 {
        chain_id: CHAIN_ID,
        nonce: nonce(world, actor),
        gas_limit: 100_000,
        max_fee_per_gas: u128::from(2 * BASE_FEE),
        to: TxKind::Call(world.counter),
        ..TxEip1559::default()
    };
    change(&mut transaction);
    world.draft.sign(actor, transaction).into()
}

fn blob(world: &World, actor: &Actor, change: impl FnOnce(&mut TxEip4844)) -> Transaction {
    let mut transaction = TxEip4844 {
        chain_id: CHAIN_ID,
        nonce: nonce(world, actor),
        gas_limit: 100_000,
        max_fee_per_gas: u128::from(2 * BASE_FEE),
        to: world.counter,
        max_fee_per_blob_gas: 10,
        blob_versioned_hashes: vec![U256::ONE.wrapping_shl(248).into()],
        ..TxEip4844::default()
    };
    change(&mut transaction);
    world.draft.sign(actor, transaction).into()
}

fn nonce(world: &World, actor: &Actor) -> u64 {
    world.draft.nonces.get(&actor.address).copied().unwrap_or_default()
}

fn nonce_too_high(world: &World, actor: &Actor) -> Transaction {
    legacy(world, actor, |transaction| transaction.nonce += 1)
}

/// Too high where the account has sent nothing yet.
fn nonce_too_low(world: &World, actor: &Actor) -> Transaction {
    legacy(world, actor, |transaction| transaction.nonce = transaction.nonce.checked_sub(1).unwrap_or(7))
}

fn cannot_pay(world: &World, actor: &Actor) -> Transaction {
    legacy(world, actor, |transaction| transaction.value = U256::ONE << 200)
}

fn too_little_gas(world: &World, actor: &Actor) -> Transaction {
    legacy(world, actor, |transaction| transaction.gas_limit = 20_999)
}

fn more_gas_than_the_block(world: &World, actor: &Actor) -> Transaction {
    legacy(world, actor, |transaction| transaction.gas_limit = GAS_TOO_HIGH)
}

fn other_chain(world: &World, actor: &Actor) -> Transaction {
    legacy(world, actor, |transaction| transaction.chain_id = Some(CHAIN_ID + 1))
}

fn below_base_fee(world: &World, actor: &Actor) -> Transaction {
    dynamic_fee(world, actor, |transaction| transaction.max_fee_per_gas = u128::from(BASE_FEE - 1))
}

fn tip_above_fee(world: &World, actor: &Actor) -> Transaction {
    dynamic_fee(world, actor, |transaction| transaction.max_priority_fee_per_gas = transaction.max_fee_per_gas + 1)
}

fn init_code_too_long(world: &World, actor: &Actor) -> Transaction {
    dynamic_fee(world, actor, |transaction| {
        transaction.to = TxKind::Create;
        transaction.gas_limit = 3_000_000;
        transaction.input = vec![0; INIT_CODE_TOO_LONG].into();
    })
}

fn no_blobs(world: &World, actor: &Actor) -> Transaction {
    blob(world, actor, |transaction| transaction.blob_versioned_hashes.clear())
}

fn below_blob_fee(world: &World, actor: &Actor) -> Transaction {
    blob(world, actor, |transaction| transaction.max_fee_per_blob_gas = 0)
}

fn no_authorization(world: &World, actor: &Actor) -> Transaction {
    let transaction = TxEip7702 {
        chain_id: CHAIN_ID,
        nonce: nonce(world, actor),
        gas_limit: 100_000,
        max_fee_per_gas: u128::from(2 * BASE_FEE),
        to: Address::ZERO,
        ..TxEip7702::default()
    };
    world.draft.sign(actor, transaction).into()
}

fn more_gas_than_a_transaction_may(world: &World, actor: &Actor) -> Transaction {
    legacy(world, actor, |transaction| transaction.gas_limit = TRANSACTION_GAS_MAX + 1)
}
