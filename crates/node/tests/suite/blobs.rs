//! Blobs, which a block names and a development node still has.

use crate::{CHAIN_ID, GWEI, Running, manual, number};
use primitives::{
    Address, B256, Bytes,
    alloy_consensus::{EthereumTxEnvelope, SignableTransaction, TxEip4844, TxEip4844WithSidecar},
    alloy_eips::{
        Encodable2718,
        eip4844::{Blob, env_settings::EnvKzgSettings},
        eip7594::{BlobTransactionSidecarEip7594, BlobTransactionSidecarVariant},
    },
};
use serde_json::{Value, json};

/// A transaction with blobs, as it travels; and the versioned hashes of these.
fn with_blobs(node: &Running, nonce: u64, marks: &[u8]) -> (B256, Bytes, Vec<B256>) {
    let blobs = marks.iter().map(|mark| blob(*mark)).collect();
    let settings = EnvKzgSettings::Default.get();
    let sidecar = BlobTransactionSidecarEip7594::try_from_blobs_with_settings(blobs, settings).expect("proofs");
    let hashes: Vec<B256> = sidecar.versioned_hashes().collect();
    let transaction = naming(nonce, hashes.clone());
    let signature = node.sign(0, transaction.signature_hash());
    let sidecar = BlobTransactionSidecarVariant::Eip7594(sidecar);
    let signed = TxEip4844WithSidecar { tx: transaction, sidecar }.into_signed(signature);
    let hash = *signed.hash();
    (hash, EthereumTxEnvelope::Eip4844(signed).encoded_2718().into(), hashes)
}

/// A transaction that names blobs.
fn naming(nonce: u64, hashes: Vec<B256>) -> TxEip4844 {
    TxEip4844 {
        chain_id: CHAIN_ID,
        nonce,
        gas_limit: 21_000,
        max_fee_per_gas: 10 * GWEI,
        max_priority_fee_per_gas: GWEI,
        max_fee_per_blob_gas: GWEI,
        to: Address::repeat_byte(0x44),
        blob_versioned_hashes: hashes,
        ..TxEip4844::default()
    }
}

fn blob(mark: u8) -> Blob {
    let mut blob = Blob::ZERO;
    blob[31] = mark;
    blob
}

fn text(mark: u8) -> Value {
    json!(Bytes::copy_from_slice(blob(mark).as_slice()))
}

#[test]
fn blobs_are_found_by_their_hash_their_transaction_and_their_block() {
    let node = manual();
    // Proofs take their time; a connection would not wait for them.
    let (first, first_bytes, hashes) = with_blobs(&node, 0, &[1, 2]);
    let (second, second_bytes, _) = with_blobs(&node, 1, &[3]);
    let mut client = node.client();
    assert_eq!(client.ask("eth_sendRawTransaction", json!([first_bytes])), json!(first));
    assert_eq!(client.ask("anvil_getBlobsByTransactionHash", json!([first])), json!([text(1), text(2)]));
    assert_eq!(client.ask("anvil_getBlobsByBlockId", json!(["latest"])), json!([]), "it is in no block yet");
    let before = client.ask("evm_snapshot", json!([]));
    client.ask("evm_mine", json!([]));
    client.ask("eth_sendRawTransaction", json!([second_bytes]));
    client.ask("evm_mine", json!([]));
    assert_eq!(client.ask("anvil_getBlobByHash", json!([hashes[1]])), text(2));
    assert_eq!(client.ask("anvil_getBlobsByBlockId", json!(["0x1"])), json!([text(1), text(2)]));
    assert_eq!(client.ask("anvil_getBlobsByBlockId", json!(["0x1", [hashes[1]]])), json!([text(2)]));
    assert_eq!(client.ask("anvil_getBlobsByBlockId", json!(["latest"])), json!([text(3)]));
    let sidecar = client.ask("anvil_getBlobSidecarsByBlockId", json!(["0x1"]));
    assert_eq!(sidecar["blobs"], json!([text(1), text(2)]));
    assert_eq!(sidecar["commitments"].as_array().map(Vec::len), Some(2));
    assert_eq!(sidecar["proofs"].as_array().map(Vec::len), Some(256), "of each of 128 cells");
    for (method, of) in [
        ("anvil_getBlobByHash", json!([B256::ZERO])),
        ("anvil_getBlobsByTransactionHash", json!([B256::ZERO])),
        ("anvil_getBlobsByBlockId", json!(["0x9"])),
        ("anvil_getBlobSidecarsByBlockId", json!(["0x9"])),
    ] {
        assert!(client.ask(method, of).is_null(), "{method}");
    }
    // The first is in the pool again, the second has never come.
    client.ask("evm_revert", json!([before]));
    assert_eq!(client.ask("anvil_getBlobByHash", json!([hashes[0]])), text(1));
    assert!(client.ask("anvil_getBlobsByTransactionHash", json!([second])).is_null());
    let genesis = client.ask("eth_getBlockByNumber", json!(["earliest", false]));
    assert_eq!(client.ask("anvil_getGenesisTime", json!([])), json!(number(&genesis["timestamp"])));
    node.stop();
}

#[test]
fn a_block_whose_blobs_are_not_all_here_says_so() {
    let node = manual();
    let mut client = node.client();
    let transaction = naming(0, vec![B256::repeat_byte(1)]);
    let signature = node.sign(0, transaction.signature_hash());
    let (hash, bytes) = crate::raw(transaction.into_signed(signature).into());
    client.ask("eth_sendRawTransaction", json!([bytes]));
    client.ask("evm_mine", json!([]));
    assert!(client.ask("anvil_getBlobsByTransactionHash", json!([hash])).is_null());
    let (code, message) = client.error("anvil_getBlobsByBlockId", json!(["latest"]));
    assert_eq!((code, message), (-32001, format!("the blobs of transaction {hash} are not here")));
    node.stop();
}
