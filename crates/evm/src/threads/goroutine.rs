//! Who runs which thread next: G, P and C, as the paper calls them.
//!
//! ```text
//!  G: a thread that can run      P: a queue of Gs                    C: whoever comes for work, one thread of the system
//!
//!  Gs ──▶ the P with the least work so far ──▶ by policy ──▶ a C takes the next one, from another P where its own is empty
//! ```
//!
//! Law: each G is taken once. In which order they are decides about time only: what they found is compared when they are
//! merged, in the order in which they were spawned.

use crate::sync::Mutex;
use std::{cmp::Reverse, collections::VecDeque};

/// In which order a P hands out its Gs. Those that sleep less come first under each of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QueuePolicy {
    /// As they were spawned.
    #[default]
    SpawnOrder,
    /// The one that was spawned last first.
    LastFirst,
    /// The one with the least gas first.
    ShortTaskFirst,
    /// The one with the most gas first.
    LongTaskFirst,
}

impl QueuePolicy {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::SpawnOrder, Self::LastFirst, Self::ShortTaskFirst, Self::LongTaskFirst];

    fn sort(self, queue: &mut [G]) {
        match self {
            Self::SpawnOrder => queue.sort_by_key(|g| (g.sleep, g.position)),
            Self::LastFirst => queue.sort_by_key(|g| (g.sleep, Reverse(g.position))),
            Self::ShortTaskFirst => queue.sort_by_key(|g| (g.sleep, g.gas, g.position)),
            Self::LongTaskFirst => queue.sort_by_key(|g| (g.sleep, Reverse(g.gas), g.position)),
        }
    }
}

/// A thread that can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct G {
    /// Its position among those that can run, in the order of their spawns.
    pub(crate) position: usize,
    /// Its slice: the most that it can cost.
    pub(crate) gas: u64,
    /// Steps of logical delay.
    pub(crate) sleep: u64,
}

/// One queue for each C.
#[derive(Debug)]
pub(crate) struct Ps(Mutex<Vec<VecDeque<G>>>);

impl Ps {
    /// Gives each G to the P that has the least gas to run, the first of several.
    pub(crate) fn new(gs: &[G], count: usize, policy: QueuePolicy) -> Self {
        let count = count.clamp(1, gs.len().max(1));
        let mut queues: Vec<Vec<G>> = vec![Vec::new(); count];
        let mut loads = vec![0_u64; count];
        for g in gs {
            let least = (0..count).min_by_key(|p| loads[*p]).unwrap_or_default();
            loads[least] = loads[least].saturating_add(g.gas.max(1));
            queues[least].push(*g);
        }
        queues.iter_mut().for_each(|queue| policy.sort(queue));
        Self(Mutex::new(queues.into_iter().map(VecDeque::from).collect()))
    }

    /// The next G for the C whose turn it is: of the Gs that head a queue and sleep least, the one of its own P, or else
    /// of the next P that has one. `None` once all are taken.
    pub(crate) fn take(&self, turn: usize) -> Option<G> {
        let mut queues = self.0.lock();
        let sleep = queues.iter().filter_map(|queue| queue.front()).map(|g| g.sleep).min()?;
        let count = queues.len();
        let is_next = |p: &usize| queues[*p].front().is_some_and(|g| g.sleep == sleep);
        let p = (turn..turn + count).map(|p| p % count).find(is_next)?;
        queues[p].pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn order(gas_and_sleep: &[(u64, u64)], count: usize, policy: QueuePolicy) -> Vec<usize> {
        let gs = (0..).zip(gas_and_sleep).map(|(position, (gas, sleep))| G { position, gas: *gas, sleep: *sleep });
        let ps = Ps::new(&gs.collect::<Vec<_>>(), count, policy);
        (0..).map_while(|turn| ps.take(turn)).map(|g| g.position).collect()
    }

    #[test]
    fn each_policy_has_its_order_and_who_sleeps_comes_later() {
        let gs = [(30, 0), (10, 0), (20, 5), (20, 0)];
        assert_eq!(order(&gs, 1, QueuePolicy::SpawnOrder), [0, 1, 3, 2]);
        assert_eq!(order(&gs, 1, QueuePolicy::LastFirst), [3, 1, 0, 2]);
        assert_eq!(order(&gs, 1, QueuePolicy::ShortTaskFirst), [1, 3, 0, 2]);
        assert_eq!(order(&gs, 1, QueuePolicy::LongTaskFirst), [0, 3, 1, 2]);
        assert_eq!(order(&gs, 4, QueuePolicy::SpawnOrder)[3], 2, "also where another queue has it");
    }

    #[test]
    fn work_is_spread_by_its_gas() {
        // The long one has a queue for itself; the short ones share the other.
        assert_eq!(order(&[(90, 0), (10, 0), (10, 0), (10, 0)], 2, QueuePolicy::SpawnOrder), [0, 1, 2, 3]);
        let ps = Ps::new(&[90, 10, 10, 10].map(|gas| G { position: 0, gas, sleep: 0 }), 2, QueuePolicy::SpawnOrder);
        assert_eq!(ps.0.lock().iter().map(VecDeque::len).collect::<Vec<_>>(), [1, 3]);
    }

    proptest! {
        #[test]
        fn everybody_is_taken_once(
            gs in prop::collection::vec((0..50_u64, 0..3_u64), 0..20),
            count in 0..9_usize,
            policy in prop::sample::select(&QueuePolicy::ALL[..]),
        ) {
            let mut taken = order(&gs, count, policy);
            let sleeps: Vec<u64> = taken.iter().map(|g| gs[*g].1).collect();
            prop_assert!(sleeps.is_sorted(), "{sleeps:?}");
            taken.sort_unstable();
            prop_assert_eq!(taken, (0..gs.len()).collect::<Vec<_>>());
        }
    }
}
