//! When blocks are made, and what links them.

use crate::{Mining, U256, instant, manual, number, start};
use primitives::Address;
use serde_json::json;

const RECIPIENT: Address = Address::repeat_byte(0x99);

#[test]
fn by_hand_nothing_is_mined_until_it_is_asked_for() {
    let node = manual();
    let mut client = node.client();
    for nonce in 0..3 {
        client.ask("eth_sendRawTransaction", json!([node.transfer(0, nonce, RECIPIENT, U256::ONE).1]));
    }
    assert_eq!(number(&client.ask("eth_blockNumber", json!([]))), 0);
    assert_eq!(number(&client.ask("txpool_status", json!([]))["pending"]), 3);
    let nonce = client.ask("eth_getTransactionCount", json!([node.address(0), "pending"]));
    assert_eq!(number(&nonce), 3);
    client.ask("evm_mine", json!([]));
    let block = client.ask("eth_getBlockByNumber", json!(["latest", false]));
    assert_eq!(block["transactions"].as_array().map(Vec::len), Some(3));
    // Switched on, the miner takes what waits.
    client.ask("eth_sendRawTransaction", json!([node.transfer(0, 3, RECIPIENT, U256::ONE).1]));
    client.ask("evm_setAutomine", json!([true]));
    client.until("eth_blockNumber", &json!([]), |block| number(block) == 2);
    node.stop();
}

#[test]
fn by_time_blocks_come_with_or_without_transactions() {
    let node = start(None, Mining::Interval(std::time::Duration::from_secs(1)));
    let mut client = node.client();
    let (hash, bytes) = node.transfer(0, 0, RECIPIENT, U256::ONE);
    client.ask("eth_sendRawTransaction", json!([bytes]));
    let receipt = client.receipt(hash);
    let block = number(&receipt["blockNumber"]);
    client.until("eth_blockNumber", &json!([]), |now| number(now) > block);
    client.ask("evm_setIntervalMining", json!([0]));
    node.stop();
}

#[test]
fn blocks_are_linked_and_fees_follow_the_gas() {
    let node = instant();
    let mut client = node.client();
    for nonce in 0..3 {
        let (hash, bytes) = node.transfer(0, nonce, RECIPIENT, U256::ONE);
        client.ask("eth_sendRawTransaction", json!([bytes]));
        client.receipt(hash);
    }
    let block = |client: &mut crate::Client, number: u64| {
        client.ask("eth_getBlockByNumber", json!([format!("{number:#x}"), false]))
    };
    let mut parent = block(&mut client, 0);
    for height in 1..=3 {
        let child = block(&mut client, height);
        assert_eq!(child["parentHash"], parent["hash"]);
        assert!(number(&child["timestamp"]) > number(&parent["timestamp"]));
        assert!(number(&child["baseFeePerGas"]) < number(&parent["baseFeePerGas"]));
        let list = client.ask("eth_getBlockAccessList", json!([child["hash"]]));
        assert!(!list.is_null());
        parent = child;
    }
    assert_eq!(number(&client.ask("eth_chainId", json!([]))), crate::CHAIN_ID);
    let config = client.ask("eth_config", json!([]));
    assert_eq!(config["current"]["precompiles"]["P256VERIFY"], "0x0000000000000000000000000000000000000100");
    node.stop();
}
