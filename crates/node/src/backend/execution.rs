//! Calls that change nothing, on the state that readers see after a block.

use crate::{
    Chain,
    console::Console,
    error::of_disk,
    execution::{self, Base},
    overlay::StateView,
};
use access_list::StateDiff;
use alloy_rpc_types_eth::{
    AccessListResult,
    simulate::{SimulatePayload, SimulatedBlock},
};
use primitives::{B256, Header};
use rpc::{
    RpcBlock, RpcError,
    backend::{Budget, CallOutcome, CallRequest, Execution},
};

impl Chain {
    /// Does something on the state after a block.
    pub(super) fn on<T>(&self, at: B256, work: impl FnOnce(&Base<'_>) -> Result<T, RpcError>) -> Result<T, RpcError> {
        let (header, state) = self.header_and_state(at)?;
        work(&Base { chain: &self.spec_now(), header: &header, state: &state, codes: self.reader.codes() })
    }

    /// Tells what a call has written, if it has.
    fn tell(&self, method: &'static str, console: Console) {
        let lines = console.into_lines();
        if let Some(audience) = self.audience().filter(|_| !lines.is_empty()) {
            audience.console(method, lines);
        }
    }

    fn header_and_state(&self, at: B256) -> Result<(Header, StateView), RpcError> {
        let stored = self.stored(at)?.ok_or_else(RpcError::header_not_found)?;
        Ok((stored.block.block.header.clone(), self.state_at(at)?))
    }
}

impl Execution for Chain {
    fn call(&self, request: &CallRequest, budget: &Budget) -> Result<CallOutcome, RpcError> {
        let mut console = self.console();
        let answer = self.on(request.at, |base| execution::call(base, request, budget, &mut console));
        self.tell("eth_call", console);
        answer
    }

    fn estimate_gas(&self, request: &CallRequest, budget: &Budget) -> Result<u64, RpcError> {
        let mut console = self.console();
        let answer = self.on(request.at, |base| execution::estimate_gas(base, request, budget, &mut console));
        self.tell("eth_estimateGas", console);
        answer
    }

    fn create_access_list(&self, request: &CallRequest, budget: &Budget) -> Result<AccessListResult, RpcError> {
        self.on(request.at, |base| execution::create_access_list(base, request, budget))
    }

    fn simulate(
        &self,
        at: B256,
        payload: &SimulatePayload,
        budget: &Budget,
    ) -> Result<Vec<SimulatedBlock<RpcBlock>>, RpcError> {
        let (header, state) = self.header_and_state(at)?;
        let root_after = |diff: &StateDiff| {
            let root = self.store.disk.root_after(&state.disk, &state.overlay.under(diff.clone()));
            root.map_err(|error| of_disk(&error))
        };
        let base = Base { chain: &self.spec_now(), header: &header, state: &state, codes: self.reader.codes() };
        execution::simulate(&base, &root_after, payload, budget)
    }
}
