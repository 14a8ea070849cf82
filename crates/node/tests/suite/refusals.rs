//! What is refused, with the words and codes by which tools tell one refusal from another.

use crate::{CHAIN_ID, Client, GWEI, Running, ether, manual, raw};
use primitives::{
    Address, B256, Bytes, Transaction, U256,
    alloy_consensus::{SignableTransaction, TxEip1559, TxEip2930, TxEip4844, TxEip7702, TxLegacy},
    alloy_eips::eip7702::Authorization,
    alloy_primitives::{Signature, TxKind},
    alloy_rlp::Header,
};
use serde_json::{Value, json};

const RECIPIENT: Address = Address::repeat_byte(0x42);

fn plain() -> TxEip1559 {
    TxEip1559 {
        chain_id: CHAIN_ID,
        gas_limit: 21_000,
        max_fee_per_gas: 10 * GWEI,
        max_priority_fee_per_gas: GWEI,
        to: TxKind::Call(RECIPIENT),
        ..TxEip1559::default()
    }
}

fn signed<T: SignableTransaction<Signature>>(node: &Running, transaction: T) -> Bytes
where
    Transaction: From<primitives::alloy_consensus::Signed<T>>,
{
    let signature = node.sign(0, transaction.signature_hash());
    with(transaction, signature)
}

fn with<T: SignableTransaction<Signature>>(transaction: T, signature: Signature) -> Bytes
where
    Transaction: From<primitives::alloy_consensus::Signed<T>>,
{
    raw(transaction.into_signed(signature).into()).1
}

fn refused(client: &mut Client, method: &str, params: &Value, (code, text): (i64, &str)) {
    let (found, message) = client.error(method, params.clone());
    assert_eq!(found, code, "{method}: {message}");
    assert!(message.contains(text), "{method} says {message:?}, not {text:?}");
}

#[test]
fn fields_that_cannot_be_right() {
    let node = manual();
    let mut client = node.client();
    let floor = TxEip1559 { input: vec![1; 10_000].into(), gas_limit: 185_000, ..plain() };
    let table: Vec<(TxEip1559, &str)> = vec![
        (TxEip1559 { chain_id: 1, ..plain() }, "invalid sender: invalid chain id for signer: have 1 want 31337"),
        (TxEip1559 { gas_limit: 20_999, ..plain() }, "intrinsic gas too low: gas 20999, minimum needed 21000"),
        (floor, "insufficient gas for floor data gas cost: gas 185000, minimum needed 421000"),
        (
            TxEip1559 { max_priority_fee_per_gas: 11 * GWEI, ..plain() },
            "max priority fee per gas higher than max fee per gas",
        ),
        (TxEip1559 { gas_limit: 1 << 25, ..plain() }, "transaction gas limit too high (cap: 16777216, tx: 33554432)"),
        (TxEip1559 { nonce: u64::MAX, ..plain() }, "nonce has max value"),
        (TxEip1559 { value: ether(20_000), ..plain() }, "insufficient funds for gas * price + value: balance"),
        (TxEip1559 { max_fee_per_gas: u128::MAX, ..plain() }, "insufficient funds for gas * price + value: balance"),
        (TxEip1559 { value: U256::MAX, ..plain() }, "insufficient funds for gas * price + value: balance"),
        (
            TxEip1559 { input: vec![0; 200_000].into(), gas_limit: 3_000_000, ..plain() },
            "oversized data: transaction size",
        ),
        (
            TxEip1559 { to: TxKind::Create, input: vec![0; 50_000].into(), gas_limit: 3_000_000, ..plain() },
            "max initcode size exceeded: code size 50000, limit 49152",
        ),
    ];
    for (transaction, text) in table {
        let bytes = signed(&node, transaction);
        refused(&mut client, "eth_sendRawTransaction", &json!([bytes]), (-32000, text));
    }
    let blobs = TxEip4844 {
        chain_id: CHAIN_ID,
        gas_limit: 21_000,
        max_fee_per_gas: 10 * GWEI,
        max_priority_fee_per_gas: GWEI,
        to: RECIPIENT,
        blob_versioned_hashes: vec![B256::with_last_byte(1)],
        max_fee_per_blob_gas: 0,
        ..TxEip4844::default()
    };
    let few = TxEip4844 { blob_versioned_hashes: Vec::new(), ..blobs.clone() };
    let many = TxEip4844 { blob_versioned_hashes: vec![B256::with_last_byte(1); 7], ..blobs.clone() };
    for (transaction, text) in [
        (blobs, "transaction gas price below minimum: blob fee cap 0, minimum needed 1"),
        (few, "blobless blob transaction"),
        (many, "transaction blob limit exceeded: blob count 7, limit 6"),
    ] {
        let bytes = signed(&node, transaction);
        refused(&mut client, "eth_sendRawTransaction", &json!([bytes]), (-32000, text));
    }
    node.stop();
}

