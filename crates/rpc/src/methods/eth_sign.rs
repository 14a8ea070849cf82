//! Signatures by keys of the node over what is no transaction. On development nodes only.

use alloy_dyn_abi::TypedData;
use primitives::{Address, B256, Bytes, alloy_primitives::eip191_hash_message};
use serde_json::value::RawValue;

use super::methods;
use crate::{RpcError, backend::Accounts, context::Call, params::Params, request::string};

methods!(Personal {
    "eth_sign" => Now(2) sign;
    "personal_sign" => Now(3) personal_sign;
    "eth_signTypedData_v4" | "eth_signTypedData_v3" | "eth_signTypedData" => Pool(2) sign_typed_data;
});

pub(super) fn accounts<'a>(call: &'a Call<'_>) -> Result<&'a dyn Accounts, RpcError> {
    call.backend().accounts().ok_or_else(|| RpcError::invalid_input("unknown account"))
}

fn sign(call: &Call<'_>, params: &mut Params<'_>) -> Result<Bytes, RpcError> {
    let address: Address = params.required()?;
    let message: Bytes = params.required()?;
    signature(call, address, eip191_hash_message(message))
}

/// The same with the arguments the other way round; a password that may follow is not needed.
fn personal_sign(call: &Call<'_>, params: &mut Params<'_>) -> Result<Bytes, RpcError> {
    let message: Bytes = params.required()?;
    let address: Address = params.required()?;
    signature(call, address, eip191_hash_message(message))
}

/// EIP-712; what is data of version 3 is data of version 4. The data comes as an object, or, from some wallets, as a string
/// that holds one.
fn sign_typed_data(call: &Call<'_>, params: &mut Params<'_>) -> Result<Bytes, RpcError> {
    let address: Address = params.required()?;
    let raw: Box<RawValue> = params.json()?;
    let wrong = |error: &dyn std::fmt::Display| RpcError::invalid_params(format!("invalid argument 1: {error}"));
    let text = if raw.get().starts_with('"') { string(&raw).map_err(|error| wrong(&error))? } else { raw.get().into() };
    let data: TypedData = serde_json::from_str(&text).map_err(|error| wrong(&error))?;
    let digest = data.eip712_signing_hash().map_err(|error| wrong(&error))?;
    signature(call, address, digest)
}

fn signature(call: &Call<'_>, address: Address, digest: B256) -> Result<Bytes, RpcError> {
    Ok(accounts(call)?.sign(address, digest)?.as_bytes().into())
}
