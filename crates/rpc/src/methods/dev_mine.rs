//! Blocks on demand.

use alloy_rpc_types_trace::geth::{CallConfig, CallFrame, GethDebugTracingOptions, GethTrace, TraceResult};
use primitives::alloy_primitives::U64;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    dev::{Done, dev},
    methods,
};
use crate::{
    RpcError,
    backend::ChainBlock,
    context::Call,
    convert,
    limits::{MINE_BLOCKS_MAX, MINE_DETAILED_MAX, MINE_TIME_MAX},
    params::Params,
};

methods!(Dev {
    "evm_mine" => Pool(1) evm_mine;
    "evm_mine_detailed" | "anvil_mine_detailed" => Pool(1) mine_detailed;
    "anvil_mine" | "hardhat_mine" => Pool(2) mine;
});

#[derive(Deserialize)]
#[serde(untagged)]
enum MineOptions {
    Timestamp(U64),
    Options { timestamp: Option<U64>, blocks: Option<U64> },
}

fn evm_mine(call: &Call<'_>, params: &mut Params<'_>) -> Result<&'static str, RpcError> {
    mine_as_asked(call, params, MINE_BLOCKS_MAX)?;
    Ok("0x0")
}

/// The blocks that were made, with their transactions; each of these with its output and why it reverted.
fn mine_detailed(call: &Call<'_>, params: &mut Params<'_>) -> Result<Vec<Value>, RpcError> {
    let before = call.backend().head().number;
    let count = mine_as_asked(call, params, MINE_DETAILED_MAX)?;
    // An instant miner may have made further ones meanwhile: they are not what was asked for.
    let numbers = before.saturating_add(1)..=before.saturating_add(count);
    numbers.map(|number| detailed(call, &*call.block_at(number)?.ok_or_else(RpcError::header_not_found)?)).collect()
}

fn detailed(call: &Call<'_>, block: &ChainBlock) -> Result<Value, RpcError> {
    let unwritten = |_| RpcError::internal("answer cannot be written");
    let mut told = serde_json::to_value(convert::block(block, true)).map_err(unwritten)?;
    if block.senders.is_empty() {
        return Ok(told);
    }
    let options =
        GethDebugTracingOptions::call_tracer(CallConfig { only_top_call: Some(true), ..CallConfig::default() });
    let traces = call.backend().trace_block(block.hash, &options, &call.budget())?;
    let transactions = told["transactions"].as_array_mut().into_iter().flatten();
    for (transaction, trace) in transactions.zip(traces) {
        if let TraceResult::Success { result: GethTrace::CallTracer(CallFrame { output, revert_reason, .. }), .. } =
            trace
        {
            transaction["output"] = json!(output.unwrap_or_default());
            transaction["revertReason"] = json!(revert_reason);
        }
    }
    Ok(told)
}

fn mine(call: &Call<'_>, params: &mut Params<'_>) -> Done {
    let blocks = params.optional()?.unwrap_or(1);
    check_count(blocks, MINE_BLOCKS_MAX)?;
    mine_blocks(call, blocks, params.optional()?)
}

/// Makes blocks as ganache's argument says: nothing, a time, or options. Gives how many.
fn mine_as_asked(call: &Call<'_>, params: &mut Params<'_>, blocks_max: u64) -> Result<u64, RpcError> {
    let (timestamp, blocks) = match params.optional_json()? {
        None => (None, None),
        Some(MineOptions::Timestamp(timestamp)) => (Some(timestamp), None),
        Some(MineOptions::Options { timestamp, blocks }) => (timestamp, blocks),
    };
    let blocks = blocks.map_or(1, |blocks| blocks.to());
    check_count(blocks, blocks_max)?;
    if let Some(timestamp) = timestamp {
        dev(call)?.set_next_timestamp(timestamp.to())?;
    }
    mine_blocks(call, blocks, None)?;
    Ok(blocks)
}

fn mine_blocks(call: &Call<'_>, blocks: u64, interval_s: Option<u64>) -> Done {
    dev(call)?.mine(blocks, interval_s, &call.budget().within(MINE_TIME_MAX))
}

fn check_count(blocks: u64, blocks_max: u64) -> Done {
    if blocks > blocks_max {
        return Err(RpcError::invalid_params(format!("too many blocks (max {blocks_max})")));
    }
    Ok(())
}
