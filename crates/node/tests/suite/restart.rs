//! What is left after an end, orderly or not.

use crate::{Mining, Running, U256, ether, latest, number, options, start, start_with};
use node::{NodeError, Start};
use primitives::{Address, B256};
use serde_json::{Value, json};
use state::disk::DiskError;
use std::{fs, path::Path};

const RECIPIENT: Address = Address::repeat_byte(0x55);

/// Sends transfers one by one and gives their receipts.
fn transfers(node: &Running, from: u64, count: u64) -> Vec<(B256, Value)> {
    let mut client = node.client();
    (from..from + count)
        .map(|nonce| {
            let (hash, bytes) = node.transfer(0, nonce, RECIPIENT, U256::ONE);
            client.ask("eth_sendRawTransaction", json!([bytes]));
            (hash, client.receipt(hash))
        })
        .collect()
}

#[test]
fn a_restart_keeps_every_block_and_receipt() {
    let dir = tempfile::tempdir().expect("a directory");
    let node = start(Some(dir.path()), Mining::Instant);
    let acknowledged = transfers(&node, 0, 5);
    let genesis = node.client().ask("eth_getBlockByNumber", json!(["0x0", false]));
    node.stop();

    let node = start(Some(dir.path()), Mining::Instant);
    let mut client = node.client();
    assert_eq!(client.ask("eth_getBlockByNumber", json!(["0x0", false])), genesis);
    for (hash, receipt) in &acknowledged {
        assert_eq!(&client.ask("eth_getTransactionReceipt", json!([hash])), receipt);
    }
    assert_eq!(number(&client.ask("eth_blockNumber", json!([]))), 5);
    transfers(&node, 5, 1);
    assert_eq!(latest(&mut client, RECIPIENT), U256::from(6));
    let earlier = client.ask("eth_getBalance", json!([RECIPIENT, "0x2"]));
    assert_eq!(number(&earlier), 2);
    node.stop();
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("a directory") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).expect("a copy");
        }
    }
}

/// A copy of the files at any moment is what a killed process leaves.
#[test]
fn a_kill_loses_no_receipt_that_was_answered() {
    let (dir, copies) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    let node = start(Some(dir.path()), Mining::Instant);
    let acknowledged = transfers(&node, 0, 7);
    let killed = copies.path().join("killed");
    copy(dir.path(), &killed);
    transfers(&node, 7, 1);
    node.stop();

    let node = start(Some(&killed), Mining::Instant);
    let mut client = node.client();
    for (hash, receipt) in &acknowledged {
        assert_eq!(&client.ask("eth_getTransactionReceipt", json!([hash])), receipt);
    }
    node.stop();
}

#[test]
fn a_directory_has_one_owner_and_one_chain() {
    let dir = tempfile::tempdir().expect("a directory");
    let node = start(Some(dir.path()), Mining::Manual);
    let (mut wanted, keys) = options(Some(dir.path()), Mining::Manual);
    let second = start_with(&wanted, keys.clone()).err().expect("an error");
    let own = std::process::id();
    assert!(matches!(&second, NodeError::Disk(DiskError::Locked { pid: Some(pid), .. }) if *pid == own), "{second}");
    assert!(second.to_string().contains(&own.to_string()), "{second}");
    node.stop();
    let Start::Funded(genesis) = &mut wanted.start else { panic!("no genesis of its own") };
    genesis.balance = ether(1);
    let other = start_with(&wanted, keys).err().expect("an error");
    assert!(matches!(other, NodeError::Disk(DiskError::WrongChain { .. })), "{other}");
}
