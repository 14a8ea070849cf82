//! The machine as the scheduler sees it.

use crate::{
    PreparedBlock,
    timeline::{Lane, Timeline},
};
use access_list::AccessRecord;
use evm::{CodeCache, Execution, ForkJoin, Machine, Outcome};
use primitives::Address;
use scheduler::{Executed, Hint, TransactionExecutor, WorkerPool};
use state::{StateError, StateReader};

/// The transactions of one block on machines that share a code cache: what [`crate::Engine`] gives a policy to run.
#[derive(Debug)]
pub struct BlockMachine<'b> {
    block: &'b PreparedBlock<'b>,
    codes: &'b CodeCache,
    state: Before<'b>,
    pool: Option<&'b WorkerPool>,
    timeline: Option<&'b Timeline>,
}

/// A machine, and where its runs are written down if somebody wants to know.
#[expect(missing_debug_implementations, reason = "a machine holds the interpreter")]
pub struct BlockWorker<'v> {
    machine: Machine<'v>,
    lane: Option<Lane<'v>>,
}

impl<'v> BlockWorker<'v> {
    /// The machine alone.
    pub fn into_machine(self) -> Machine<'v> {
        self.machine
    }
}

/// The state before the block.
struct Before<'b>(&'b (dyn StateReader + Sync));

impl std::fmt::Debug for Before<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StateReader")
    }
}

impl<'b> BlockMachine<'b> {
    /// The transactions of `block`, whose code is analysed once into `codes`; `state` is that before the first of them.
    pub const fn new(block: &'b PreparedBlock<'b>, codes: &'b CodeCache, state: &'b (dyn StateReader + Sync)) -> Self {
        Self { block, codes, state: Before(state), pool: None, timeline: None }
    }

    /// Threads of contracts may use idle workers of `pool`; without it they run one after another.
    pub(crate) const fn with_pool(mut self, pool: &'b WorkerPool) -> Self {
        self.pool = Some(pool);
        self
    }

    /// Runs are written down in `timeline`.
    pub(crate) const fn with_timeline(mut self, timeline: Option<&'b Timeline>) -> Self {
        self.timeline = timeline;
        self
    }

    /// Whether an account had no code before the block; a guess for a hint.
    fn is_codeless(&self, address: Option<Address>) -> bool {
        let account = address.and_then(|address| self.state.0.account(address).ok());
        account.is_some_and(|account| !account.is_some_and(|account| account.has_code()))
    }
}

/// Threads of contracts run on the workers that have no transaction of their own.
impl ForkJoin for BlockMachine<'_> {
    fn run(&self, count: usize, work: &(dyn Fn(usize) + Sync)) -> bool {
        self.pool.is_some_and(|pool| pool.fork(count, work))
    }

    fn processors(&self) -> usize {
        self.pool.map_or(1, WorkerPool::workers)
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
        let machine = Machine::new(&self.block.environment, self.codes, state).with_fork_join(self);
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
