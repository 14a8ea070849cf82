//! What can be subscribed to, and what is then told.

use std::collections::BTreeMap;

use alloy_rpc_types_eth::{Filter, pubsub::TransactionReceiptsParams};
use primitives::{B256, U256, map::HashSet};
use serde::Serialize;
use serde_json::{Value, json, value::RawValue};

use crate::{
    Backend, RpcError,
    backend::{HeadEvent, PoolTransaction, SyncStatus},
    convert,
    limits::FILTER_ALTERNATIVES_MAX,
    methods::LogFilter,
    params::Params,
};

/// One subscription.
#[derive(Debug)]
pub(crate) enum Subscription {
    /// `newHeads`: the header of every block that comes.
    Heads,
    /// `logs`: every log that passes, and once more, as removed, when its block leaves.
    Logs(Box<LogFilter>),
    /// `newPendingTransactions`: hashes, or whole transactions.
    Pending { full: bool },
    /// `syncing`.
    Sync,
    /// `transactionReceipts`: the receipts of every block that comes, or of some transactions.
    Receipts(Option<HashSet<B256>>),
}

impl Subscription {
    /// Reads what follows `eth_subscribe`.
    pub(crate) fn read(params: &mut Params<'_>) -> Result<Self, RpcError> {
        let name: String = params.required()?;
        match name.as_str() {
            "newHeads" => Ok(Self::Heads),
            "logs" => {
                let filter: Option<Filter> = params.optional_json()?;
                Ok(Self::Logs(Box::new(LogFilter::new(filter.unwrap_or_default())?)))
            }
            "newPendingTransactions" => Ok(Self::Pending { full: params.optional()?.unwrap_or(false) }),
            "syncing" => Ok(Self::Sync),
            "transactionReceipts" => {
                let wanted: Option<TransactionReceiptsParams> = params.optional_json()?;
                let hashes = wanted.and_then(|wanted| wanted.transaction_hashes).filter(|hashes| !hashes.is_empty());
                if hashes.as_ref().is_some_and(|hashes| hashes.len() > FILTER_ALTERNATIVES_MAX) {
                    return Err(RpcError::invalid_params("exceed max transaction hashes"));
                }
                Ok(Self::Receipts(hashes.map(|hashes| hashes.into_iter().collect())))
            }
            _ => Err(RpcError::invalid_params(format!("no {name:?} subscription in eth namespace"))),
        }
    }
}

/// What is written once and told to many.
#[derive(Default)]
struct Once(Option<Box<RawValue>>);

impl Once {
    fn get<T: Serialize>(&mut self, make: impl FnOnce() -> T) -> Option<&RawValue> {
        if self.0.is_none() {
            self.0 = serde_json::value::to_raw_value(&make()).ok();
        }
        self.0.as_deref()
    }
}

pub(crate) fn notifications_of_head(
    backend: &dyn Backend,
    subscriptions: &BTreeMap<U256, Subscription>,
    event: &HeadEvent,
) -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    let mut header = Once::default();
    for (identifier, subscription) in subscriptions {
        match subscription {
            Subscription::Heads if !event.removed => {
                if let Some(header) = header.get(|| convert::header(&event.block)) {
                    messages.extend(message(*identifier, header));
                }
            }
            Subscription::Logs(filter) => {
                let logs = convert::logs(&event.block, &event.receipts, |log| filter.passes(log), event.removed);
                messages.extend(logs.iter().filter_map(|log| message(*identifier, log)));
            }
            Subscription::Receipts(wanted) if !event.removed => {
                let mut receipts = convert::receipts(backend, &event.block, &event.receipts, None);
                if let Some(wanted) = wanted {
                    receipts.retain(|receipt| wanted.contains(&receipt.transaction_hash));
                    if receipts.is_empty() {
                        continue;
                    }
                }
                messages.extend(message(*identifier, &receipts));
            }
            _ => {}
        }
    }
    messages
}

pub(crate) fn notifications_of_pending(
    subscriptions: &BTreeMap<U256, Subscription>,
    transaction: &PoolTransaction,
) -> Vec<Vec<u8>> {
    let mut whole = Once::default();
    let mut messages = Vec::new();
    for (identifier, subscription) in subscriptions {
        match subscription {
            Subscription::Pending { full: false } => {
                messages.extend(message(*identifier, transaction.transaction.tx_hash()));
            }
            Subscription::Pending { full: true } => {
                if let Some(whole) = whole.get(|| convert::pending(transaction)) {
                    messages.extend(message(*identifier, whole));
                }
            }
            _ => {}
        }
    }
    messages
}

pub(crate) fn notifications_of_sync(subscriptions: &BTreeMap<U256, Subscription>, status: SyncStatus) -> Vec<Vec<u8>> {
    let result: Value = match status {
        SyncStatus::Synced => json!(false),
        SyncStatus::Syncing { starting, current, highest } => json!({
            "syncing": true,
            "status": {
                "startingBlock": U256::from(starting),
                "currentBlock": U256::from(current),
                "highestBlock": U256::from(highest),
            },
        }),
    };
    let syncing = subscriptions.iter().filter(|(_, it)| matches!(it, Subscription::Sync));
    syncing.filter_map(|(identifier, _)| message(*identifier, &result)).collect()
}

#[derive(Serialize)]
struct Notification<'a, T: ?Sized> {
    jsonrpc: &'static str,
    method: &'static str,
    params: Told<'a, T>,
}

#[derive(Serialize)]
struct Told<'a, T: ?Sized> {
    subscription: U256,
    result: &'a T,
}

fn message<T: Serialize + ?Sized>(subscription: U256, result: &T) -> Option<Vec<u8>> {
    let params = Told { subscription, result };
    serde_json::to_vec(&Notification { jsonrpc: "2.0", method: "eth_subscription", params }).ok()
}
