//! What happened inside transactions.

use alloy_rpc_types_trace::{
    geth::{GethDebugTracingCallOptions, GethDebugTracingOptions, GethTrace, TraceResult},
    parity::{LocalizedTransactionTrace, TraceResults, TraceResultsWithTransactionHash, TraceType},
};
use primitives::{B256, map::HashSet};

use super::{Budget, CallRequest};
use crate::RpcError;

/// Tracing. Every transaction is traced on the state that it really had: that of its own position in its block.
pub trait Trace {
    /// Traces one transaction of a block.
    fn trace_transaction(
        &self,
        block: B256,
        position: usize,
        options: &GethDebugTracingOptions,
        budget: &Budget,
    ) -> Result<GethTrace, RpcError>;

    /// Traces a block, one result for each transaction.
    fn trace_block(
        &self,
        block: B256,
        options: &GethDebugTracingOptions,
        budget: &Budget,
    ) -> Result<Vec<TraceResult>, RpcError>;

    /// Traces a call. Overrides in the options are in `call` already.
    fn trace_call(
        &self,
        call: &CallRequest,
        options: &GethDebugTracingCallOptions,
        budget: &Budget,
    ) -> Result<GethTrace, RpcError>;

    /// The call tree of every transaction of a block in OpenEthereum's form, flat and in order.
    fn call_traces(&self, block: B256, budget: &Budget) -> Result<Vec<LocalizedTransactionTrace>, RpcError>;

    /// Replays a block with the kinds of trace that are asked for.
    fn replay_block(
        &self,
        block: B256,
        kinds: &HashSet<TraceType>,
        budget: &Budget,
    ) -> Result<Vec<TraceResultsWithTransactionHash>, RpcError>;

    /// Runs a call with the kinds of trace that are asked for.
    fn replay_call(
        &self,
        call: &CallRequest,
        kinds: &HashSet<TraceType>,
        budget: &Budget,
    ) -> Result<TraceResults, RpcError>;
}
