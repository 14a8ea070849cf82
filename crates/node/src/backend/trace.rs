//! Tracing, which is not offered: every call answers -32004.

use crate::{Chain, dev::not_supported};
use alloy_rpc_types_trace::{
    geth::{GethDebugTracingCallOptions, GethDebugTracingOptions, GethTrace, TraceResult},
    parity::{LocalizedTransactionTrace, TraceResults, TraceResultsWithTransactionHash, TraceType},
};
use primitives::{B256, map::HashSet};
use rpc::{
    RpcError,
    backend::{Budget, CallRequest, Trace},
};

impl Trace for Chain {
    fn trace_transaction(
        &self,
        _: B256,
        _: usize,
        _: &GethDebugTracingOptions,
        _: &Budget,
    ) -> Result<GethTrace, RpcError> {
        Err(not_supported("tracing"))
    }

    fn trace_block(&self, _: B256, _: &GethDebugTracingOptions, _: &Budget) -> Result<Vec<TraceResult>, RpcError> {
        Err(not_supported("tracing"))
    }

    fn trace_call(&self, _: &CallRequest, _: &GethDebugTracingCallOptions, _: &Budget) -> Result<GethTrace, RpcError> {
        Err(not_supported("tracing"))
    }

    fn call_traces(&self, _: B256, _: &Budget) -> Result<Vec<LocalizedTransactionTrace>, RpcError> {
        Err(not_supported("tracing"))
    }

    fn replay_block(
        &self,
        _: B256,
        _: &HashSet<TraceType>,
        _: &Budget,
    ) -> Result<Vec<TraceResultsWithTransactionHash>, RpcError> {
        Err(not_supported("tracing"))
    }

    fn replay_call(&self, _: &CallRequest, _: &HashSet<TraceType>, _: &Budget) -> Result<TraceResults, RpcError> {
        Err(not_supported("tracing"))
    }
}
