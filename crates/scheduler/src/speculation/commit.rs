//! Deciding transactions, one after another in block order, by whichever worker holds the lock.

use super::{Speculation, attempt::Attempt};
use crate::{
    Admission, Error, Executed, Gate, TransactionExecutor,
    exact::{Certain, make_exact},
    memory::Memory,
    stamps::{Asking, Shown},
    sync::atomic::Ordering,
    view::View,
};
use access_list::AccessRecord;
use primitives::{Address, Bytes, U256, map::B256Map};

/// What the transactions decided so far come to.
pub(super) struct Commit<'a, O> {
    pub(super) gate: &'a mut (dyn Gate<O> + 'a),
    pub(super) executed: Vec<Option<Executed<O>>>,
    /// Code put in place by what is included.
    pub(super) deployed: B256Map<Bytes>,
    /// Executions on exactly the serial state.
    pub(super) alone: usize,
    pub(super) stale: usize,
    pub(super) error: Option<Error>,
}

/// How the changes of the transaction that is being decided stand in the memory.
#[derive(Clone, Copy)]
enum Standing {
    /// Not at all.
    Hidden,
    /// As a speculation that turned out right.
    Shown(Shown),
    /// As they will stay.
    Settled,
}

/// What nobody has written since the transaction started. Fees are not in the memory.
struct Undisturbed<'a> {
    memory: &'a Memory,
    asking: &'a Asking,
    beneficiary: Address,
}

impl Certain for Undisturbed<'_> {
    fn has_account(&self, address: Address) -> bool {
        address != self.beneficiary && self.memory.is_undisturbed_account(address, self.asking)
    }

    fn has_slot(&self, address: Address, slot: U256) -> bool {
        self.memory.is_undisturbed_slot(address, slot, self.asking)
    }
}

impl<'a, M: TransactionExecutor> Speculation<'a, M> {
    /// Decides the first open transaction, given a speculative execution of it, if there is one.
    pub(super) fn commit_one(
        &self,
        index: usize,
        mut attempt: Option<&mut Attempt<M::Output>>,
        commit: &mut Commit<'_, M::Output>,
        view: &View<'_>,
        worker: &mut M::Worker<'_>,
    ) {
        view.position(index, None);
        let confirmed = attempt.as_deref_mut().and_then(|attempt| self.confirm(index, attempt, commit, view));
        let decided = match confirmed {
            Some((executed, standing)) => Ok(self.decide(index, executed, standing, commit)),
            None => {
                commit.alone += 1;
                self.execute_exact(index, worker).map(|executed| self.decide(index, executed, Standing::Hidden, commit))
            }
        };
        match (decided, attempt) {
            (Ok(spare), Some(attempt)) => attempt.spare = spare,
            (Ok(spare), None) => self.recycle(worker, spare),
            (Err(error), _) => {
                commit.error = Some(error);
                self.over.store(true, Ordering::SeqCst);
            }
        }
        self.dispatch.committed(index);
        if self.dispatch.is_hopeless() && !self.over.load(Ordering::Relaxed) {
            self.is_early.store(true, Ordering::SeqCst);
            self.over.store(true, Ordering::SeqCst);
        }
    }

    /// The result of the attempt with its record made exact, if what it had read still holds; otherwise nothing of it is
    /// left.
    fn confirm(
        &self,
        index: usize,
        attempt: &mut Attempt<M::Output>,
        commit: &mut Commit<'_, M::Output>,
        view: &View<'_>,
    ) -> Option<(Executed<M::Output>, Standing)> {
        let mut executed = match attempt.result.take()? {
            Ok(executed) => executed,
            // Speculation may ask for what a partial state does not hold; only the exact execution counts.
            Err(_) => {
                commit.stale += 1;
                return None;
            }
        };
        let asking = Asking { index, since: attempt.since, shown: attempt.shown };
        if !attempt.footprint.is_special && self.memory.is_settled(&attempt.footprint, &asking) {
            self.dispatch.confirmed(index);
            return Some((executed, Standing::Settled));
        }
        let undisturbed = Undisturbed { memory: self.memory, asking: &asking, beneficiary: self.fees.beneficiary };
        if let Ok(true) = make_exact(&mut executed.record, attempt.assumed, view, &undisturbed) {
            self.dispatch.confirmed(index);
            return Some((executed, attempt.shown.map_or(Standing::Hidden, Standing::Shown)));
        }
        commit.stale += 1;
        self.dispatch.stale(index);
        if attempt.shown.is_some() {
            self.memory.retract(index, &executed.record);
        }
        None
    }

    fn execute_exact(&self, index: usize, worker: &mut M::Worker<'_>) -> Result<Executed<M::Output>, Error> {
        self.job.machine.execute(worker, index).map_err(|source| Error::State { index, source })
    }

    /// Asks the gate and makes the transaction part of the state, or takes back what it has shown. Gives a record that is
    /// needed no more.
    fn decide(
        &self,
        index: usize,
        mut executed: Executed<M::Output>,
        standing: Standing,
        commit: &mut Commit<'_, M::Output>,
    ) -> AccessRecord {
        let admission = commit.gate.admit(index, &executed);
        let mut spare = AccessRecord::default();
        if admission == Admission::Include {
            match standing {
                Standing::Settled => self.fees.collect(executed.fee),
                Standing::Shown(shown) => {
                    self.memory.settle(index, &executed.record, shown, self.fees.beneficiary);
                    self.fees.committed(&executed.record, executed.fee);
                }
                Standing::Hidden => {
                    self.memory.publish_exact(index, &executed.record);
                    self.fees.committed(&executed.record, executed.fee);
                }
            }
            commit.deployed.extend(executed.record.deployed.iter().cloned());
            if self.job.drop_records {
                spare = std::mem::take(&mut executed.record);
            }
            commit.executed.push(Some(executed));
        } else {
            if !matches!(standing, Standing::Hidden) {
                self.memory.retract(index, &executed.record);
            }
            if admission == Admission::Exclude {
                commit.executed.push(None);
            }
        }
        if admission != Admission::Stop {
            self.decided.store(index + 1, Ordering::SeqCst);
        }
        if admission == Admission::Stop || index + 1 == self.job.machine.len() {
            self.over.store(true, Ordering::SeqCst);
        }
        spare
    }
}
