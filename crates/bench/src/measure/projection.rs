//! What more workers than this machine has cores would make of a block: a projection, never a measurement.
//!
//! A virtual clock runs the rules of the scheduler with N workers: in which order transactions are handed out, what
//! waits for what, the one committing worker, the window of speculation, what is thrown away and executed again. Each
//! step takes what was measured: a transaction its cost times the slow-down beside another worker, a hand-over, a
//! commit, the setup and the end their [`Overheads`].
//!
//! It follows the scheduler, it does not call it, since that one waits for real threads; whether it still follows is
//! seen by comparing with runs of one and two workers ([`validate`]). It does not know of memory bandwidth beyond what
//! two workers show, nor of costs that grow with the number of workers, such as contention on the commit: above the
//! number of real cores it is an upper estimate.

mod clock;
mod freshness;
mod in_order;
mod listed;
mod plan;
mod validation;

pub use validation::{Projected, sums, validate};

use super::{Overheads, Subject};
use access_list::AccessSet;
use evm::{CodeCache, PreparedTransaction};
use executor::{BlockMachine, Policy};
use primitives::Address;
use scheduler::TransactionExecutor as _;

/// A block as the virtual clock sees it.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// What each transaction costs, in nanoseconds.
    pub costs: Vec<u64>,
    /// What each touches.
    pub sets: Vec<AccessSet>,
    /// Who sends it; whose nonce is assumed while speculating.
    pub senders: Vec<Address>,
    /// Transactions with the same number run the same code path; 0 is none.
    pub classes: Vec<u64>,
    /// Numbers that stand for what each may meet others at, as guessed from its call data.
    pub meetings: Vec<Vec<u64>>,
    /// Those that are not worth a hand-over.
    pub cheap: Vec<bool>,
    /// What each may use of gas; a guess at its cost.
    pub gas: Vec<u64>,
    /// Less work than this is not shared under `optimistic`, in nanoseconds.
    pub shared_ns_min: u64,
}

/// A projected run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Projection {
    /// Time of the block.
    pub ns: u64,
    /// Executions whose result was thrown away.
    pub stale: usize,
}

impl Model {
    /// A subject as the virtual clock sees it.
    pub fn of(subject: &Subject<'_>) -> Self {
        let transactions = subject.prepared.transactions();
        let codes = CodeCache::default();
        let machine = BlockMachine::new(&subject.prepared, &codes, &subject.case.state);
        Self {
            costs: subject.costs.clone(),
            sets: subject.sets.clone(),
            senders: transactions.iter().map(|transaction| transaction.sender()).collect(),
            classes: transactions.iter().map(|transaction| transaction.class()).collect(),
            meetings: transactions.iter().map(meetings).collect(),
            cheap: (0..transactions.len()).map(|index| machine.is_cheap(index)).collect(),
            gas: transactions.iter().map(|transaction| transaction.gas_limit()).collect(),
            shared_ns_min: SHARED_NS_MIN,
        }
    }

    /// Number of transactions.
    pub fn len(&self) -> usize {
        self.costs.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.costs.is_empty()
    }
}

/// What `scheduler::sharing` takes for too little.
const SHARED_NS_MIN: u64 = 350_000;

fn meetings(transaction: &PreparedTransaction) -> Vec<u64> {
    let mut meetings = Vec::new();
    transaction.meetings(&mut meetings);
    meetings
}

/// Runs a block on the virtual clock.
pub fn project(model: &Model, policy: Policy, workers: usize, overheads: &Overheads) -> Projection {
    let workers = workers.max(1);
    match policy {
        Policy::StaticSplit | Policy::StaticSplitQuadratic => {
            clock::run(model, workers, overheads, &mut plan::static_split(model))
        }
        Policy::DisjointSets => clock::run(model, workers, overheads, &mut plan::disjoint_sets(model)),
        Policy::Sequence => clock::run(model, workers, overheads, &mut plan::sequence(model)),
        Policy::ListDriven => listed::run(model, workers, overheads),
        Policy::Optimistic if workers > 1 => match in_order::InOrder::new(model) {
            Some(mut schedule) => clock::run(model, workers, overheads, &mut schedule),
            None => serial(model, overheads),
        },
        _ => serial(model, overheads),
    }
}

fn serial(model: &Model, overheads: &Overheads) -> Projection {
    let each = overheads.dispatch_ns + overheads.commit_ns;
    let steps: f64 = model.costs.iter().map(|cost| *cost as f64 * overheads.slow_down + each).sum();
    Projection { ns: (overheads.setup_ns + steps + overheads.finish_ns).round() as u64, stale: 0 }
}

#[cfg(test)]
mod tests;
