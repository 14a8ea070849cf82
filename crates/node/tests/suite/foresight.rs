//! What calls of one block touched orders those of the next.

use crate::{CHAIN_ID, Client, GWEI, Running, manual, number, raw};
use primitives::{
    Address, Bytes,
    alloy_consensus::{SignableTransaction, TxEip1559},
    alloy_primitives::TxKind,
};
use serde_json::json;

/// One more in slot 0: `PUSH0, SLOAD, PUSH1 1, ADD, PUSH0, SSTORE`.
const COUNTER: &str = "0x5f546001015f55";
const COUNTERS: [Address; 2] = [Address::repeat_byte(0xa0), Address::repeat_byte(0xb0)];
/// Gas from which on a call is worth a look.
const COSTLY: u64 = 100_000;
/// Calls of each of the ten accounts in one block; enough for a block to be worth an order.
const EACH: u64 = 4;

/// The first five accounts call the first counter, then the others the second one.
fn send(node: &Running, client: &mut Client, first_nonce: u64, tips: [u128; 2], gas_limit: u64) {
    for account in 0..10 {
        let half = account / 5;
        for nonce in first_nonce..first_nonce + EACH {
            let transaction = TxEip1559 {
                chain_id: CHAIN_ID,
                nonce,
                gas_limit,
                max_fee_per_gas: 100 * GWEI,
                max_priority_fee_per_gas: tips[half],
                to: TxKind::Call(COUNTERS[half]),
                input: Bytes::from_static(&[1, 2, 3, 4]),
                ..TxEip1559::default()
            };
            let signature = node.sign(account, transaction.signature_hash());
            let (_, bytes) = raw(transaction.into_signed(signature).into());
            client.ask("eth_sendRawTransaction", json!([bytes]));
        }
    }
}

/// Mines one block; gives which counter each of its transactions calls, after looking at their nonces.
fn order(client: &mut Client) -> String {
    let pending = client.ask("eth_getBlockByNumber", json!(["pending", false]));
    client.ask("evm_mine", json!([]));
    let block = client.ask("eth_getBlockByNumber", json!(["latest", true]));
    let transactions = block["transactions"].as_array().expect("transactions");
    let hashes = transactions.iter().map(|transaction| &transaction["hash"]);
    assert!(hashes.eq(pending["transactions"].as_array().expect("hashes")), "the pending block is the next one");
    assert_eq!(transactions.len() as u64, 10 * EACH);
    for one in transactions {
        let own = transactions.iter().filter(|other| other["from"] == one["from"]);
        assert!(own.map(|own| number(&own["nonce"])).is_sorted(), "{block}");
    }
    let first = json!(format!("{:#x}", COUNTERS[0]));
    transactions.iter().map(|transaction| if transaction["to"] == first { 'a' } else { 'b' }).collect()
}

#[test]
fn what_was_learnt_from_a_block_orders_the_next_and_price_and_nonces_go_first() {
    let node = manual();
    let mut client = node.client();
    for counter in COUNTERS {
        client.ask("anvil_setCode", json!([counter, COUNTER]));
    }
    let half = 5 * usize::try_from(EACH).expect("few");
    let (arrived, other) =
        (["a", "b"].map(|name| name.repeat(half)).concat(), ["b", "a"].map(|name| name.repeat(half)));
    send(&node, &mut client, 0, [GWEI; 2], COSTLY);
    assert_eq!(order(&mut client), arrived, "nothing is known of calls");
    send(&node, &mut client, EACH, [GWEI; 2], COSTLY);
    assert_eq!(order(&mut client), "ab".repeat(half), "calls of one counter stand apart");
    send(&node, &mut client, 2 * EACH, [GWEI, 2 * GWEI], COSTLY);
    assert_eq!(order(&mut client), other.concat(), "who pays more comes first");
    send(&node, &mut client, 3 * EACH, [GWEI; 2], COSTLY - 1);
    assert_eq!(order(&mut client), arrived, "what is cheap is not worth it");
    for counter in COUNTERS {
        let count = client.ask("eth_getStorageAt", json!([counter, "0x0", "latest"]));
        assert_eq!(number(&count), 4 * 5 * EACH);
    }
    node.stop();
}
