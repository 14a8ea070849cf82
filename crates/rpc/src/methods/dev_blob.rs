//! Blobs of the last transactions, under the names of anvil.
//!
//! A node remembers the blobs of the last transactions only. Where a block's are not all there any more, or came without
//! their transaction, that is an error: a part of them would look like the whole.

use std::sync::Arc;

use primitives::{
    B256, Bytes,
    alloy_consensus::Transaction,
    alloy_eips::{BlockId, eip4844::kzg_to_versioned_hash, eip7594::BlobTransactionSidecarVariant},
};
use serde_json::Value;

use super::{dev::dev, methods, testing::bundle};
use crate::{RpcError, context::Call, error::NOT_FOUND, limits::FILTER_ALTERNATIVES_MAX, params::Params};

methods!(Dev {
    "anvil_getBlobByHash" => Pool(1) by_hash;
    "anvil_getBlobsByTransactionHash" => Pool(1) by_transaction;
    "anvil_getBlobsByBlockId" => Pool(2) by_block;
    "anvil_getBlobSidecarsByBlockId" => Pool(1) sidecars_by_block;
});

type Sidecars = Vec<Arc<BlobTransactionSidecarVariant>>;

fn by_hash(call: &Call<'_>, params: &mut Params<'_>) -> Result<Option<Bytes>, RpcError> {
    let wanted: B256 = params.required()?;
    for transaction in dev(call)?.transactions_with_blob(wanted) {
        let Some(sidecar) = dev(call)?.sidecar(transaction)? else { continue };
        if let Some(blob) = blobs(&sidecar).find_map(|(hash, blob)| (hash == wanted).then_some(blob)) {
            return Ok(Some(blob));
        }
    }
    Ok(None)
}

fn by_transaction(call: &Call<'_>, params: &mut Params<'_>) -> Result<Option<Vec<Bytes>>, RpcError> {
    let sidecar = dev(call)?.sidecar(params.required()?)?;
    Ok(sidecar.map(|sidecar| blobs(&sidecar).map(|(_, blob)| blob).collect()))
}

/// The second argument, hashes of the blobs that are wanted, may be missing: then all are.
fn by_block(call: &Call<'_>, params: &mut Params<'_>) -> Result<Option<Vec<Bytes>>, RpcError> {
    let id = params.required()?;
    let wanted: Vec<B256> = params.optional_json()?.unwrap_or_default();
    if wanted.len() > FILTER_ALTERNATIVES_MAX {
        return Err(RpcError::invalid_params("exceed max blob hashes"));
    }
    let Some(sidecars) = sidecars_of(call, id)? else { return Ok(None) };
    let blobs = sidecars.iter().flat_map(|sidecar| blobs(sidecar));
    Ok(Some(blobs.filter(|(hash, _)| wanted.is_empty() || wanted.contains(hash)).map(|(_, blob)| blob).collect()))
}

fn sidecars_by_block(call: &Call<'_>, params: &mut Params<'_>) -> Result<Option<Value>, RpcError> {
    Ok(sidecars_of(call, params.required()?)?.map(|sidecars| bundle(&sidecars)))
}

/// Those of a block's transactions, in block order; `None` if there is no such block.
fn sidecars_of(call: &Call<'_>, id: BlockId) -> Result<Option<Sidecars>, RpcError> {
    let Some(block) = call.block(id)? else { return Ok(None) };
    let mut sidecars = Vec::new();
    for transaction in block.block.body.transactions.iter().filter(|it| (**it).blob_versioned_hashes().is_some()) {
        let hash = *transaction.tx_hash();
        let missing = || RpcError::new(NOT_FOUND, format!("the blobs of transaction {hash} are not here"));
        sidecars.push(dev(call)?.sidecar(hash)?.ok_or_else(missing)?);
    }
    Ok(Some(sidecars))
}

/// The blobs with their versioned hashes.
fn blobs(sidecar: &BlobTransactionSidecarVariant) -> impl Iterator<Item = (B256, Bytes)> {
    let hashes = sidecar.commitments().iter().map(|commitment| kzg_to_versioned_hash(commitment.as_slice()));
    hashes.zip(sidecar.blobs().iter().map(|blob| Bytes::copy_from_slice(blob.as_slice())))
}
