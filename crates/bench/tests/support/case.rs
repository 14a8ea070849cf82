//! One block with everything that executing it needs.

use bench::{RecordedBlock, RecordedState, workload::Workload};
use executor::PreparedBlock;
use primitives::{Address, Block, ChainSpec};
use state::MemoryState;

/// A block on a whole state in memory.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// What to call it in a message: it says how to make the block again.
    pub(crate) name: String,
    pub(crate) chain: ChainSpec,
    pub(crate) block: Block,
    pub(crate) senders: Vec<Address>,
    pub(crate) state: MemoryState,
}

impl Case {
    /// The block, ready for execution.
    pub(crate) fn prepared(&self) -> PreparedBlock<'_> {
        PreparedBlock::new(&self.chain, &self.block, &self.senders)
    }
}

impl From<Workload> for Case {
    fn from(workload: Workload) -> Self {
        let Workload { name, fork, state, block, senders, .. } = workload;
        Self { name, chain: ChainSpec::at_fork(fork), block, senders, state }
    }
}
