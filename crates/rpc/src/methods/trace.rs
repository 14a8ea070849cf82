//! Traces in OpenEthereum's form.

use alloy_rpc_types_eth::TransactionRequest;
use alloy_rpc_types_trace::{
    filter::TraceFilter,
    parity::{LocalizedTransactionTrace, TraceResults, TraceResultsWithTransactionHash, TraceType},
};
use primitives::{B256, alloy_eips::BlockId, map::HashSet};

use super::{eth_call::prepare, methods};
use crate::{
    RpcError,
    context::Call,
    limits::{LOG_BLOCKS_MAX, LOGS_MAX},
    params::Params,
};

methods!(Trace {
    "trace_block" => Pool(1) block;
    "trace_transaction" => Pool(1) transaction;
    "trace_get" => Pool(2) get;
    "trace_filter" => Pool(1) filter;
    "trace_call" => Pool(3) trace_call;
    "trace_replayBlockTransactions" => Pool(2) replay_block;
    "trace_replayTransaction" => Pool(2) replay_transaction;
});

type Traces = Vec<LocalizedTransactionTrace>;

fn block(call: &Call<'_>, params: &mut Params<'_>) -> Result<Option<Traces>, RpcError> {
    let Some(block) = call.backend().resolve(params.required()?)? else { return Ok(None) };
    traces_of(call, block.number, block.hash).map(Some)
}

/// Genesis has no transactions, hence no traces.
pub(super) fn traces_of(call: &Call<'_>, number: u64, hash: B256) -> Result<Traces, RpcError> {
    if number == 0 {
        return Ok(Vec::new());
    }
    call.backend().call_traces(hash, &call.budget())
}

fn transaction(call: &Call<'_>, params: &mut Params<'_>) -> Result<Option<Traces>, RpcError> {
    traces_of_transaction(call, params.required()?)
}

pub(super) fn traces_of_transaction(call: &Call<'_>, hash: B256) -> Result<Option<Traces>, RpcError> {
    let Some((block, _)) = call.backend().position(hash)? else { return Ok(None) };
    let mut traces = call.backend().call_traces(block, &call.budget())?;
    traces.retain(|trace| trace.transaction_hash == Some(hash));
    Ok(Some(traces))
}

/// The one trace at an address in the tree, as a path of positions.
fn get(call: &Call<'_>, params: &mut Params<'_>) -> Result<Option<LocalizedTransactionTrace>, RpcError> {
    let hash = params.required()?;
    let path: Vec<super::Position> = params.json()?;
    let path: Vec<usize> = path.iter().map(|position| position.0).collect();
    let traces = traces_of_transaction(call, hash)?.unwrap_or_default();
    Ok(traces.into_iter().find(|trace| trace.trace.trace_address == path))
}

fn filter(call: &Call<'_>, params: &mut Params<'_>) -> Result<Traces, RpcError> {
    let filter: TraceFilter = params.json()?;
    call.steady(|| filtered(call, &filter))
}

fn filtered(call: &Call<'_>, filter: &TraceFilter) -> Result<Traces, RpcError> {
    let head = call.backend().head().number;
    let from = filter.from_block.unwrap_or_default();
    let to = filter.to_block.unwrap_or(head).min(head);
    if from > filter.to_block.unwrap_or(head) {
        return Err(RpcError::invalid_params("invalid block range params"));
    }
    if to.saturating_sub(from) >= LOG_BLOCKS_MAX {
        return Err(RpcError::limit(format!("query exceeds max block range {LOG_BLOCKS_MAX}")));
    }
    let matcher = filter.matcher();
    let count = filter.count.and_then(|count| usize::try_from(count).ok()).unwrap_or(usize::MAX);
    let mut skip = filter.after.unwrap_or_default();
    let mut found = Vec::new();
    for number in from..=to {
        call.check()?;
        let block = call.backend().resolve(BlockId::number(number))?.ok_or_else(RpcError::header_not_found)?;
        for trace in traces_of(call, number, block.hash)? {
            if !matcher.matches(&trace.trace) {
                continue;
            }
            if skip > 0 {
                skip -= 1;
                continue;
            }
            if found.len() >= count {
                return Ok(found);
            }
            if found.len() >= LOGS_MAX {
                return Err(RpcError::limit(format!("query exceeds max results {LOGS_MAX}")));
            }
            found.push(trace);
        }
    }
    Ok(found)
}

fn trace_call(call: &Call<'_>, params: &mut Params<'_>) -> Result<TraceResults, RpcError> {
    let transaction: TransactionRequest = params.json()?;
    let kinds: HashSet<TraceType> = params.json()?;
    let id = params.block_or_latest()?;
    let request = prepare(transaction, call.state_block(id)?.hash, None, None)?;
    call.backend().replay_call(&request, &kinds, &call.budget())
}

fn replay_block(
    call: &Call<'_>,
    params: &mut Params<'_>,
) -> Result<Option<Vec<TraceResultsWithTransactionHash>>, RpcError> {
    let id = params.required()?;
    let kinds: HashSet<TraceType> = params.json()?;
    let Some(block) = call.backend().resolve(id)? else { return Ok(None) };
    if block.number == 0 {
        return Ok(Some(Vec::new()));
    }
    call.backend().replay_block(block.hash, &kinds, &call.budget()).map(Some)
}

fn replay_transaction(call: &Call<'_>, params: &mut Params<'_>) -> Result<TraceResults, RpcError> {
    let hash: B256 = params.required()?;
    let kinds: HashSet<TraceType> = params.json()?;
    let (block, _) = call.backend().position(hash)?.ok_or_else(RpcError::transaction_not_found)?;
    let results = call.backend().replay_block(block, &kinds, &call.budget())?;
    let found = results.into_iter().find(|result| result.transaction_hash == hash);
    found.map(|result| result.full_trace).ok_or_else(RpcError::transaction_not_found)
}
