//! The codes of a state, each under its hash and under a short id.

use primitives::{B256, Bytes, KECCAK256_EMPTY, map::B256Map};

/// Codes and code hashes. An id is given to every hash that an account names, whether the code is known or not, and
/// never taken back. Id 0 is the empty code.
#[derive(Clone, Debug)]
pub(super) struct Codes {
    ids: B256Map<u32>,
    codes: Vec<(B256, Option<Bytes>)>,
}

impl Codes {
    /// The id of a hash, given now if it has none.
    pub(super) fn id(&mut self, hash: B256) -> u32 {
        if hash == KECCAK256_EMPTY {
            return 0;
        }
        *self.ids.entry(hash).or_insert_with(|| {
            let id = u32::try_from(self.codes.len()).expect("memory holds fewer than 2^32 codes");
            self.codes.push((hash, None));
            id
        })
    }

    /// The hash that has this id. Panics if no hash has it, a bug of the caller.
    pub(super) fn hash(&self, id: u32) -> B256 {
        self.codes[id as usize].0
    }

    pub(super) fn get(&self, hash: B256) -> Option<Bytes> {
        let id = if hash == KECCAK256_EMPTY { 0 } else { *self.ids.get(&hash)? };
        self.codes[id as usize].1.clone()
    }

    /// Stores a code; the caller has checked the hash.
    pub(super) fn insert(&mut self, hash: B256, code: Bytes) {
        let id = self.id(hash);
        self.codes[id as usize].1.get_or_insert(code);
    }
}

impl Default for Codes {
    fn default() -> Self {
        Self { ids: B256Map::default(), codes: vec![(KECCAK256_EMPTY, Some(Bytes::new()))] }
    }
}
