//! Transactions on their way in.

use std::{sync::Arc, time::Duration};

use alloy_rpc_types_eth::TransactionRequest;
use primitives::{
    Address, B256, Bytes, U256,
    alloy_consensus::{
        EthereumTypedTransaction, SignableTransaction, TxEip4844, TxEip4844Variant, TxType, TypedTransaction,
    },
    alloy_eips::BlockId,
};
use serde::Serialize;
use serde_json::Value;

use super::{eth_call::prepare, eth_chain::receipt_of, eth_state::nonce_at, methods};
use crate::{
    Backend, RpcError, RpcReceipt, RpcTransaction,
    backend::Budget,
    context::Call,
    convert,
    limits::{CALL_GAS_MAX, CALL_TIME_MAX, SUBMIT_WAIT_DEFAULT, SUBMIT_WAIT_MAX},
    params::Params,
};

methods!(Eth {
    "eth_sendRawTransaction" => Now(1) submit;
    "eth_pendingTransactions" => Now(0) pending;
    "eth_fillTransaction" => Pool(1) fill;
});

/// An unsigned transaction without blobs.
type Typed = EthereumTypedTransaction<TxEip4844>;

fn submit(call: &Call<'_>, params: &mut Params<'_>) -> Result<B256, RpcError> {
    call.backend().submit(params.required()?)
}

/// Submits and waits until the transaction is in a block (EIP-7966). If it is not in time the error, code 4, carries
/// the hash: the transaction stays in the pool.
pub(crate) async fn submit_and_wait(
    backend: &Arc<dyn Backend>,
    params: &mut Params<'_>,
) -> Result<RpcReceipt, RpcError> {
    const TIMED_OUT: i32 = 4;
    let transaction: Bytes = params.required()?;
    let wait = params.optional::<u64>()?.map_or(SUBMIT_WAIT_DEFAULT, Duration::from_millis).min(SUBMIT_WAIT_MAX);
    // Listening comes first, so that a block right after the submission is not missed.
    let mut heads = backend.events().heads();
    let hash = backend.submit(transaction)?;
    let receipt = async {
        loop {
            match receipt_of(&**backend, hash) {
                Ok(Some(receipt)) => return Ok(receipt),
                Ok(None) => {}
                // The chain went back in the middle of it, which the next event tells.
                Err(error) if error == RpcError::header_not_found() => {}
                Err(error) => return Err(error),
            }
            // Whatever was missed, the next look at the chain tells.
            if let Err(tokio::sync::broadcast::error::RecvError::Closed) = heads.recv().await {
                return Err(RpcError::internal("shutting down"));
            }
        }
    };
    tokio::time::timeout(wait, receipt).await.unwrap_or_else(|_| {
        let text = format!(
            "The transaction was added to the transaction pool but wasn't processed in {}s",
            wait.as_secs_f64()
        );
        Err(RpcError::new(TIMED_OUT, text).with_data(&hash))
    })
}

/// What the pool holds of this node's own accounts.
fn pending(call: &Call<'_>, _: &mut Params<'_>) -> Result<Vec<RpcTransaction>, RpcError> {
    let own = call.backend().accounts().map(|accounts| accounts.addresses()).unwrap_or_default();
    let content = own.into_iter().flat_map(|address| call.backend().content(Some(address)).pending);
    Ok(content.map(|pooled| convert::pending(&pooled)).collect())
}

/// A transaction that lacks nothing but its signature.
#[derive(Debug, Serialize)]
pub(super) struct Filled {
    /// What is signed, as EIP-2718 bytes without a signature.
    raw: Bytes,
    tx: Value,
}

fn fill(call: &Call<'_>, params: &mut Params<'_>) -> Result<Filled, RpcError> {
    let request: TransactionRequest = params.json()?;
    let (typed, _) = complete(call, request)?;
    let mut raw = Vec::new();
    encode_for_signing(&typed, &mut raw);
    Ok(Filled { raw: raw.into(), tx: with_gas_price(&without_sidecar(typed))? })
}

/// A transaction as JSON. Until it is in a block its gas price is the most that it pays.
pub(super) fn with_gas_price(transaction: &impl Serialize) -> Result<Value, RpcError> {
    let value = serde_json::to_value(transaction);
    let mut value = value.map_err(|_| RpcError::internal("answer cannot be written"))?;
    if value.get("gasPrice").is_none_or(Value::is_null) {
        value["gasPrice"] = value["maxFeePerGas"].clone();
    }
    Ok(value)
}

