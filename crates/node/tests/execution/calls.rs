//! `eth_call`.

use crate::{assembly::assemble, world::*};
use alloy_rpc_types_eth::{
    BlockOverrides,
    state::{AccountOverride, StateOverride},
};
use node::{console::Console, execution};
use primitives::{Address, B256, Bytes, Fork, U256, alloy_primitives::TxKind};
use rpc::{
    RpcError,
    backend::{Budget, CallOutcome, CallRequest},
};
use std::time::{Duration, Instant};

fn with_state(mut request: CallRequest, address: Address, account: AccountOverride) -> CallRequest {
    request.state.get_or_insert_with(StateOverride::default).insert(address, account);
    request
}

fn returning(source: &str) -> Bytes {
    assemble(&format!("{source} 0 MSTORE 32 0 RETURN")).into()
}

/// What a piece of code puts on the stack.
fn evaluate(world: &World, source: &str, block: Option<BlockOverrides>) -> U256 {
    let mut request = with_state(to(BOB), BOB, AccountOverride::default().with_code(returning(source)));
    request.block = block;
    U256::from_be_slice(&world.call(&request).unwrap().into_output().unwrap())
}

#[test]
fn a_call_returns_its_output_and_changes_nothing() {
    let world = World::new(Fork::Osaka);
    assert_eq!(world.call(&to(GETTER)).unwrap(), CallOutcome::Success(word(42)));
    let sent = world.call(&request(transaction(TOKEN, transfer(BOB, 10)))).unwrap();
    assert_eq!(sent, CallOutcome::Success(word(1)));
    assert_eq!(world.call(&request(transaction(TOKEN, transfer(BOB, 1000)))).unwrap(), CallOutcome::Success(word(1)));
}

#[test]
fn a_call_that_names_no_tip_pays_the_base_fee() {
    let world = World::new(Fork::Osaka);
    let price = |max_fee: Option<u128>, tip: Option<u128>| {
        let mut request = with_state(to(BOB), BOB, AccountOverride::default().with_code(returning("GASPRICE")));
        request.transaction.gas = Some(100_000);
        (request.transaction.max_fee_per_gas, request.transaction.max_priority_fee_per_gas) = (max_fee, tip);
        U256::from_be_slice(&world.call(&request).unwrap().into_output().unwrap())
    };
    assert_eq!(price(Some(1000), None), U256::from(7));
    assert_eq!(price(Some(1000), Some(2)), U256::from(9));
    assert_eq!(price(None, None), U256::ZERO);
}

#[test]
fn the_greatest_nonce_is_no_hindrance() {
    let world = World::new(Fork::Osaka);
    let last = AccountOverride { nonce: Some(u64::MAX), ..AccountOverride::default() };
    let mut request = with_state(to(GETTER), ALICE, last);
    request.transaction.nonce = Some(u64::MAX);
    assert_eq!(world.call(&request).unwrap(), CallOutcome::Success(word(42)));
}

#[test]
fn a_creation_returns_the_code() {
    let world = World::new(Fork::Osaka);
    let mut creation = to(BOB);
    creation.transaction.to = Some(TxKind::Create);
    creation.transaction.input = Bytes::from(assemble("0xfe 0 MSTORE8 1 0 RETURN")).into();
    assert_eq!(world.call(&creation).unwrap(), CallOutcome::Success([0xfe].into()));
}

#[test]
fn a_revert_carries_its_reason() {
    let world = World::new(Fork::Osaka);
    let outcome = world.call(&to(REVERTER)).unwrap();
    assert_eq!(outcome, CallOutcome::Revert(reason("no luck").into()));
    let error = outcome.into_output().unwrap_err();
    assert_eq!((error.code, error.message.as_ref()), (3, "execution reverted: no luck"));
}

#[test]
fn halts_have_geths_words() {
    let world = World::new(Fork::Osaka);
    for (source, words) in [
        ("INVALID", "invalid opcode: INVALID"),
        ("3 JUMP", "invalid jump destination"),
        ("1 ADD", "stack underflow (1 <=> 2)"),
        ("top: 1 @top JUMP", "stack limit reached 1024 (1023)"),
        ("1 0 0 RETURNDATACOPY", "return data out of bounds"),
        ("top: @top JUMP", "out of gas"),
    ] {
        let code = AccountOverride::default().with_code(assemble(source));
        let outcome = world.call(&with_state(to(BOB), BOB, code)).unwrap();
        assert_eq!(outcome, CallOutcome::Halt(words.into()), "{source}");
    }
    let undefined = AccountOverride::default().with_code(Bytes::from_static(&[0x0c]));
    let outcome = world.call(&with_state(to(BOB), BOB, undefined)).unwrap();
    assert_eq!(outcome, CallOutcome::Halt("invalid opcode: opcode 0xc not defined".into()));
}

#[test]
fn accounts_are_overridden() {
    let world = World::new(Fork::Osaka);
    let slot = |value: u64| [(B256::ZERO, B256::from(U256::from(value)))];
    let getter = |account| world.call(&with_state(to(GETTER), GETTER, account)).unwrap();
    assert_eq!(getter(AccountOverride::default().with_state_diff(slot(7))), CallOutcome::Success(word(7)));
    assert_eq!(getter(AccountOverride::default().with_state(slot(8))), CallOutcome::Success(word(8)));
    let other = [(B256::repeat_byte(1), B256::ZERO)];
    assert_eq!(getter(AccountOverride::default().with_state_diff(other)), CallOutcome::Success(word(42)));
    assert_eq!(getter(AccountOverride::default().with_state(other)), CallOutcome::Success(word(0)));

    let balance = AccountOverride { balance: Some(U256::from(5)), ..AccountOverride::default() };
    let code = balance.with_code(returning("SELFBALANCE"));
    assert_eq!(world.call(&with_state(to(BOB), BOB, code)).unwrap(), CallOutcome::Success(word(5)));

    let nonce = AccountOverride { nonce: Some(9), ..AccountOverride::default() };
    let code = nonce.with_code(returning("0 0 0 CREATE"));
    let created = world.call(&with_state(to(BOB), BOB, code)).unwrap().into_output().unwrap();
    assert_eq!(created, Bytes::from(BOB.create(9).into_word()));
}

