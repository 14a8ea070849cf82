//! What a transaction touched, as far as its commit has to know.
//!
//! The record of a transaction lies in the cache of the core that executed it, and is long. Its footprint is short, and
//! enough to see that nothing of the record has to be looked at again.

use smallvec::SmallVec;

/// The places, among the stamps of a memory, of all that a transaction touched.
#[derive(Debug, Default)]
pub(crate) struct Footprint {
    /// Those of accounts that it changed.
    pub(crate) changed: SmallVec<[u32; 6]>,
    /// Those of other accounts and of slots.
    pub(crate) seen: SmallVec<[u32; 18]>,
    /// Stamps do not tell everything: of the fees, of an assumed nonce, of code.
    pub(crate) is_special: bool,
}

impl Footprint {
    /// Empties it and keeps its memory.
    pub(crate) fn clear(&mut self) {
        self.changed.clear();
        self.seen.clear();
        self.is_special = false;
    }
}
