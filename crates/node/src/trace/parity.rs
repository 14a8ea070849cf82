//! Traces in OpenEthereum's form: call trees laid flat, changes of the state, instructions.

use super::{
    BlockBase,
    geth::snapshots_max,
    meter::{Meter, Steps, too_large},
    replay::Replay,
    threads::Names,
};
use crate::execution::{
    Base, prepare,
    stage::{Ran, Rules, Stage},
    words,
};
use alloy_rpc_types_eth::TransactionInfo;
use alloy_rpc_types_trace::parity::{
    LocalizedTransactionTrace, TraceResults, TraceResultsWithTransactionHash, TraceType,
};
use primitives::map::HashSet;
use revm_inspectors::tracing::{TracingInspector, TracingInspectorConfig};
use rpc::{
    RpcError,
    backend::{Budget, CallRequest},
};

/// The call tree of every transaction of a block, flat and in order.
pub fn call_traces(base: &BlockBase<'_>, budget: &Budget) -> Result<Vec<LocalizedTransactionTrace>, RpcError> {
    let mut replay = Replay::new(base)?;
    let header = &base.block.block.header;
    let mut meter = Meter::new(Steps::NONE);
    let mut traces = Vec::new();
    for position in 0..replay.len() {
        let mut inspector = tracer(TracingInspectorConfig::default_parity());
        let ran = replay.run(position, &mut (&mut meter, &mut inspector), budget);
        let ran = within_bounds(&meter, &inspector, ran)?;
        let info = TransactionInfo {
            hash: replay.hash(position),
            index: Some(position as u64),
            block_hash: Some(base.block.hash),
            block_number: Some(header.number),
            base_fee: header.base_fee_per_gas,
            ..TransactionInfo::default()
        };
        traces.extend(inspector.into_parity_builder().into_localized_transaction_traces(info));
        replay.advance(&ran);
    }
    Ok(traces)
}

/// Replays a block with the kinds of trace that are asked for.
pub fn replay_block(
    base: &BlockBase<'_>,
    kinds: &HashSet<TraceType>,
    budget: &Budget,
) -> Result<Vec<TraceResultsWithTransactionHash>, RpcError> {
    let mut replay = Replay::new(base)?;
    let mut meter = Meter::new(steps(kinds));
    let mut results = Vec::with_capacity(replay.len());
    for position in 0..replay.len() {
        let mut inspector = tracer(TracingInspectorConfig::from_parity_config(kinds));
        let ran = replay.run(position, &mut (&mut meter, &mut inspector), budget);
        let ran = within_bounds(&meter, &inspector, ran)?;
        let full_trace = results_of(&replay.stage, inspector, &ran, kinds)?;
        let transaction_hash = replay.hash(position).unwrap_or_default();
        results.push(TraceResultsWithTransactionHash { full_trace, transaction_hash });
        replay.advance(&ran);
    }
    Ok(results)
}

/// Runs a call with the kinds of trace that are asked for.
pub fn replay_call(
    base: &Base<'_>,
    request: &CallRequest,
    kinds: &HashSet<TraceType>,
    budget: &Budget,
) -> Result<TraceResults, RpcError> {
    let (stage, transaction) = prepare(base, request, budget)?;
    let mut inspector = tracer(TracingInspectorConfig::from_parity_config(kinds));
    let mut meter = Meter::new(steps(kinds));
    let ran = stage
        .run(transaction.clone(), Rules::Call, budget, &mut (&mut meter, &mut inspector))
        .map_err(|failure| words::error(&failure, &transaction, &stage.block));
    let ran = within_bounds(&meter, &inspector, ran)?;
    results_of(&stage, inspector, &ran, kinds)
}

fn tracer(config: TracingInspectorConfig) -> TracingInspector {
    TracingInspector::new(config).with_limits(snapshots_max())
}

/// Instructions are kept for one kind of trace only.
fn steps(kinds: &HashSet<TraceType>) -> Steps {
    if kinds.contains(&TraceType::VmTrace) { Steps { max: u64::MAX, with_stack: false } } else { Steps::NONE }
}

fn within_bounds(meter: &Meter, inspector: &TracingInspector, ran: Result<Ran, RpcError>) -> Result<Ran, RpcError> {
    meter.check()?;
    if inspector.limit_exceeded() { Err(too_large()) } else { ran }
}

fn results_of(
    stage: &Stage<'_>,
    mut inspector: TracingInspector,
    ran: &Ran,
    kinds: &HashSet<TraceType>,
) -> Result<TraceResults, RpcError> {
    let has_threads = stage.has_threads() && kinds.contains(&TraceType::VmTrace);
    let names = has_threads.then(|| Names::tie(inspector.traces_mut().nodes_mut(), false));
    let mut results = inspector
        .into_parity_builder()
        .into_trace_results_with_state(&ran.outcome, kinds, stage.source())
        .map_err(|_| RpcError::internal("the state could not be read"))?;
    if let (Some(names), Some(trace)) = (names, &mut results.vm_trace) {
        names.name_trace(trace);
    }
    Ok(results)
}
