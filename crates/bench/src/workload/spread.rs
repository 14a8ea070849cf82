//! How transactions spread over shared variables: which transactions meet, and how often.

use super::{SplitMix, Zipf};
use std::fmt;

/// Which of many interchangeable things (recipients, pools, keys) each transaction uses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Spread {
    /// Each its own.
    Independent,
    /// All the same one.
    Hot,
    /// So many percent of the transactions use what a random earlier one uses; all others each their own. This is the
    /// correlation that requirement E-M13 defines, met exactly up to rounding.
    Correlated(u64),
    /// Drawn by Zipf's law.
    Zipf {
        /// Number of things to draw from.
        population: usize,
        /// How uneven; 0 is uniform.
        exponent: f64,
    },
}

impl Spread {
    /// Number of the thing that each of `transactions` uses, and how many things there are.
    pub(super) fn assign(self, transactions: usize, random: &mut SplitMix) -> (Vec<usize>, usize) {
        match self {
            Self::Independent => ((0..transactions).collect(), transactions),
            Self::Hot => (vec![0; transactions], 1),
            Self::Correlated(percent) => correlate(transactions, percent, random),
            Self::Zipf { population, exponent } => {
                let zipf = Zipf::new(population, exponent);
                ((0..transactions).map(|_| zipf.draw(random)).collect(), population.max(1))
            }
        }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Independent => write!(f, "independent"),
            Self::Hot => write!(f, "hot"),
            Self::Correlated(percent) => write!(f, "correlated-{percent}%"),
            Self::Zipf { population, exponent } => write!(f, "zipf-{exponent}-of-{population}"),
        }
    }
}

/// Marks exactly so many percent of the transactions, never the first.
pub(super) fn mark(transactions: usize, percent: u64, random: &mut SplitMix) -> Vec<bool> {
    let count = (transactions as u64 * percent.min(100) + 50) / 100;
    let mut positions: Vec<usize> = (1..transactions).collect();
    random.shuffle(&mut positions);
    let mut marks = vec![false; transactions];
    for position in positions.into_iter().take(count as usize) {
        marks[position] = true;
    }
    marks
}

fn correlate(transactions: usize, percent: u64, random: &mut SplitMix) -> (Vec<usize>, usize) {
    let (mut assigned, mut population) = (Vec::with_capacity(transactions), 0);
    for is_correlated in mark(transactions, percent, random) {
        if is_correlated {
            assigned.push(assigned[random.index(assigned.len())]);
        } else {
            assigned.push(population);
            population += 1;
        }
    }
    (assigned, population)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn repeated(spread: Spread, transactions: usize) -> usize {
        let (assigned, population) = spread.assign(transactions, &mut SplitMix::new(3));
        assert_eq!(assigned.len(), transactions);
        assert!(assigned.iter().all(|&thing| thing < population.max(1)));
        transactions - assigned.iter().collect::<BTreeSet<_>>().len()
    }

    #[test]
    fn correlation_is_exact() {
        for (transactions, percent, expected) in
            [(1000, 10, 100), (1000, 0, 0), (200, 50, 100), (10, 100, 9), (1, 10, 0)]
        {
            assert_eq!(repeated(Spread::Correlated(percent), transactions), expected);
        }
    }

    #[test]
    fn extremes() {
        assert_eq!(repeated(Spread::Independent, 100), 0);
        assert_eq!(repeated(Spread::Hot, 100), 99);
        assert_eq!(repeated(Spread::Hot, 0), 0);
        assert!(repeated(Spread::Zipf { population: 20, exponent: 1.0 }, 100) >= 80);
    }
}
