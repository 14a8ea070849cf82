//! Blocks, transactions and receipts.

use alloy_rpc_types_eth::{Header, SyncInfo, SyncStatus as RpcSyncStatus};
use primitives::{
    B256, Bytes, U256,
    alloy_eips::{BlockId, BlockNumberOrTag, Encodable2718, eip7910::EthConfig},
    alloy_primitives::U64,
};
use serde_json::{Value, json};

use super::{methods, net::version};
use crate::{
    RpcBlock, RpcError, RpcReceipt, RpcTransaction, backend::SyncStatus, context::Call, convert, params::Params,
};

methods!(Eth {
    "eth_chainId" => Now(0) chain_id;
    "eth_networkId" => Now(0) version;
    "eth_protocolVersion" => Now(0) protocol_version;
    "eth_syncing" => Now(0) syncing;
    "eth_blockNumber" => Now(0) block_number;
    "eth_coinbase" => Now(0) coinbase;
    "eth_mining" => Now(0) mining;
    "eth_hashrate" => Now(0) hashrate;
    "eth_config" => Now(0) config;
    "eth_capabilities" => Now(0) capabilities;
    "eth_getBlockByNumber" => Read(2) block_by_number;
    "eth_getBlockByHash" => Now(2) block_by_hash;
    "eth_getHeaderByNumber" => Read(1) header_by_number;
    "eth_getHeaderByHash" => Now(1) header_by_hash;
    "eth_getBlockTransactionCountByNumber" => Read(1) count_by_number;
    "eth_getBlockTransactionCountByHash" => Now(1) count_by_hash;
    "eth_getUncleCountByBlockNumber" => Read(1) uncles_by_number;
    "eth_getUncleCountByBlockHash" => Now(1) uncles_by_hash;
    "eth_getUncleByBlockNumberAndIndex" => Read(2) uncle_by_number;
    "eth_getUncleByBlockHashAndIndex" => Now(2) uncle_by_hash;
    "eth_getBlockReceipts" => Pool(1) block_receipts;
    "eth_getBlockAccessList" => Pool(1) block_access_list;
    "eth_getTransactionByHash" => Now(1) transaction;
    "eth_getTransactionByBlockNumberAndIndex" => Read(2) transaction_by_number;
    "eth_getTransactionByBlockHashAndIndex" => Now(2) transaction_by_hash;
    "eth_getTransactionReceipt" => Now(1) receipt;
    "eth_getRawTransactionByHash" => Now(1) raw_transaction;
    "eth_getRawTransactionByBlockNumberAndIndex" => Read(2) raw_by_number;
    "eth_getRawTransactionByBlockHashAndIndex" => Now(2) raw_by_hash;
});

fn chain_id(call: &Call<'_>, _: &mut Params<'_>) -> Result<U64, RpcError> {
    Ok(U64::from(call.backend().chain_id()))
}

/// The last version of the wire protocol that this number was kept for.
fn protocol_version(_: &Call<'_>, _: &mut Params<'_>) -> Result<U64, RpcError> {
    Ok(U64::from(0x44))
}

fn syncing(call: &Call<'_>, _: &mut Params<'_>) -> Result<RpcSyncStatus, RpcError> {
    Ok(match call.backend().sync_status() {
        SyncStatus::Synced => RpcSyncStatus::None,
        SyncStatus::Syncing { starting, current, highest } => RpcSyncStatus::Info(Box::new(SyncInfo {
            starting_block: U256::from(starting),
            current_block: U256::from(current),
            highest_block: U256::from(highest),
            ..SyncInfo::default()
        })),
    })
}

fn block_number(call: &Call<'_>, _: &mut Params<'_>) -> Result<U64, RpcError> {
    Ok(U64::from(call.backend().head().number))
}

fn coinbase(call: &Call<'_>, _: &mut Params<'_>) -> Result<primitives::Address, RpcError> {
    Ok(call.known_block(call.backend().head().hash)?.block.header.beneficiary)
}

/// Nobody mines after the Merge.
fn mining(_: &Call<'_>, _: &mut Params<'_>) -> Result<bool, RpcError> {
    Ok(false)
}

fn hashrate(_: &Call<'_>, _: &mut Params<'_>) -> Result<U64, RpcError> {
    Ok(U64::ZERO)
}

fn config(call: &Call<'_>, _: &mut Params<'_>) -> Result<EthConfig, RpcError> {
    Ok(call.backend().fork_config())
}

