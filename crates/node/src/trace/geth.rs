//! Traces in geth's form: struct logs, and the built-in tracers.

use super::{
    BlockBase, SNAPSHOT_BYTES_MAX,
    meter::{Meter, Steps, too_large},
    replay::Replay,
    threads::Names,
};
use crate::execution::{
    Base, Overlay, prepare_on,
    stage::{Ran, Rules, Stage},
    words,
};
use alloy_rpc_types_trace::geth::{
    GethDebugBuiltInTracerType, GethDebugTracerType, GethDebugTracingCallOptions, GethDebugTracingOptions, GethTrace,
    TraceResult,
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
    let mut tracer = Tracer::new(options)?;
    let mut replay = Replay::new(base)?;
    replay.transaction(position)?;
    replay.forward(position, budget)?;
    step(base, &mut replay, position, &mut tracer, budget)
}

/// Traces a block, one result for each transaction.
pub fn trace_block(
    base: &BlockBase<'_>,
    options: &GethDebugTracingOptions,
    budget: &Budget,
) -> Result<Vec<TraceResult>, RpcError> {
    let mut tracer = Tracer::new(options)?;
    let mut replay = Replay::new(base)?;
    let mut results = Vec::with_capacity(replay.len());
    for position in 0..replay.len() {
        budget.check()?;
        let result = step(base, &mut replay, position, &mut tracer, budget)?;
        results.push(TraceResult::Success { result, tx_hash: replay.hash(position) });
        tracer.next()?;
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
    let mut tracer = Tracer::new(&options.tracing_options)?;
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
        .run(transaction.clone(), Rules::Call, budget, &mut tracer.parts())
        .map_err(|failure| words::error(&failure, &transaction, &stage.block));
    let ran = tracer.within_bounds(ran)?;
    tracer.result(&stage, &transaction, TransactionContext::default(), &ran)
}

/// Traces the next transaction of a block and keeps its changes.
fn step(
    base: &BlockBase<'_>,
    replay: &mut Replay<'_>,
    position: usize,
    tracer: &mut Tracer,
    budget: &Budget,
) -> Result<GethTrace, RpcError> {
    let ran = replay.run(position, &mut tracer.parts(), budget);
    let ran = tracer.within_bounds(ran)?;
    let context = TransactionContext {
        block_hash: Some(base.block.hash),
        tx_index: Some(position),
        tx_hash: replay.hash(position),
    };
    let trace = tracer.result(&replay.stage, replay.transaction(position)?, context, &ran)?;
    replay.advance(&ran);
    Ok(trace)
}

/// The options without a configuration for parts of `muxTracer` that have none. geth takes one there and ignores it.
fn plain_parts(options: &GethDebugTracingOptions) -> GethDebugTracingOptions {
    let mut options = options.clone();
    let is_mux = options.tracer == Some(GethDebugTracerType::BuiltInTracer(GethDebugBuiltInTracerType::MuxTracer));
    if let (true, Some(parts)) = (is_mux, options.tracer_config.0.as_object_mut()) {
        for name in ["4byteTracer", "noopTracer"] {
            if let Some(config) = parts.get_mut(name) {
                config.take();
            }
        }
    }
    options
}

/// The tracer that was asked for, and the meter beside it.
struct Tracer {
    inspector: DebugInspector,
    meter: Meter,
}

impl Tracer {
    fn new(options: &GethDebugTracingOptions) -> Result<Self, RpcError> {
        if let Some(GethDebugTracerType::JsTracer(name)) = &options.tracer
            && !name.is_empty()
        {
            return Err(RpcError::invalid_input("JavaScript tracers are not supported"));
        }
        let inspector = DebugInspector::new(plain_parts(options)).map_err(unusable)?;
        let steps = match &inspector {
            DebugInspector::Default(_, config) => Steps {
                max: config.limit.filter(|limit| *limit > 0).unwrap_or(u64::MAX),
                with_stack: config.is_stack_enabled(),
            },
            DebugInspector::Erc7562Tracer(..) => Steps { max: u64::MAX, with_stack: true },
            _ => Steps::NONE,
        };
        let mut tracer = Self { inspector, meter: Meter::new(steps) };
        tracer.limit();
        Ok(tracer)
    }

    /// Both as one inspector.
    fn parts(&mut self) -> (&mut Meter, &mut DebugInspector) {
        (&mut self.meter, &mut self.inspector)
    }

    /// Forgets the transaction that was traced.
    fn next(&mut self) -> Result<(), RpcError> {
        self.inspector.fuse().map_err(unusable)?;
        self.limit();
        self.meter.next();
        Ok(())
    }

    fn limit(&mut self) {
        if let Some(recorder) = self.recorder() {
            *recorder = std::mem::take(recorder).with_limits(snapshots_max());
        }
    }

    /// The error of a tracer that was stopped because it would hold too much comes before the one that this caused.
    fn within_bounds(&mut self, ran: Result<Ran, RpcError>) -> Result<Ran, RpcError> {
        self.meter.check()?;
        if self.recorder().is_some_and(|recorder| recorder.limit_exceeded()) { Err(too_large()) } else { ran }
    }

    fn result(
        &mut self,
        stage: &Stage<'_>,
        transaction: &TxEnv,
        context: TransactionContext,
        ran: &Ran,
    ) -> Result<GethTrace, RpcError> {
        let names = match &mut self.inspector {
            DebugInspector::Default(recorder, _) if stage.has_threads() => {
                Some(Names::tie(recorder.traces_mut().nodes_mut(), true))
            }
            _ => None,
        };
        let mut trace = self
            .inspector
            .get_result(Some(context), transaction, &stage.block, &ran.outcome, &mut stage.source())
            .map_err(|_| RpcError::internal("the state could not be read"))?;
        if let (Some(names), GethTrace::Default(frame)) = (names, &mut trace) {
            names.name_logs(&mut frame.struct_logs);
        }
        Ok(trace)
    }

    /// The part of the tracer that holds much.
    fn recorder(&mut self) -> Option<&mut TracingInspector> {
        match &mut self.inspector {
            DebugInspector::CallTracer(recorder, _)
            | DebugInspector::PreStateTracer(recorder, _)
            | DebugInspector::FlatCallTracer(recorder)
            | DebugInspector::Erc7562Tracer(recorder, _)
            | DebugInspector::Default(recorder, _) => Some(recorder),
            _ => None,
        }
    }
}

fn unusable(error: DebugInspectorError) -> RpcError {
    RpcError::invalid_input(error.to_string())
}

/// The bound on what a tracer copies.
pub(super) fn snapshots_max() -> TraceLimits {
    TraceLimits::default().set_max_recorded_bytes(Some(SNAPSHOT_BYTES_MAX)).set_behavior(TraceLimitBehavior::Halt)
}
