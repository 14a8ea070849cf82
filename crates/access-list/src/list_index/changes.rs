//! Changes of one kind, those of all accounts or slots behind each other.

use std::ops::Range;

/// A range up to so long is searched faster than guessed at.
const SEARCHED_MAX: usize = 8;

/// Values and, apart from them so that a search stays within few cache lines, their positions. Within the range of
/// one account or slot the positions ascend.
#[derive(Debug)]
pub(super) struct Changes<T> {
    positions: Vec<u32>,
    values: Vec<T>,
}

impl<T> Default for Changes<T> {
    fn default() -> Self {
        Self { positions: Vec::new(), values: Vec::new() }
    }
}

impl<T: Copy> Changes<T> {
    /// None yet, with room for so many.
    pub(super) fn with_capacity(changes: usize) -> Self {
        Self { positions: Vec::with_capacity(changes), values: Vec::with_capacity(changes) }
    }

    /// Appends a change.
    pub(super) fn push(&mut self, position: u64, value: T) {
        self.positions.push(u32::try_from(position).expect("a canonical list has positions of 32 bits"));
        self.values.push(value);
    }

    /// How many there are, as the end of the latest range.
    pub(super) fn end(&self) -> u32 {
        u32::try_from(self.positions.len()).expect("gas bounds the changes of a block")
    }

    pub(super) fn len(&self) -> usize {
        self.positions.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.positions.is_empty()
    }

    /// The last change of the range before `index`, with its position.
    #[inline]
    pub(super) fn before(&self, range: Range<u32>, index: u64) -> Option<(u64, T)> {
        if range.is_empty() {
            return None;
        }
        let start = range.start as usize;
        let count = self.count_before(range, index);
        let found = start + count.checked_sub(1)?;
        Some((self.positions[found].into(), self.values[found]))
    }

    /// The change of the range exactly at `index`.
    #[inline]
    pub(super) fn at(&self, range: Range<u32>, index: u64) -> Option<T> {
        let found = self.count_before(range.clone(), index) + range.start as usize;
        let is_there = found < range.end as usize && u64::from(self.positions[found]) == index;
        is_there.then(|| self.values[found])
    }

    /// The last position of the range below `index`. Looks at the end first: that is where it usually is.
    #[inline]
    pub(super) fn last_before(&self, range: Range<u32>, index: u64) -> Option<u64> {
        let positions = &self.positions[range.start as usize..range.end as usize];
        positions.iter().rev().map(|at| u64::from(*at)).find(|at| *at < index)
    }

    #[inline]
    fn count_before(&self, range: Range<u32>, index: u64) -> usize {
        let positions = &self.positions[range.start as usize..range.end as usize];
        // What changes often usually changes at every position, as the beneficiary's balance does.
        if positions.len() > SEARCHED_MAX {
            let gap = index.saturating_sub(u64::from(positions[0]));
            let guess = usize::try_from(gap).map_or(positions.len(), |gap| gap.min(positions.len()));
            let is_before = |at: usize| u64::from(positions[at]) < index;
            if (guess == 0 || is_before(guess - 1)) && (guess == positions.len() || !is_before(guess)) {
                return guess;
            }
        }
        positions.partition_point(|at| u64::from(*at) < index)
    }
}
