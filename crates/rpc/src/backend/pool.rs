//! Transactions that are not in a block yet.

use std::sync::Arc;

use primitives::{Address, B256, Bytes, Transaction};

use crate::RpcError;

/// A transaction of the pool.
#[derive(Clone, Debug)]
pub struct PoolTransaction {
    /// The transaction, without blobs.
    pub transaction: Transaction,
    /// Its sender.
    pub sender: Address,
}

/// What is in the pool.
#[derive(Clone, Debug, Default)]
pub struct PoolContent {
    /// May be in the next block.
    pub pending: Vec<Arc<PoolTransaction>>,
    /// Waits for another of its sender.
    pub queued: Vec<Arc<PoolTransaction>>,
}

/// The pool.
pub trait Pool {
    /// Takes a transaction as EIP-2718 bytes, blobs and all. The hash is given back once it is in the pool: not
    /// earlier, so that a read after it sees it, and not later. Runs on the reactor and must be short. Refusals carry
    /// geth's texts: `nonce too low`, `already known`, `insufficient funds for gas * price + value`, ...
    fn submit(&self, transaction: Bytes) -> Result<B256, RpcError>;

    /// Numbers of pending and queued transactions.
    fn status(&self) -> (u64, u64);

    /// Everything, or what one sender has there.
    fn content(&self, sender: Option<Address>) -> PoolContent;

    /// One transaction.
    fn pooled(&self, hash: B256) -> Option<Arc<PoolTransaction>>;

    /// The nonce after the pending transactions of a sender, `None` if it has none there.
    fn pending_nonce(&self, sender: Address) -> Option<u64>;
}
