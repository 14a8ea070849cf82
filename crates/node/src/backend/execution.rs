//! Calls that change nothing. What is not offered answers -32004.

use crate::{Chain, dev::not_supported};
use alloy_rpc_types_eth::{
    AccessListResult,
    simulate::{SimulatePayload, SimulatedBlock},
};
use primitives::B256;
use rpc::{
    RpcBlock, RpcError,
    backend::{Budget, CallOutcome, CallRequest, Execution},
};

impl Execution for Chain {
    fn call(&self, _: &CallRequest, _: &Budget) -> Result<CallOutcome, RpcError> {
        Err(not_supported("calls"))
    }

    fn estimate_gas(&self, _: &CallRequest, _: &Budget) -> Result<u64, RpcError> {
        Err(not_supported("estimates of gas"))
    }

    fn create_access_list(&self, _: &CallRequest, _: &Budget) -> Result<AccessListResult, RpcError> {
        Err(not_supported("access lists of calls"))
    }

    fn simulate(&self, _: B256, _: &SimulatePayload, _: &Budget) -> Result<Vec<SimulatedBlock<RpcBlock>>, RpcError> {
        Err(not_supported("simulated blocks"))
    }
}
