//! A block's lists against its header.

use super::{TransactionError, transaction};
use crate::transactions_root;
use primitives::{
    B256, Block, ChainSpec, Fork,
    alloy_consensus::Transaction as _,
    alloy_eips::{eip4844::DATA_GAS_PER_BLOB, eip4895::Withdrawal},
    alloy_rlp::{self, Encodable},
    keccak256,
};

/// The most bytes that a block may have in RLP from Osaka on: 10 MiB less 2 MiB for the beacon block (EIP-7934).
const RLP_SIZE_MAX: usize = (10 << 20) - (2 << 20);

/// What is wrong with a block's lists.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// A root or hash of a list is not the header's.
    #[error("{what} is {computed}, the header says {header}")]
    Root {
        /// Which one.
        what: &'static str,
        /// Over the list.
        computed: B256,
        /// What the header says.
        header: B256,
    },
    /// There are withdrawals before Shanghai, or none after (EIP-4895).
    #[error("a block of {fork} {}", if *.present { "with withdrawals" } else { "without withdrawals" })]
    Withdrawals {
        /// The rules that hold.
        fork: Fork,
        /// Whether there is a list of them, be it empty.
        present: bool,
    },
    /// A transaction's form is not one of the fork.
    #[error("transaction {index}: {error}")]
    Transaction {
        /// Its position.
        index: usize,
        /// Why.
        error: TransactionError,
    },
    /// The transactions' blobs are not those that the header counts (EIP-4844).
    #[error("{blobs} blobs, the header says {header} blob gas")]
    BlobGasUsed {
        /// Blobs of all transactions.
        blobs: u64,
        /// What the header says.
        header: u64,
    },
    /// More blobs than a block may have.
    #[error("{blobs} blobs, at most {max}")]
    Blobs {
        /// Blobs of all transactions.
        blobs: u64,
        /// The most there may be.
        max: u64,
    },
    /// The block is too large (EIP-7934).
    #[error("{bytes} bytes in RLP, at most {max}")]
    Size {
        /// Its size.
        bytes: usize,
        /// The most there may be.
        max: usize,
    },
}

/// Checks a block's lists against its header and the rules of its fork, all but what [`check_ommers`] looks at.
///
/// [`check_ommers`]: super::check_ommers
pub fn check_body(chain: &ChainSpec, block: &Block) -> Result<(), BodyError> {
    let fork = chain.fork_of(&block.header);
    let (bytes, max) = (block.length(), block_bytes_max(fork));
    if bytes > max {
        return Err(BodyError::Size { bytes, max });
    }
    for (index, transaction) in block.body.transactions.iter().enumerate() {
        transaction::check(fork, transaction).map_err(|error| BodyError::Transaction { index, error })?;
    }
    check_blobs(chain, fork, block)?;
    check_withdrawals(fork, block)?;
    let transactions = transactions_root(&block.body.transactions);
    check_root("transactions root", transactions, block.header.transactions_root)?;
    check_root("ommers hash", keccak256(alloy_rlp::encode(&block.body.ommers)), block.header.ommers_hash)
}

/// The most bytes that a block of the fork may have in RLP.
pub(crate) fn block_bytes_max(fork: Fork) -> usize {
    if fork >= Fork::Osaka { RLP_SIZE_MAX } else { usize::MAX }
}

/// The root over a block's withdrawals.
pub(crate) fn withdrawals_root(withdrawals: &[Withdrawal]) -> B256 {
    let items: Vec<Vec<u8>> = withdrawals.iter().map(alloy_rlp::encode).collect();
    state::ordered_trie_root(&items)
}

fn check_blobs(chain: &ChainSpec, fork: Fork, block: &Block) -> Result<(), BodyError> {
    if fork < Fork::Cancun {
        return Ok(());
    }
    let blobs = block.body.transactions.iter().filter_map(|transaction| transaction.blob_versioned_hashes());
    let blobs: u64 = blobs.map(|hashes| hashes.len() as u64).sum();
    let max = chain.blob_params_at(block.header.timestamp).map_or(0, |params| params.max_blob_count);
    if blobs > max {
        return Err(BodyError::Blobs { blobs, max });
    }
    let header = block.header.blob_gas_used.unwrap_or_default();
    if blobs.checked_mul(DATA_GAS_PER_BLOB) != Some(header) {
        return Err(BodyError::BlobGasUsed { blobs, header });
    }
    Ok(())
}

fn check_withdrawals(fork: Fork, block: &Block) -> Result<(), BodyError> {
    let withdrawals = block.body.withdrawals.as_ref();
    if withdrawals.is_some() != (fork >= Fork::Shanghai) {
        return Err(BodyError::Withdrawals { fork, present: withdrawals.is_some() });
    }
    let Some(withdrawals) = withdrawals else { return Ok(()) };
    let header = block.header.withdrawals_root.unwrap_or_default();
    check_root("withdrawals root", withdrawals_root(withdrawals), header)
}

fn check_root(what: &'static str, computed: B256, header: B256) -> Result<(), BodyError> {
    if computed == header { Ok(()) } else { Err(BodyError::Root { what, computed, header }) }
}

#[cfg(test)]
mod tests;
