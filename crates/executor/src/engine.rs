//! The engine: a worker pool and a code cache that live as long as the process, and the way of one block through them.

use crate::{
    BlockExecution, Error, InvalidBlock, PreparedBlock, Rejection,
    adapter::BlockMachine,
    gate::{BlockGate, OnRejection},
    layer::Layer,
    listing,
    steps::{self, Steps},
    timeline::Timeline,
};
use access_list::{BlockAccessList, ListIndex, StateDiff};
use evm::{CodeCache, Outcome};
use scheduler::{Gate, Job, Known, ListCheck, Policy, Run, Tally, WorkerPool};
use state::StateReader;

/// Executes blocks. One engine serves any number of blocks, one after another.
#[derive(Debug)]
pub struct Engine {
    pool: WorkerPool,
    codes: CodeCache,
}

/// A block that was executed, before what follows from it is made.
pub(crate) struct Ran<'s> {
    /// Everything that it changes.
    pub(crate) diff: StateDiff,
    pub(crate) rest: Rest<'s>,
    /// Transactions that cannot stand where they do, and why.
    pub(crate) rejected: Vec<(usize, Rejection)>,
}

/// What receipts and access list are made from.
pub(crate) struct Rest<'s> {
    /// The state before the first transaction.
    first: Layer<'s>,
    run: Run<Outcome>,
    steps: [Steps; 2],
}

impl Rest<'_> {
    /// Makes receipts and access list, or compares the list. The diff is left empty.
    pub(crate) fn finish(self, block: &PreparedBlock<'_>, plan: &Plan<'_>) -> Result<BlockExecution, Error> {
        let Self { first, run, steps } = self;
        let list = judge_list(block, &run, &steps, plan, &first)?;
        BlockExecution::new(run, steps, list, block)
    }
}

/// How a block is to be executed.
#[derive(Clone, Copy, Default)]
pub struct Plan<'a> {
    /// The scheduling algorithm.
    pub policy: Policy,
    /// What is known of the block's accesses.
    pub known: Known<'a>,
    /// Build the block access list from what execution touched.
    pub record_list: bool,
    /// Forget what each transaction touched as soon as it is part of the state: for who wants receipts and changes and
    /// nothing else. Has no effect where the list is recorded.
    pub drop_records: bool,
    /// Where it is written down which worker ran what when, if anybody wants to know.
    pub timeline: Option<&'a Timeline>,
}

impl Engine {
    /// An engine with `workers` workers, the calling thread included.
    pub fn new(workers: usize) -> Result<Self, scheduler::Error> {
        Ok(Self { pool: WorkerPool::new(workers)?, codes: CodeCache::default() })
    }

    /// An engine that shares whatever can be shared among its workers, worth it or not: so that tests reach what takes
    /// place between workers with blocks of any size.
    pub fn sharing_all(workers: usize) -> Result<Self, scheduler::Error> {
        Ok(Self { pool: WorkerPool::sharing_all(workers)?, codes: CodeCache::default() })
    }

    /// The same, with every block that `optimistic` shares cut into chunks. Of those of [`sharing_all`](Self::sharing_all) every
    /// second one is.
    pub fn cutting_all(workers: usize) -> Result<Self, scheduler::Error> {
        Ok(Self { pool: WorkerPool::cutting_all(workers)?, codes: CodeCache::default() })
    }

    /// Number of workers.
    pub fn workers(&self) -> usize {
        self.pool.workers()
    }

    /// How often threads inside a transaction were shared with idle workers.
    pub fn forks(&self) -> u64 {
        self.pool.forks()
    }

    pub(crate) fn pool(&self) -> &WorkerPool {
        &self.pool
    }

    /// Code that was analysed so far.
    pub fn codes(&self) -> &CodeCache {
        &self.codes
    }

    /// Lays out a block access list for [`Known::list`], on all workers if it is long.
    pub fn index(&self, list: &BlockAccessList) -> ListIndex {
        self.pool.index(list)
    }

    /// Executes a block on the state before it. The header's results are not looked at: see
    /// [`BlockExecution::check`].
    pub fn execute(
        &self,
        block: &PreparedBlock<'_>,
        state: &(dyn StateReader + Sync),
        plan: &Plan<'_>,
    ) -> Result<BlockExecution, Error> {
        let Ran { diff, rest, rejected } = self.run(block, state, plan, OnRejection::Stop)?;
        if let Some((index, rejection)) = rejected.into_iter().next() {
            return Err(InvalidBlock::Transaction { index, rejection }.into());
        }
        let execution = rest.finish(block, plan)?;
        Ok(BlockExecution { diff, ..execution })
    }

