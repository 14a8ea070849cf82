//! What blocks teach of calls, and the order that follows for those that wait.

use super::{
    candidates::{self, Candidates},
    spread::spread,
};
use crate::Chain;
use access_list::AccessSet;
use evm::Outcome;
use primitives::Header;
use rpc::backend::ChainBlock;
use scheduler::Executed;
use txpool::Order;

/// Classes of calls of which it is remembered what they touch.
pub(crate) const CLASSES_MAX: usize = 4096;

/// Transactions of one block that are learnt from, at most: a block of one kind of calls says no more with all of them.
const LESSONS_MAX: usize = 64;

impl Chain {
    /// What of the pool is tried for the next block, in its order. Where offers are ordered by what they pay, those that pay the
    /// same are spread.
    pub(crate) fn choose(&self, header: &Header) -> Candidates {
        let pool = self.pool.lock();
        let mut chosen = candidates::choose(&pool, header, &self.spec);
        let is_by_price = pool.limits().order == Order::Fees;
        drop(pool);
        let workers = self.engine.workers();
        if is_by_price && workers > 1 {
            spread(&mut chosen, &self.hints.lock(), 2 * workers);
        }
        Candidates::of(&chosen)
    }

    /// Remembers what some transactions of a block touched, from its beginning to its end; `executed` are all of them. With one
    /// worker nobody asks for it.
    pub(super) fn learn(&self, block: &ChainBlock, executed: &[Option<Executed<Outcome>>]) {
        if self.engine.workers() == 1 {
            return;
        }
        let calls = block.block.body.transactions.iter().zip(&block.senders).zip(executed);
        // Where no slot is touched, what is touched is known beforehand.
        let calls = calls.filter_map(|((transaction, sender), executed)| {
            let record = &executed.as_ref()?.record;
            (!record.slots.is_empty()).then_some((transaction, sender, record))
        });
        let calls: Vec<_> = calls.collect();
        let mut hints = self.hints.lock();
        for (transaction, sender, record) in calls.iter().step_by(calls.len().div_ceil(LESSONS_MAX).max(1)) {
            hints.learn(**sender, transaction, &AccessSet::from_record(record));
        }
    }
}
