//! Writes that are done together.
//!
//! Keys and values are held as the engine takes them over, so that nothing is copied between here and its memory. They
//! come to it in the order of their keys: what is inserted beside its neighbour finds its place sooner.

use super::{
    seal::seal,
    space::{STAMP, Space},
};
use fjall::Slice;
use rayon::prelude::*;

/// A key and what is written under it; `None` if that goes.
pub(super) type Write = (Slice, Option<Slice>);

/// From so many writes on they are sorted by several workers: below, waking them costs more.
const PARALLEL_MIN: usize = 4096;

/// Writes that are done together. Of several to one key the last counts.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// Of each keyspace, as they came.
    writes: [Vec<Write>; Space::ALL.len()],
}

impl Batch {
    pub(super) fn put(&mut self, space: Space, key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        self.writes[space as usize].push(sealed(space, key.as_ref(), value.as_ref()));
    }

    pub(super) fn remove(&mut self, space: Space, key: impl AsRef<[u8]>) {
        self.writes[space as usize].push((key.as_ref().into(), None));
    }

    /// Adds writes that are sealed already.
    pub(super) fn extend(&mut self, space: Space, writes: impl IntoIterator<Item = Write>) {
        self.writes[space as usize].extend(writes);
    }

    /// Says in every keyspace that block `number` is the last; `None` if the store is empty again.
    pub(super) fn stamp(&mut self, number: Option<u64>) {
        for space in Space::ALL {
            match number {
                Some(number) => self.put(space, STAMP, number.to_be_bytes()),
                None => self.remove(space, STAMP),
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.writes.iter().map(Vec::len).sum()
    }

    /// The writes of each keyspace, one for each key, in the order of the keys.
    pub(super) fn into_sorted(mut self) -> impl Iterator<Item = (Space, Vec<Write>)> {
        if self.len() < PARALLEL_MIN {
            self.writes.iter_mut().for_each(sort);
        } else {
            self.writes.par_iter_mut().for_each(sort);
        }
        Space::ALL.into_iter().zip(self.writes)
    }
}

/// A value with its checksum, under its key. A node of a trie has none: the hash in its parent is a better one.
pub(super) fn sealed(space: Space, key: &[u8], value: &[u8]) -> Write {
    let is_bare = space == Space::Nodes && key != STAMP;
    (key.into(), Some(if is_bare { value.into() } else { seal(space, key, value) }))
}

/// Most come sorted, or in a few sorted rows, which this sort makes use of.
fn sort(writes: &mut Vec<Write>) {
    writes.sort_by(|(one, _), (other, _)| one.cmp(other));
    writes.dedup_by(|later, earlier| {
        let is_same = later.0 == earlier.0;
        if is_same {
            std::mem::swap(later, earlier);
        }
        is_same
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::seal::unseal;

    /// In a few writes and in so many that several workers sort them.
    #[test]
    fn the_last_write_of_a_key_counts_and_keys_come_in_order() {
        for count in [3_u32, PARALLEL_MIN as u32] {
            let mut batch = Batch::default();
            for turn in [0_u8, 1, 2] {
                for number in (0..count).rev() {
                    let key = number.to_be_bytes();
                    match turn {
                        2 if number % 3 == 0 => batch.remove(Space::Index, key),
                        2 if number % 3 == 1 => {}
                        _ => batch.put(Space::Index, key, [turn]),
                    }
                }
            }
            batch.put(Space::Meta, b"other", [7]);
            let mut all = batch.into_sorted();
            let (space, writes) = all.find(|(space, _)| *space == Space::Index).expect("every keyspace comes");
            assert_eq!(writes.len(), count as usize);
            for (number, (key, value)) in (0..).zip(&writes) {
                assert_eq!(**key, u32::to_be_bytes(number));
                let value = value.as_ref().map(|value| unseal(space, key, value).expect("whole").to_vec());
                assert_eq!(value, [None, Some(vec![1]), Some(vec![2])][number as usize % 3], "{number}");
            }
            let meta = all.find(|(space, _)| *space == Space::Meta).expect("every keyspace comes");
            assert_eq!(meta.1.len(), 1);
        }
    }

    #[test]
    fn nodes_are_not_sealed_but_their_stamp_is() {
        assert_eq!(sealed(Space::Nodes, b"a", &[1; 3]).1.as_deref(), Some(&[1; 3][..]));
        assert_eq!(sealed(Space::Nodes, STAMP, &[1; 8]).1.expect("a value").len(), 12);
    }
}