/// Every type with a signature that no key made, or that another chain asked for.
#[test]
fn signatures_that_are_none() {
    let node = manual();
    let mut client = node.client();
    let order =
        U256::from_str_radix("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 16).expect("n");
    let own = node.sign(0, plain().signature_hash());
    let wrong = [
        Signature::new(U256::ZERO, own.s(), false),
        Signature::new(own.r(), U256::ZERO, false),
        Signature::new(order, own.s(), false),
        Signature::new(own.r(), order, false),
        Signature::new(U256::MAX, U256::MAX, true),
        // The other half of a good one (EIP-2).
        Signature::new(own.r(), order - own.s(), !own.v()),
    ];
    let list = vec![Authorization { chain_id: U256::ZERO, address: RECIPIENT, nonce: 0 }.into_signed(own)];
    for signature in wrong {
        let legacy = TxLegacy { chain_id: Some(CHAIN_ID), gas_limit: 21_000, gas_price: GWEI, ..TxLegacy::default() };
        let one = TxEip2930 { chain_id: CHAIN_ID, gas_limit: 21_000, gas_price: GWEI, ..TxEip2930::default() };
        let three = TxEip4844 { chain_id: CHAIN_ID, blob_versioned_hashes: vec![B256::ZERO], ..TxEip4844::default() };
        let four = TxEip7702 { chain_id: CHAIN_ID, authorization_list: list.clone(), ..TxEip7702::default() };
        let sent = [
            with(legacy, signature),
            with(one, signature),
            with(plain(), signature),
            with(three, signature),
            with(four, signature),
        ];
        for bytes in sent {
            let (code, text) = client.error("eth_sendRawTransaction", json!([bytes]));
            assert_eq!(code, -32000, "{text}");
            let is_named = text == "invalid sender: invalid transaction v, r, s values";
            assert!(is_named || text.starts_with("invalid transaction: "), "{text}");
        }
    }
    node.stop();
}

/// Signatures with a byte too few and a byte too many are no transactions.
#[test]
fn signatures_of_another_length() {
    let node = manual();
    let mut client = node.client();
    let list = vec![Authorization { chain_id: U256::ZERO, address: RECIPIENT, nonce: 0 }];
    let list = list.into_iter().map(|one| one.clone().into_signed(node.sign(1, one.signature_hash()))).collect();
    let one = TxEip2930 { chain_id: CHAIN_ID, gas_limit: 21_000, gas_price: GWEI, ..TxEip2930::default() };
    let three = TxEip4844 { chain_id: CHAIN_ID, blob_versioned_hashes: vec![B256::ZERO], ..TxEip4844::default() };
    let four = TxEip7702 { chain_id: CHAIN_ID, authorization_list: list, ..TxEip7702::default() };
    let whole = Signature::new(U256::MAX >> 1, U256::MAX >> 2, true);
    for bytes in [with(one, whole), with(plain(), whole), with(three, whole), with(four, whole)] {
        let mut payload = &bytes[1..];
        Header::decode(&mut payload).expect("a list");
        // Its end: one byte of parity, and twice a length and 32 bytes.
        let (before, signature) = payload.split_at(payload.len() - 67);
        let [parity, rest @ ..] = signature else { panic!("a signature") };
        let (r, s) = rest.split_at(33);
        assert_eq!((parity, r[0], s[0]), (&1, 0xa0, 0xa0));
        let shorter = [before, rest].concat();
        let longer = [before, &[1], r, &[0xa1], &s[1..], &[7]].concat();
        let another = [payload, &[7]].concat();
        for payload in [shorter, longer, another] {
            let mut sent = vec![bytes[0]];
            Header { list: true, payload_length: payload.len() }.encode(&mut sent);
            sent.extend(payload);
            let sent = Bytes::from(sent);
            refused(&mut client, "eth_sendRawTransaction", &json!([sent]), (-32000, "invalid transaction: "));
        }
    }
    node.stop();
}

#[test]
fn calls_that_cannot_run() {
    let node = manual();
    let mut client = node.client();
    let from = node.address(0);
    // PUSH1 0, PUSH1 0, REVERT; and an endless loop.
    client.ask("anvil_setCode", json!([RECIPIENT, "0x60006000fd"]));
    let looping = Address::repeat_byte(0x43);
    client.ask("anvil_setCode", json!([looping, "0x5b600056"]));
    let call = |fields: Value| {
        let mut whole = json!({ "from": from, "to": from });
        whole.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
        json!([whole])
    };
    let table = [
        ("eth_call", call(json!({ "to": RECIPIENT })), (3, "execution reverted")),
        ("eth_estimateGas", call(json!({ "to": RECIPIENT })), (3, "execution reverted")),
        (
            "eth_estimateGas",
            call(json!({ "to": looping, "gas": "0x186a0" })),
            (-32000, "gas required exceeds allowance (100000)"),
        ),
        ("eth_call", call(json!({ "to": looping, "gas": "0x186a0" })), (-32000, "out of gas")),
        ("eth_call", call(json!({ "gas": "0x5207" })), (-32000, "intrinsic gas too low")),
        ("eth_call", call(json!({ "maxFeePerGas": "0x1" })), (-32000, "max fee per gas less than block base fee")),
        (
            "eth_call",
            call(json!({ "maxFeePerGas": "0x1", "maxPriorityFeePerGas": "0x2" })),
            (-32000, "max priority fee per gas higher than max fee per gas"),
        ),
        (
            "eth_call",
            call(json!({ "value": "0xffffffffffffffffffffffff" })),
            (-32000, "insufficient funds for gas * price + value"),
        ),
        (
            "eth_sendTransaction",
            json!([{ "from": RECIPIENT, "to": from, "gas": "0x5208" }]),
            (-32000, "unknown account"),
        ),
        ("eth_noSuchThing", json!([]), (-32601, "the method eth_noSuchThing does not exist/is not available")),
        ("eth_getBalance", json!([]), (-32602, "missing value for required argument 0")),
        ("eth_getBalance", json!([from, "0x99999"]), (-32000, "header not found")),
    ];
    for (method, params, wanted) in table {
        refused(&mut client, method, &params, wanted);
    }
    node.stop();
}

#[test]
fn what_was_mined_is_not_mined_again() {
    let node = manual();
    let mut client = node.client();
    let bytes = signed(&node, plain());
    client.ask("eth_sendRawTransaction", json!([bytes]));
    refused(&mut client, "eth_sendRawTransaction", &json!([bytes]), (-32000, "already known"));
    let other = signed(&node, TxEip1559 { value: U256::from(1), ..plain() });
    refused(&mut client, "eth_sendRawTransaction", &json!([other]), (-32000, "replacement transaction underpriced"));
    client.ask("evm_mine", json!([]));
    for bytes in [bytes, other] {
        refused(
            &mut client,
            "eth_sendRawTransaction",
            &json!([bytes]),
            (-32000, "nonce too low: next nonce 1, tx nonce 0"),
        );
    }
    node.stop();
}

/// The same for every type.
#[test]
fn nothing_is_mined_twice_whatever_its_type() {
    let node = manual();
    let mut client = node.client();
    let (chain_id, gas_limit, to) = (CHAIN_ID, 100_000, TxKind::Call(RECIPIENT));
    let (max_fee_per_gas, max_priority_fee_per_gas) = (10 * GWEI, GWEI);
    let authorization = Authorization { chain_id: U256::from(CHAIN_ID), address: RECIPIENT, nonce: 0 };
    let authorization_list = vec![authorization.clone().into_signed(node.sign(1, authorization.signature_hash()))];
    let protected = TxLegacy {
        chain_id: Some(chain_id),
        nonce: 0,
        gas_price: max_fee_per_gas,
        gas_limit,
        to,
        ..TxLegacy::default()
    };
    let sent = [
        signed(&node, TxLegacy { chain_id: None, nonce: 1, ..protected.clone() }),
        signed(&node, protected),
        signed(
            &node,
            TxEip2930 { chain_id, nonce: 2, gas_price: max_fee_per_gas, gas_limit, to, ..TxEip2930::default() },
        ),
        signed(&node, TxEip1559 { nonce: 3, ..plain() }),
        signed(
            &node,
            TxEip4844 {
                chain_id,
                nonce: 4,
                gas_limit,
                max_fee_per_gas,
                max_priority_fee_per_gas,
                to: RECIPIENT,
                blob_versioned_hashes: vec![B256::right_padding_from(&[1])],
                max_fee_per_blob_gas: GWEI,
                ..TxEip4844::default()
            },
        ),
        signed(
            &node,
            TxEip7702 {
                chain_id,
                nonce: 5,
                gas_limit,
                max_fee_per_gas,
                max_priority_fee_per_gas,
                to: RECIPIENT,
                authorization_list,
                ..TxEip7702::default()
            },
        ),
    ];
    for bytes in &sent {
        client.ask("eth_sendRawTransaction", json!([bytes]));
    }
    client.ask("evm_mine", json!([]));
    let block = client.ask("eth_getBlockByNumber", json!(["latest", true]));
    let types: Vec<&str> =
        block["transactions"].as_array().expect("a list").iter().filter_map(|it| it["type"].as_str()).collect();
    assert_eq!(types, ["0x0", "0x0", "0x1", "0x2", "0x3", "0x4"]);
    for (bytes, nonce) in sent.iter().zip([1, 0, 2, 3, 4, 5]) {
        let text = format!("nonce too low: next nonce 6, tx nonce {nonce}");
        refused(&mut client, "eth_sendRawTransaction", &json!([bytes]), (-32000, &text));
    }
    node.stop();
}
