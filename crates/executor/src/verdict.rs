//! Why a block is invalid, and why a block could not be judged.

use crate::{
    Rejection, StepError,
    rules::{BodyError, HeaderError, OmmerError},
};
use primitives::{B256, Bloom, Fork};
use scheduler::ListMismatch;

/// The block is invalid; every node finds the same.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidBlock {
    /// The header may not follow its parent.
    #[error("header: {0}")]
    Header(HeaderError),
    /// The lists are not those of the header, or not of the fork.
    #[error("body: {0}")]
    Body(BodyError),
    /// The uncles may not stand in the block.
    #[error("ommers: {0}")]
    Ommers(OmmerError),
    /// A transaction may not stand where it stands.
    #[error("transaction {index}: {rejection}")]
    Transaction {
        /// Its position.
        index: usize,
        /// Why.
        rejection: Rejection,
    },
    /// A step outside the transactions failed.
    #[error(transparent)]
    Step(#[from] StepError),
    /// A log of the deposit contract is malformed (EIP-6110).
    #[error("a log of the deposit contract does not hold a deposit")]
    DepositLog,
    /// Gas used by all transactions.
    #[error("gas used is {computed}, the header says {header}")]
    GasUsed {
        /// What execution gave.
        computed: u64,
        /// What the header says.
        header: u64,
    },
    /// Bloom filter over all logs.
    #[error("logs bloom differs from the header's")]
    LogsBloom {
        /// What execution gave.
        computed: Box<Bloom>,
        /// What the header says.
        header: Box<Bloom>,
    },
    /// A root or hash that the header commits to.
    #[error("{what} is {computed}, the header says {header}")]
    Root {
        /// Which one.
        what: &'static str,
        /// What execution gave.
        computed: B256,
        /// What the header says.
        header: B256,
    },
    /// The block access list is not what execution touched.
    #[error("block access list: {0}")]
    AccessList(ListMismatch),
    /// The block access list has more items than the block's gas pays for (EIP-7928).
    #[error("the block access list has {items} items, at most {max}")]
    ListItems {
        /// Accounts plus slots.
        items: u64,
        /// The most there may be.
        max: u64,
    },
    /// The block access list is not in canonical form.
    #[error("block access list: {0}")]
    ListForm(String),
}

/// No result: either the block is invalid, or this machine could not tell.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A verdict.
    #[error("invalid block: {0}")]
    Invalid(#[from] InvalidBlock),
    /// A failure of this machine; says nothing of the block.
    #[error(transparent)]
    Failed(#[from] scheduler::Error),
    /// A failure to read the state outside the transactions.
    #[error("outside the transactions: {0}")]
    State(#[from] state::StateError),
    /// The access list that came with a block is not the one that the header commits to. Says nothing of the block:
    /// whoever sent the list may have sent a wrong one.
    #[error("the access list that was given has the hash {given}, the header commits to {header}")]
    ForeignList {
        /// Hash of what was given.
        given: B256,
        /// What the header says.
        header: B256,
    },
    /// Receipts before Byzantium hold state roots; such blocks are replayed and not built.
    #[error("a block of {0} cannot be built: its receipts hold state roots")]
    TooOld(Fork),
}
