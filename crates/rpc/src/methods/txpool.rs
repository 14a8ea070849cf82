//! What waits in the pool.

use std::{collections::BTreeMap, sync::Arc};

use alloy_rpc_types_txpool::{TxpoolContent, TxpoolContentFrom, TxpoolInspect, TxpoolInspectSummary, TxpoolStatus};
use primitives::{Address, alloy_consensus::Transaction as _};

use super::methods;
use crate::{RpcError, RpcTransaction, backend::PoolTransaction, context::Call, convert, params::Params};

methods!(Txpool {
    "txpool_status" => Now(0) status;
    "txpool_content" => Pool(0) content;
    "txpool_contentFrom" => Pool(1) content_from;
    "txpool_inspect" => Pool(0) inspect;
});

fn status(call: &Call<'_>, _: &mut Params<'_>) -> Result<TxpoolStatus, RpcError> {
    let (pending, queued) = call.backend().status();
    Ok(TxpoolStatus { pending, queued })
}

fn content(call: &Call<'_>, _: &mut Params<'_>) -> Result<TxpoolContent<RpcTransaction>, RpcError> {
    let content = call.backend().content(None);
    Ok(TxpoolContent {
        pending: by_sender(&content.pending, convert::pending),
        queued: by_sender(&content.queued, convert::pending),
    })
}

fn content_from(call: &Call<'_>, params: &mut Params<'_>) -> Result<TxpoolContentFrom<RpcTransaction>, RpcError> {
    let sender: Address = params.required()?;
    let content = call.backend().content(Some(sender));
    let part = |transactions| by_sender(transactions, convert::pending).remove(&sender).unwrap_or_default();
    Ok(TxpoolContentFrom { pending: part(&content.pending), queued: part(&content.queued) })
}

fn inspect(call: &Call<'_>, _: &mut Params<'_>) -> Result<TxpoolInspect, RpcError> {
    let content = call.backend().content(None);
    Ok(TxpoolInspect { pending: by_sender(&content.pending, summary), queued: by_sender(&content.queued, summary) })
}

fn summary(pooled: &PoolTransaction) -> TxpoolInspectSummary {
    let transaction = &pooled.transaction;
    TxpoolInspectSummary {
        to: transaction.to(),
        value: transaction.value(),
        gas: transaction.gas_limit(),
        gas_price: transaction.max_fee_per_gas(),
    }
}

/// Sender, then nonce in decimal.
fn by_sender<T>(
    transactions: &[Arc<PoolTransaction>],
    form: impl Fn(&PoolTransaction) -> T,
) -> BTreeMap<Address, BTreeMap<String, T>> {
    let mut map = BTreeMap::<_, BTreeMap<_, _>>::new();
    for pooled in transactions {
        map.entry(pooled.sender).or_default().insert(pooled.transaction.nonce().to_string(), form(pooled));
    }
    map
}
