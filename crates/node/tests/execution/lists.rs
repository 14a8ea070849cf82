//! `eth_createAccessList`.

use crate::{assembly::assemble, world::*};
use alloy_rpc_types_eth::{AccessList, AccessListItem};
use node::execution;
use primitives::{B256, Fork, U256};

#[test]
fn a_list_names_what_was_touched_and_nothing_that_is_warm_anyway() {
    let world = World::new(Fork::Osaka);
    let call = request(transaction(TOKEN, transfer(BOB, 10)));
    let result = execution::create_access_list(&world.base(), &call, &budget().0).unwrap();
    let mut storage_keys = [B256::from(balance_slot(ALICE)), B256::from(balance_slot(BOB))].to_vec();
    storage_keys.sort();
    assert_eq!(result.access_list, AccessList(vec![AccessListItem { address: TOKEN, storage_keys }]));
    assert_eq!(result.error, None);

    let mut with_list = call;
    with_list.transaction.access_list = Some(result.access_list.clone());
    let again = execution::create_access_list(&world.base(), &with_list, &budget().0).unwrap();
    assert_eq!(again, result);

    let nested = execution::create_access_list(&world.base(), &to(CALLER), &budget().0).unwrap();
    assert_eq!(nested.access_list, AccessList(vec![AccessListItem { address: BURNER, storage_keys: vec![] }]));
}

#[test]
fn a_list_is_iterated_until_it_stays() {
    let mut world = World::new(Fork::Osaka);
    // Reads slot 1 if less than 2000 gas went into reading slot 0, which is so only when the list holds it.
    let code = assemble("GAS 0 SLOAD POP GAS SWAP1 SUB 2000 GT @warm JUMPI STOP warm: 1 SLOAD POP STOP");
    world.deploy(BOB, code);
    let result = execution::create_access_list(&world.base(), &to(BOB), &budget().0).unwrap();
    let keys = &result.access_list.0[0].storage_keys;
    assert_eq!(*keys, [B256::ZERO, B256::from(U256::ONE)]);
}

#[test]
fn a_failing_call_has_a_list_too() {
    let world = World::new(Fork::Osaka);
    let result = execution::create_access_list(&world.base(), &to(REVERTER), &budget().0).unwrap();
    assert_eq!(result.error.as_deref(), Some("execution reverted"));
    assert_eq!(result.access_list, AccessList::default());
}
