//! How long the split of a block into classes takes, ours and the paper's.

use super::{Passes, interleaved, median, nanoseconds};
use access_list::{AccessSet, ConflictGraph, quadratic_colour_classes};
use std::{convert::Infallible, hint::black_box, time::Instant};

/// Times of both algorithms on the same sets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SplitTimes {
    /// In linear time, by way of the conflict graph.
    pub linear_ns: f64,
    /// The paper's: each transaction against every earlier one.
    pub quadratic_ns: f64,
    /// Number of classes; both algorithms give the same.
    pub classes: usize,
}

/// Measures both, in turn.
///
/// # Panics
///
/// If they disagree.
pub fn split_times(sets: &[AccessSet], passes: Passes) -> SplitTimes {
    let costs = vec![1; sets.len()];
    let linear = || ConflictGraph::from_sets(sets, &costs).colour_classes();
    let classes = linear();
    assert_eq!(classes, quadratic_colour_classes(sets), "both algorithms give the same classes");
    let Ok(times) = interleaved(2, passes, |side| {
        let start = Instant::now();
        let classes = if side == 0 { linear() } else { quadratic_colour_classes(sets) };
        let elapsed = start.elapsed();
        black_box(classes);
        Ok::<_, Infallible>(nanoseconds(elapsed) as f64)
    });
    SplitTimes { linear_ns: median(&times[0]), quadratic_ns: median(&times[1]), classes: classes.len() }
}
