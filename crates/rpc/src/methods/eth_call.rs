//! Calls, estimates and simulations.

use alloy_rpc_types_eth::{
    AccessListResult, BlockOverrides, TransactionRequest,
    simulate::{SimulatePayload, SimulatedBlock},
    state::StateOverride,
};
use primitives::{B256, Bytes, alloy_primitives::U64};

use super::methods;
use crate::{
    RpcBlock, RpcError,
    backend::CallRequest,
    context::Call,
    limits::{CALL_GAS_MAX, SIMULATE_BLOCKS_MAX},
    params::Params,
};

methods!(Eth {
    "eth_call" => Pool(4) call;
    "eth_estimateGas" => Pool(4) estimate_gas;
    "eth_createAccessList" => Pool(3) create_access_list;
    "eth_simulateV1" => Pool(2) simulate;
});

/// geth's code for a simulation of too many blocks.
const TOO_MANY_BLOCKS: i32 = -38026;

fn call(call: &Call<'_>, params: &mut Params<'_>) -> Result<Bytes, RpcError> {
    let request = request(call, params)?;
    call.backend().call(&request, &call.budget())?.into_output()
}

fn estimate_gas(call: &Call<'_>, params: &mut Params<'_>) -> Result<U64, RpcError> {
    let request = request(call, params)?;
    call.backend().estimate_gas(&request, &call.budget()).map(U64::from)
}

fn create_access_list(call: &Call<'_>, params: &mut Params<'_>) -> Result<AccessListResult, RpcError> {
    let request = request(call, params)?;
    call.backend().create_access_list(&request, &call.budget())
}

fn simulate(call: &Call<'_>, params: &mut Params<'_>) -> Result<Vec<SimulatedBlock<RpcBlock>>, RpcError> {
    let payload: SimulatePayload = params.json()?;
    let id = params.block_or_latest()?;
    if payload.block_state_calls.is_empty() {
        return Err(RpcError::invalid_params("empty input"));
    }
    if payload.block_state_calls.len() > SIMULATE_BLOCKS_MAX {
        return Err(RpcError::new(TOO_MANY_BLOCKS, "too many blocks"));
    }
    for block in &payload.block_state_calls {
        check_overrides(block.state_overrides.as_ref())?;
    }
    call.backend().simulate(call.state_block(id)?.hash, &payload, &call.budget())
}

/// The four arguments that these methods share: call, block, changed state, changed block.
fn request(call: &Call<'_>, params: &mut Params<'_>) -> Result<CallRequest, RpcError> {
    let transaction: TransactionRequest = params.json()?;
    let id = params.block_or_latest()?;
    let state: Option<StateOverride> = params.optional_json()?;
    let block: Option<BlockOverrides> = params.optional_json()?;
    prepare(transaction, call.state_block(id)?.hash, state, block)
}

/// Checks what has a bound or a contradiction in itself, before anything runs.
pub(super) fn prepare(
    mut transaction: TransactionRequest,
    at: B256,
    state: Option<StateOverride>,
    block: Option<BlockOverrides>,
) -> Result<CallRequest, RpcError> {
    if transaction.gas_price.is_some() && transaction.has_eip1559_fields() {
        return Err(RpcError::invalid_input("both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified"));
    }
    if let (Some(cap), Some(tip)) = (transaction.max_fee_per_gas, transaction.max_priority_fee_per_gas)
        && cap < tip
    {
        return Err(RpcError::invalid_input(format!(
            "max priority fee per gas higher than max fee per gas: maxPriorityFeePerGas: {tip}, maxFeePerGas: {cap}"
        )));
    }
    transaction.input = std::mem::take(&mut transaction.input)
        .try_into_unique_input()
        .map_err(|_| {
            RpcError::invalid_input(
                "both \"data\" and \"input\" are set and not equal. Please use \"input\" to pass transaction call data",
            )
        })?
        .into();
    transaction.gas = transaction.gas.map(|gas| gas.min(CALL_GAS_MAX));
    check_overrides(state.as_ref())?;
    Ok(CallRequest { transaction, at, state, block })
}

fn check_overrides(state: Option<&StateOverride>) -> Result<(), RpcError> {
    for (address, account) in state.into_iter().flatten() {
        if account.state.is_some() && account.state_diff.is_some() {
            return Err(RpcError::invalid_input(format!("account {address} has both 'state' and 'stateDiff'")));
        }
    }
    Ok(())
}
