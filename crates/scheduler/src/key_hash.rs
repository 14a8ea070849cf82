//! Hashes of accounts and slots, seeded anew for every table owner: keys are chosen by adversaries.

use primitives::{Address, U256, map::DefaultHashBuilder};
use std::hash::{BuildHasher, Hasher};

/// A seed and the two kinds of keys.
#[derive(Clone, Default)]
pub(crate) struct KeyHash(DefaultHashBuilder);

impl KeyHash {
    #[inline]
    pub(crate) fn account(&self, address: &Address) -> u64 {
        let mut hasher = self.0.build_hasher();
        write_address(&mut hasher, address);
        hasher.finish()
    }

    #[inline]
    pub(crate) fn slot(&self, address: &Address, slot: &U256) -> u64 {
        let mut hasher = self.0.build_hasher();
        write_address(&mut hasher, address);
        for limb in slot.as_limbs() {
            hasher.write_u64(*limb);
        }
        hasher.finish()
    }
}

/// Word by word: the generic way hashes byte slices with their length.
#[inline]
fn write_address(hasher: &mut impl Hasher, address: &Address) {
    let word = |at: usize| u64::from_le_bytes(*address[at..].first_chunk().expect("an address has 20 bytes"));
    hasher.write_u64(word(0));
    hasher.write_u64(word(8));
    hasher.write_u32(u32::from_le_bytes(*address[16..].first_chunk().expect("an address has 20 bytes")));
}

impl std::fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyHash")
    }
}
