//! From what the chain holds to what a client sees, by way of alloy's types, so that all five transaction types come
//! out right.

use alloy_rpc_types_eth::{Block, BlockTransactions, Header, Log, Transaction, TransactionInfo, TransactionReceipt};
use primitives::{
    B256, U256,
    alloy_consensus::{
        Receipt, ReceiptEnvelope, ReceiptWithBloom, Transaction as _, TxReceipt, transaction::Recovered,
    },
    alloy_primitives::TxKind,
    alloy_rlp::Encodable,
};

use crate::backend::{Chain, ChainBlock, PoolTransaction};

/// A transaction as clients see it.
pub type RpcTransaction = Transaction<primitives::Transaction>;
/// A block as clients see it.
pub type RpcBlock = Block<RpcTransaction>;
/// A receipt as clients see it.
pub type RpcReceipt = TransactionReceipt<ReceiptEnvelope<Log>>;

/// The header.
pub(crate) fn header(block: &ChainBlock) -> Header {
    Header {
        hash: block.hash,
        inner: block.block.header.clone(),
        total_difficulty: None,
        size: Some(U256::from(block.block.length())),
    }
}

/// The block with all its transactions, or with their hashes only.
pub(crate) fn block(block: &ChainBlock, full: bool) -> RpcBlock {
    let body = &block.block.body;
    let transactions = if full {
        BlockTransactions::Full((0..body.transactions.len()).filter_map(|at| transaction(block, at)).collect())
    } else {
        BlockTransactions::Hashes(body.transactions.iter().map(|transaction| *transaction.tx_hash()).collect())
    };
    Block {
        header: header(block),
        uncles: body.ommers.iter().map(primitives::Header::hash_slow).collect(),
        transactions,
        withdrawals: body.withdrawals.clone(),
    }
}

/// One transaction of a block, if there are so many.
pub(crate) fn transaction(block: &ChainBlock, position: usize) -> Option<RpcTransaction> {
    let transaction = block.block.body.transactions.get(position)?;
    let sender = *block.senders.get(position)?;
    let header = &block.block.header;
    let recovered = Recovered::new_unchecked(transaction.clone(), sender);
    Some(RpcTransaction {
        effective_gas_price: Some(transaction.effective_gas_price(header.base_fee_per_gas)),
        inner: recovered,
        block_hash: Some(block.hash),
        block_number: Some(header.number),
        transaction_index: Some(position as u64),
        block_timestamp: Some(header.timestamp),
    })
}

/// A transaction that is in no block yet.
pub(crate) fn pending(pooled: &PoolTransaction) -> RpcTransaction {
    let recovered = Recovered::new_unchecked(pooled.transaction.clone(), pooled.sender);
    RpcTransaction::from_transaction(recovered, TransactionInfo::default())
}

/// Every receipt of a block, or the one at a position.
pub(crate) fn receipts<'a>(
    chain: &(impl Chain + ?Sized),
    block: &'a ChainBlock,
    receipts: &'a [ReceiptEnvelope],
    only: Option<usize>,
) -> Vec<RpcReceipt> {
    let header = &block.block.header;
    let blob_price =
        header.excess_blob_gas.and_then(|excess| Some(chain.blob_params(header.timestamp)?.calc_blob_fee(excess)));
    let (mut gas_before, mut logs_before) = (0, 0);
    let mut answer = Vec::with_capacity(if only.is_some() { 1 } else { receipts.len() });
    for (position, (receipt, transaction)) in receipts.iter().zip(&block.block.body.transactions).enumerate() {
        if only.is_none_or(|only| only == position) {
            let sender = block.senders.get(position).copied().unwrap_or_default();
            let blob_gas = transaction.blob_gas_used();
            answer.push(TransactionReceipt {
                inner: envelope(block, receipt, *transaction.tx_hash(), position, logs_before),
                transaction_hash: *transaction.tx_hash(),
                transaction_index: Some(position as u64),
                block_hash: Some(block.hash),
                block_number: Some(header.number),
                gas_used: receipt.cumulative_gas_used().saturating_sub(gas_before),
                effective_gas_price: transaction.effective_gas_price(header.base_fee_per_gas),
                blob_gas_used: blob_gas,
                blob_gas_price: blob_gas.and(blob_price),
                from: sender,
                to: transaction.to(),
                contract_address: match transaction.kind() {
                    TxKind::Create => Some(sender.create(transaction.nonce())),
                    TxKind::Call(_) => None,
                },
            });
        }
        gas_before = receipt.cumulative_gas_used();
        logs_before += receipt.logs().len() as u64;
    }
    answer
}

fn envelope(
    block: &ChainBlock,
    receipt: &ReceiptEnvelope,
    hash: B256,
    position: usize,
    logs_before: u64,
) -> ReceiptEnvelope<Log> {
    let logs =
        receipt.logs().iter().zip(logs_before..).map(|(log, at)| self::log(block, log, hash, position, at, false));
    let inner = ReceiptWithBloom {
        receipt: Receipt {
            status: receipt.status_or_post_state(),
            cumulative_gas_used: receipt.cumulative_gas_used(),
            logs: logs.collect(),
        },
        logs_bloom: receipt.bloom(),
    };
    match receipt {
        ReceiptEnvelope::Legacy(_) => ReceiptEnvelope::Legacy(inner),
        ReceiptEnvelope::Eip2930(_) => ReceiptEnvelope::Eip2930(inner),
        ReceiptEnvelope::Eip1559(_) => ReceiptEnvelope::Eip1559(inner),
        ReceiptEnvelope::Eip4844(_) => ReceiptEnvelope::Eip4844(inner),
        ReceiptEnvelope::Eip7702(_) => ReceiptEnvelope::Eip7702(inner),
    }
}

/// The logs of a block that pass a filter, in order.
pub(crate) fn logs(
    block: &ChainBlock,
    receipts: &[ReceiptEnvelope],
    passes: impl Fn(&primitives::Log) -> bool,
    removed: bool,
) -> Vec<Log> {
    let mut found = Vec::new();
    let mut at = 0;
    for (position, (receipt, transaction)) in receipts.iter().zip(&block.block.body.transactions).enumerate() {
        for log in receipt.logs() {
            if passes(log) {
                found.push(self::log(block, log, *transaction.tx_hash(), position, at, removed));
            }
            at += 1;
        }
    }
    found
}

fn log(block: &ChainBlock, log: &primitives::Log, hash: B256, position: usize, at: u64, removed: bool) -> Log {
    Log {
        inner: log.clone(),
        block_hash: Some(block.hash),
        block_number: Some(block.block.header.number),
        block_timestamp: Some(block.block.header.timestamp),
        transaction_hash: Some(hash),
        transaction_index: Some(position as u64),
        log_index: Some(at),
        removed,
    }
}
