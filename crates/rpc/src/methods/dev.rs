//! Control over a development node, under the names of Hardhat, anvil and ganache.

use std::collections::BTreeMap;

use alloy_rpc_types_eth::TransactionRequest;
use primitives::{Address, B256, Bytes, U256, alloy_eips::BlockId, alloy_primitives::U64};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{eth_account::request as sent_by, eth_pool::complete, methods};
use crate::{
    RpcError,
    backend::{Dev, ReorgTransaction},
    context::Call,
    params::{Params, parse_storage_key},
};

methods!(Dev {
    "evm_snapshot" | "anvil_snapshot" => Pool(0) snapshot;
    "evm_revert" | "anvil_revert" => Pool(1) revert;
    "evm_increaseTime" | "anvil_increaseTime" => Pool(1) increase_time;
    "evm_setNextBlockTimestamp" | "anvil_setNextBlockTimestamp" => Pool(1) set_next_timestamp;
    "evm_setTime" | "anvil_setTime" => Pool(1) set_time;
    "anvil_setBlockTimestampInterval" | "evm_setBlockTimestampInterval" => Pool(1) set_timestamp_interval;
    "anvil_removeBlockTimestampInterval" | "evm_removeBlockTimestampInterval" => Pool(0) remove_timestamp_interval;
    "evm_setAutomine" | "anvil_setAutomine" => Pool(1) set_automine;
    "anvil_getAutomine" | "hardhat_getAutomine" => Now(0) automine;
    "evm_setIntervalMining" | "anvil_setIntervalMining" => Pool(1) set_interval;
    "anvil_getIntervalMining" => Now(0) interval;
    "evm_setBlockGasLimit" | "anvil_setBlockGasLimit" => Pool(1) set_gas_limit;
    "anvil_setNextBlockBaseFeePerGas" | "hardhat_setNextBlockBaseFeePerGas" => Pool(1) set_next_base_fee;
    "anvil_setMinGasPrice" | "hardhat_setMinGasPrice" => Pool(1) set_min_gas_price;
    "anvil_setCoinbase" | "hardhat_setCoinbase" => Pool(1) set_coinbase;
    "hardhat_setPrevRandao" | "anvil_setPrevRandao" => Pool(1) set_prev_randao;
    "anvil_setChainId" => Pool(1) set_chain_id;
    "anvil_setBalance" | "hardhat_setBalance" | "evm_setAccountBalance"
        => Pool(2) set_balance;
    "anvil_addBalance" | "hardhat_addBalance" => Pool(2) add_balance;
    "anvil_setNonce" | "hardhat_setNonce" | "evm_setAccountNonce" => Pool(2) set_nonce;
    "anvil_setCode" | "hardhat_setCode" | "evm_setAccountCode" => Pool(2) set_code;
    "anvil_setStorageAt" | "hardhat_setStorageAt" | "evm_setAccountStorageAt" => Pool(3) set_storage;
    "anvil_impersonateAccount" | "hardhat_impersonateAccount" => Pool(1) impersonate;
    "anvil_stopImpersonatingAccount" | "hardhat_stopImpersonatingAccount" => Pool(1) stop_impersonating;
    "anvil_autoImpersonateAccount" | "hardhat_autoImpersonateAccount" => Pool(1) auto_impersonate;
    "anvil_dropTransaction" => Pool(1) drop_transaction;
    "hardhat_dropTransaction" => Pool(1) was_dropped;
    "anvil_dropAllTransactions" | "hardhat_dropAllTransactions" => Pool(0) drop_all;
    "anvil_removePoolTransactions" => Pool(1) drop_of;
    "anvil_dumpState" | "hardhat_dumpState" => Pool(1) dump_state;
    "anvil_loadState" | "hardhat_loadState" => Pool(1) load_state;
    "anvil_reset" | "hardhat_reset" => Pool(1) reset;
    "anvil_rollback" => Pool(1) rollback;
    "anvil_reorg" => Pool(2) reorg;
    "eth_sendUnsignedTransaction" => Pool(1) send_unsigned;
    "anvil_setLoggingEnabled" | "hardhat_setLoggingEnabled" => Now(1) set_logging;
    "anvil_enableTraces" => Now(0) enable_traces;
    "anvil_nodeInfo" | "hardhat_nodeInfo" => Now(0) node_info;
    "anvil_metadata" | "hardhat_metadata" => Now(0) metadata;
    "anvil_getGenesisTime" => Now(0) genesis_time;
});

