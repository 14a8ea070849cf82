//! The calibration probe: how much two threads really get done on this machine at this moment.
//!
//! The work stays in registers, so caches and memory play no part: what is missing from 2.0 was taken by other load, by
//! a shared core or by a falling clock. A ratio of two workers measured beside a probe below [`ACCEPTED`] says little
//! of the engine.

use super::{interval::median, nanoseconds};
use serde::Serialize;
use std::{hint::black_box, thread, time::Instant};

/// From this probe on a measurement with two workers counts.
pub const ACCEPTED: f64 = 1.9;

/// More than two threads can do; a greater probe was disturbed while one thread was measured.
const POSSIBLE_MAX: f64 = 2.1;

/// Multiplications of one thread in one measurement; some ten milliseconds, so that starting a thread does not count.
const STEPS: u64 = 8_000_000;

/// Measurements of either kind, in turn.
const REPEATS: usize = 7;

/// One calibration.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Probe {
    /// Time of the work on one thread.
    pub one_thread_ns: f64,
    /// Time of twice the work on two threads.
    pub two_threads_ns: f64,
    /// How much faster two threads get through the same work: 2 at best.
    pub ratio: f64,
}

impl Probe {
    /// Measures one and two threads in turn and takes the medians.
    pub fn take() -> Self {
        let (mut one, mut two) = (Vec::new(), Vec::new());
        for _ in 0..REPEATS {
            one.push(timed(|| work(1)));
            two.push(timed(|| {
                thread::scope(|scope| {
                    scope.spawn(|| work(2));
                    work(3);
                });
            }));
        }
        let (one, two) = (median(&one), median(&two));
        Self { one_thread_ns: one, two_threads_ns: two, ratio: 2.0 * one / two.max(1.0) }
    }

    /// Whether ratios of two workers that were measured beside it can be believed.
    pub fn is_accepted(&self) -> bool {
        (ACCEPTED..=POSSIBLE_MAX).contains(&self.ratio)
    }
}

fn timed(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    nanoseconds(start.elapsed()) as f64
}

/// A chain of dependent steps that no compiler can shorten: neither the shift nor the product distributes over the other.
fn work(seed: u64) {
    let mut value = black_box(seed);
    for _ in 0..STEPS {
        value = (value ^ (value >> 29)).wrapping_mul(6_364_136_223_846_793_005);
    }
    black_box(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_is_accepted_where_two_threads_had_two_cores() {
        let probe = |ratio| Probe { one_thread_ns: 1.0, two_threads_ns: 1.0, ratio };
        assert_eq!(
            [0.95, 1.89, 1.9, 2.0, 2.05, 2.5].map(|it| probe(it).is_accepted()),
            [false, false, true, true, true, false]
        );
    }
}
