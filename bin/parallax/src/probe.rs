//! The calibration probe: how much two threads really get done on this machine at this moment.
//!
//! The work stays in registers, so caches and memory play no part: what is missing from 2.0 was taken by other load, by
//! a shared core or by a falling clock. A ratio measured beside a probe below [`ACCEPTED`] says little of the engine.

use serde::Serialize;
use std::{
    hint::black_box,
    thread,
    time::{Duration, Instant},
};

/// From this probe on a measurement counts.
pub(crate) const ACCEPTED: f64 = 1.9;

/// Multiplications of one thread; about ten milliseconds, beside which starting a thread is little.
const STEPS: u64 = 6_000_000;

/// One calibration.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Probe {
    /// Time of the work on one thread.
    pub(crate) one_thread_ns: u64,
    /// Time of twice the work on two threads.
    pub(crate) two_threads_ns: u64,
    /// How much faster two threads get through the same work: 2 at best.
    pub(crate) speed_up: f64,
}

impl Probe {
    /// Measures, three times in turn, and takes the medians.
    pub(crate) fn take() -> Self {
        let (mut one, mut two) = (Vec::new(), Vec::new());
        for _ in 0..3 {
            one.push(timed(|| work(1)));
            two.push(timed(|| {
                thread::scope(|scope| {
                    scope.spawn(|| work(2));
                    work(3);
                });
            }));
        }
        let (one, two) = (median(one), median(two));
        let speed_up = 2.0 * one.as_secs_f64() / two.as_secs_f64().max(f64::MIN_POSITIVE);
        let nanoseconds = crate::sample::nanoseconds;
        Self { one_thread_ns: nanoseconds(one), two_threads_ns: nanoseconds(two), speed_up }
    }

    /// The less favourable of two.
    pub(crate) fn worse(self, other: Self) -> Self {
        if other.speed_up < self.speed_up { other } else { self }
    }
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// A chain of dependent shifts and multiplications, which no compiler can shorten.
fn work(seed: u64) {
    let mut value = black_box(seed);
    for _ in 0..STEPS {
        value = (value ^ (value >> 29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
    black_box(value);
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