pub(super) fn dev<'a>(call: &'a Call<'_>) -> Result<&'a dyn Dev, RpcError> {
    call.backend().dev().ok_or_else(|| RpcError::internal("no development node"))
}

/// Hardhat answers `true` where anvil answers `null`; tools check neither, save that it is no error. `null` it is.
pub(super) type Done = Result<(), RpcError>;

fn snapshot(call: &Call<'_>, _: &mut Params<'_>) -> Result<U64, RpcError> {
    dev(call)?.snapshot().map(U64::from)
}

fn revert(call: &Call<'_>, params: &mut Params<'_>) -> Result<bool, RpcError> {
    dev(call)?.revert(params.required()?)
}

fn increase_time(call: &Call<'_>, params: &mut Params<'_>) -> Result<u64, RpcError> {
    dev(call)?.increase_time(params.required()?)
}

fn set_next_timestamp(call: &Call<'_>, params: &mut Params<'_>) -> Done {
    dev(call)?.set_next_timestamp(params.required()?)
}

fn set_time(call: &Call<'_>, params: &mut Params<'_>) -> Result<u64, RpcError> {
    dev(call)?.set_time(params.required()?)
}

fn set_timestamp_interval(call: &Call<'_>, params: &mut Params<'_>) -> Done {
    dev(call)?.set_timestamp_interval(Some(params.required()?))
}

fn remove_timestamp_interval(call: &Call<'_>, _: &mut Params<'_>) -> Result<bool, RpcError> {
    dev(call)?.set_timestamp_interval(None).map(|()| true)
}

fn set_automine(call: &Call<'_>, params: &mut Params<'_>) -> Result<bool, RpcError> {
    dev(call)?.set_automine(params.required()?).map(|()| true)
}

fn automine(call: &Call<'_>, _: &mut Params<'_>) -> Result<bool, RpcError> {
    Ok(dev(call)?.info().automine)
}

fn set_interval(call: &Call<'_>, params: &mut Params<'_>) -> Done {
    dev(call)?.set_interval(params.required()?)
}

fn interval(call: &Call<'_>, _: &mut Params<'_>) -> Result<Option<u64>, RpcError> {
    Ok(dev(call)?.info().interval_s)
}

fn set_gas_limit(call: &Call<'_>, params: &mut Params<'_>) -> Result<bool, RpcError> {
    dev(call)?.set_gas_limit(params.required()?).map(|()| true)
}

fn set_next_base_fee(call: &Call<'_>, params: &mut Params<'_>) -> Done {
    dev(call)?.set_next_base_fee(price(params)?)
}

fn set_min_gas_price(call: &Call<'_>, params: &mut Params<'_>) -> Done {
    dev(call)?.set_min_gas_price(price(params)?)
}

fn price(params: &mut Params<'_>) -> Result<u128, RpcError> {
    let price: U256 = params.required()?;
    u128::try_from(price).map_err(|_| RpcError::invalid_params("invalid argument 0: hex number > 128 bits"))
}

fn set_coinbase(call: &Call<'_>, params: &mut Params<'_>) -> Done {
    dev(call)?.set_coinbase(params.required()?)
}

fn set_prev_randao(call: &Call<'_>, params: &mut Params<'_>) -> Done {
    dev(call)?.set_prev_randao(params.required()?)
}

