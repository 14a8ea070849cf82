//! What transactions touched and how they were scheduled: the base of `parallax_*`.

use std::sync::Arc;

use access_list::{AccessSet, Compiled, Preimages, StateKey};
use primitives::{Address, B256};
use serde::{Serialize, Serializer};

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
    /// Every execution of a transaction, by its beginning.
    pub runs: Vec<ScheduledRun>,
}

/// One execution of one transaction on one worker.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ScheduledRun {
    /// Its position in the block.
    pub transaction: u32,
    /// The worker, from 0.
    pub worker: u32,
    /// When it began, in nanoseconds after the first one.
    pub start_ns: u64,
    /// When it ended.
    pub end_ns: u64,
    /// Whether its result was thrown away, and the transaction run again.
    pub stale: bool,
    /// What it did not see yet, as far as the accesses tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stale_on: Option<StaleOn>,
}

/// Why a run was in vain.
#[derive(Clone, Debug, Serialize)]
pub struct StaleOn {
    /// The earlier transaction that had not ended when the run began.
    pub transaction: u32,
    /// What that one changes and this one reads.
    #[serde(serialize_with = "text")]
    pub key: StateKey,
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

    /// What the transactions of a block hashed, `None` if nothing is known of its execution.
    fn preimages(&self, block: B256) -> Result<Option<Preimages>, RpcError>;

    /// The contract that lies at an account after a block, if the node was given what its compiler knows.
    fn compiled(&self, block: B256, address: Address) -> Result<Option<Arc<Compiled>>, RpcError> {
        let _ = (block, address);
        Ok(None)
    }
}

fn text<S: Serializer>(key: &StateKey, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(key)
}
