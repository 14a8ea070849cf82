//! Traces in geth's form: struct logs, and the built-in tracers.

use super::{BlockBase, RECORDED_BYTES_MAX, replay::Replay};
use crate::execution::{
    Base, Overlay, prepare_on,
    stage::{Ran, Rules, Stage},
    words,
};
use alloy_rpc_types_trace::geth::{
    GethDebugTracerType, GethDebugTracingCallOptions, GethDebugTracingOptions, GethTrace, TraceResult,
};
use revm::context::TxEnv;
use revm_inspectors::tracing::{
    DebugInspector, DebugInspectorError, TraceLimitBehavior, TraceLimits, TracingInspector, TransactionContext,
};
use rpc::{
    RpcError,
    backend::{Budget, CallRequest},
};

/// Traces one transaction of a block.
pub fn trace_transaction(
    base: &BlockBase<'_>,
    position: usize,
    options: &GethDebugTracingOptions,
    budget: &Budget,
) -> Result<GethTrace, RpcError> {
    let mut inspector = inspector(options)?;
    let mut replay = Replay::new(base)?;
    replay.transaction(position)?;
    replay.forward(position, budget)?;
    step(base, &mut replay, position, &mut inspector, budget)
}

/// Traces a block, one result for each transaction.
pub fn trace_block(
    base: &BlockBase<'_>,
    options: &GethDebugTracingOptions,
    budget: &Budget,
) -> Result<Vec<TraceResult>, RpcError> {
    let mut inspector = inspector(options)?;
    let mut replay = Replay::new(base)?;
    let mut results = Vec::with_capacity(replay.len());
    for position in 0..replay.len() {
        budget.check()?;
        let result = step(base, &mut replay, position, &mut inspector, budget)?;
        results.push(TraceResult::Success { result, tx_hash: replay.hash(position) });
        inspector.fuse().map_err(unusable)?;
        limit(&mut inspector);
    }
    Ok(results)
}

/// Traces a call. `block`: the same block with the state before it, needed where the options name a transaction before
/// which the call is to run.
pub fn trace_call(
    base: &Base<'_>,
    block: Option<&BlockBase<'_>>,
    request: &CallRequest,
    options: &GethDebugTracingCallOptions,
    budget: &Budget,
) -> Result<GethTrace, RpcError> {
    let mut inspector = inspector(&options.tracing_options)?;
    let (stage, transaction) = match options.tx_index {
        None => prepare_on(base, request, budget, Overlay::new(base.state))?,
        Some(index) => {
            let block = block.ok_or_else(|| RpcError::invalid_input("genesis is not traceable"))?;
            let mut replay = Replay::new(block)?;
            let position = usize::try_from(index).unwrap_or(usize::MAX);
            if position > replay.len() {
                return Err(RpcError::invalid_input(format!(
                    "transaction index {index} out of range for block {}",
                    block.block.hash
                )));
            }
            replay.forward(position, budget)?;
            prepare_on(base, request, budget, replay.stage.overlay)?
        }
    };
    let ran = stage
        .run(transaction.clone(), Rules::Call, budget, &mut inspector)
        .map_err(|failure| words::error(&failure, &transaction, &stage.block));
    let ran = within_bounds(&mut inspector, ran)?;
    result(&stage, &transaction, &mut inspector, TransactionContext::default(), &ran)
}

/// Traces the next transaction of a block and keeps its changes.
fn step(
    base: &BlockBase<'_>,
    replay: &mut Replay<'_>,
    position: usize,
    inspector: &mut DebugInspector,
    budget: &Budget,
) -> Result<GethTrace, RpcError> {
    let ran = replay.run(position, inspector, budget);
    let ran = within_bounds(inspector, ran)?;
    let context = TransactionContext {
        block_hash: Some(base.block.hash),
        tx_index: Some(position),
        tx_hash: replay.hash(position),
    };
    let trace = result(&replay.stage, replay.transaction(position)?, inspector, context, &ran)?;
    replay.advance(&ran);
    Ok(trace)
}

/// The error of a tracer that was stopped because it would hold too much comes before the one that this caused.
fn within_bounds(inspector: &mut DebugInspector, ran: Result<Ran, RpcError>) -> Result<Ran, RpcError> {
    if recorder(inspector).is_some_and(|recorder| recorder.limit_exceeded()) { Err(too_large()) } else { ran }
}

fn result(
    stage: &Stage<'_>,
    transaction: &TxEnv,
    inspector: &mut DebugInspector,
    context: TransactionContext,
    ran: &Ran,
) -> Result<GethTrace, RpcError> {
    inspector
        .get_result(Some(context), transaction, &stage.block, &ran.outcome, &mut stage.source())
        .map_err(|_| RpcError::internal("the state could not be read"))
}

/// The error for a trace that would hold too much.
pub(super) fn too_large() -> RpcError {
    RpcError::limit(format!("the trace holds more than {RECORDED_BYTES_MAX} bytes"))
}

/// The tracer that the options ask for.
fn inspector(options: &GethDebugTracingOptions) -> Result<DebugInspector, RpcError> {
    if let Some(GethDebugTracerType::JsTracer(name)) = &options.tracer
        && !name.is_empty()
    {
        return Err(RpcError::invalid_input("JavaScript tracers are not supported"));
    }
    let mut inspector = DebugInspector::new(options.clone()).map_err(unusable)?;
    limit(&mut inspector);
    Ok(inspector)
}

fn unusable(error: DebugInspectorError) -> RpcError {
    RpcError::invalid_input(error.to_string())
}

/// Bounds what the tracer may hold.
fn limit(inspector: &mut DebugInspector) {
    if let Some(recorder) = recorder(inspector) {
        *recorder = std::mem::take(recorder).with_limits(recorded_max());
    }
}

/// The bound for a tracer.
pub(super) fn recorded_max() -> TraceLimits {
    TraceLimits::default().set_max_recorded_bytes(Some(RECORDED_BYTES_MAX)).set_behavior(TraceLimitBehavior::Halt)
}

/// The part of the tracer that holds much.
fn recorder(inspector: &mut DebugInspector) -> Option<&mut TracingInspector> {
    match inspector {
        DebugInspector::CallTracer(recorder, _)
        | DebugInspector::PreStateTracer(recorder, _)
        | DebugInspector::FlatCallTracer(recorder)
        | DebugInspector::Erc7562Tracer(recorder, _)
        | DebugInspector::Default(recorder, _) => Some(recorder),
        _ => None,
    }
}