fn set_chain_id(call: &Call<'_>, params: &mut Params<'_>) -> Done {
    dev(call)?.set_chain_id(params.required()?)
}

fn set_balance(call: &Call<'_>, params: &mut Params<'_>) -> Done {
    let address = params.required()?;
    dev(call)?.set_balance(address, params.required()?)
}

fn add_balance(call: &Call<'_>, params: &mut Params<'_>) -> Done {
    let address: Address = params.required()?;
    let more: U256 = params.required()?;
    let balance = call.backend().account(call.backend().head().hash, address)?.balance;
    dev(call)?.set_balance(address, balance.saturating_add(more))
}

fn set_nonce(call: &Call<'_>, params: &mut Params<'_>) -> Done {
    let address = params.required()?;
    dev(call)?.set_nonce(address, params.required()?)
}

fn set_code(call: &Call<'_>, params: &mut Params<'_>) -> Done {
    let address = params.required()?;
    dev(call)?.set_code(address, params.required()?)
}

fn set_storage(call: &Call<'_>, params: &mut Params<'_>) -> Result<bool, RpcError> {
    let address = params.required()?;
    let slot = parse_storage_key(&params.required::<String>()?).map_err(RpcError::invalid_params)?;
    let value = parse_storage_key(&params.required::<String>()?).map_err(RpcError::invalid_params)?;
    dev(call)?.set_storage(address, slot, B256::from(value)).map(|()| true)
}

fn impersonate(call: &Call<'_>, params: &mut Params<'_>) -> Done {
    dev(call)?.impersonate(params.required()?)
}

fn stop_impersonating(call: &Call<'_>, params: &mut Params<'_>) -> Done {
    dev(call)?.stop_impersonating(params.required()?)
}

fn auto_impersonate(call: &Call<'_>, params: &mut Params<'_>) -> Done {
    dev(call)?.auto_impersonate(params.required()?)
}

/// Into the pool without a signature, whoever the sender is.
fn send_unsigned(call: &Call<'_>, params: &mut Params<'_>) -> Result<B256, RpcError> {
    let (typed, sender) = complete(call, sent_by(params)?)?;
    dev(call)?.submit_unsigned(sender, typed)
}

fn set_logging(call: &Call<'_>, params: &mut Params<'_>) -> Done {
    dev(call)?.set_logging(params.required()?)
}

/// Nothing: every block and every call can be traced.
fn enable_traces(_: &Call<'_>, _: &mut Params<'_>) -> Done {
    Ok(())
}

/// The hash if it was there, as anvil answers.
fn drop_transaction(call: &Call<'_>, params: &mut Params<'_>) -> Result<Option<B256>, RpcError> {
    let hash = params.required()?;
    Ok(dev(call)?.drop_transaction(hash)?.then_some(hash))
}

/// Whether it was there, as Hardhat answers.
fn was_dropped(call: &Call<'_>, params: &mut Params<'_>) -> Result<bool, RpcError> {
    dev(call)?.drop_transaction(params.required()?)
}

fn drop_all(call: &Call<'_>, _: &mut Params<'_>) -> Done {
    dev(call)?.drop_transactions(None)
}

fn drop_of(call: &Call<'_>, params: &mut Params<'_>) -> Done {
    dev(call)?.drop_transactions(Some(params.required()?))
}

/// anvil's argument, whether to keep historical states, changes nothing: the dump is what this node needs.
fn dump_state(call: &Call<'_>, params: &mut Params<'_>) -> Result<Bytes, RpcError> {
    params.optional::<bool>()?;
    dev(call)?.dump_state()
}

fn load_state(call: &Call<'_>, params: &mut Params<'_>) -> Result<bool, RpcError> {
    dev(call)?.load_state(params.required()?)
}

