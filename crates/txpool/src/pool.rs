//! The pool: its parts, and what every change of it goes through.

mod add;
mod block;
mod query;
mod remove;

use crate::{
    Best, DropReason, EventKind, Head, Limits, Pooled,
    index::{Changes, Index},
    sender::Sender,
};
use primitives::map::AddressMap;
use std::sync::Arc;

pub use add::Added;
pub use block::BlockUpdate;
pub use query::{Content, Status};

/// Transactions that wait to be executed. See the [crate] for the law it keeps.
#[derive(Debug)]
pub struct Pool {
    limits: Limits,
    head: Head,
    senders: AddressMap<Sender>,
    index: Index,
    arrivals: u64,
}

impl Pool {
    /// An empty pool.
    pub fn new(limits: Limits, head: Head) -> Self {
        let index = Index { order: limits.order, ..Index::default() };
        Self { limits, head, senders: AddressMap::default(), index, arrivals: 0 }
    }

    /// Offers the pending transactions, the best first: see [`Best`].
    pub fn best(&self, base_fee: u64, blob_fee: u128) -> Best<'_> {
        Best::new(self, base_fee, blob_fee)
    }

    /// What transactions are judged by.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Changes what new transactions are judged by, without a block: the least tip, the base fee of the next block.
    pub fn set_head(&mut self, head: Head) {
        self.head = head;
    }

    /// The bounds.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// How often an ordered map of the pool was changed since the beginning: what the operations cost, without a clock.
    pub fn operations(&self) -> u64 {
        self.index.operations
    }

    pub(crate) fn senders(&self) -> &AddressMap<Sender> {
        &self.senders
    }

    pub(crate) fn index(&self) -> &Index {
        &self.index
    }

    /// Takes a transaction out; those behind it go back into the queue.
    fn discard(&mut self, transaction: &Pooled, kind: EventKind, changes: &mut Changes) {
        let signer = transaction.signer;
        let Some(sender) = self.senders.get_mut(&signer) else { return };
        let before = sender.pending();
        let Some(slot) = sender.remove(transaction.nonce()) else { return };
        debug_assert_eq!(slot.transaction.hash, transaction.hash, "the orders hold what the senders hold");
        self.index.leave(&slot);
        changes.push(&slot.transaction, kind);
        self.index.settle(sender, &before, &[], changes);
        if sender.slots.is_empty() {
            self.senders.remove(&signer);
        }
    }

    /// Evicts what pays least until every bound holds. The transaction that just came in is spared.
    fn enforce_limits(&mut self, spared: Option<u64>, changes: &mut Changes) {
        while let Some(victim) = self.victim(spared) {
            let victim = Arc::clone(victim);
            self.discard(&victim, EventKind::Dropped(DropReason::Evicted), changes);
        }
    }

    fn victim(&self, spared: Option<u64>) -> Option<&Arc<Pooled>> {
        let Index { pending, queued, bytes, .. } = &self.index;
        let base_fee = self.head.base_fee;
        if pending.len() > self.limits.pending_max {
            pending.worst(base_fee, spared)
        } else if queued.len() > self.limits.queued_max {
            queued.worst(base_fee, spared)
        } else if *bytes > self.limits.bytes_max {
            queued.worst(base_fee, spared).or_else(|| pending.worst(base_fee, spared))
        } else {
            None
        }
    }
}
