//! What time it is on a development chain.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The machine's clock, moved by what developers ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Clock {
    /// Seconds between the machine's clock and the chain's.
    offset_s: i64,
    /// The time of the next block, once.
    next: Option<u64>,
    /// Seconds between a block and its parent, if that is fixed.
    pub(crate) interval_s: Option<u64>,
}

impl Clock {
    /// The time of a block on a parent of this time. Always later than it, or nothing could be built any more: the
    /// greatest time there is has no successor, and is refused where times are set.
    pub(crate) fn next(&self, parent: u64) -> u64 {
        let wanted = match (self.next, self.interval_s) {
            (Some(next), _) => next,
            (None, Some(interval)) => parent.saturating_add(interval),
            (None, None) => self.now(),
        };
        wanted.max(parent.saturating_add(1))
    }

    /// Takes note that a block of this time was made.
    pub(crate) fn made(&mut self, timestamp: u64) {
        if self.next.take().is_some() {
            // From now on the clock runs from the time that was set, as it does on other development nodes.
            self.offset_s = difference(timestamp, now_s());
        }
    }

    pub(crate) fn set_next(&mut self, timestamp: u64) {
        self.next = Some(timestamp);
    }

    /// Sets the time; gives the distance to the machine's clock.
    pub(crate) fn set(&mut self, timestamp: u64) -> u64 {
        self.offset_s = difference(timestamp, now_s());
        self.offset_s.unsigned_abs()
    }

    /// Moves the clock on; gives the sum of all moves.
    pub(crate) fn increase(&mut self, seconds: u64) -> u64 {
        self.offset_s = self.offset_s.saturating_add(i64::try_from(seconds).unwrap_or(i64::MAX));
        u64::try_from(self.offset_s).unwrap_or_default()
    }

    fn now(&self) -> u64 {
        now_s().saturating_add_signed(self.offset_s)
    }
}

fn difference(one: u64, other: u64) -> i64 {
    i64::try_from(i128::from(one) - i128::from(other)).unwrap_or(i64::MAX)
}

/// Milliseconds since 1970, by the machine's clock.
pub(crate) fn now_ms() -> u64 {
    u64::try_from(since_1970().as_millis()).unwrap_or(u64::MAX)
}

/// Seconds since 1970, by the machine's clock.
pub(crate) fn now_s() -> u64 {
    since_1970().as_secs()
}

#[expect(clippy::disallowed_methods, reason = "a node stamps the blocks that it makes; this is the one place")]
fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_only_goes_forward() {
        let mut clock = Clock::default();
        assert_eq!(clock.next(u64::MAX / 2), u64::MAX / 2 + 1);
        clock.set_next(5_000_000_000);
        assert_eq!(clock.next(0), 5_000_000_000);
        clock.made(5_000_000_000);
        assert!((5_000_000_000..5_000_000_100).contains(&clock.next(0)));
        clock.interval_s = Some(12);
        assert_eq!(clock.next(100), 112);
        clock.interval_s = Some(0);
        assert_eq!(clock.next(100), 101);
    }

    #[test]
    fn moves_add_up() {
        let mut clock = Clock::default();
        assert_eq!((clock.increase(10), clock.increase(5)), (10, 15));
        assert!(clock.next(0) >= now_s() + 14);
    }
}