fn capabilities(call: &Call<'_>, _: &mut Params<'_>) -> Result<Value, RpcError> {
    let (head, there) = (call.backend().head(), call.backend().availability());
    let part = |oldest: Option<u64>| match oldest {
        Some(oldest) => json!({ "disabled": false, "oldestBlock": U64::from(oldest) }),
        None => json!({ "disabled": true }),
    };
    Ok(json!({
        "head": { "number": U64::from(head.number), "hash": head.hash },
        "state": part(there.state),
        "tx": part(there.blocks),
        "logs": part(there.receipts),
        "receipts": part(there.receipts),
        "blocks": part(there.blocks),
        "stateproofs": part(there.proofs),
    }))
}

fn block_by_number(call: &Call<'_>, params: &mut Params<'_>) -> Result<Option<RpcBlock>, RpcError> {
    let id = by_number(params)?;
    let full = params.optional()?.unwrap_or(false);
    Ok(call.block(id)?.map(|block| convert::block(&block, full)))
}

fn block_by_hash(call: &Call<'_>, params: &mut Params<'_>) -> Result<Option<RpcBlock>, RpcError> {
    let hash = params.required()?;
    let full = params.optional()?.unwrap_or(false);
    Ok(call.backend().block(hash)?.map(|block| convert::block(&block, full)))
}

fn header_by_number(call: &Call<'_>, params: &mut Params<'_>) -> Result<Option<Header>, RpcError> {
    header(call, by_number(params)?)
}

fn header_by_hash(call: &Call<'_>, params: &mut Params<'_>) -> Result<Option<Header>, RpcError> {
    header(call, by_hash(params)?)
}

pub(super) fn header(call: &Call<'_>, id: BlockId) -> Result<Option<Header>, RpcError> {
    Ok(call.block(id)?.map(|block| convert::header(&block)))
}

pub(super) fn by_number(params: &mut Params<'_>) -> Result<BlockId, RpcError> {
    params.required::<BlockNumberOrTag>().map(BlockId::Number)
}

pub(super) fn by_hash(params: &mut Params<'_>) -> Result<BlockId, RpcError> {
    params.required::<B256>().map(BlockId::from)
}

fn count_by_number(call: &Call<'_>, params: &mut Params<'_>) -> Result<Option<U64>, RpcError> {
    count(call, by_number(params)?)
}

fn count_by_hash(call: &Call<'_>, params: &mut Params<'_>) -> Result<Option<U64>, RpcError> {
    count(call, by_hash(params)?)
}

fn count(call: &Call<'_>, id: BlockId) -> Result<Option<U64>, RpcError> {
    Ok(call.block(id)?.map(|block| U64::from(block.block.body.transactions.len())))
}

fn uncles_by_number(call: &Call<'_>, params: &mut Params<'_>) -> Result<Option<U64>, RpcError> {
    uncles(call, by_number(params)?)
}

fn uncles_by_hash(call: &Call<'_>, params: &mut Params<'_>) -> Result<Option<U64>, RpcError> {
    uncles(call, by_hash(params)?)
}

fn uncles(call: &Call<'_>, id: BlockId) -> Result<Option<U64>, RpcError> {
    Ok(call.block(id)?.map(|block| U64::from(block.block.body.ommers.len())))
}

fn uncle_by_number(call: &Call<'_>, params: &mut Params<'_>) -> Result<Option<RpcBlock>, RpcError> {
    let id = by_number(params)?;
    uncle(call, id, params.required()?)
}

fn uncle_by_hash(call: &Call<'_>, params: &mut Params<'_>) -> Result<Option<RpcBlock>, RpcError> {
    let id = by_hash(params)?;
    uncle(call, id, params.required()?)
}

fn uncle(call: &Call<'_>, id: BlockId, index: u64) -> Result<Option<RpcBlock>, RpcError> {
    let Some(block) = call.block(id)? else { return Ok(None) };
    let header = usize::try_from(index).ok().and_then(|index| block.block.body.ommers.get(index).cloned());
    Ok(header.map(RpcBlock::uncle_from_header))
}

fn block_receipts(call: &Call<'_>, params: &mut Params<'_>) -> Result<Option<Vec<RpcReceipt>>, RpcError> {
    receipts_of(call, params.required()?)
}

