//! Blocks that are built to be shown: what tests of several clients ask of each.

use std::sync::Arc;

use primitives::{
    Address, B256, Bytes,
    alloy_eips::{
        Encodable2718,
        eip4844::{Blob, Bytes48},
        eip4895::Withdrawal,
        eip7594::BlobTransactionSidecarVariant,
    },
    alloy_primitives::U64,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::methods;
use crate::{
    RpcError,
    backend::{Payload, PayloadRequest},
    context::Call,
    error::METHOD_NOT_FOUND,
    params::Params,
};

methods!(Dev {
    "testing_buildBlockV1" => Pool(4) build_block;
});

/// `PayloadAttributesV3` of the execution APIs.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Attributes {
    timestamp: U64,
    prev_randao: B256,
    suggested_fee_recipient: Address,
    withdrawals: Option<Vec<Withdrawal>>,
    parent_beacon_block_root: Option<B256>,
}

fn build_block(call: &Call<'_>, params: &mut Params<'_>) -> Result<Value, RpcError> {
    let parent = params.required()?;
    let attributes: Attributes = params.json()?;
    let request = PayloadRequest {
        parent,
        timestamp: attributes.timestamp.to(),
        prev_randao: attributes.prev_randao,
        beneficiary: attributes.suggested_fee_recipient,
        withdrawals: attributes.withdrawals.unwrap_or_default(),
        beacon_root: attributes.parent_beacon_block_root,
        transactions: params.optional_json()?,
        extra_data: params.optional()?.unwrap_or_default(),
    };
    let dev = call.backend().dev().ok_or_else(|| RpcError::new(METHOD_NOT_FOUND, "this is no development node"))?;
    Ok(envelope(&dev.build_block(&request)?))
}

/// The form of `engine_getPayload`. What the block's fork has not is left out.
fn envelope(payload: &Payload) -> Value {
    let header = &payload.block.block.header;
    let body = &payload.block.block.body;
    let transactions: Vec<Bytes> = body.transactions.iter().map(|it| it.encoded_2718().into()).collect();
    let mut block = json!({
        "parentHash": header.parent_hash,
        "feeRecipient": header.beneficiary,
        "stateRoot": header.state_root,
        "receiptsRoot": header.receipts_root,
        "logsBloom": header.logs_bloom,
        "prevRandao": header.mix_hash,
        "blockNumber": U64::from(header.number),
        "gasLimit": U64::from(header.gas_limit),
        "gasUsed": U64::from(header.gas_used),
        "timestamp": U64::from(header.timestamp),
        "extraData": header.extra_data,
        "baseFeePerGas": U64::from(header.base_fee_per_gas.unwrap_or_default()),
        "blockHash": payload.block.hash,
        "transactions": transactions,
    });
    if let Some(withdrawals) = &body.withdrawals {
        block["withdrawals"] = json!(withdrawals);
    }
    if let (Some(used), Some(excess)) = (header.blob_gas_used, header.excess_blob_gas) {
        block["blobGasUsed"] = json!(U64::from(used));
        block["excessBlobGas"] = json!(U64::from(excess));
    }
    let mut answer = json!({
        "executionPayload": block,
        "blockValue": payload.value,
        "blobsBundle": bundle(&payload.sidecars),
        "shouldOverrideBuilder": false,
    });
    if header.requests_hash.is_some() {
        answer["executionRequests"] = json!(payload.requests);
    }
    answer
}

/// Blobs with what proves them, of several transactions as one.
pub(super) fn bundle(sidecars: &[Arc<BlobTransactionSidecarVariant>]) -> Value {
    let (mut commitments, mut proofs) = (Vec::<&Bytes48>::new(), Vec::<&Bytes48>::new());
    let mut blobs = Vec::<&Blob>::new();
    for sidecar in sidecars {
        match &**sidecar {
            BlobTransactionSidecarVariant::Eip4844(sidecar) => {
                commitments.extend(&sidecar.commitments);
                proofs.extend(&sidecar.proofs);
                blobs.extend(&sidecar.blobs);
            }
            BlobTransactionSidecarVariant::Eip7594(sidecar) => {
                commitments.extend(&sidecar.commitments);
                proofs.extend(&sidecar.cell_proofs);
                blobs.extend(&sidecar.blobs);
            }
        }
    }
    json!({ "commitments": commitments, "proofs": proofs, "blobs": blobs })
}
