//! A call as a client writes it, in revm's form.

use alloy_rpc_types_eth::TransactionRequest;
use primitives::{U256, alloy_primitives::TxKind};
use revm::{context::TxEnv, context_interface::either::Either};
use rpc::RpcError;

/// Fills in what is missing as geth does: no sender is address zero, no gas is all there may be, no price is none.
pub(crate) fn environment(request: &TransactionRequest, chain_id: u64, gas_max: u64) -> Result<TxEnv, RpcError> {
    if let Some(have) = request.chain_id.filter(|have| *have != chain_id) {
        return Err(RpcError::invalid_input(format!("chainId does not match node's (have={have}, want={chain_id})")));
    }
    if request.blob_versioned_hashes.as_ref().is_some_and(Vec::is_empty) {
        return Err(RpcError::invalid_input("need at least 1 blob for a blob transaction"));
    }
    if request.authorization_list.as_ref().is_some_and(Vec::is_empty) {
        return Err(RpcError::invalid_input("need at least 1 authorization for a set-code transaction"));
    }
    let authorizations = request.authorization_list.clone().unwrap_or_default();
    Ok(TxEnv {
        tx_type: kind(request),
        caller: request.from.unwrap_or_default(),
        gas_limit: request.gas.unwrap_or(gas_max).min(gas_max),
        gas_price: request.gas_price.or(request.max_fee_per_gas).unwrap_or_default(),
        kind: request.to.unwrap_or(TxKind::Create),
        value: request.value.unwrap_or(U256::ZERO),
        data: request.input.input().cloned().unwrap_or_default(),
        nonce: request.nonce.unwrap_or_default(),
        chain_id: Some(chain_id),
        access_list: request.access_list.clone().unwrap_or_default(),
        gas_priority_fee: tip(request),
        blob_hashes: request.blob_versioned_hashes.clone().unwrap_or_default(),
        max_fee_per_blob_gas: request.max_fee_per_blob_gas.unwrap_or_default(),
        authorization_list: authorizations.into_iter().map(Either::Left).collect(),
    })
}

/// What is paid beyond the base fee: nothing, where a fee is bounded and no tip is named. `None` where the price is what
/// is paid.
fn tip(request: &TransactionRequest) -> Option<u128> {
    let is_bounded = request.gas_price.is_none() && kind(request) >= 2;
    is_bounded.then(|| request.max_priority_fee_per_gas.unwrap_or_default())
}

/// The least type that has all fields of the request.
fn kind(request: &TransactionRequest) -> u8 {
    if request.authorization_list.is_some() {
        4
    } else if request.blob_versioned_hashes.is_some() {
        3
    } else if request.max_fee_per_gas.is_some() || request.max_priority_fee_per_gas.is_some() {
        2
    } else {
        u8::from(request.access_list.is_some())
    }
}
