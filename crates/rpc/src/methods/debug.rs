//! Traces in geth's form, and raw encodings.

use alloy_rpc_types_eth::TransactionRequest;
use alloy_rpc_types_trace::geth::{GethDebugTracingCallOptions, GethDebugTracingOptions, GethTrace, TraceResult};
use primitives::{
    B256, Bytes,
    alloy_eips::{BlockId, Encodable2718},
    alloy_rlp::{self, Encodable},
};

use super::{
    conflict_tracer,
    eth_call::prepare,
    eth_chain::{by_hash, by_number, raw_of},
    methods,
};
use crate::{RpcError, context::Call, params::Params};

methods!(Debug {
    "debug_traceTransaction" => Pool(2) trace_transaction;
    "debug_traceCall" => Pool(3) trace_call;
    "debug_traceBlockByNumber" => Pool(2) trace_by_number;
    "debug_traceBlockByHash" => Pool(2) trace_by_hash;
    "debug_getBadBlocks" => Now(0) bad_blocks;
    "debug_getRawBlock" => Pool(1) raw_block;
    "debug_getRawHeader" => Pool(1) raw_header;
    "debug_getRawReceipts" => Pool(1) raw_receipts;
    "debug_getRawTransaction" => Now(1) raw_transaction;
    "debug_getRawBlockAccessList" => Pool(1) raw_access_list;
});

/// None: this node takes no blocks from others, and stops at one of its own that is wrong.
fn bad_blocks(_: &Call<'_>, _: &mut Params<'_>) -> Result<[(); 0], RpcError> {
    Ok([])
}

fn trace_transaction(call: &Call<'_>, params: &mut Params<'_>) -> Result<GethTrace, RpcError> {
    let hash: B256 = params.required()?;
    let options: GethDebugTracingOptions = params.optional_json()?.unwrap_or_default();
    let (block, position) = call.backend().position(hash)?.ok_or_else(RpcError::transaction_not_found)?;
    if conflict_tracer::is_wanted(&options) {
        return conflict_tracer::of_transaction(call, block, position);
    }
    call.backend().trace_transaction(block, position, &options, &call.budget())
}

fn trace_call(call: &Call<'_>, params: &mut Params<'_>) -> Result<GethTrace, RpcError> {
    let transaction: TransactionRequest = params.json()?;
    let id = params.block_or_latest()?;
    let mut options: GethDebugTracingCallOptions = params.optional_json()?.unwrap_or_default();
    if conflict_tracer::is_wanted(&options.tracing_options) {
        return Err(conflict_tracer::refuse_call());
    }
    let at = call.state_block(id)?.hash;
    let request = prepare(transaction, at, options.state_overrides.take(), options.block_overrides.take())?;
    call.backend().trace_call(&request, &options, &call.budget())
}

fn trace_by_number(call: &Call<'_>, params: &mut Params<'_>) -> Result<Vec<TraceResult>, RpcError> {
    let id = by_number(params)?;
    trace_block(call, params, id)
}

fn trace_by_hash(call: &Call<'_>, params: &mut Params<'_>) -> Result<Vec<TraceResult>, RpcError> {
    let id = by_hash(params)?;
    trace_block(call, params, id)
}

fn trace_block(call: &Call<'_>, params: &mut Params<'_>, id: BlockId) -> Result<Vec<TraceResult>, RpcError> {
    let options: GethDebugTracingOptions = params.optional_json()?.unwrap_or_default();
    let block = call.backend().resolve(id)?.ok_or_else(|| not_found(id))?;
    if block.number == 0 {
        return Err(RpcError::invalid_input("genesis is not traceable"));
    }
    if conflict_tracer::is_wanted(&options) {
        return conflict_tracer::of_block(call, block.hash);
    }
    call.backend().trace_block(block.hash, &options, &call.budget())
}

/// geth's words for a block that is not there.
fn not_found(id: BlockId) -> RpcError {
    match id {
        BlockId::Hash(hash) => RpcError::block_not_found(hash.block_hash),
        BlockId::Number(number) => match number.as_number() {
            Some(number) => RpcError::invalid_input(format!("block #{number} not found")),
            None => RpcError::invalid_input(format!("{number} block not found")),
        },
    }
}

fn raw_block(call: &Call<'_>, params: &mut Params<'_>) -> Result<Bytes, RpcError> {
    let id = params.required()?;
    let block = call.block(id)?.ok_or_else(|| not_found(id))?;
    Ok(encoded(&block.block))
}

fn raw_header(call: &Call<'_>, params: &mut Params<'_>) -> Result<Bytes, RpcError> {
    let id = params.required()?;
    let block = call.block(id)?.ok_or_else(|| not_found(id))?;
    Ok(encoded(&block.block.header))
}

fn encoded(value: &impl Encodable) -> Bytes {
    alloy_rlp::encode(value).into()
}

fn raw_receipts(call: &Call<'_>, params: &mut Params<'_>) -> Result<Vec<Bytes>, RpcError> {
    let id = params.required()?;
    let block = call.backend().resolve(id)?.ok_or_else(|| not_found(id))?;
    let receipts = call.backend().receipts(block.hash)?.ok_or_else(RpcError::pruned)?;
    Ok(receipts.iter().map(|receipt| receipt.encoded_2718().into()).collect())
}

/// A transaction that is not there gives no bytes, not an error.
fn raw_transaction(call: &Call<'_>, params: &mut Params<'_>) -> Result<Bytes, RpcError> {
    Ok(raw_of(call, params.required()?)?.unwrap_or_default())
}

fn raw_access_list(call: &Call<'_>, params: &mut Params<'_>) -> Result<Bytes, RpcError> {
    let missing = || RpcError::new(crate::error::NOT_FOUND, "resource not found");
    let block = call.backend().resolve(params.required()?)?.ok_or_else(missing)?;
    let list = call.backend().block_access_list(block.hash)?.ok_or_else(RpcError::pruned)?;
    Ok(list.encode().into())
}
