//! Looking after what a node keeps, while it runs.

use std::path::Path;

use primitives::{B256, alloy_primitives::U64};
use serde::{Deserialize, Serialize};

use crate::RpcError;

/// What a snapshot holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// The number of its last block.
    pub number: U64,
    /// That block's hash.
    pub hash: B256,
    /// The state root after it.
    pub state_root: B256,
    /// The number of the first block that it holds.
    pub first_block: U64,
    /// The number of the oldest block whose state it holds.
    pub oldest_state: U64,
}

/// What only the machine's owner asks for.
pub trait Maintenance {
    /// Writes all of the chain as it is now into a file on the node's machine that is not there yet, and returns when it
    /// is whole and on stable storage. Blocks go on being made, and are not in it. One at a time.
    fn create_snapshot(&self, file: &Path) -> Result<Snapshot, RpcError>;
}