#[test]
fn a_precompile_moves() {
    let world = World::new(Fork::Osaka);
    let identity = Address::with_last_byte(4);
    let moved = Address::repeat_byte(0x44);
    let account = AccountOverride { move_precompile_to: Some(moved), ..AccountOverride::default() };
    let call = |to, account| world.call(&with_state(request(transaction(to, word(5))), identity, account)).unwrap();
    assert_eq!(call(moved, account.clone()), CallOutcome::Success(word(5)));
    assert_eq!(call(identity, account.clone()), CallOutcome::Success(Bytes::new()));
    assert_eq!(call(identity, account.with_code(returning("3"))), CallOutcome::Success(word(3)));
    let account = AccountOverride { move_precompile_to: Some(moved), ..AccountOverride::default() };
    let error = world.call(&with_state(to(BOB), BOB, account)).unwrap_err();
    assert_eq!(error.message, format!("account {BOB} is not a precompile"));
}

#[test]
fn the_block_is_overridden() {
    let world = World::new(Fork::Osaka);
    assert_eq!(evaluate(&world, "NUMBER", None), U256::from(100));
    let block = BlockOverrides {
        number: Some(U256::from(500)),
        time: Some(2_000_000),
        gas_limit: Some(77),
        coinbase: Some(BOB),
        random: Some(B256::repeat_byte(1)),
        blob_base_fee: Some(U256::from(33)),
        block_hash: Some([(450, B256::repeat_byte(2))].into()),
        ..BlockOverrides::default()
    };
    for (source, value) in [
        ("NUMBER", U256::from(500)),
        ("TIMESTAMP", U256::from(2_000_000)),
        ("GASLIMIT", U256::from(77)),
        ("COINBASE", BOB.into_word().into()),
        ("DIFFICULTY", B256::repeat_byte(1).into()),
        ("BLOBBASEFEE", U256::from(33)),
        ("450 BLOCKHASH", B256::repeat_byte(2).into()),
        ("BASEFEE", U256::ZERO),
    ] {
        assert_eq!(evaluate(&world, source, Some(block.clone())), value, "{source}");
    }
    let next = BlockOverrides { number: Some(U256::from(101)), ..BlockOverrides::default() };
    assert_eq!(evaluate(&world, "100 BLOCKHASH", Some(next)), U256::from_be_bytes(world.header.hash_slow().0));
    let mut paying = with_state(to(BOB), BOB, AccountOverride::default().with_code(returning("BASEFEE")));
    paying.transaction.gas_price = Some(9);
    paying.transaction.gas = Some(100_000);
    assert_eq!(world.call(&paying).unwrap(), CallOutcome::Success(word(7)));
}

#[test]
fn a_call_that_may_not_run_says_why() {
    let world = World::new(Fork::Osaka);
    let message = |change: fn(&mut CallRequest)| {
        let mut call = to(BOB);
        call.transaction.from = Some(Address::repeat_byte(9));
        change(&mut call);
        world.call(&call).unwrap_err().message.into_owned()
    };
    let sender = Address::repeat_byte(9);
    assert_eq!(
        message(|call| call.transaction.value = Some(U256::ONE)),
        format!(
            "err: insufficient funds for gas * price + value: address {sender} have 0 want 1 (supplied gas 50000000)"
        )
    );
    assert_eq!(
        message(|call| call.transaction.gas = Some(20_000)),
        "err: intrinsic gas too low: have 20000, want 21000 (supplied gas 20000)"
    );
    assert_eq!(
        message(|call| call.transaction.gas_price = Some(3)),
        format!(
            "err: max fee per gas less than block base fee: address {sender}, maxFeePerGas: 3, baseFee: 7 \
             (supplied gas 50000000)"
        )
    );
    assert_eq!(message(|call| call.transaction.chain_id = Some(5)), "chainId does not match node's (have=5, want=1)");
}

#[test]
fn nonce_and_sender_do_not_matter() {
    let world = World::new(Fork::Osaka);
    let mut call = to(GETTER);
    (call.transaction.from, call.transaction.nonce) = (Some(TOKEN), Some(77));
    assert_eq!(world.call(&call).unwrap(), CallOutcome::Success(word(42)));
}

#[test]
fn an_endless_loop_ends_with_its_time() {
    let world = World::new(Fork::Osaka);
    let started = Instant::now();
    let (budget, _held) = Budget::new(u64::MAX / 2, Duration::from_millis(100));
    let error = execution::call(&world.base(), &to(LOOP), &budget, &mut Console::deaf()).unwrap_err();
    assert_eq!(error, RpcError::timeout());
    assert!(started.elapsed() < Duration::from_secs(20));

    let (budget, client) = Budget::new(u64::MAX / 2, Duration::from_secs(600));
    drop(client);
    assert_eq!(
        execution::call(&world.base(), &to(LOOP), &budget, &mut Console::deaf()).unwrap_err(),
        RpcError::timeout()
    );
}
