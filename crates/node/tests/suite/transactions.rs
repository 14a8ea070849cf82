//! Transactions of every type, and what they leave.

use crate::{CHAIN_ID, Client, GWEI, Running, ether, instant, latest, manual, number, raw};
use primitives::{
    Address, B256, Bytes, Transaction, U256,
    alloy_consensus::{SignableTransaction, TxEip2930, TxEip7702, TxLegacy},
    alloy_eips::{
        eip2930::{AccessList, AccessListItem},
        eip7702::Authorization,
    },
    alloy_primitives::TxKind,
};
use serde_json::{Value, json};

const RECIPIENT: Address = Address::repeat_byte(0x42);

fn legacy(node: &Running) -> Transaction {
    let transaction = TxLegacy {
        chain_id: Some(CHAIN_ID),
        nonce: 0,
        gas_price: 10 * GWEI,
        gas_limit: 21_000,
        to: TxKind::Call(RECIPIENT),
        value: ether(1),
        ..TxLegacy::default()
    };
    let signature = node.sign(0, transaction.signature_hash());
    transaction.into_signed(signature).into()
}

fn eip2930(node: &Running) -> Transaction {
    let item = AccessListItem { address: RECIPIENT, storage_keys: vec![B256::ZERO] };
    let transaction = TxEip2930 {
        chain_id: CHAIN_ID,
        nonce: 1,
        gas_price: 10 * GWEI,
        gas_limit: 60_000,
        to: TxKind::Call(RECIPIENT),
        value: ether(1),
        access_list: AccessList(vec![item]),
        ..TxEip2930::default()
    };
    let signature = node.sign(0, transaction.signature_hash());
    transaction.into_signed(signature).into()
}

/// The second account delegates to a contract; the first pays.
fn eip7702(node: &Running) -> Transaction {
    let authorization = Authorization { chain_id: U256::from(CHAIN_ID), address: RECIPIENT, nonce: 0 };
    let signed = authorization.clone().into_signed(node.sign(1, authorization.signature_hash()));
    let transaction = TxEip7702 {
        chain_id: CHAIN_ID,
        nonce: 3,
        max_fee_per_gas: 10 * GWEI,
        max_priority_fee_per_gas: GWEI,
        gas_limit: 100_000,
        to: RECIPIENT,
        value: ether(1),
        authorization_list: vec![signed],
        ..TxEip7702::default()
    };
    let signature = node.sign(0, transaction.signature_hash());
    transaction.into_signed(signature).into()
}

#[test]
fn each_type_is_mined_at_once() {
    let node = instant();
    let mut client = node.client();
    let (hash, bytes) = node.transfer(0, 2, RECIPIENT, ether(1));
    let sent = [raw(legacy(&node)), raw(eip2930(&node)), (hash, bytes), raw(eip7702(&node))];
    for ((hash, bytes), kind) in sent.iter().zip([0, 1, 2, 4]) {
        assert_eq!(client.ask("eth_sendRawTransaction", json!([bytes])), json!(hash));
        let receipt = client.receipt(hash);
        assert_eq!((number(&receipt["status"]), number(&receipt["type"])), (1, kind), "{receipt}");
        assert_eq!(receipt["from"], json!(format!("{:#x}", node.address(0))));
    }
    assert_eq!(latest(&mut client, RECIPIENT), ether(4));
    let delegated = client.ask("eth_getCode", json!([node.address(1), "latest"]));
    assert_eq!(delegated, json!(format!("0xef0100{}", "42".repeat(20))));
    node.stop();
}

/// `PUSH1 7, PUSH0, MSTORE, PUSH1 0xaa, PUSH1 32, PUSH0, LOG1`, then a contract of one byte.
const LOGGING: &str = "0x60075f5260aa60205fa160015ff3";

#[test]
fn a_contract_is_deployed_and_its_log_is_found() {
    let node = instant();
    let mut client = node.client();
    let input: Bytes = LOGGING.parse().expect("code");
    let (hash, bytes) = node.signed(0, 0, TxKind::Create, U256::ZERO, input);
    client.ask("eth_sendRawTransaction", json!([bytes]));
    let receipt = client.receipt(hash);
    assert_eq!(number(&receipt["status"]), 1, "{receipt}");
    let contract = &receipt["contractAddress"];
    assert_eq!(contract, &json!(format!("{:#x}", node.address(0).create(0))));
    let filter = json!([{ "address": contract, "fromBlock": "earliest", "topics": [B256::with_last_byte(0xaa)] }]);
    let logs = client.ask("eth_getLogs", filter);
    assert_eq!(logs.as_array().map(Vec::len), Some(1), "{logs}");
    assert_eq!(logs[0]["data"], json!(B256::with_last_byte(7)));
    assert_eq!(logs[0]["transactionHash"], json!(hash));
    assert_eq!(client.ask("eth_getCode", json!([contract, "latest"])), json!("0x00"));
    let conflicts = client.ask("parallax_getConflicts", json!(["latest"]));
    assert!(conflicts.is_object(), "{conflicts}");
    let traced = client.ask("debug_traceTransaction", json!([hash, { "tracer": "conflictTracer" }]));
    assert_eq!((&traced["transaction"], &traced["gasUsed"]), (&json!(0), &receipt["gasUsed"]), "{traced}");
    let writes = traced["writes"].as_array().expect("keys");
    let text = |value: &Value| value.as_str().expect("a text").to_ascii_lowercase();
    assert!(writes.iter().any(|key| text(key).starts_with(&text(contract))), "{traced}");
    node.stop();
}

fn refused(client: &mut Client, bytes: &Bytes, text: &str) {
    let (code, message) = client.error("eth_sendRawTransaction", json!([bytes]));
    assert_eq!(code, -32000, "{message}");
    assert!(message.contains(text), "{message}");
}

#[test]
fn what_cannot_be_taken_is_refused_in_geths_words() {
    let node = manual();
    let mut client = node.client();
    let (_, first) = node.transfer(0, 0, RECIPIENT, ether(1));
    client.ask("eth_sendRawTransaction", json!([first]));
    refused(&mut client, &first, "already known");
    refused(&mut client, &node.transfer(0, 0, RECIPIENT, ether(2)).1, "replacement transaction underpriced");
    refused(&mut client, &node.transfer(1, 0, RECIPIENT, ether(20_000)).1, "insufficient funds");
    refused(&mut client, &Bytes::from_static(&[2, 0xc0]), "invalid transaction");
    client.ask("evm_mine", json!([]));
    refused(&mut client, &node.transfer(0, 0, RECIPIENT, ether(3)).1, "nonce too low");
    let (code, _) =
        client.error("eth_sendTransaction", json!([{ "from": RECIPIENT, "to": RECIPIENT, "gas": "0x5208" }]));
    assert_eq!(code, -32000);
    node.stop();
}

#[test]
fn the_nodes_own_keys_sign() {
    let node = instant();
    let mut client = node.client();
    let request = json!([{ "from": node.address(3), "to": RECIPIENT, "value": "0x5", "gas": "0x5208" }]);
    let hash = client.ask("eth_sendTransaction", request);
    let receipt = client.receipt(&hash);
    assert_eq!(number(&receipt["status"]), 1);
    assert_eq!(latest(&mut client, RECIPIENT), U256::from(5));
    node.stop();
}