pub(super) fn receipts_of(call: &Call<'_>, id: BlockId) -> Result<Option<Vec<RpcReceipt>>, RpcError> {
    let Some(block) = call.block(id)? else { return Ok(None) };
    let receipts = call.backend().receipts(block.hash)?.ok_or_else(RpcError::pruned)?;
    Ok(Some(convert::receipts(call.backend(), &block, &receipts, None)))
}

/// The decoded list of one block. -32001 if the block is not known, 4444 if its list was not kept.
fn block_access_list(call: &Call<'_>, params: &mut Params<'_>) -> Result<Value, RpcError> {
    let id = params.required()?;
    let missing = || RpcError::new(crate::error::NOT_FOUND, "resource not found");
    let block = call.backend().resolve(id)?.ok_or_else(missing)?;
    let list = call.backend().block_access_list(block.hash)?.ok_or_else(RpcError::pruned)?;
    serde_json::to_value(list.accounts()).map_err(|_| RpcError::internal("answer cannot be written"))
}

fn transaction(call: &Call<'_>, params: &mut Params<'_>) -> Result<Option<RpcTransaction>, RpcError> {
    let hash = params.required()?;
    call.steady(|| {
        // The pool is asked first: what leaves it for a block between the two reads is in that block.
        let pooled = call.backend().pooled(hash);
        match call.backend().position(hash)? {
            Some((block, position)) => Ok(convert::transaction(&*call.known_block(block)?, position)),
            None => Ok(pooled.map(|pooled| convert::pending(&pooled))),
        }
    })
}

fn transaction_by_number(call: &Call<'_>, params: &mut Params<'_>) -> Result<Option<RpcTransaction>, RpcError> {
    let id = by_number(params)?;
    transaction_at(call, id, params.required()?)
}

fn transaction_by_hash(call: &Call<'_>, params: &mut Params<'_>) -> Result<Option<RpcTransaction>, RpcError> {
    let id = by_hash(params)?;
    transaction_at(call, id, params.required()?)
}

fn transaction_at(call: &Call<'_>, id: BlockId, index: u64) -> Result<Option<RpcTransaction>, RpcError> {
    let Some(block) = call.block(id)? else { return Ok(None) };
    Ok(usize::try_from(index).ok().and_then(|index| convert::transaction(&block, index)))
}

fn receipt(call: &Call<'_>, params: &mut Params<'_>) -> Result<Option<RpcReceipt>, RpcError> {
    receipt_of(call.backend(), params.required()?)
}

/// The receipt of a transaction that is in a block.
pub(super) fn receipt_of(backend: &dyn crate::Backend, hash: B256) -> Result<Option<RpcReceipt>, RpcError> {
    let Some((block, position)) = backend.position(hash)? else { return Ok(None) };
    let Some(block) = backend.block(block)? else { return Ok(None) };
    let receipts = backend.receipts(block.hash)?.ok_or_else(RpcError::pruned)?;
    Ok(convert::receipts(backend, &block, &receipts, Some(position)).pop())
}

fn raw_transaction(call: &Call<'_>, params: &mut Params<'_>) -> Result<Option<Bytes>, RpcError> {
    raw_of(call, params.required()?)
}

/// A transaction as EIP-2718 bytes, from the chain or from the pool.
pub(super) fn raw_of(call: &Call<'_>, hash: B256) -> Result<Option<Bytes>, RpcError> {
    call.steady(|| {
        let pooled = call.backend().pooled(hash);
        let Some((block, position)) = call.backend().position(hash)? else {
            return Ok(pooled.map(|pooled| pooled.transaction.encoded_2718().into()));
        };
        let block = call.known_block(block)?;
        Ok(block.block.body.transactions.get(position).map(|transaction| transaction.encoded_2718().into()))
    })
}

fn raw_by_number(call: &Call<'_>, params: &mut Params<'_>) -> Result<Option<Bytes>, RpcError> {
    let id = by_number(params)?;
    raw_at(call, id, params.required()?)
}

fn raw_by_hash(call: &Call<'_>, params: &mut Params<'_>) -> Result<Option<Bytes>, RpcError> {
    let id = by_hash(params)?;
    raw_at(call, id, params.required()?)
}

fn raw_at(call: &Call<'_>, id: BlockId, index: u64) -> Result<Option<Bytes>, RpcError> {
    let Some(block) = call.block(id)? else { return Ok(None) };
    let transaction = usize::try_from(index).ok().and_then(|index| block.block.body.transactions.get(index));
    Ok(transaction.map(|transaction| transaction.encoded_2718().into()))
}
