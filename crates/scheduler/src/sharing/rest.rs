//! Leaving something be for a while that did not pay, for longer each time.

use crate::sync::atomic::{AtomicU64, Ordering};
use std::ops::RangeInclusive;

/// Blocks for which something is left be.
#[derive(Debug, Default)]
pub(super) struct Rest {
    /// The first block after them.
    until: AtomicU64,
    /// How many they were the last time, halved with each success since.
    length: AtomicU64,
}

impl Rest {
    /// Whether it may be tried in this block.
    pub(super) fn is_over(&self, block: u64) -> bool {
        self.until.load(Ordering::Relaxed) <= block
    }

    /// It paid: the next rest is a shorter one.
    pub(super) fn shorten(&self) {
        self.length.store(self.length.load(Ordering::Relaxed) / 2, Ordering::Relaxed);
    }

    /// It did not pay in this block: a rest of twice as many as the last begins, within the bounds.
    pub(super) fn begin(&self, block: u64, bounds: RangeInclusive<u64>) {
        let length = (self.length.load(Ordering::Relaxed) * 2).clamp(*bounds.start(), *bounds.end());
        self.length.store(length, Ordering::Relaxed);
        self.until.store(block + length, Ordering::Relaxed);
    }
}

#[cfg(all(test, not(feature = "shuttle")))]
mod tests {
    use super::*;

    #[test]
    fn a_rest_is_twice_as_long_each_time_within_bounds_and_half_after_each_success() {
        let rest = Rest::default();
        assert!(rest.is_over(0), "none was begun");
        let length = |block| {
            rest.begin(block, 3..=10);
            (block..).take_while(|block| !rest.is_over(*block)).count()
        };
        assert_eq!([length(0), length(7), length(50), length(50)], [3, 6, 10, 10]);
        rest.shorten();
        rest.shorten();
        assert_eq!(length(100), 4);
    }
}
