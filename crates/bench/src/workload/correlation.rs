//! The correlation of a block, as requirement E-M13 defines it.

use super::Variable;
use std::collections::BTreeSet;

/// How many transactions share at least one variable with an earlier one. Divided by their number it is the block's
/// correlation.
pub fn correlated_count(touches: &[Vec<Variable>]) -> usize {
    let mut seen = BTreeSet::new();
    let mut count = 0;
    for variables in touches {
        count += usize::from(variables.iter().any(|variable| seen.contains(variable)));
        seen.extend(variables.iter().copied());
    }
    count
}
