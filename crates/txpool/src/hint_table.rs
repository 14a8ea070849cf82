//! What calls are expected to touch, learnt from what earlier calls of the same function touched.
//!
//! ```text
//!  executed: f(a, b) of contract c touched {…} ──▶ class (c, f): templates with a count of how often each held
//!  pending:  f(x, y) of contract c             ──▶ the templates that mostly hold, filled in with x, y and its sender
//! ```
//!
//! A template names a key by its role: the balance of the sender, the slot of the first argument in the mapping at slot
//! 3 of the callee. A plain transfer needs no learning: what it touches is known by construction.
//!
//! It stands beside the pool, for whoever builds blocks, so that nobody who submits a transaction waits for it. Both the
//! number of classes and what each holds are bounded; the class that was learnt from longest ago gives way. A hint is a
//! guess, and a wrong one costs time, never a wrong result. It takes a hash or two for each entry of a mapping that it
//! names, which is less than reading and writing that takes.
//!
//! Mappings as Solidity lays them out are recognised, of one and of two levels, with words of fixed size among the first
//! six as keys; others are remembered only where the very same slot is touched again and again.

mod call;
mod class;
mod template;
mod transfer;

use crate::{Pooled, pooled::Recipient};
use access_list::{AccessHint, AccessSet, Exactness, Provenance, StateKey};
use call::Call;
use class::Class;
use primitives::{Address, Transaction, U256, alloy_consensus::Transaction as _, map::HashMap};
use std::collections::BTreeMap;

/// A contract, and the first four bytes of the input if there are as many.
type ClassKey = (Address, Option<[u8; 4]>);

/// Learnt footprints of calls, by contract and function.
#[derive(Debug)]
pub struct HintTable {
    classes: HashMap<ClassKey, (u64, Class)>,
    /// The classes by when they were last learnt from.
    by_age: BTreeMap<u64, ClassKey>,
    classes_max: usize,
    lessons: u64,
}

impl HintTable {
    /// An empty table that remembers at most this many classes.
    pub fn new(classes_max: usize) -> Self {
        Self { classes: HashMap::default(), by_age: BTreeMap::new(), classes_max, lessons: 0 }
    }

    /// Learns what an executed transaction touched. Transfers and creations teach nothing.
    pub fn learn(&mut self, sender: Address, transaction: &Transaction, touched: &AccessSet) {
        let Some(callee) = transaction.to() else { return };
        let is_transfer = !touched.iter().any(|(key, _)| matches!(key, StateKey::Slot(..)));
        if self.classes_max == 0 || (transaction.input().is_empty() && is_transfer) {
            return;
        }
        let call = Call::new(sender, callee, transaction.input());
        let key = (callee, selector(transaction));
        self.lessons += 1;
        let (age, class) = self.classes.entry(key).or_default();
        self.by_age.remove(age);
        *age = self.lessons;
        self.by_age.insert(self.lessons, key);
        class.learn(&call, touched);
        if self.classes.len() > self.classes_max
            && let Some((_, oldest)) = self.by_age.pop_first()
        {
            self.classes.remove(&oldest);
        }
    }

    /// What a pending transaction is expected to touch.
    pub fn hint(&self, pooled: &Pooled) -> AccessHint {
        let (sender, transaction) = (pooled.signer, &pooled.transaction);
        let is_plain = pooled.recipient != Recipient::Code && pooled.authorities.is_empty();
        if let Some(to) = transaction.to().filter(|_| is_plain) {
            let creates = pooled.recipient == Recipient::Absent;
            let set = transfer::touched(sender, to, transaction.value(), creates);
            return AccessHint { set, provenance: Provenance::Static, exactness: Exactness::Exact };
        }
        let class = transaction.to().and_then(|to| self.classes.get(&(to, selector(transaction))));
        let (set, provenance) = match (transaction.to(), class) {
            (Some(callee), Some((_, class))) => {
                (class.expect(&Call::new(sender, callee, transaction.input())), Provenance::Learnt)
            }
            (Some(to), None) => (transfer::touched(sender, to, transaction.value(), false), Provenance::Static),
            (None, _) => (transfer::sent(sender), Provenance::Static),
        };
        let listed = declared(transaction);
        let set = if listed.is_empty() { set } else { set.union(&listed) };
        AccessHint { set, provenance, exactness: Exactness::Estimate }
    }

    /// How many classes it remembers.
    pub fn len(&self) -> usize {
        self.classes.len()
    }

    /// Whether it remembers nothing.
    pub fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }
}

fn selector(transaction: &Transaction) -> Option<[u8; 4]> {
    transaction.input().first_chunk().copied()
}

/// The slots of the transaction's access list (EIP-2930), taken as read.
fn declared(transaction: &Transaction) -> AccessSet {
    let list = transaction.access_list().map_or(&[][..], |list| &list.0);
    let slots = list.iter().flat_map(|item| {
        item.storage_keys.iter().map(|slot| StateKey::Slot(item.address, U256::from_be_bytes(slot.0)))
    });
    AccessSet::new(slots, [], [])
}

#[cfg(test)]
mod tests;
