//! Policy `serial`: one transaction after another. This is the specification; every other policy is compared with it.

mod lent;
mod overlay;

use crate::{Admission, Error, Executed, Gate, Job, Run, Stats, TransactionExecutor, WorkerPool};
use access_list::StateDiff;
pub(crate) use lent::LentView;
pub(crate) use overlay::Overlay;
use primitives::{Account, Address, B256, Bytes, U256};
use state::{StateError, StateReader};
use std::cell::RefCell;

/// Executes the block's transactions in order on the calling thread.
pub(crate) fn run<M: TransactionExecutor>(
    job: &Job<'_, M>,
    pool: &WorkerPool,
    gate: &mut dyn Gate<M::Output>,
) -> Result<Run<M::Output>, Error> {
    let executed = Vec::with_capacity(job.machine.len());
    let stats = Stats { workers: 1, ..Stats::default() };
    go_on(job, pool, gate, Run { executed, diff: StateDiff::default(), stats, listed: None })
}

/// Executes the transactions that are not decided yet, after those of `begun`.
pub(crate) fn go_on<M: TransactionExecutor>(
    job: &Job<'_, M>,
    pool: &WorkerPool,
    gate: &mut dyn Gate<M::Output>,
    begun: Run<M::Output>,
) -> Result<Run<M::Output>, Error> {
    let Run { mut executed, diff, mut stats, listed } = begun;
    let mut overlay = pool.overlays.take();
    overlay.take_over(diff);
    let view = SerialView::new(job, overlay);
    let mut worker = job.machine.worker(&view);
    for index in executed.len()..job.machine.len() {
        let mut result = job.machine.execute(&mut worker, index).map_err(|source| Error::State { index, source })?;
        stats.executions += 1;
        match gate.admit(index, &result) {
            Admission::Include => {
                view.apply(&result);
                if job.drop_records {
                    job.machine.recycle(&mut worker, std::mem::take(&mut result.record));
                }
                executed.push(Some(result));
            }
            Admission::Exclude => executed.push(None),
            Admission::Stop => break,
        }
    }
    drop(worker);
    let index = job.machine.len();
    let (diff, overlay) = view.into_diff().map_err(|source| Error::State { index, source })?;
    pool.overlays.put(overlay);
    Ok(Run { executed, diff, stats, listed })
}

/// The state between two transactions: the block's changes over the state before it.
pub(crate) struct SerialView<'a> {
    base: &'a (dyn StateReader + Sync),
    beneficiary: Address,
    clears_empty: bool,
    overlay: RefCell<Overlay>,
}

impl<'a> SerialView<'a> {
    /// The state before the block with what is in `overlay`.
    pub(crate) fn new<M: TransactionExecutor>(job: &Job<'a, M>, overlay: Overlay) -> Self {
        let beneficiary = job.machine.beneficiary();
        Self { base: job.state, beneficiary, clears_empty: job.clears_empty, overlay: RefCell::new(overlay) }
    }

    /// Exchanges the changes.
    pub(crate) fn swap(&self, overlay: &mut Overlay) {
        std::mem::swap(&mut *self.overlay.borrow_mut(), overlay);
    }

    /// Forgets the changes.
    pub(crate) fn forget(&self) {
        self.overlay.borrow_mut().clear();
    }

    /// Asks the state at rest.
    pub(crate) fn with<R>(&self, ask: impl FnOnce(&LentView<'_>) -> R) -> R {
        ask(&self.lent(&self.overlay.borrow()))
    }

    /// Lays the changes of a transaction, and its fee, over the state.
    pub(crate) fn apply<O>(&self, executed: &Executed<O>) {
        let mut overlay = self.overlay.borrow_mut();
        overlay.apply(&executed.record, self.beneficiary);
        if let Some(fee) = executed.fee {
            overlay.add_fee(fee);
        }
    }

    /// Everything changed, and the emptied overlay.
    pub(crate) fn into_diff(self) -> Result<(StateDiff, Overlay), StateError> {
        if self.overlay.borrow().has_fees() {
            let account = self.account(self.beneficiary)?;
            self.overlay.borrow_mut().set_account(self.beneficiary, account, false);
        }
        let mut overlay = self.overlay.into_inner();
        let diff = overlay.finish();
        Ok((diff, overlay))
    }
}

impl StateReader for SerialView<'_> {
    fn account(&self, address: Address) -> Result<Option<Account>, StateError> {
        self.lent(&self.overlay.borrow()).account(address)
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        self.lent(&self.overlay.borrow()).storage(address, slot)
    }

    fn code(&self, hash: B256) -> Result<Bytes, StateError> {
        self.lent(&self.overlay.borrow()).code(hash)
    }

    fn block_hash(&self, number: u64) -> Result<B256, StateError> {
        self.base.block_hash(number)
    }

    fn had_only_storage(&self, address: Address) -> Result<bool, StateError> {
        self.base.had_only_storage(address)
    }

    fn lend(&self, work: &mut dyn FnMut(&(dyn StateReader + Sync))) -> bool {
        work(&self.lent(&self.overlay.borrow()));
        true
    }
}
