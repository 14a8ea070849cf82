//! What transactions touched and how they were scheduled: the base of `parallax_*`.

use std::sync::Arc;

use access_list::AccessSet;
use primitives::B256;
use serde::Serialize;

use crate::RpcError;

/// What is known of a block's execution.
#[derive(Clone, Debug)]
pub struct BlockAccess {
    /// What each transaction touched, in block order.
    pub sets: Vec<AccessSet>,
    /// The gas of each; as many as sets.
    pub gas: Vec<u64>,
    /// How this node ran the block, if it did and remembers it.
    pub schedule: Option<BlockSchedule>,
}

/// How a node ran a block. It differs from node to node and is no part of any result.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BlockSchedule {
    /// The policy's name.
    pub policy: String,
    /// Workers that it ran on.
    pub workers: usize,
    /// Time from start to end, in nanoseconds.
    pub duration_ns: u64,
    /// For each transaction, in block order.
    pub transactions: Vec<TransactionSchedule>,
}

/// How one transaction was run.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TransactionSchedule {
    /// How often it was run: 1 if nothing was in its way.
    pub incarnations: u32,
    /// The earlier transactions whose results it had to wait for.
    pub waited_on: Vec<u32>,
}

/// Reads of access sets.
pub trait Access {
    /// What is known of a block's execution, `None` if nothing is.
    fn block_access(&self, block: B256) -> Result<Option<Arc<BlockAccess>>, RpcError>;
}
