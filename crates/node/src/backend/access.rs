//! What the transactions of a block touched, found out by executing it again on the state that it had.

use crate::{Chain, chain::spec_with, error::of_state, store::Stored};
use access_list::{Compiled, Preimages};
use evm::Outcome;
use executor::{BlockExecution, Plan, PreparedBlock};
use primitives::{Address, B256};
use rpc::{
    RpcError,
    backend::{Access, BlockAccess, State},
};
use std::sync::Arc;

/// Blocks whose access sets stay in memory.
const REMEMBERED_MAX: usize = 64;

impl Access for Chain {
    fn preimages(&self, block: B256) -> Result<Option<Preimages>, RpcError> {
        let Some(stored) = self.stored(block)? else { return Ok(None) };
        if stored.block.senders.is_empty() {
            return Ok(Some(Preimages::new()));
        }
        let prepared = PreparedBlock::new(&self.spec, &stored.block.block, &stored.block.senders).noting_preimages();
        self.execute_again(&stored, &prepared)?;
        Ok(Some(prepared.environment().take_preimages()))
    }

    fn compiled(&self, block: B256, address: Address) -> Result<Option<Arc<Compiled>>, RpcError> {
        if self.layouts.is_empty() {
            return Ok(None);
        }
        let code = State::code(self, block, address)?;
        Ok(self.layouts.iter().find(|contract| contract.is_at(address, &code)).cloned())
    }

    fn block_access(&self, block: B256) -> Result<Option<Arc<BlockAccess>>, RpcError> {
        if let Some((_, known)) = self.access.lock().iter().find(|(hash, _)| *hash == block) {
            return Ok(Some(Arc::clone(known)));
        }
        let Some(stored) = self.stored(block)? else { return Ok(None) };
        let access = if stored.block.senders.is_empty() {
            BlockAccess { sets: Vec::new(), gas: Vec::new(), schedule: None }
        } else {
            let spec = spec_with(&self.spec, &stored.overlay);
            let prepared = PreparedBlock::new(&spec, &stored.block.block, &stored.block.senders);
            let execution = self.execute_again(&stored, &prepared)?;
            let gas = execution.executed.iter().flatten().map(|executed| match &executed.output {
                Outcome::Included(result) => result.gas_used,
                Outcome::Invalid(_) => 0,
            });
            let (gas, sets): (Vec<u64>, _) = (gas.collect(), execution.access_sets());
            let schedule = self.schedules.lock().get(block).map(|made| made.schedule(&sets, &gas));
            BlockAccess { sets, gas, schedule }
        };
        let access = Arc::new(access);
        let mut remembered = self.access.lock();
        remembered.push_front((block, Arc::clone(&access)));
        remembered.truncate(REMEMBERED_MAX);
        Ok(Some(access))
    }
}

impl Chain {
    /// Executes a block as it was executed, and changes nothing.
    fn execute_again(&self, stored: &Stored, prepared: &PreparedBlock<'_>) -> Result<BlockExecution, RpcError> {
        let state = self.state_before(stored)?;
        self.reader.execute(prepared, &state, &Plan::default()).map_err(|error| match error {
            executor::Error::State(error) => of_state(&error),
            error => RpcError::internal(error.to_string()),
        })
    }
}
