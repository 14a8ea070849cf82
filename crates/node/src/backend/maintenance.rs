//! A snapshot of the chain while the node runs.

use crate::{Chain, error::of_disk};
use primitives::alloy_primitives::U64;
use rpc::{
    RpcError,
    backend::{Maintenance, Snapshot},
};
use state::disk::{DiskError, Head};
use std::path::Path;

impl Maintenance for Chain {
    fn create_snapshot(&self, file: &Path) -> Result<Snapshot, RpcError> {
        let Some(_only) = self.snapshots.try_lock() else {
            return Err(RpcError::new(rpc::error::UNAVAILABLE, "a snapshot is being made already"));
        };
        match self.store.disk.snapshot(file) {
            Ok(head) => Ok(snapshot(head)),
            Err(error @ DiskError::Exists { .. }) => Err(RpcError::invalid_params(error.to_string())),
            // Whoever may ask this owns the machine, and has named the path.
            Err(error @ DiskError::Io { .. }) => Err(RpcError::internal(error.to_string())),
            Err(error) => Err(of_disk(&error)),
        }
    }
}

fn snapshot(head: Head) -> Snapshot {
    Snapshot {
        number: U64::from(head.number),
        hash: head.hash,
        state_root: head.state_root,
        first_block: U64::from(head.first_block),
        oldest_state: U64::from(head.oldest_state),
    }
}
