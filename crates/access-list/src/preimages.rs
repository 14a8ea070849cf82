//! What was hashed while transactions ran: the way back from a storage slot to the key of a mapping.

use primitives::{Bytes, U256, keccak256};
use std::collections::BTreeMap;

/// Inputs of Keccak-256 by their hash.
///
/// Only inputs that a compiler's storage layout makes slots of are worth keeping: 32 bytes for a dynamic array, 64 for
/// the entry of a mapping, more for one whose key is a string. Law: no more than [`Self::INPUTS_MAX`] inputs are held, each
/// of at most [`Self::BYTES_MAX`] bytes; what comes later is not kept, and the slots behind it have no name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preimages {
    by_hash: BTreeMap<U256, Bytes>,
}

impl Preimages {
    /// Inputs that are held, at most.
    pub const INPUTS_MAX: usize = 200_000;
    /// Bytes of one input, at most.
    pub const BYTES_MAX: usize = 256;

    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps an input, if its length is that of one behind a slot.
    pub fn insert(&mut self, input: &[u8]) {
        if Self::is_worth(input.len()) && self.by_hash.len() < Self::INPUTS_MAX {
            self.by_hash.entry(keccak256(input).into()).or_insert_with(|| Bytes::copy_from_slice(input));
        }
    }

    /// Whether an input of this length may lead to a slot.
    pub const fn is_worth(length: usize) -> bool {
        length >= 32 && length <= Self::BYTES_MAX
    }

    /// Number of inputs.
    pub fn len(&self) -> usize {
        self.by_hash.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_hash.is_empty()
    }

    /// The input whose hash is at or closest below a slot, with the distance. Hashes lie so far apart that no other
    /// input can have led there.
    pub fn below(&self, slot: U256) -> Option<(&[u8], U256)> {
        self.by_hash.range(..=slot).next_back().map(|(hash, input)| (input.as_ref(), slot - *hash))
    }
}
