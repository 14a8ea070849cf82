//! Whether the transactions of a block hardly meet, so that it pays to cut it into [`chunks`](crate::chunks): judged by how
//! many met others in the blocks before it, and by how many were executed in vain where one was cut.

use super::rest::Rest;
use crate::sync::atomic::{AtomicU64, Ordering};
use std::ops::RangeInclusive;

/// What cutting a block into chunks saves for each transaction, in nanoseconds, about.
const SAVED_NS: u64 = 1_200;

/// Of so many transactions in a thousand at most that meet others blocks like theirs are cut into chunks, however cheap it is
/// to execute those twice.
const MET_MAX: u64 = 150;

/// Blocks for which nothing is cut into chunks once more than that were executed twice.
const REST: RangeInclusive<u64> = 16..=1024;

/// What is known of it.
#[derive(Debug, Default)]
pub(super) struct Scattered {
    /// Moving average of the transactions that met others where they were executed one by one, in thousandths, and one more;
    /// zero while nothing is known.
    met: AtomicU64,
    /// Nothing is cut into chunks.
    rest: Rest,
}

/// Of how many transactions in a thousand that meet others it pays to execute them twice.
fn met_max(cost_ns: u64) -> u64 {
    (SAVED_NS * 1000).checked_div(cost_ns).map_or(MET_MAX, |most| most.min(MET_MAX))
}

impl Scattered {
    /// Whether so few are likely to meet that it pays, given what one costs; zero if that is not known.
    pub(super) fn is_likely(&self, cost_ns: u64, block: u64) -> bool {
        (1..=met_max(cost_ns)).contains(&self.met.load(Ordering::Relaxed)) && self.rest.is_over(block)
    }

    /// Learns how many of the transactions that were executed one by one met others.
    pub(super) fn learn(&self, met: usize, of: usize) {
        let Some(share) = (met as u64 * 1000).checked_div(of as u64) else { return };
        let known = self.met.load(Ordering::Relaxed);
        let average = if known == 0 { share } else { ((known - 1) * 3 + share) / 4 };
        self.met.store(average.max(share).saturating_add(1), Ordering::Relaxed);
    }

    /// Learns how many transactions of this block, which was cut into chunks, were executed in vain, of those that were decided.
    pub(super) fn learn_chunks(&self, stale: usize, of: usize, cost_ns: u64, block: u64) {
        if (stale as u64).saturating_mul(1000) <= met_max(cost_ns).saturating_mul(of as u64) {
            self.rest.shorten();
        } else {
            self.rest.begin(block, REST);
        }
    }
}

#[cfg(all(test, not(feature = "shuttle")))]
mod tests {
    use super::*;

    #[test]
    fn it_is_likely_once_few_have_met() {
        let scattered = Scattered::default();
        let asked = |met| {
            scattered.learn(met, 100);
            scattered.is_likely(0, 0)
        };
        assert!(!scattered.is_likely(0, 0), "nothing is known");
        assert!(asked(10));
        assert!(!asked(40), "one such block is enough");
        assert!(!asked(0) && (0..10).any(|_| asked(0)), "it takes some to forget it");
    }

    #[test]
    fn what_is_costly_is_not_executed_twice_to_save_little() {
        let scattered = Scattered::default();
        let cost_ns = 20 * SAVED_NS;
        scattered.learn(4, 100);
        assert!(scattered.is_likely(cost_ns, 0), "one of twenty costs what is saved");
        scattered.learn(6, 100);
        assert!(!scattered.is_likely(cost_ns, 0));
    }

    #[test]
    fn after_chunks_in_vain_some_blocks_are_not_cut_and_more_each_time() {
        let scattered = Scattered::default();
        scattered.learn(0, 100);
        let mut block = 0;
        let mut rest = |stale| {
            scattered.learn_chunks(stale, 100, 0, block);
            let before = block;
            block = (block..).find(|block| scattered.is_likely(0, *block)).expect("a rest ends");
            block - before
        };
        assert_eq!([rest(10), rest(20), rest(20)], [0, *REST.start(), 2 * REST.start()]);
        assert_eq!([rest(0), rest(20)], [0, 2 * REST.start()], "halved with each that goes well");
    }
}
