//! The splitting algorithm of the micro-contract paper, for comparison only.

use crate::AccessSet;

/// Splits transactions into classes without conflicts by comparing each with every earlier one: O(s·n²) for n
/// transactions of s accesses, as the paper states for its own split module.
///
/// Gives the same classes as [`ConflictGraph::colour_classes`](super::ConflictGraph::colour_classes), which takes
/// O(s·n). Nothing but benchmarks should call this.
pub fn quadratic_colour_classes(sets: &[AccessSet]) -> Vec<Vec<u32>> {
    let mut classes: Vec<Vec<u32>> = Vec::new();
    let mut class_of: Vec<usize> = Vec::with_capacity(sets.len());
    for (transaction, set) in (0u32..).zip(sets) {
        let conflicting = sets.iter().zip(&class_of).filter(|(earlier, _)| earlier.conflicts_with(set));
        let class = conflicting.map(|(_, class)| class + 1).max().unwrap_or(0);
        if class == classes.len() {
            classes.push(Vec::new());
        }
        classes[class].push(transaction);
        class_of.push(class);
    }
    classes
}
