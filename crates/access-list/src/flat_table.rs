//! An open-addressing table from keys to small numbers, the keys kept elsewhere in flat arrays.
//!
//! One cell is eight bytes, so that a probe is one cache line for the table and one for the key itself. The hash is
//! seeded at random for each table: keys are chosen by adversaries. Nothing reads a table in cell order, so the seed
//! can never show in a result.

use std::hash::{BuildHasher, Hasher};

use primitives::{Address, U256, map::DefaultHashBuilder};

use crate::StateKey;

/// Seeded hashes of the keys that this crate looks up.
#[derive(Clone, Default)]
pub(crate) struct KeyHasher(DefaultHashBuilder);

/// A table from a key's hash to the key's number. Load factor at most one half, linear probing, no removal.
#[derive(Clone, Debug, Default)]
pub(crate) struct FlatTable {
    cells: Vec<Cell>,
    len: usize,
}

/// `number` is one more than the key's number; zero marks a free cell.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    hash: u32,
    number: u32,
}

impl KeyHasher {
    #[inline]
    pub(crate) fn address(&self, address: &Address) -> u32 {
        let mut hasher = self.0.build_hasher();
        write_address(&mut hasher, address);
        fold(hasher.finish())
    }

    #[inline]
    pub(crate) fn slot(&self, owner: u32, slot: &U256) -> u32 {
        let mut hasher = self.0.build_hasher();
        hasher.write_u64(owner.into());
        write_slot(&mut hasher, slot);
        fold(hasher.finish())
    }

    #[inline]
    pub(crate) fn key(&self, key: &StateKey) -> u32 {
        let mut hasher = self.0.build_hasher();
        write_address(&mut hasher, &key.address());
        match key {
            StateKey::Balance(_) => hasher.write_u32(0),
            StateKey::Nonce(_) => hasher.write_u32(1),
            StateKey::Code(_) => hasher.write_u32(2),
            StateKey::Existence(_) => hasher.write_u32(3),
            StateKey::Slot(_, slot) => write_slot(&mut hasher, slot),
        }
        fold(hasher.finish())
    }
}

/// Writes an address as numbers, which the hasher takes in without a call.
#[inline]
fn write_address(hasher: &mut impl Hasher, address: &Address) {
    let mut words = [0u8; 24];
    words[..20].copy_from_slice(address.as_slice());
    for word in words.as_chunks::<8>().0 {
        hasher.write_u64(u64::from_le_bytes(*word));
    }
}

#[inline]
fn write_slot(hasher: &mut impl Hasher, slot: &U256) {
    for limb in slot.as_limbs() {
        hasher.write_u64(*limb);
    }
}

impl std::fmt::Debug for KeyHasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyHasher(seed hidden)")
    }
}

#[expect(clippy::cast_possible_truncation, reason = "folding")]
fn fold(hash: u64) -> u32 {
    (hash ^ (hash >> 32)) as u32
}

impl FlatTable {
    /// A table that takes `keys` keys without growing.
    pub(crate) fn with_capacity(keys: usize) -> Self {
        Self { cells: vec![Cell::default(); (keys * 2).next_power_of_two().max(16)], len: 0 }
    }

    /// Forgets all keys and keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.cells.fill(Cell::default());
        self.len = 0;
    }

    /// The number of the key with this hash for which `is_it` holds.
    #[inline]
    pub(crate) fn find(&self, hash: u32, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        if self.cells.is_empty() {
            return None;
        }
        self.probe(hash, is_it).ok()
    }

    /// The number of the key with this hash for which `is_it` holds; where there is none, the key gets `fresh`.
    #[inline]
    pub(crate) fn find_or_insert(&mut self, hash: u32, fresh: u32, is_it: impl Fn(u32) -> bool) -> u32 {
        if self.len * 2 >= self.cells.len() {
            self.grow();
        }
        match self.probe(hash, is_it) {
            Ok(number) => number,
            Err(free) => {
                self.cells[free] = Cell { hash, number: fresh + 1 };
                self.len += 1;
                fresh
            }
        }
    }

    /// The key's number, or else the cell where it would stand.
    #[inline]
    fn probe(&self, hash: u32, is_it: impl Fn(u32) -> bool) -> Result<u32, usize> {
        let mask = self.cells.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let cell = self.cells[at];
            if cell.number == 0 {
                return Err(at);
            }
            if cell.hash == hash && is_it(cell.number - 1) {
                return Ok(cell.number - 1);
            }
            at = (at + 1) & mask;
        }
    }

    #[cold]
    fn grow(&mut self) {
        let cells = std::mem::take(&mut self.cells);
        self.cells = vec![Cell::default(); (cells.len() * 2).max(16)];
        for cell in cells.into_iter().filter(|cell| cell.number != 0) {
            let free = self.probe(cell.hash, |_| false).expect_err("nothing is taken for equal");
            self.cells[free] = cell;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_inserted_and_nothing_else() {
        let keys: Vec<U256> = (0..1000u64).map(|i| U256::from(i * 7)).collect();
        let hasher = KeyHasher::default();
        let mut table = FlatTable::default();
        for (i, key) in (0u32..).zip(&keys) {
            let hash = hasher.slot(3, key);
            assert_eq!(table.find(hash, |n| &keys[n as usize] == key), None);
            assert_eq!(table.find_or_insert(hash, i, |n| &keys[n as usize] == key), i);
        }
        for (i, key) in (0u32..).zip(&keys) {
            let hash = hasher.slot(3, key);
            assert_eq!(table.find(hash, |n| &keys[n as usize] == key), Some(i));
            assert_eq!(table.find_or_insert(hash, 5000, |n| &keys[n as usize] == key), i);
        }
    }

    #[test]
    fn equal_hashes_are_told_apart_by_the_key() {
        let mut table = FlatTable::with_capacity(4);
        for n in 0..100 {
            assert_eq!(table.find_or_insert(42, n, |other| other == n), n);
        }
        assert!((0..100).all(|n| table.find(42, |other| other == n) == Some(n)));
    }
}
