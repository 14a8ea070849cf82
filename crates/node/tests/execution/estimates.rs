//! `eth_estimateGas`.

use crate::world::*;
use primitives::{Address, Fork, U256};
use rpc::backend::{CallOutcome, CallRequest};

/// The estimate suffices, and is not 1.5 % too high.
fn check(world: &World, request: &CallRequest) -> u64 {
    let estimate = world.estimate(request).unwrap();
    let run = |gas| {
        let mut request = request.clone();
        request.transaction.gas = Some(gas);
        world.call(&request)
    };
    assert!(matches!(run(estimate), Ok(CallOutcome::Success(_))), "{estimate}");
    let less = estimate - estimate * 15 / 1000 - 1;
    assert!(!matches!(run(less), Ok(CallOutcome::Success(_))), "{estimate} is more than needed");
    estimate
}

#[test]
fn a_transfer_takes_its_price() {
    let world = World::new(Fork::Osaka);
    let mut transfer = to(BOB);
    transfer.transaction.value = Some(U256::from(5));
    assert_eq!(check(&world, &transfer), 21_000);
    let fresh = to(Address::repeat_byte(0x99));
    assert_eq!(check(&world, &fresh), 21_000);
}

#[test]
fn a_token_transfer() {
    let world = World::new(Fork::Osaka);
    let estimate = check(&world, &request(transaction(TOKEN, transfer(BOB, 10))));
    assert!((45_000..60_000).contains(&estimate), "{estimate}");
}

#[test]
fn refunds_come_too_late() {
    let world = World::new(Fork::Osaka);
    let estimate = check(&world, &to(CLEARER));
    // A cold slot is reset: 21000 + two pushes + 5000; 4800 come back afterwards.
    assert!(estimate >= 26_006, "{estimate}");
}

#[test]
fn callers_keep_a_part_of_their_gas() {
    let world = World::new(Fork::Osaka);
    let (inner, outer) = (check(&world, &to(BURNER)), check(&world, &to(CALLER)));
    assert!((outer - 21_000) * 63 / 64 >= (inner - 21_000) * 98 / 100, "{outer} {inner}");
}

#[test]
fn what_fails_with_any_gas_fails() {
    let world = World::new(Fork::Osaka);
    let error = world.estimate(&to(REVERTER)).unwrap_err();
    assert_eq!((error.code, error.message.as_ref()), (3, "execution reverted: no luck"));
    assert!(error.data.is_some());
    let error = world.estimate(&to(LOOP)).unwrap_err();
    assert_eq!(error.message, "gas required exceeds allowance (16777216)");

    let world = World::new(Fork::Prague);
    let error = world.estimate(&to(LOOP)).unwrap_err();
    assert_eq!(error.message, "gas required exceeds allowance (30000000)");
    let mut poor = to(LOOP);
    poor.transaction.gas_price = Some(u128::from(ETHER) / 1_000_000);
    let error = world.estimate(&poor).unwrap_err();
    assert_eq!(error.message, "gas required exceeds allowance (1000000)");
    poor.transaction.value = Some(U256::from(ETHER));
    assert_eq!(world.estimate(&poor).unwrap_err().message, "insufficient funds for transfer");
}
