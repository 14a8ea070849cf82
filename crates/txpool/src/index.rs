//! The orders in which the pool looks at its transactions, kept in step with the senders.

use crate::{
    Event, EventKind, Order, Pooled,
    price_index::PriceIndex,
    sender::{Place, Sender, Slot},
};
use primitives::{
    Address,
    map::{AddressMap, B256Map},
};
use std::{cmp::Reverse, collections::BTreeMap, ops::Range, sync::Arc};

/// The order of offers: what a transaction can bid at best, and its arrival.
pub(crate) type HeadKey = (Reverse<u128>, u64);

/// Everything by which transactions are found.
#[derive(Debug, Default)]
pub(crate) struct Index {
    pub(crate) by_hash: B256Map<Arc<Pooled>>,
    pub(crate) pending: PriceIndex,
    pub(crate) queued: PriceIndex,
    /// The queued ones by when they came into the queue.
    pub(crate) waiting: BTreeMap<(u64, u64), Arc<Pooled>>,
    /// Of each sender the first pending one.
    pub(crate) heads: BTreeMap<HeadKey, Arc<Pooled>>,
    /// How many transactions each authority has signed for.
    pub(crate) authorities: AddressMap<usize>,
    pub(crate) bytes: usize,
    /// How often one of the ordered maps was changed: the measure of what an operation costs.
    pub(crate) operations: u64,
    pub(crate) order: Order,
}

/// What a call has changed so far.
#[derive(Debug)]
pub(crate) struct Changes {
    pub(crate) now_ms: u64,
    pub(crate) events: Vec<Event>,
}

impl Changes {
    pub(crate) const fn at(now_ms: u64) -> Self {
        Self { now_ms, events: Vec::new() }
    }

    pub(crate) fn push(&mut self, transaction: &Arc<Pooled>, kind: EventKind) {
        self.events.push(Event { transaction: Arc::clone(transaction), kind });
    }
}

impl Index {
    /// Counts in a transaction that came into the pool.
    pub(crate) fn enter(&mut self, transaction: &Arc<Pooled>) {
        self.by_hash.insert(transaction.hash, Arc::clone(transaction));
        self.bytes += transaction.bytes;
        for authority in &transaction.authorities {
            *self.authorities.entry(*authority).or_default() += 1;
        }
    }

    /// Counts out a transaction that left the pool.
    pub(crate) fn leave(&mut self, slot: &Slot) {
        let transaction = &slot.transaction;
        self.by_hash.remove(&transaction.hash);
        self.bytes -= transaction.bytes;
        for authority in &transaction.authorities {
            self.release(*authority);
        }
        self.take(transaction, slot.place);
    }

    /// Forgets everything but the count of operations.
    pub(crate) fn clear(&mut self) {
        *self = Self { operations: self.operations, order: self.order, ..Self::default() };
    }

    /// Makes the sender settle, and brings every order in step. `before` is what was pending, `fresh` what came in.
    pub(crate) fn settle(&mut self, sender: &mut Sender, before: &Range<u64>, fresh: &[u64], changes: &mut Changes) {
        sender.settle();
        let after = sender.pending();
        for nonce in fresh {
            self.put(sender, *nonce, changes);
        }
        let kept = before.start.max(after.start)..before.end.min(after.end);
        for range in [before, &after] {
            let (left, right) =
                if kept.is_empty() { (range.clone(), 0..0) } else { (range.start..kept.start, kept.end..range.end) };
            for part in [left, right] {
                let nonces: Vec<u64> = sender.slots.range(clamp(&part)).map(|(nonce, _)| *nonce).collect();
                for nonce in nonces {
                    self.put(sender, nonce, changes);
                }
            }
        }
        self.set_head(sender);
    }

    /// Brings one transaction where it belongs.
    fn put(&mut self, sender: &mut Sender, nonce: u64, changes: &mut Changes) {
        let is_pending = sender.pending().contains(&nonce);
        let Some(slot) = sender.slots.get_mut(&nonce) else { return };
        let kind = match (slot.place, is_pending) {
            (Place::Pending, true) | (Place::Queued(_), false) => return,
            (Place::Nowhere, _) => EventKind::Added { is_pending },
            (Place::Queued(_), true) => EventKind::Promoted,
            (Place::Pending, false) => EventKind::Demoted,
        };
        let transaction = Arc::clone(&slot.transaction);
        self.take(&transaction, slot.place);
        self.operations += 1;
        slot.place = if is_pending {
            self.pending.insert(&transaction);
            Place::Pending
        } else {
            self.queued.insert(&transaction);
            self.waiting.insert((changes.now_ms, transaction.arrival), Arc::clone(&transaction));
            Place::Queued(changes.now_ms)
        };
        changes.push(&transaction, kind);
    }

    fn take(&mut self, transaction: &Pooled, place: Place) {
        match place {
            Place::Nowhere => return,
            Place::Pending => self.pending.remove(transaction),
            Place::Queued(since_ms) => {
                self.queued.remove(transaction);
                self.waiting.remove(&(since_ms, transaction.arrival));
            }
        }
        self.operations += 1;
    }

    fn set_head(&mut self, sender: &mut Sender) {
        let first = sender.first();
        let key = first.map(|first| {
            let bid = if self.order == Order::Fifo { 0 } else { first.tip_cap };
            (Reverse(bid), first.arrival)
        });
        if key == sender.head {
            return;
        }
        if let Some(old) = sender.head {
            self.heads.remove(&old);
        }
        if let (Some(key), Some(first)) = (key, first) {
            self.heads.insert(key, Arc::clone(first));
        }
        sender.head = key;
        self.operations += 1;
    }

    fn release(&mut self, authority: Address) {
        if let Some(count) = self.authorities.get_mut(&authority) {
            *count -= 1;
            if *count == 0 {
                self.authorities.remove(&authority);
            }
        }
    }
}

/// A map refuses ranges that end before they start.
fn clamp(range: &Range<u64>) -> Range<u64> {
    range.start..range.end.max(range.start)
}
