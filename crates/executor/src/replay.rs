//! A block against its own header: what it claims of itself, where nothing of its ancestors is known or asked.

use crate::{BlockExecution, Engine, Error, Plan, PreparedBlock, execution::same, validation::StateRoot};
use state::StateReader;

impl Engine {
    /// Executes a block and compares what comes of it with its header: gas used, bloom, receipts, requests, list and, where
    /// the whole state is known, the state root. Without `state_root` nothing is said of that.
    ///
    /// Nothing is committed: on success the result has the diff to commit, so that a chain is replayed by doing that and going
    /// on with the next. Whether the header follows from its parent's is for [`validate`](Engine::validate) to judge.
    pub fn replay(
        &self,
        block: &PreparedBlock<'_>,
        state: &(dyn StateReader + Sync),
        plan: &Plan<'_>,
        state_root: Option<StateRoot<'_>>,
    ) -> Result<BlockExecution, Error> {
        let execution = self.execute(block, state, plan)?;
        execution.check(block)?;
        if let Some(state_root) = state_root {
            same("state root", state_root(&execution.diff)?, block.block.header.state_root)?;
        }
        Ok(execution)
    }
}
