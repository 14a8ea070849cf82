//! The read side of a state, and what can go wrong with it.

use primitives::{Account, Address, B256, Bytes, U256};

/// A state as of one point between two transactions. Law: pure; the same question has the same answer.
///
/// Where several workers share one reader it is asked for as `dyn StateReader + Sync`.
pub trait StateReader {
    /// The account, or `None` if it does not exist.
    fn account(&self, address: Address) -> Result<Option<Account>, StateError>;

    /// The value of a storage slot; zero where nothing was written.
    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError>;

    /// The code with this Keccak-256 hash. Asked for only with the hash of an account that [`Self::account`] gave.
    fn code(&self, hash: B256) -> Result<Bytes, StateError>;

    /// The hash of an ancestor block, one of the last 256; zero if there is no such block.
    fn block_hash(&self, number: u64) -> Result<B256, StateError>;

    /// Whether the account had storage before the block, and neither nonce nor code (EIP-7610: no contract is created
    /// there).
    ///
    /// Nothing in a block makes such an account: storage comes with code, and goes with it. So a view of a block in the
    /// making passes the question on to the state before it.
    fn had_only_storage(&self, address: Address) -> Result<bool, StateError>;

    /// Lends the state, as it is at this moment, to several threads: calls `work` once with a reader that gives the same
    /// answers and may be shared, and says so. A reader that cannot do that calls nothing.
    fn lend(&self, _work: &mut dyn FnMut(&(dyn StateReader + Sync))) -> bool {
        false
    }
}

/// This machine could not answer. Never a verdict on a block.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// The state is partial (a witness) and does not hold what execution asked for.
    #[error("the state does not hold {0}")]
    Missing(String),
    /// Code that an account refers to is not there.
    #[error("no code with hash {0}")]
    MissingCode(B256),
    /// The storage engine failed.
    #[error("storage engine: {0}")]
    Backend(String),
}
