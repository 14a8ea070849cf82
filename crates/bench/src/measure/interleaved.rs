//! Passes over several sides in turn, forwards and backwards: A B C C B A, so that a slow drift of the machine meets all
//! sides alike.

use std::time::{Duration, Instant};

/// How often sides are measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passes {
    /// Measurements of each side.
    pub repeats: usize,
    /// No pass begins after this time, once there are two measurements of each side.
    pub budget: Option<Duration>,
}

impl Passes {
    /// So many measurements of each side, however long that takes.
    pub const fn new(repeats: usize) -> Self {
        Self { repeats, budget: None }
    }
}

/// Calls `measure(side)` for the sides `0..sides`, first once without counting, and gives what it returned: a row for
/// each side, in which column k is of pass k.
pub fn interleaved<T, E>(
    sides: usize,
    passes: Passes,
    mut measure: impl FnMut(usize) -> Result<T, E>,
) -> Result<Vec<Vec<T>>, E> {
    let start = Instant::now();
    for side in 0..sides {
        measure(side)?;
    }
    let mut results: Vec<Vec<T>> = (0..sides).map(|_| Vec::new()).collect();
    for pass in 0..passes.repeats {
        if pass >= 2 && passes.budget.is_some_and(|budget| start.elapsed() > budget) {
            break;
        }
        for step in 0..sides {
            let side = if pass % 2 == 0 { step } else { sides - 1 - step };
            results[side].push(measure(side)?);
        }
    }
    Ok(results)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    #[test]
    fn passes_go_forwards_and_backwards() {
        let mut order = Vec::new();
        let Ok(results) = interleaved(3, Passes::new(2), |side| {
            order.push(side);
            Ok::<_, Infallible>(order.len())
        });
        assert_eq!(order, [0, 1, 2, 0, 1, 2, 2, 1, 0]);
        assert_eq!(results, [[4, 9], [5, 8], [6, 7]]);
    }

    #[test]
    fn a_budget_leaves_two_measurements() {
        let passes = Passes { repeats: 100, budget: Some(Duration::ZERO) };
        let Ok(results) = interleaved(2, passes, |_| Ok::<_, Infallible>(()));
        assert!(results.iter().all(|side| side.len() == 2));
    }
}
