//! Keys on which transactions wait.

use std::cmp::Reverse;

use super::rows::{KeyRows, steps};
use crate::StateKey;

/// A key and what it costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HotKey {
    /// The key.
    pub key: StateKey,
    /// The transactions that have to wait for another one on this key, in block order.
    pub waiting: Vec<u32>,
    /// What this key alone adds to the time of a block with any number of workers: the longest chain of transactions
    /// that wait for each other on it, less its users' greatest cost. Other keys may force the same waits.
    pub lost: u64,
}

/// See [`super::ConflictGraph::hot_keys`].
pub(super) fn hot_keys(rows: &KeyRows, costs: &[u64]) -> Vec<HotKey> {
    let cost = |user: &u32| costs[*user as usize];
    let hot_key = |(key, row)| {
        let waiting = steps(row).skip(1).flatten().map(|(user, _)| *user).collect();
        let greatest_of_steps = steps(row).filter_map(|step| step.iter().map(|(user, _)| cost(user)).max());
        let chain = greatest_of_steps.clone().fold(0, u64::saturating_add);
        let lost = chain - greatest_of_steps.max().unwrap_or(0);
        HotKey { key, waiting, lost }
    };
    let mut hot_keys: Vec<HotKey> = rows.keys().map(hot_key).collect();
    hot_keys.sort_by_key(|hot| (Reverse(hot.lost), Reverse(hot.waiting.len()), hot.key));
    hot_keys
}
