//! Passes over the transactions in block order that carry a value along conflicts.

use super::{CriticalPath, access::Access, rows::KeyRows};

/// The latest two steps of a key, each with the greatest value among its members.
#[derive(Clone, Copy, Default)]
struct Front<T> {
    access: Access,
    closed: T,
    open: T,
}

impl<T: Copy + Ord> Front<T> {
    /// The greatest value among those that a user with this access waits for.
    fn before(&self, access: Access) -> T {
        if self.access.shares_with(access) { self.closed } else { self.open }
    }

    fn enter(&mut self, access: Access, value: T) {
        if self.access.shares_with(access) {
            self.open = self.open.max(value);
        } else {
            *self = Self { access, closed: self.open, open: value };
        }
    }
}

/// Calls `visit` for every transaction in block order with the greatest value among those that it waits for (the
/// default if there is none), and carries on what `visit` answers. The answer must not be smaller.
fn sweep<T: Copy + Ord + Default>(rows: &KeyRows, mut visit: impl FnMut(u32, T) -> T) {
    let mut fronts = vec![Front::<T>::default(); rows.keys_len()];
    for (transaction, keys) in rows.transactions() {
        let before = keys.iter().map(|(key, access)| fronts[*key as usize].before(*access)).max().unwrap_or_default();
        let value = visit(transaction, before);
        for (key, access) in keys {
            fronts[*key as usize].enter(*access, value);
        }
    }
}

/// See [`super::ConflictGraph::colour_classes`].
pub(super) fn colour_classes(rows: &KeyRows) -> Vec<Vec<u32>> {
    let mut classes: Vec<Vec<u32>> = Vec::new();
    sweep(rows, |transaction, before: usize| {
        if before == classes.len() {
            classes.push(Vec::new());
        }
        classes[before].push(transaction);
        before + 1
    });
    classes
}

/// See [`super::ConflictGraph::critical_path`].
pub(super) fn critical_path(rows: &KeyRows, costs: &[u64]) -> CriticalPath {
    // A value is when a transaction ends and, one more than, its number; zero for none.
    let mut waits_for = vec![0u32; rows.transactions_len()];
    let mut last = (0u64, 0u32);
    sweep(rows, |transaction, (start, before): (u64, u32)| {
        waits_for[transaction as usize] = before;
        let end = (start.saturating_add(costs[transaction as usize]), transaction + 1);
        last = last.max(end);
        end
    });
    let chain = std::iter::successors(last.1.checked_sub(1), |at| waits_for[*at as usize].checked_sub(1));
    let mut transactions: Vec<u32> = chain.collect();
    transactions.reverse();
    CriticalPath { transactions, length: last.0 }
}