fn encode_for_signing(typed: &TypedTransaction, out: &mut Vec<u8>) {
    match typed {
        TypedTransaction::Legacy(tx) => tx.encode_for_signing(out),
        TypedTransaction::Eip2930(tx) => tx.encode_for_signing(out),
        TypedTransaction::Eip1559(tx) => tx.encode_for_signing(out),
        TypedTransaction::Eip4844(tx) => tx.encode_for_signing(out),
        TypedTransaction::Eip7702(tx) => tx.encode_for_signing(out),
    }
}

fn without_sidecar(typed: TypedTransaction) -> Typed {
    match typed {
        TypedTransaction::Legacy(tx) => Typed::Legacy(tx),
        TypedTransaction::Eip2930(tx) => Typed::Eip2930(tx),
        TypedTransaction::Eip1559(tx) => Typed::Eip1559(tx),
        TypedTransaction::Eip4844(tx) => Typed::Eip4844(match tx {
            TxEip4844Variant::TxEip4844(tx) => tx,
            TxEip4844Variant::TxEip4844WithSidecar(tx) => tx.tx,
        }),
        TypedTransaction::Eip7702(tx) => Typed::Eip7702(tx),
    }
}

/// Fills what a request leaves open, as geth does: nonce, prices, chain, gas. The sender is given back beside it.
pub(super) fn complete(
    call: &Call<'_>,
    mut request: TransactionRequest,
) -> Result<(TypedTransaction, Address), RpcError> {
    let backend = call.backend();
    let head = backend.head();
    let sender = request.from.unwrap_or_default();
    request.from = Some(sender);
    let chain_id = backend.chain_id();
    if let Some(other) = request.chain_id.filter(|other| *other != chain_id) {
        return Err(RpcError::invalid_input(format!("chainId does not match node's (have={other}, want={chain_id})")));
    }
    request.chain_id = Some(chain_id);
    request = prepare(request, head.hash, None, None)?.transaction;
    if request.to.is_none() {
        if request.input.input().is_none_or(|input| input.is_empty()) {
            return Err(RpcError::invalid_input("contract creation without any data provided"));
        }
        request = request.create();
    }
    if request.nonce.is_none() {
        request.nonce = Some(nonce_at(call, sender, BlockId::pending())?);
    }
    fill_prices(call, &mut request, head.hash)?;
    request.value = Some(request.value.unwrap_or(U256::ZERO));
    if request.gas.is_none() {
        let estimate = prepare(request.clone(), head.hash, None, None)?;
        let budget = call.budget.cloned().unwrap_or_else(|| Budget::new(CALL_GAS_MAX, CALL_TIME_MAX).0);
        request.gas = Some(backend.estimate_gas(&estimate, &budget)?);
    }
    let typed = request.build_consensus_tx();
    let typed =
        typed.map_err(|error| RpcError::invalid_input(format!("transaction cannot be built: {}", error.error)))?;
    Ok((typed, sender))
}

/// Twice the base fee and a tip, unless the request names a price or the chain has no base fee.
fn fill_prices(call: &Call<'_>, request: &mut TransactionRequest, head: B256) -> Result<(), RpcError> {
    let block = call.known_block(head)?;
    let header = &block.block.header;
    if let (true, None) = (request.preferred_type() == TxType::Eip4844, request.max_fee_per_blob_gas) {
        let params = call.backend().blob_params(header.timestamp);
        let fee = params.and_then(|params| Some(params.calc_blob_fee(header.excess_blob_gas?)));
        request.max_fee_per_blob_gas = Some(fee.unwrap_or(1).saturating_mul(2));
    }
    if request.gas_price.is_some() {
        return Ok(());
    }
    let Some(base) = header.base_fee_per_gas else {
        request.gas_price = Some(call.backend().suggested_tip());
        return Ok(());
    };
    let tip = *request.max_priority_fee_per_gas.get_or_insert_with(|| call.backend().suggested_tip());
    let cap = *request.max_fee_per_gas.get_or_insert_with(|| u128::from(base).saturating_mul(2).saturating_add(tip));
    if cap < tip {
        return Err(RpcError::invalid_input(format!("maxFeePerGas ({cap}) < maxPriorityFeePerGas ({tip})")));
    }
    Ok(())
}
