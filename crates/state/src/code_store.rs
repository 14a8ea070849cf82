//! Code under its hash.

use crate::StateError;
use primitives::{B256, Bytes};

/// A store of contract code, addressed by content.
///
/// Law: `put` is idempotent, and `keccak256(get(h)) == h` for every `h` that `get` answers.
pub trait CodeStore {
    /// Stores a code and gives its Keccak-256 hash.
    fn put(&mut self, code: Bytes) -> Result<B256, StateError>;

    /// The code with this hash; [`StateError::MissingCode`] if it is not there. The empty code is always there.
    fn get(&self, hash: B256) -> Result<Bytes, StateError>;
}