/// Back to genesis. A request to fork another chain is refused.
fn reset(call: &Call<'_>, params: &mut Params<'_>) -> Done {
    let options: Option<serde_json::Map<String, Value>> = params.optional_json()?;
    if options.is_some_and(|options| options.contains_key("forking")) {
        return Err(RpcError::new(crate::error::NOT_SUPPORTED, "forking is not supported"));
    }
    dev(call)?.reset()
}

fn rollback(call: &Call<'_>, params: &mut Params<'_>) -> Done {
    let depth = params.optional()?.unwrap_or(1);
    check_depth(call, depth)?;
    dev(call)?.rollback(depth)
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ReorgEntry {
    Raw(Bytes),
    Request(Box<TransactionRequest>),
}

fn reorg(call: &Call<'_>, params: &mut Params<'_>) -> Done {
    let depth = params.required()?;
    let entries: Vec<(ReorgEntry, u64)> = params.optional_json()?.unwrap_or_default();
    check_depth(call, depth)?;
    if entries.iter().any(|(_, block)| *block >= depth) {
        return Err(RpcError::invalid_params("invalid argument 1: a transaction lies behind the last block"));
    }
    let target = call.backend().head().number - depth;
    let before = call.state_block(BlockId::number(target))?.hash;
    let mut sent: BTreeMap<Address, u64> = BTreeMap::new();
    let mut transactions = Vec::with_capacity(entries.len());
    for (entry, block) in entries {
        let transaction = match entry {
            ReorgEntry::Raw(raw) => ReorgTransaction::Raw(raw),
            ReorgEntry::Request(mut request) => {
                // The nonce counts from the block that stays, not from those that go.
                let sender = request.from.unwrap_or_default();
                let first = call.backend().account(before, sender)?.nonce;
                let next = sent.entry(sender).or_insert(first);
                request.nonce = Some(*request.nonce.get_or_insert(*next));
                *next += 1;
                let (typed, sender) = complete(call, *request)?;
                ReorgTransaction::Unsigned(sender, Box::new(typed))
            }
        };
        transactions.push((transaction, block));
    }
    dev(call)?.reorg(depth, transactions)
}

fn check_depth(call: &Call<'_>, depth: u64) -> Done {
    if depth > call.backend().head().number {
        return Err(RpcError::invalid_params("invalid argument 0: deeper than the chain"));
    }
    Ok(())
}

fn node_info(call: &Call<'_>, _: &mut Params<'_>) -> Result<Value, RpcError> {
    let (info, head) = (dev(call)?.info(), call.backend().head());
    let base_fee = call.known_block(head.hash)?.block.header.base_fee_per_gas;
    Ok(json!({
        "currentBlockNumber": U64::from(head.number),
        "currentBlockTimestamp": info.timestamp,
        "currentBlockHash": head.hash,
        "hardFork": info.hard_fork,
        "transactionOrder": "fees",
        "network": null,
        "environment": {
            "baseFee": U256::from(base_fee.unwrap_or_default()),
            "chainId": call.backend().chain_id(),
            "gasLimit": U64::from(info.gas_limit),
            "gasPrice": U256::from(call.backend().suggested_tip()) + U256::from(base_fee.unwrap_or_default()),
        },
        "forkConfig": { "forkUrl": null, "forkBlockNumber": null, "forkRetryBackoff": null },
    }))
}

fn genesis_time(call: &Call<'_>, _: &mut Params<'_>) -> Result<u64, RpcError> {
    let genesis = call.block_at(0)?.ok_or_else(RpcError::header_not_found)?;
    Ok(genesis.block.header.timestamp)
}

fn metadata(call: &Call<'_>, _: &mut Params<'_>) -> Result<Value, RpcError> {
    let (info, head) = (dev(call)?.info(), call.backend().head());
    Ok(json!({
        "clientVersion": call.backend().client_version(),
        "chainId": call.backend().chain_id(),
        "instanceId": info.instance,
        "latestBlockNumber": head.number,
        "latestBlockHash": head.hash,
        "snapshots": {},
    }))
}