    /// Executes the transactions alone, every one of which must be valid; for measurements against other executors.
    pub fn execute_transactions(
        &self,
        block: &PreparedBlock<'_>,
        state: &(dyn StateReader + Sync),
        plan: &Plan<'_>,
    ) -> Result<Run<Outcome>, Error> {
        let mut gate = self.gate(block, OnRejection::Stop);
        let run = self.run_transactions(block, state, plan, &mut gate)?;
        match gate.rejected.into_iter().next() {
            Some((index, rejection)) => Err(InvalidBlock::Transaction { index, rejection }.into()),
            None => Ok(run),
        }
    }

    /// The list of what [`Self::execute_transactions`] touched, as if the block did nothing else.
    pub fn list_of(
        &self,
        block: &PreparedBlock<'_>,
        run: &Run<Outcome>,
        state: &dyn StateReader,
    ) -> Result<BlockAccessList, Error> {
        Ok(listing::list(block, run, &<[Steps; 2]>::default(), state)?)
    }

    /// Executes a block up to what it changes. Where it stops at a rejected transaction, the steps after the transactions
    /// are left out.
    pub(crate) fn run<'s>(
        &self,
        block: &PreparedBlock<'_>,
        state: &'s (dyn StateReader + Sync),
        plan: &Plan<'_>,
        on_rejection: OnRejection,
    ) -> Result<Ran<'s>, Error> {
        let mut first = Layer::new(state);
        let before = steps::before(block, &self.codes, &mut first)?.map_err(InvalidBlock::Step)?;
        let mut gate = self.gate(block, on_rejection);
        let mut run = if first.is_empty() {
            self.run_transactions(block, state, plan, &mut gate)?
        } else {
            self.run_transactions(block, &first, plan, &mut gate)?
        };
        let rejected = gate.rejected;
        let mut diff = std::mem::take(&mut run.diff);
        if on_rejection == OnRejection::Stop && !rejected.is_empty() {
            let rest = Rest { first, run, steps: [before, Steps::default()] };
            return Ok(Ran { diff, rest, rejected });
        }
        let after = {
            let mut last = Layer::new(&first);
            last.select(&diff, &steps::touched_after(block));
            let mut changes = Layer::new(&last);
            let after = steps::after(block, &self.codes, &mut changes)?.map_err(InvalidBlock::Step)?;
            changes.overwrite(&mut diff);
            after
        };
        first.underwrite(&mut diff);
        Ok(Ran { diff, rest: Rest { first, run, steps: [before, after] }, rejected })
    }

    fn gate<'b>(&self, block: &'b PreparedBlock<'_>, on_rejection: OnRejection) -> BlockGate<'b> {
        let header = &block.block.header;
        let blobs = block.chain.blob_params_at(header.timestamp).map_or(0, |params| params.max_blob_count);
        BlockGate::new(&block.transactions, header.gas_limit, blobs, on_rejection)
    }

    fn run_transactions(
        &self,
        block: &PreparedBlock<'_>,
        state: &(dyn StateReader + Sync),
        plan: &Plan<'_>,
        gate: &mut dyn Gate<Outcome>,
    ) -> Result<Run<Outcome>, Error> {
        let machine = BlockMachine::new(block, &self.codes, state).with_pool(&self.pool).with_timeline(plan.timeline);
        let clears_empty = block.environment.clears_empty_accounts();
        let drop_records = plan.drop_records && !plan.record_list;
        let job = Job { machine: &machine, state, clears_empty, known: plan.known, drop_records };
        match plan.policy.run(&job, &self.pool, gate) {
            Ok(run) => Ok(run),
            Err(scheduler::Error::List(mismatch)) => Err(InvalidBlock::AccessList(mismatch).into()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Compares or builds the list, as the plan says. `state` is that before the first transaction.
fn judge_list(
    block: &PreparedBlock<'_>,
    run: &Run<Outcome>,
    steps: &[Steps; 2],
    plan: &Plan<'_>,
    state: &dyn StateReader,
) -> Result<Option<BlockAccessList>, Error> {
    if let (Some(index), Some(tally)) = (plan.known.list, &run.listed) {
        check_list(index, tally, steps, run.executed.len()).map_err(InvalidBlock::AccessList)?;
    }
    if !plan.record_list {
        return Ok(None);
    }
    Ok(Some(listing::list(block, run, steps, state)?))
}

/// Adds the steps outside the transactions to the tally and looks for what of the list is left over.
fn check_list(
    index: &ListIndex,
    tally: &Tally,
    [before, after]: &[Steps; 2],
    transactions: usize,
) -> Result<(), scheduler::ListMismatch> {
    let check = ListCheck::new(index, transactions);
    let mut tally = tally.clone();
    check.record(0, &listing::merge(&before.records), &mut tally)?;
    check.record(transactions as u64 + 1, &listing::merge(&after.records), &mut tally)?;
    check.finish(&tally)
}

/// The changes of a block without anything else.
pub(crate) type Diff = StateDiff;
