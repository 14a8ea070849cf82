//! Repeated measurements of one thing.

use serde::Serialize;
use std::time::Duration;

/// A median with the interval that it lies in.
///
/// With six runs or more the interval is the distribution-free one between two order statistics that holds the true
/// median with at least 95 % confidence; with fewer there is none, and the least and the greatest value are given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Sample {
    /// The median.
    pub(crate) median_ns: u64,
    /// The lower end of the interval.
    pub(crate) low_ns: u64,
    /// The upper end of the interval.
    pub(crate) high_ns: u64,
    /// How often it was measured.
    pub(crate) runs: usize,
}

impl Sample {
    /// Summarises measurements; zeros if there are none.
    pub(crate) fn of(times: &[Duration]) -> Self {
        let mut sorted: Vec<u64> = times.iter().map(|time| nanoseconds(*time)).collect();
        sorted.sort_unstable();
        let runs = sorted.len();
        let (Some(first), Some(last)) = (sorted.first(), sorted.last()) else { return Self::default() };
        let outer = ranks_outside(runs);
        let (low, high) = (sorted.get(outer).unwrap_or(first), sorted.get(runs - 1 - outer).unwrap_or(last));
        let median_ns = sorted[(runs - 1) / 2].midpoint(sorted[runs / 2]);
        Self { median_ns, low_ns: *low, high_ns: *high, runs }
    }
}

/// A duration in nanoseconds.
pub(crate) fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// How many of the sorted values on either side lie outside the interval of 95 %.
fn ranks_outside(runs: usize) -> usize {
    let mut outer = 0;
    // The probability that at most `outer` of the values lie below the true median.
    let mut term = 0.5_f64.powf(runs as f64);
    let mut below = term;
    loop {
        term *= (runs - outer) as f64 / (outer + 1) as f64;
        below += term;
        if 2.0 * below > 0.05 || outer + 1 >= runs {
            return outer;
        }
        outer += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(times: &[u64]) -> [u64; 3] {
        let times: Vec<_> = times.iter().map(|time| Duration::from_nanos(*time)).collect();
        let Sample { median_ns, low_ns, high_ns, .. } = Sample::of(&times);
        [median_ns, low_ns, high_ns]
    }

    #[test]
    fn few_runs_give_their_range() {
        assert_eq!(sample(&[]), [0, 0, 0]);
        assert_eq!(sample(&[7]), [7, 7, 7]);
        assert_eq!(sample(&[3, 1]), [2, 1, 3]);
        assert_eq!(sample(&[5, 1, 3]), [3, 1, 5]);
    }

    #[test]
    fn ten_runs_leave_one_out_on_either_side() {
        // P(at most one of ten below the median) = 11/1024, both sides 2.1 %; with two it would be 10.9 %.
        assert_eq!(sample(&[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]), [5, 2, 9]);
        assert_eq!(ranks_outside(30), 9);
    }
}
