//! The machine as the scheduler sees it.

use crate::{
    PreparedBlock,
    timeline::{Lane, Timeline},
};
use access_list::AccessRecord;
use evm::{CodeCache, Execution, Machine, Outcome};
use primitives::Address;
use scheduler::{Executed, Hint, TransactionExecutor};
use state::{StateError, StateReader};

/// The transactions of one block on machines that share a code cache.
pub(crate) struct BlockMachine<'b> {
    block: &'b PreparedBlock<'b>,
    codes: &'b CodeCache,
    state: &'b (dyn StateReader + Sync),
    timeline: Option<&'b Timeline>,
}

/// A machine, and where its runs are written down if somebody wants to know.
pub(crate) struct BlockWorker<'v> {
    machine: Machine<'v>,
    lane: Option<Lane<'v>>,
}

impl<'b> BlockMachine<'b> {
    pub(crate) const fn new(
        block: &'b PreparedBlock<'b>,
        codes: &'b CodeCache,
        state: &'b (dyn StateReader + Sync),
        timeline: Option<&'b Timeline>,
    ) -> Self {
        Self { block, codes, state, timeline }
    }

    /// Whether an account had no code before the block; a guess for a hint.
    fn is_codeless(&self, address: Option<Address>) -> bool {
        let account = address.and_then(|address| self.state.account(address).ok());
        account.is_some_and(|account| !account.is_some_and(|account| account.has_code()))
    }
}

impl TransactionExecutor for BlockMachine<'_> {
    type Output = Outcome;
    type Worker<'v>
        = BlockWorker<'v>
    where
        Self: 'v;

    fn len(&self) -> usize {
        self.block.transactions.len()
    }

    fn worker<'v>(&'v self, state: &'v dyn StateReader) -> BlockWorker<'v> {
        let machine = Machine::new(&self.block.environment, self.codes, state);
        BlockWorker { machine, lane: self.timeline.map(Timeline::lane) }
    }

    fn execute(&self, worker: &mut BlockWorker<'_>, index: usize) -> Result<Executed<Outcome>, StateError> {
        let start = worker.lane.as_ref().map(Lane::now);
        let executed = worker.machine.execute(&self.block.transactions[index]);
        if let (Some(lane), Some(start)) = (&mut worker.lane, start) {
            lane.note(index, start);
        }
        let Execution { record, fee, outcome } = executed?;
        Ok(Executed { record, fee, output: outcome })
    }

    fn beneficiary(&self) -> Address {
        self.block.environment.beneficiary()
    }

    fn is_cheap(&self, index: usize) -> bool {
        let transaction = &self.block.transactions[index];
        /// Code could do nothing with what is left of so much.
        const TRANSFER_GAS: u64 = 21_000;
        transaction.is_transfer() && (transaction.gas_limit() <= TRANSFER_GAS || self.is_codeless(transaction.to()))
    }

    fn recycle(&self, worker: &mut BlockWorker<'_>, record: AccessRecord) {
        worker.machine.recycle(record);
    }

    fn meetings(&self, index: usize, meetings: &mut Vec<u64>) {
        self.block.transactions[index].meetings(meetings);
    }

    fn hint(&self, index: usize) -> Hint {
        let transaction = &self.block.transactions[index];
        Hint {
            sender: Some((transaction.sender(), transaction.nonce())),
            class: transaction.class(),
            gas: transaction.gas_limit(),
        }
    }
}
