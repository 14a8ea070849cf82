//! Why a header may not follow its parent.

use primitives::{B256, Fork, U256};

/// What is wrong with a header.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// It is another block's child.
    #[error("the parent is {parent}, the header names {header}")]
    ParentHash {
        /// Hash of the parent.
        parent: B256,
        /// What the header says.
        header: B256,
    },
    /// Numbers ascend by one.
    #[error("number {header} after {parent}")]
    Number {
        /// Number of the parent.
        parent: u64,
        /// What the header says.
        header: u64,
    },
    /// Time goes forward.
    #[error("timestamp {header} after {parent}")]
    Timestamp {
        /// Timestamp of the parent.
        parent: u64,
        /// What the header says.
        header: u64,
    },
    /// The gas limit has a range of its own: at least 5,000 and below 2^63.
    #[error("gas limit {0} is out of range")]
    GasLimitRange(u64),
    /// The gas limit moves by less than 1/1024 of the parent's (doubled in the first block of London).
    #[error("gas limit {header} is 1/1024 or more away from {parent}")]
    GasLimitStep {
        /// Gas limit to start from.
        parent: u64,
        /// What the header says.
        header: u64,
    },
    /// More gas is used than the limit allows.
    #[error("gas used {used} exceeds the gas limit {limit}")]
    GasUsed {
        /// Gas used.
        used: u64,
        /// Gas limit.
        limit: u64,
    },
    /// Extra data has at most 32 bytes.
    #[error("{0} bytes of extra data")]
    ExtraDataLength(usize),
    /// The ten blocks from the DAO fork on say so (EIP-779).
    #[error("extra data is not dao-hard-fork")]
    DaoExtraData,
    /// A field that the fork has is absent.
    #[error("no {field}, which a block of {fork} has")]
    Missing {
        /// Its name.
        field: &'static str,
        /// The rules that hold.
        fork: Fork,
    },
    /// A field of a later fork is present.
    #[error("{field}, which a block of {fork} does not have")]
    Unexpected {
        /// Its name.
        field: &'static str,
        /// The rules that hold.
        fork: Fork,
    },
    /// The base fee is not what follows from the parent (EIP-1559).
    #[error("base fee {header}, expected {expected}")]
    BaseFee {
        /// What follows from the parent.
        expected: u64,
        /// What the header says.
        header: u64,
    },
    /// The difficulty is not what follows from the parent.
    #[error("difficulty {header}, expected {expected}")]
    Difficulty {
        /// What follows from the parent.
        expected: U256,
        /// What the header says.
        header: U256,
    },
    /// Proof of work after the Merge: the nonce is not zero or there are ommers (EIP-3675).
    #[error("{0} of proof of work after the Merge")]
    Work(&'static str),
    /// Work ends with the block that reaches the chain's terminal total difficulty, and not before (EIP-3675).
    #[error("a block of {fork} after a total difficulty of {total}; work ends at {terminal}")]
    Merge {
        /// The rules that the block's own difficulty speaks for.
        fork: Fork,
        /// Total difficulty up to the parent.
        total: U256,
        /// Where work ends.
        terminal: U256,
    },
    /// Blob gas is not that of a number of blobs that the block may have (EIP-4844).
    #[error("blob gas used {used}, at most {max} in whole blobs")]
    BlobGasUsed {
        /// What the header says.
        used: u64,
        /// The most there may be.
        max: u64,
    },
    /// The excess blob gas is not what follows from the parent.
    #[error("excess blob gas {header}, expected {expected}")]
    ExcessBlobGas {
        /// What follows from the parent.
        expected: u64,
        /// What the header says.
        header: u64,
    },
    /// The chain has blobs and no parameters for them at this time.
    #[error("the chain states no blob parameters for timestamp {0}")]
    NoBlobParams(u64),
}
