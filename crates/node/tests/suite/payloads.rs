//! Blocks that are built to be shown.

use crate::{U256, manual, number};
use primitives::{Address, B256};
use serde_json::{Value, json};

const RECIPIENT: Address = Address::repeat_byte(0x99);

fn attributes(timestamp: u64) -> Value {
    json!({
        "timestamp": format!("{timestamp:#x}"), "prevRandao": B256::repeat_byte(5),
        "suggestedFeeRecipient": RECIPIENT, "withdrawals": [], "parentBeaconBlockRoot": B256::repeat_byte(6),
    })
}

#[test]
fn a_block_is_built_of_what_is_given_or_of_what_waits() {
    let node = manual();
    let mut client = node.client();
    let waiting = node.transfer(0, 0, RECIPIENT, U256::ONE).1;
    client.ask("eth_sendRawTransaction", json!([waiting]));
    let head = client.ask("eth_getBlockByNumber", json!(["latest", false]));
    let (parent, time) = (&head["hash"], number(&head["timestamp"]) + 5);
    let given = node.transfer(1, 0, RECIPIENT, U256::from(2)).1;
    for (transactions, expected) in
        [(json!([given]), vec![given.clone()]), (json!([]), vec![]), (Value::Null, vec![waiting.clone()])]
    {
        let built = client.ask("testing_buildBlockV1", json!([parent, attributes(time), transactions, "0x0102"]));
        let block = &built["executionPayload"];
        assert_eq!(block["transactions"], json!(expected));
        assert_eq!((&block["parentHash"], &block["extraData"]), (parent, &json!("0x0102")));
        assert_eq!(number(&block["gasUsed"]), 21_000 * expected.len() as u64);
        // Each pays a tip of 1 gwei.
        assert_eq!(number(&built["blockValue"]), 21_000_000_000_000 * expected.len() as u64);
    }
    assert_eq!(number(&client.ask("eth_blockNumber", json!([]))), 0, "the chain is as it was");
    assert_eq!(number(&client.ask("txpool_status", json!([]))["pending"]), 1, "the pool is as it was");
    node.stop();
}

#[test]
fn what_cannot_stand_in_the_block_is_an_error() {
    let node = manual();
    let mut client = node.client();
    let head = client.ask("eth_getBlockByNumber", json!(["latest", false]));
    let (parent, time) = (&head["hash"], number(&head["timestamp"]));
    let early = node.transfer(1, 7, RECIPIENT, U256::ONE).1;
    let no_root = {
        let mut it = attributes(time + 1);
        it.as_object_mut().expect("an object").remove("parentBeaconBlockRoot");
        it
    };
    for (params, complaint) in [
        (json!([parent, attributes(time + 1), [early], "0x"]), "transaction 0 cannot stand in the block"),
        (json!([parent, attributes(time), [], "0x"]), "not later than the parent's"),
        (json!([parent, no_root, [], "0x"]), "parentBeaconBlockRoot"),
        (json!([parent, attributes(time + 1), [], format!("0x{}", "00".repeat(33))]), "extra data"),
        (json!([B256::repeat_byte(7), attributes(time + 1), [], "0x"]), "not found"),
        (json!([parent, attributes(time + 1), ["0x1234"], "0x"]), "invalid transaction"),
    ] {
        let answer = client.answer("testing_buildBlockV1", params);
        let message = answer["error"]["message"].as_str().unwrap_or_default();
        assert!(message.contains(complaint), "{complaint:?} not in {answer}");
    }
    node.stop();
}
