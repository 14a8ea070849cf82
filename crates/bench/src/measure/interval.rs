//! A median with the interval that it lies in.

use serde::Serialize;

/// The median of repeated measurements.
///
/// With six or more the interval is the one between two order statistics that holds the true median with at least 95 %
/// confidence, whatever the distribution; with fewer there is none, and the least and the greatest value are given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Interval {
    /// The median.
    pub median: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end of the interval.
    pub high: f64,
}

impl Interval {
    /// Summarises measurements; zeros if there are none.
    pub fn of(values: &[f64]) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let Some(last) = sorted.len().checked_sub(1) else { return Self::default() };
        let outside = ranks_outside(sorted.len());
        Self { median: middle(&sorted), low: sorted[outside], high: sorted[last - outside] }
    }
}

/// The median; zero if there are no values.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    middle(&sorted)
}

fn middle(sorted: &[f64]) -> f64 {
    let len = sorted.len();
    if len == 0 { 0.0 } else { sorted[(len - 1) / 2].midpoint(sorted[len / 2]) }
}

/// How many of `len` sorted values on either side lie outside the interval: the greatest k for which fewer than k + 1
/// of the values lie below the true median with a probability of at most 2.5 %.
fn ranks_outside(len: usize) -> usize {
    let mut term = 0.5_f64.powi(i32::try_from(len).unwrap_or(i32::MAX));
    let mut below = 0.0;
    for rank in 0..len / 2 {
        below += term;
        if below > 0.025 {
            return rank.saturating_sub(1);
        }
        term *= (len - rank) as f64 / (rank + 1) as f64;
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64]) -> [f64; 3] {
        let Interval { median, low, high } = Interval::of(values);
        [median, low, high]
    }

    #[test]
    fn few_measurements_give_their_range() {
        assert_eq!(of(&[]), [0.0; 3]);
        assert_eq!(of(&[7.0]), [7.0; 3]);
        assert_eq!(of(&[3.0, 1.0]), [2.0, 1.0, 3.0]);
        assert_eq!(of(&[5.0, 1.0, 3.0]), [3.0, 1.0, 5.0]);
    }

    #[test]
    fn ten_measurements_leave_one_out_on_either_side() {
        // P(at most one of ten lies below the median) = 11/1024, so both sides 2.1 %; with two it is 10.9 %.
        assert_eq!(of(&[10.0, 9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0]), [5.5, 2.0, 9.0]);
    }

    #[test]
    fn ranks_are_those_of_the_sign_test() {
        // The tables of the sign test: with n = 6, 8, 9, 20 and 30 values, ranks 1, 1, 2, 6 and 10 from either end.
        assert_eq!([5, 6, 8, 9, 20, 30, 100].map(ranks_outside), [0, 0, 0, 1, 5, 9, 39]);
    }
}
