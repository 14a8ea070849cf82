//! Accounts whose keys the node holds. On development nodes only.

use alloy_rpc_types_eth::TransactionRequest;
use primitives::{
    Address, B256, Bytes,
    alloy_consensus::{SignableTransaction, TxEnvelope, TypedTransaction},
    alloy_eips::Encodable2718,
    alloy_primitives::Signature,
};
use serde_json::{Value, json};

use super::{
    eth_pool::{complete, with_gas_price},
    eth_sign::accounts,
    methods,
};
use crate::{RpcError, context::Call, params::Params};

methods!(Personal {
    "eth_accounts" | "eth_requestAccounts" | "personal_listAccounts" => Now(0) addresses;
    "eth_sendTransaction" => Pool(1) send;
    "eth_signTransaction" => Pool(1) sign;
});

fn addresses(call: &Call<'_>, _: &mut Params<'_>) -> Result<Vec<Address>, RpcError> {
    Ok(accounts(call)?.addresses())
}

fn send(call: &Call<'_>, params: &mut Params<'_>) -> Result<B256, RpcError> {
    let (typed, sender) = complete(call, request(params)?)?;
    // An impersonated account needs no key, even if the node has one.
    if let Some(dev) = call.backend().dev().filter(|dev| dev.is_impersonated(sender)) {
        return dev.submit_unsigned(sender, typed);
    }
    call.backend().submit(signed(call, typed, sender)?.encoded_2718().into())
}

fn sign(call: &Call<'_>, params: &mut Params<'_>) -> Result<Value, RpcError> {
    let (typed, sender) = complete(call, request(params)?)?;
    let signed = signed(call, typed, sender)?;
    let raw: Bytes = signed.encoded_2718().into();
    Ok(json!({ "raw": raw, "tx": with_gas_price(&signed)? }))
}

/// A transaction that says who sends it.
pub(super) fn request(params: &mut Params<'_>) -> Result<TransactionRequest, RpcError> {
    let request: TransactionRequest = params.json()?;
    if request.from.is_none() {
        return Err(RpcError::invalid_params("invalid argument 0: missing from"));
    }
    Ok(request)
}

fn signed(call: &Call<'_>, typed: TypedTransaction, sender: Address) -> Result<TxEnvelope, RpcError> {
    let signature: Signature = accounts(call)?.sign(sender, typed.signature_hash())?;
    Ok(typed.into_signed(signature).into())
}
