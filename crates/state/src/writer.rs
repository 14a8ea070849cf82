//! The write side of a state.

use crate::StateError;
use access_list::StateDiff;

/// A state that can take the result of a block.
///
/// Law: a commit is atomic, it is done as a whole or, on an error, not at all; and the state root afterwards depends
/// on the content only, never on the order or the number of commits that led there.
///
/// An account that a diff removes takes its storage with it, whether the diff says `wiped` or not.
pub trait StateWriter {
    /// Writes all changes of `diff`. The caller keeps the law of [`StateDiff`]: no account and no slot stands twice.
    fn commit(&mut self, diff: &StateDiff) -> Result<(), StateError>;
}
