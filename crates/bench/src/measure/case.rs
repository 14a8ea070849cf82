//! One block to be measured, with the state that it starts from.

use crate::{RecordedBlock, RecordedState, workload::Workload};
use executor::PreparedBlock;
use primitives::{Address, Block, ChainSpec, ThreadActivation, ThreadGas};
use state::MemoryState;

/// A block, generated or recorded.
#[derive(Debug)]
pub struct Case {
    /// What to call it in a table.
    pub name: String,
    /// The rules of its chain.
    pub chain: ChainSpec,
    /// The block.
    pub block: Block,
    /// Who sent each transaction.
    pub senders: Vec<Address>,
    /// The state before the block.
    pub state: MemoryState,
}

impl Case {
    /// A generated block.
    pub fn generated(workload: Workload) -> Self {
        let Workload { name, fork, state, block, senders, .. } = workload;
        Self { name, chain: ChainSpec::at_fork(fork), block, senders, state }
    }

    /// The same block on a chain whose contracts may have threads (spec 0005).
    #[must_use]
    pub fn with_threads(mut self) -> Self {
        self.chain.threads = Some(ThreadActivation { timestamp: 0, gas: ThreadGas::default() });
        self
    }

    /// A recorded block; `None` if it comes with a witness, which plain revm's database cannot hold.
    pub fn recorded(recorded: RecordedBlock) -> Option<Self> {
        let RecordedBlock { name, chain, block, senders, state, .. } = recorded;
        let RecordedState::Listed(state) = state else { return None };
        Some(Self { name, chain, block, senders, state })
    }

    /// Its transactions in the machine's form, senders known.
    pub fn prepare(&self) -> PreparedBlock<'_> {
        PreparedBlock::new(&self.chain, &self.block, &self.senders)
    }
}
