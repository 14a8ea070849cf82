//! Who is told of each block.

use primitives::B256;
use std::{fmt, time::Duration};

/// Is told of what a node does, on the thread that does it.
pub trait Observer: fmt::Debug + Send + Sync {
    /// A block has been committed. Returns at once: the next block waits for it.
    fn block(&self, report: &BlockReport);
}

/// A block, and what making it took. Times are no part of any result.
#[derive(Clone, Copy, Debug, Default)]
pub struct BlockReport {
    /// Its number.
    pub number: u64,
    /// Its hash.
    pub hash: B256,
    /// How many transactions it has.
    pub transactions: usize,
    /// The gas that they used.
    pub gas_used: u64,
    /// The gas that they could have used.
    pub gas_limit: u64,
    /// The base fee, in wei per gas.
    pub base_fee: u64,
    /// Workers that built it.
    pub workers: usize,
    /// Executions of transactions, repeated ones included.
    pub executions: usize,
    /// Executions that were thrown away, since an earlier transaction wrote what they had read.
    pub stale: usize,
    /// Times that a transaction was put back, to wait for one that it was known to depend on.
    pub deferred: usize,
    /// Transactions of the pool that were tried and left out.
    pub rejected: usize,
    /// From the choice of transactions to the sealed block.
    pub build: Duration,
    /// The second execution; zero without the shadow.
    pub shadow: Duration,
    /// Writing it to stable storage.
    pub commit: Duration,
    /// All of it.
    pub total: Duration,
}
