//! Pending transactions for a block, the best first, one at a time.
//!
//! The pool keeps the first pending transaction of each sender sorted by its tip cap, which no tip exceeds whatever the
//! base fee. So the search stops as soon as the best tip found is not below the next tip cap: an item costs a few
//! logarithmic steps, and a block that needs ten transactions does not look at ten thousand senders. Senders whose
//! first transaction does not pay the base fee are passed over, each at most once.

use crate::{Order, Pool, Pooled, index::HeadKey, sender::Sender};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, btree_map},
    fmt,
    iter::Peekable,
    sync::Arc,
};

/// Offers pending transactions: of each sender in nonce order, among senders the better first.
///
/// The pool is borrowed, so what is offered stays true as long as this lives. Whoever includes the transactions has to
/// tell the pool by [`Pool::on_block`]; being offered changes nothing.
pub struct Best<'p> {
    pool: &'p Pool,
    base_fee: u64,
    blob_fee: u128,
    unread: Peekable<btree_map::Iter<'p, HeadKey, Arc<Pooled>>>,
    candidates: BinaryHeap<Candidate<'p>>,
    /// The one offered last, whose sender goes on unless it is skipped.
    last: Option<Candidate<'p>>,
}

/// A transaction that may stand next in a block.
#[derive(Clone, Copy)]
pub struct Offer<'p> {
    /// The transaction.
    pub transaction: &'p Arc<Pooled>,
    /// What the builder of the block gets for each gas.
    pub tip: u128,
}

struct Candidate<'p> {
    key: (u128, Reverse<u64>),
    tip: u128,
    transaction: &'p Arc<Pooled>,
    sender: &'p Sender,
}

impl<'p> Best<'p> {
    pub(crate) fn new(pool: &'p Pool, base_fee: u64, blob_fee: u128) -> Self {
        let heads: &'p BTreeMap<HeadKey, Arc<Pooled>> = &pool.index().heads;
        let unread = heads.iter().peekable();
        Self { pool, base_fee, blob_fee, unread, candidates: BinaryHeap::new(), last: None }
    }

    /// Offers nothing more of the sender whose transaction was offered last: the block has no room for that one.
    pub fn skip_sender(&mut self) {
        self.last = None;
    }

    fn consider(&mut self, transaction: &'p Arc<Pooled>, sender: &'p Sender) {
        let Some(tip) = transaction.effective_tip(self.base_fee) else { return };
        if !transaction.pays_blob_fee(self.blob_fee) {
            return;
        }
        let bid = if self.pool.limits().order == Order::Fifo { 0 } else { tip };
        self.candidates.push(Candidate { key: (bid, Reverse(transaction.arrival)), tip, transaction, sender });
    }
}

impl<'p> Iterator for Best<'p> {
    type Item = Offer<'p>;

    fn next(&mut self) -> Option<Offer<'p>> {
        if let Some(last) = self.last.take()
            && let Some(next) = last.sender.pending_at(last.transaction.nonce() + 1)
        {
            self.consider(next, last.sender);
        }
        loop {
            let bound = self.unread.peek().map(|((Reverse(bid), arrival), _)| (*bid, Reverse(*arrival)));
            if self.candidates.peek().is_some_and(|candidate| bound.is_none_or(|bound| candidate.key > bound)) {
                break;
            }
            let (_, transaction) = self.unread.next()?;
            if let Some(sender) = self.pool.senders().get(&transaction.signer) {
                self.consider(transaction, sender);
            }
        }
        let best = self.candidates.pop()?;
        let (transaction, tip) = (best.transaction, best.tip);
        self.last = Some(best);
        Some(Offer { transaction, tip })
    }
}

impl fmt::Debug for Best<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Best")
            .field("base_fee", &self.base_fee)
            .field("blob_fee", &self.blob_fee)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Offer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Offer").field("transaction", &self.transaction.hash).field("tip", &self.tip).finish()
    }
}

impl PartialEq for Candidate<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Candidate<'_> {}

impl PartialOrd for Candidate<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Candidate<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}
