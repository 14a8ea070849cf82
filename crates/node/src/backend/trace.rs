//! Traces of blocks and calls.

use crate::{
    Chain, Narration,
    chain::spec_with,
    trace::{self, BlockBase},
};
use alloy_rpc_types_trace::{
    geth::{GethDebugTracingCallOptions, GethDebugTracingOptions, GethTrace, TraceResult},
    parity::{LocalizedTransactionTrace, TraceResults, TraceResultsWithTransactionHash, TraceType},
};
use primitives::{B256, map::HashSet};
use rpc::{
    RpcError,
    backend::{Budget, CallRequest, Trace},
};

impl Chain {
    /// Does something with a block and the state before it.
    fn on_block<T>(
        &self,
        block: B256,
        work: impl FnOnce(&BlockBase<'_>) -> Result<T, RpcError>,
    ) -> Result<T, RpcError> {
        let stored = self.stored(block)?.ok_or_else(RpcError::header_not_found)?;
        let state = self.state_before(&stored)?;
        let spec = spec_with(&self.spec, &stored.overlay);
        work(&BlockBase { chain: &spec, block: &stored.block, state: &state, codes: self.reader.codes() })
    }
}

impl Chain {
    /// What transactions of a block wrote to the console, if that is heard, and why they failed. The positions ascend.
    pub fn narrate(&self, block: B256, positions: &[usize], budget: &Budget) -> Result<Vec<Narration>, RpcError> {
        self.on_block(block, |base| trace::narrate(base, positions, self.hears_console, budget))
    }
}

impl Trace for Chain {
    fn trace_transaction(
        &self,
        block: B256,
        position: usize,
        options: &GethDebugTracingOptions,
        budget: &Budget,
    ) -> Result<GethTrace, RpcError> {
        self.on_block(block, |base| trace::trace_transaction(base, position, options, budget))
    }

    fn trace_block(
        &self,
        block: B256,
        options: &GethDebugTracingOptions,
        budget: &Budget,
    ) -> Result<Vec<TraceResult>, RpcError> {
        self.on_block(block, |base| trace::trace_block(base, options, budget))
    }

    fn trace_call(
        &self,
        request: &CallRequest,
        options: &GethDebugTracingCallOptions,
        budget: &Budget,
    ) -> Result<GethTrace, RpcError> {
        if options.tx_index.is_none() {
            return self.on(request.at, |base| trace::trace_call(base, None, request, options, budget));
        }
        self.on(request.at, |base| {
            self.on_block(request.at, |before| trace::trace_call(base, Some(before), request, options, budget))
        })
    }

    fn call_traces(&self, block: B256, budget: &Budget) -> Result<Vec<LocalizedTransactionTrace>, RpcError> {
        self.on_block(block, |base| trace::call_traces(base, budget))
    }

    fn replay_block(
        &self,
        block: B256,
        types: &HashSet<TraceType>,
        budget: &Budget,
    ) -> Result<Vec<TraceResultsWithTransactionHash>, RpcError> {
        self.on_block(block, |base| trace::replay_block(base, types, budget))
    }

    fn replay_call(
        &self,
        request: &CallRequest,
        types: &HashSet<TraceType>,
        budget: &Budget,
    ) -> Result<TraceResults, RpcError> {
        self.on(request.at, |base| trace::replay_call(base, request, types, budget))
    }
}
