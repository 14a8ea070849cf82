//! Prices.

use std::sync::Arc;

use alloy_rpc_types_eth::FeeHistory;
use primitives::{U256, alloy_consensus::Transaction as _, alloy_eips::BlockNumberOrTag, alloy_primitives::U64};

use super::methods;
use crate::{
    Backend, RpcError,
    backend::ChainBlock,
    context::Call,
    limits::{FEE_HISTORY_BLOCKS_MAX, FEE_HISTORY_PERCENTILES_MAX},
    params::Params,
};

methods!(Eth {
    "eth_gasPrice" => Now(0) gas_price;
    "eth_maxPriorityFeePerGas" => Now(0) tip;
    "eth_baseFee" => Now(0) base_fee;
    "eth_blobBaseFee" => Now(0) blob_base_fee;
    "eth_feeHistory" => Pool(3) fee_history;
});

fn gas_price(call: &Call<'_>, _: &mut Params<'_>) -> Result<U256, RpcError> {
    let head = head(call)?;
    let base = head.block.header.base_fee_per_gas.unwrap_or_default();
    Ok(U256::from(call.backend().suggested_tip()) + U256::from(base))
}

fn tip(call: &Call<'_>, _: &mut Params<'_>) -> Result<U256, RpcError> {
    Ok(U256::from(call.backend().suggested_tip()))
}

fn base_fee(call: &Call<'_>, _: &mut Params<'_>) -> Result<Option<U64>, RpcError> {
    Ok(call.backend().next_base_fee(&head(call)?.block.header).map(U64::from))
}

fn blob_base_fee(call: &Call<'_>, _: &mut Params<'_>) -> Result<U256, RpcError> {
    Ok(U256::from(next_blob_fee(call.backend(), &*head(call)?)))
}

fn head(call: &Call<'_>) -> Result<Arc<ChainBlock>, RpcError> {
    call.known_block(call.backend().head().hash)
}

/// The price of blob gas in the block after this one.
fn next_blob_fee(backend: &dyn Backend, block: &ChainBlock) -> u128 {
    let header = &block.block.header;
    let price = || {
        let params = backend.blob_params(header.timestamp)?;
        header.next_block_blob_fee(params)
    };
    price().unwrap_or_default()
}

/// The price of blob gas in this block.
fn blob_fee(backend: &dyn Backend, block: &ChainBlock) -> u128 {
    let header = &block.block.header;
    let price = || Some(backend.blob_params(header.timestamp)?.calc_blob_fee(header.excess_blob_gas?));
    price().unwrap_or_default()
}

/// The prices of some blocks and, as one entry more, of the block after them.
fn fee_history(call: &Call<'_>, params: &mut Params<'_>) -> Result<FeeHistory, RpcError> {
    let count: u64 = params.required()?;
    let newest: BlockNumberOrTag = params.required()?;
    let percentiles: Option<Vec<f64>> = params.optional_json()?;
    check_percentiles(percentiles.as_deref().unwrap_or_default())?;
    call.steady(|| history_of(call, count, newest, percentiles.as_deref().unwrap_or_default()))
}

fn history_of(
    call: &Call<'_>,
    count: u64,
    newest: BlockNumberOrTag,
    percentiles: &[f64],
) -> Result<FeeHistory, RpcError> {
    let head = call.backend().head().number;
    let newest = call.backend().resolve(newest.into())?.ok_or_else(|| {
        RpcError::invalid_input(format!("request beyond head block: requested {newest}, head {head}"))
    })?;
    let oldest = (newest.number + 1).saturating_sub(count.min(FEE_HISTORY_BLOCKS_MAX));
    let mut history = FeeHistory { oldest_block: oldest, ..FeeHistory::default() };
    let mut rewards = Vec::new();
    for number in history.oldest_block..=newest.number {
        call.check()?;
        let block = call.block_at(number)?.ok_or_else(RpcError::header_not_found)?;
        let header = &block.block.header;
        history.base_fee_per_gas.push(header.base_fee_per_gas.unwrap_or_default().into());
        history.gas_used_ratio.push(ratio(header.gas_used, header.gas_limit));
        history.base_fee_per_blob_gas.push(blob_fee(call.backend(), &block));
        let blob_gas_max =
            call.backend().blob_params(header.timestamp).map_or(0, |params| params.max_blob_gas_per_block());
        history.blob_gas_used_ratio.push(ratio(header.blob_gas_used.unwrap_or_default(), blob_gas_max));
        if !percentiles.is_empty() {
            rewards.push(rewards_of(call, &block, percentiles)?);
        }
    }
    let newest = call.known_block(newest.hash)?;
    let next = call.backend().next_base_fee(&newest.block.header).unwrap_or_default();
    history.base_fee_per_gas.push(next.into());
    history.base_fee_per_blob_gas.push(next_blob_fee(call.backend(), &newest));
    history.reward = (!rewards.is_empty()).then_some(rewards);
    Ok(history)
}

fn check_percentiles(percentiles: &[f64]) -> Result<(), RpcError> {
    if percentiles.len() > FEE_HISTORY_PERCENTILES_MAX {
        return Err(RpcError::invalid_params(format!(
            "invalid reward percentile: over the query limit {FEE_HISTORY_PERCENTILES_MAX}"
        )));
    }
    let mut before = 0.0;
    for (at, &percentile) in percentiles.iter().enumerate() {
        if !(0.0..=100.0).contains(&percentile) {
            return Err(RpcError::invalid_params(format!("invalid reward percentile: {percentile}")));
        }
        if at > 0 && percentile < before {
            return Err(RpcError::invalid_params(format!(
                "invalid reward percentile: #{}:{before} > #{at}:{percentile}",
                at - 1
            )));
        }
        before = percentile;
    }
    Ok(())
}

/// The tips at some percentiles of the gas that a block used.
fn rewards_of(call: &Call<'_>, block: &ChainBlock, percentiles: &[f64]) -> Result<Vec<u128>, RpcError> {
    let receipts = call.backend().receipts(block.hash)?.ok_or_else(RpcError::pruned)?;
    let header = &block.block.header;
    let base = header.base_fee_per_gas.unwrap_or_default();
    let mut before = 0;
    let mut tips: Vec<(u128, u64)> = Vec::with_capacity(receipts.len());
    for (receipt, transaction) in receipts.iter().zip(&block.block.body.transactions) {
        let gas = receipt.cumulative_gas_used().saturating_sub(before);
        before = receipt.cumulative_gas_used();
        tips.push((transaction.effective_tip_per_gas(base).unwrap_or_default(), gas));
    }
    tips.sort_unstable();
    let Some(last) = tips.last().copied() else { return Ok(vec![0; percentiles.len()]) };
    let mut at = tips.iter();
    let mut current = at.next().copied().unwrap_or(last);
    let mut sum = current.1;
    let mut rewards = Vec::with_capacity(percentiles.len());
    for percentile in percentiles {
        let threshold = share(header.gas_used, *percentile);
        while sum < threshold {
            let Some(next) = at.next() else { break };
            current = *next;
            sum += current.1;
        }
        rewards.push(current.0);
    }
    Ok(rewards)
}

#[expect(clippy::cast_precision_loss, reason = "the answer is a fraction")]
fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a percentile between 0 and 100 of a block's gas"
)]
fn share(whole: u64, percentile: f64) -> u64 {
    (whole as f64 * percentile / 100.0) as u64
}
