//! What the transactions of a block touched, found out by executing it again on the state that it had.

use crate::{Chain, chain::spec_with, error::of_state};
use evm::Outcome;
use executor::{Plan, PreparedBlock};
use primitives::B256;
use rpc::{
    RpcError,
    backend::{Access, BlockAccess},
};
use std::sync::Arc;

/// Blocks whose access sets stay in memory.
const REMEMBERED_MAX: usize = 64;

impl Access for Chain {
    fn block_access(&self, block: B256) -> Result<Option<Arc<BlockAccess>>, RpcError> {
        if let Some((_, known)) = self.access.lock().iter().find(|(hash, _)| *hash == block) {
            return Ok(Some(Arc::clone(known)));
        }
        let Some(stored) = self.stored(block)? else { return Ok(None) };
        let access = if stored.block.senders.is_empty() {
            BlockAccess { sets: Vec::new(), gas: Vec::new(), schedule: None }
        } else {
            let state = self.state_before(&stored)?;
            let spec = spec_with(&self.spec, &stored.overlay);
            let prepared = PreparedBlock::new(&spec, &stored.block.block, &stored.block.senders);
            let execution = self.reader.execute(&prepared, &state, &Plan::default());
            let execution = execution.map_err(|error| match error {
                executor::Error::State(error) => of_state(&error),
                error => RpcError::internal(error.to_string()),
            })?;
            let gas = execution.executed.iter().flatten().map(|executed| match &executed.output {
                Outcome::Included(result) => result.gas_used,
                Outcome::Invalid(_) => 0,
            });
            BlockAccess { gas: gas.collect(), sets: execution.access_sets(), schedule: None }
        };
        let access = Arc::new(access);
        let mut remembered = self.access.lock();
        remembered.push_front((block, Arc::clone(&access)));
        remembered.truncate(REMEMBERED_MAX);
        Ok(Some(access))
    }
}
