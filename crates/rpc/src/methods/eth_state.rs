//! Balances, nonces, code, storage and proofs.

use std::collections::BTreeMap;

use alloy_rpc_types_eth::{AccountInfo, EIP1186AccountProofResponse};
use primitives::{Address, B256, Bytes, U256, alloy_eips::BlockId, alloy_primitives::U64};

use super::methods;
use crate::{
    RpcError,
    context::Call,
    limits::STORAGE_KEYS_MAX,
    params::{Params, parse_storage_key},
};

methods!(Eth {
    "eth_getBalance" => Read(2) balance;
    "eth_getTransactionCount" => Now(2) nonce;
    "eth_getCode" => Read(2) code;
    "eth_getStorageAt" => Read(3) storage;
    "eth_getStorageValues" => Pool(2) storage_values;
    "eth_getAccountInfo" => Read(2) account_info;
    "eth_getProof" => Pool(3) proof;
});

fn balance(call: &Call<'_>, params: &mut Params<'_>) -> Result<U256, RpcError> {
    let (address, at) = (params.required()?, block(call, params)?);
    Ok(call.backend().account(at, address)?.balance)
}

fn nonce(call: &Call<'_>, params: &mut Params<'_>) -> Result<U64, RpcError> {
    let address = params.required()?;
    let id = params.block_or_latest()?;
    nonce_at(call, address, id).map(U64::from)
}

/// The nonce at a block; with `pending`, after what the pool holds of the sender.
pub(super) fn nonce_at(call: &Call<'_>, address: Address, id: BlockId) -> Result<u64, RpcError> {
    if !id.is_pending() {
        return Ok(call.backend().account(call.state_block(id)?.hash, address)?.nonce);
    }
    call.steady(|| {
        // The pool is asked first: a block that comes between the two reads has the pool's transactions in it.
        let pending = call.backend().pending_nonce(address);
        let account = call.backend().account(call.backend().head().hash, address)?;
        Ok(pending.map_or(account.nonce, |pending| pending.max(account.nonce)))
    })
}

fn code(call: &Call<'_>, params: &mut Params<'_>) -> Result<Bytes, RpcError> {
    let (address, at) = (params.required()?, block(call, params)?);
    call.backend().code(at, address)
}

fn storage(call: &Call<'_>, params: &mut Params<'_>) -> Result<B256, RpcError> {
    let address = params.required()?;
    let slot = slot(&params.required::<String>()?)?;
    let at = block(call, params)?;
    call.backend().storage(at, address, slot).map(B256::from)
}

fn storage_values(call: &Call<'_>, params: &mut Params<'_>) -> Result<BTreeMap<Address, Vec<B256>>, RpcError> {
    let wanted: BTreeMap<Address, Vec<String>> = params.json()?;
    if wanted.is_empty() {
        return Err(RpcError::invalid_params("empty request"));
    }
    bounded(wanted.values().map(Vec::len).sum())?;
    let at = block(call, params)?;
    let mut answer = BTreeMap::new();
    for (address, slots) in wanted {
        let values: Result<Vec<B256>, RpcError> =
            slots.iter().map(|text| call.backend().storage(at, address, slot(text)?).map(B256::from)).collect();
        answer.insert(address, values?);
    }
    Ok(answer)
}

fn account_info(call: &Call<'_>, params: &mut Params<'_>) -> Result<AccountInfo, RpcError> {
    let (address, at) = (params.required()?, block(call, params)?);
    let account = call.backend().account(at, address)?;
    Ok(AccountInfo { balance: account.balance, nonce: account.nonce, code: call.backend().code(at, address)? })
}

fn proof(call: &Call<'_>, params: &mut Params<'_>) -> Result<EIP1186AccountProofResponse, RpcError> {
    let address = params.required()?;
    let texts: Vec<String> = params.json()?;
    bounded(texts.len())?;
    let slots = texts.iter().map(|text| slot(text)).collect::<Result<Vec<U256>, RpcError>>()?;
    let id = params.block_or_latest()?;
    // Nothing proves a block that is not made.
    let at = if id.is_pending() { call.backend().head() } else { call.state_block(id)? };
    let mut answer = call.backend().proof(at.hash, address, &slots)?;
    for (proof, (text, slot)) in answer.storage_proof.iter_mut().zip(texts.iter().zip(slots)) {
        // A key comes back as it was asked for: as a whole word, or as a quantity.
        if !is_whole_word(text) {
            proof.key = slot.into();
        }
    }
    Ok(answer)
}

fn block(call: &Call<'_>, params: &mut Params<'_>) -> Result<B256, RpcError> {
    let id = params.block_or_latest()?;
    Ok(call.state_block(id)?.hash)
}

fn slot(text: &str) -> Result<U256, RpcError> {
    parse_storage_key(text).map_err(RpcError::invalid_params)
}

/// Whether the text of a slot is one of 32 bytes.
fn is_whole_word(text: &str) -> bool {
    text.trim_start_matches("0x").trim_start_matches("0X").len().div_ceil(2) == 32
}

fn bounded(slots: usize) -> Result<(), RpcError> {
    if slots > STORAGE_KEYS_MAX {
        return Err(RpcError::invalid_params(format!("too many slots (max {STORAGE_KEYS_MAX})")));
    }
    Ok(())
}
