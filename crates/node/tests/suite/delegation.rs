//! Accounts that let code act for them (EIP-7702): who may say so, and what becomes of what they had sent.

use crate::{CHAIN_ID, Client, GWEI, Running, U256, ether, latest, manual, number, raw};
use primitives::{
    Address, B256, Bytes,
    alloy_consensus::{SignableTransaction, TxEip7702},
    alloy_eips::eip7702::{Authorization, SignedAuthorization},
};
use serde_json::{Value, json};

const RECIPIENT: Address = Address::repeat_byte(0x42);
const DELEGATE: Address = Address::repeat_byte(0x43);
/// Who pays, and who signs authorizations.
const PAYER: usize = 0;
const AUTHORITY: usize = 1;

fn authorization(chain_id: u64, nonce: u64) -> Authorization {
    Authorization { chain_id: U256::from(chain_id), address: DELEGATE, nonce }
}

fn signed(node: &Running, authorization: Authorization) -> SignedAuthorization {
    let signature = node.sign(AUTHORITY, authorization.signature_hash());
    authorization.into_signed(signature)
}

/// A transaction of the payer with these authorizations.
fn carrying(node: &Running, nonce: u64, to: Address, list: Vec<SignedAuthorization>) -> (B256, Bytes) {
    let transaction = TxEip7702 {
        chain_id: CHAIN_ID,
        nonce,
        max_fee_per_gas: 100 * GWEI,
        max_priority_fee_per_gas: 5 * GWEI,
        gas_limit: 200_000,
        to,
        authorization_list: list,
        ..TxEip7702::default()
    };
    let signature = node.sign(PAYER, transaction.signature_hash());
    raw(transaction.into_signed(signature).into())
}

fn code(node: &Running, client: &mut Client) -> Value {
    client.ask("eth_getCode", json!([node.address(AUTHORITY), "latest"]))
}

/// They are carried, as everywhere, and do nothing.
#[test]
fn authorizations_that_do_not_hold_delegate_nothing() {
    let node = manual();
    let mut client = node.client();
    let order =
        U256::from_str_radix("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 16).expect("n");
    let good = authorization(CHAIN_ID, 0);
    let own = node.sign(AUTHORITY, good.signature_hash());
    let parity = u8::from(own.v());
    let with = |parity, r, s| SignedAuthorization::new_unchecked(good.clone(), parity, r, s);
    let table = [
        ("another chain", signed(&node, authorization(1, 0))),
        ("another nonce", signed(&node, authorization(CHAIN_ID, 1))),
        ("the last nonce", signed(&node, authorization(CHAIN_ID, u64::MAX))),
        ("no r", with(parity, U256::ZERO, own.s())),
        ("no s", with(parity, own.r(), U256::ZERO)),
        ("r beyond the order", with(parity, order, own.s())),
        ("s beyond the order", with(parity, own.r(), order)),
        ("the other half of s", with(1 - parity, own.r(), order - own.s())),
        ("no parity", with(2, own.r(), own.s())),
        ("somebody else's parity", with(1 - parity, own.r(), own.s())),
    ];
    for (nonce, (what, authorization)) in (0..).zip(table) {
        let (hash, bytes) = carrying(&node, nonce, RECIPIENT, vec![authorization]);
        client.ask("eth_sendRawTransaction", json!([bytes]));
        client.ask("evm_mine", json!([]));
        assert_eq!(number(&client.receipt(hash)["status"]), 1, "{what}");
        assert_eq!(code(&node, &mut client), json!("0x"), "{what}");
        let count = client.ask("eth_getTransactionCount", json!([node.address(AUTHORITY), "latest"]));
        assert_eq!(number(&count), 0, "{what}");
    }
    let nonce = number(&client.ask("eth_getTransactionCount", json!([node.address(PAYER), "latest"])));
    let (_, empty) = carrying(&node, nonce, RECIPIENT, Vec::new());
    let (refused, text) = client.error("eth_sendRawTransaction", json!([empty]));
    assert_eq!(refused, -32000, "{text}");
    // One for any chain is one for this.
    let (_, bytes) = carrying(&node, nonce, RECIPIENT, vec![signed(&node, authorization(0, 0))]);
    client.ask("eth_sendRawTransaction", json!([bytes]));
    client.ask("evm_mine", json!([]));
    assert_eq!(code(&node, &mut client), json!(format!("0xef0100{}", "43".repeat(20))));
    node.stop();
}

/// What waits of an account whose nonce is used and whose funds are gone in one stroke: the first can never be mined and goes,
/// the others wait for funds, and are mined when these come.
#[test]
fn a_delegation_that_empties_an_account_strands_nothing() {
    const SENT: u64 = 8;
    let node = manual();
    let mut client = node.client();
    // Sends on all that it has: four times `PUSH0`, `SELFBALANCE, PUSH20 …, GAS, CALL`.
    client.ask("anvil_setCode", json!([DELEGATE, format!("0x5f5f5f5f4773{}5af1", "42".repeat(20))]));
    let sent: Vec<_> = (0..SENT).map(|nonce| node.transfer(AUTHORITY, nonce, Address::ZERO, U256::ONE)).collect();
    for (_, bytes) in &sent {
        client.ask("eth_sendRawTransaction", json!([bytes]));
    }
    let authority = node.address(AUTHORITY);
    let (hash, bytes) = carrying(&node, 0, authority, vec![signed(&node, authorization(CHAIN_ID, 0))]);
    client.ask("eth_sendRawTransaction", json!([bytes]));
    let status = |client: &mut Client| {
        let status = client.ask("txpool_status", json!([]));
        (number(&status["pending"]), number(&status["queued"]))
    };
    assert_eq!(status(&mut client), (SENT + 1, 0));
    client.ask("evm_mine", json!([]));
    assert_eq!(number(&client.receipt(hash)["status"]), 1);
    assert_eq!((latest(&mut client, RECIPIENT), latest(&mut client, authority)), (ether(10_000), U256::ZERO));
    assert_eq!(status(&mut client), (0, SENT - 1), "nothing that cannot be executed is offered");
    client.ask("anvil_setBalance", json!([authority, ether(1)]));
    client.ask("evm_mine", json!([]));
    client.ask("evm_mine", json!([]));
    assert_eq!(status(&mut client), (0, 0));
    let count = client.ask("eth_getTransactionCount", json!([authority, "latest"]));
    assert_eq!(number(&count), SENT);
    let (refused, text) = client.error("eth_sendRawTransaction", json!([sent[0].1]));
    assert_eq!((refused, text.as_str()), (-32000, "nonce too low: next nonce 8, tx nonce 0"));
    node.stop();
}
