//! Which transaction pays least, at any base fee, without sorting anew when that changes.
//!
//! A transaction's tip at base fee `b` is the smaller of its tip cap and of its fee cap less `b`. The smallest of such
//! minima is the smaller of two things that do not depend on `b`: the smallest tip cap, and the smallest fee cap, less
//! `b`. So two ordered maps answer in logarithmic time. Local transactions come after all others; of equal ones the
//! one that came last pays least.

use crate::Pooled;
use std::{cmp::Reverse, collections::BTreeMap, sync::Arc};

/// Local or not, a price, and the arrival.
type Key = (bool, u128, Reverse<u64>);

/// How much a transaction is worth holding; less is worse.
pub(crate) type Rank = Key;

/// Transactions by what they pay.
#[derive(Debug, Default)]
pub(crate) struct PriceIndex {
    by_tip_cap: BTreeMap<Key, Arc<Pooled>>,
    by_fee_cap: BTreeMap<Key, Arc<Pooled>>,
}

impl PriceIndex {
    pub(crate) fn len(&self) -> usize {
        self.by_tip_cap.len()
    }

    pub(crate) fn insert(&mut self, transaction: &Arc<Pooled>) {
        self.by_tip_cap.insert(tip_key(transaction), Arc::clone(transaction));
        self.by_fee_cap.insert(fee_key(transaction), Arc::clone(transaction));
    }

    pub(crate) fn remove(&mut self, transaction: &Pooled) {
        self.by_tip_cap.remove(&tip_key(transaction));
        self.by_fee_cap.remove(&fee_key(transaction));
    }

    /// The one that pays least, one arrival left out.
    pub(crate) fn worst(&self, base_fee: u64, except: Option<u64>) -> Option<&Arc<Pooled>> {
        let by_tip = first(&self.by_tip_cap, except)?;
        let by_fee = first(&self.by_fee_cap, except)?;
        Some(if rank(by_tip, base_fee) <= rank(by_fee, base_fee) { by_tip } else { by_fee })
    }
}

fn first(map: &BTreeMap<Key, Arc<Pooled>>, except: Option<u64>) -> Option<&Arc<Pooled>> {
    map.values().find(|transaction| Some(transaction.arrival) != except)
}

/// The tip at this base fee, with the base fee added so that it is never below zero.
pub(crate) fn rank(transaction: &Pooled, base_fee: u64) -> Rank {
    let price = transaction.tip_cap.saturating_add(u128::from(base_fee)).min(transaction.fee_cap);
    (transaction.origin.is_local(), price, Reverse(transaction.arrival))
}

fn tip_key(transaction: &Pooled) -> Key {
    (transaction.origin.is_local(), transaction.tip_cap, Reverse(transaction.arrival))
}

fn fee_key(transaction: &Pooled) -> Key {
    (transaction.origin.is_local(), transaction.fee_cap, Reverse(transaction.arrival))
}
