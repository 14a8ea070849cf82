//! Many transactions at once.

use crate::{Client, U256, instant, number};
use primitives::{Address, B256, Bytes};
use serde_json::json;
use std::thread;

const CONNECTIONS: usize = 4;
const EACH: u64 = 500;

fn send(client: &mut Client, transactions: &[(B256, Bytes)]) {
    for (_, bytes) in transactions {
        client.ask("eth_sendRawTransaction", json!([bytes]));
    }
}

/// The fault that other development nodes have: what arrives while a block is made waits for ever.
#[test]
fn nothing_executable_is_stranded() {
    let node = instant();
    let recipient = Address::repeat_byte(0x77);
    let batches: Vec<Vec<_>> = (0..CONNECTIONS)
        .map(|account| (0..EACH).map(|nonce| node.transfer(account, nonce, recipient, U256::ONE)).collect())
        .collect();
    thread::scope(|scope| {
        for batch in &batches {
            let mut client = node.client();
            scope.spawn(move || send(&mut client, batch));
        }
    });
    let mut client = node.client();
    for batch in &batches {
        let (last, _) = batch.last().expect("a transaction");
        client.receipt(last);
    }
    let status = client.ask("txpool_status", json!([]));
    assert_eq!((number(&status["pending"]), number(&status["queued"])), (0, 0));
    let received = crate::latest(&mut client, recipient);
    assert_eq!(received, U256::from(CONNECTIONS as u64 * EACH));
    // Each is in exactly one block.
    let head = number(&client.ask("eth_blockNumber", json!([])));
    let counts = (1..=head)
        .map(|block| number(&client.ask("eth_getBlockTransactionCountByNumber", json!([format!("{block:#x}")]))));
    assert_eq!(counts.sum::<u64>(), CONNECTIONS as u64 * EACH);
    node.stop();
}

/// Nonces in any order over many connections, each of them twice: one of the two is mined, and nothing is left.
#[test]
fn races_for_a_nonce_strand_nothing() {
    const PEERS: usize = 32;
    const NONCES: u64 = 100;
    let node = instant();
    let mut sent: Vec<(B256, Bytes)> = (0..CONNECTIONS)
        .flat_map(|account| (0..NONCES).map(move |nonce| (account, nonce)))
        .flat_map(|(account, nonce)| {
            [0x79, 0x7a].map(|to| node.transfer(account, nonce, Address::repeat_byte(to), U256::ONE))
        })
        .collect();
    // The order of hashes is as good as any.
    sent.sort_unstable_by_key(|(hash, _)| *hash);
    thread::scope(|scope| {
        for peer in 0..PEERS {
            let (mut client, sent) = (node.client(), &sent);
            scope.spawn(move || {
                for (_, bytes) in sent.iter().skip(peer).step_by(PEERS) {
                    let answer = client.answer("eth_sendRawTransaction", json!([bytes]));
                    let refusal = answer["error"]["message"].as_str().unwrap_or_default();
                    let expected = ["nonce too low", "replacement transaction underpriced"];
                    assert!(refusal.is_empty() || expected.iter().any(|it| refusal.starts_with(it)), "{refusal}");
                }
            });
        }
    });
    let mut client = node.client();
    for account in 0..CONNECTIONS {
        let count = json!([node.address(account), "latest"]);
        client.until("eth_getTransactionCount", &count, |count| number(count) == NONCES);
    }
    let status = client.ask("txpool_status", json!([]));
    assert_eq!((number(&status["pending"]), number(&status["queued"])), (0, 0));
    let received = [0x79, 0x7a].map(|to| crate::latest(&mut client, Address::repeat_byte(to)));
    assert_eq!(received[0] + received[1], U256::from(CONNECTIONS as u64 * NONCES));
    node.stop();
}

/// A gap is waited for, and closing it lets everything behind it go.
#[test]
fn a_gap_that_closes_frees_what_waits_behind_it() {
    let node = instant();
    let mut client = node.client();
    let recipient = Address::repeat_byte(0x78);
    let sent: Vec<_> = (0..10).map(|nonce| node.transfer(0, nonce, recipient, U256::ONE)).collect();
    send(&mut client, &sent[1..]);
    let status = client.ask("txpool_status", json!([]));
    assert_eq!((number(&status["pending"]), number(&status["queued"])), (0, 9));
    send(&mut client, &sent[..1]);
    client.receipt(sent[9].0);
    assert_eq!(crate::latest(&mut client, recipient), U256::from(10));
    node.stop();
}
