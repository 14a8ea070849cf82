//! Taking transactions out at the owner's wish.

use super::Pool;
use crate::{DropReason, Event, EventKind, Pooled, index::Changes};
use primitives::{Address, B256};
use std::sync::Arc;

const REMOVED: EventKind = EventKind::Dropped(DropReason::Removed);

impl Pool {
    /// Takes one transaction out; those behind it are queued.
    pub fn remove(&mut self, hash: &B256, now_ms: u64) -> Vec<Event> {
        let transaction = self.get(hash).cloned();
        self.remove_each(transaction.as_slice(), now_ms)
    }

    /// Takes out all transactions of a sender.
    pub fn remove_from(&mut self, signer: Address, now_ms: u64) -> Vec<Event> {
        let held = self.senders.get(&signer).map(|sender| {
            let slots = sender.slots.values().rev();
            slots.map(|slot| Arc::clone(&slot.transaction)).collect::<Vec<_>>()
        });
        self.remove_each(&held.unwrap_or_default(), now_ms)
    }

    /// Takes out everything, in the order of arrival. What was learnt for hints stays.
    pub fn clear(&mut self) -> Vec<Event> {
        let mut held: Vec<Arc<Pooled>> = self.index.by_hash.values().cloned().collect();
        held.sort_unstable_by_key(|transaction| transaction.arrival);
        self.senders.clear();
        self.index.clear();
        held.into_iter().map(|transaction| Event { transaction, kind: REMOVED }).collect()
    }

    /// From the last nonce to the first, so that none is demoted on the way out.
    fn remove_each(&mut self, held: &[Arc<Pooled>], now_ms: u64) -> Vec<Event> {
        let mut changes = Changes::at(now_ms);
        for transaction in held {
            self.discard(transaction, REMOVED, &mut changes);
        }
        changes.events
    }
}
