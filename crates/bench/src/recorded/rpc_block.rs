//! A block as `eth_getBlockByNumber(n, true)` gives it.

use std::path::Path;

use primitives::{
    Address, B256, Block, Header, Transaction,
    alloy_consensus::{BlockBody, EMPTY_OMMER_ROOT_HASH, proofs},
    alloy_eips::eip4895::{Withdrawal, Withdrawals},
};
use serde::Deserialize;

use crate::LoadError;

/// The parts of the answer that matter here; the others are derived from these.
#[derive(Deserialize)]
pub(super) struct RpcBlock {
    pub(super) hash: B256,
    #[serde(flatten)]
    pub(super) header: Header,
    pub(super) transactions: Vec<RpcTransaction>,
    #[serde(default)]
    pub(super) withdrawals: Option<Vec<Withdrawal>>,
    /// The uncles' hashes.
    #[serde(default)]
    pub(super) uncles: Option<Vec<B256>>,
}

/// A transaction of such a block.
#[derive(Deserialize)]
pub(super) struct RpcTransaction {
    pub(super) from: Option<Address>,
    #[serde(flatten)]
    pub(super) signed: Transaction,
}

/// A block that is what it claims to be, its uncles perhaps left out.
pub(super) struct CheckedBlock {
    pub(super) hash: B256,
    pub(super) block: Block,
    /// As recorded; `None` if one is not.
    pub(super) senders: Option<Vec<Address>>,
    pub(super) ommers_known: bool,
}

impl RpcBlock {
    /// Puts the block together and compares every commitment in its header that its own content can be held against.
    pub(super) fn check(self, path: &Path, uncles: Option<Vec<Header>>) -> Result<CheckedBlock, LoadError> {
        let Self { hash, header, transactions, withdrawals, uncles: uncle_hashes } = self;
        LoadError::check(path, "the block's hash", &header.hash_slow(), &hash)?;
        let senders = transactions.iter().map(|transaction| transaction.from).collect();
        let transactions: Vec<_> = transactions.into_iter().map(|transaction| transaction.signed).collect();
        let root = proofs::calculate_transaction_root(&transactions);
        LoadError::check(path, "the transactions root", &root, &header.transactions_root)?;
        match (&withdrawals, header.withdrawals_root) {
            (Some(withdrawals), Some(expected)) => {
                let root = proofs::calculate_withdrawals_root(withdrawals);
                LoadError::check(path, "the withdrawals root", &root, &expected)?;
            }
            (None, Some(_)) => return Err(LoadError::invalid(path, "the block has no withdrawals, its header has")),
            (Some(_), None) => return Err(LoadError::invalid(path, "the block has withdrawals, its header has none")),
            (None, None) => {}
        }
        // A block that says that it has no uncles needs none to be recorded.
        let uncles = uncles.or_else(|| uncle_hashes.filter(Vec::is_empty).map(|_| Vec::new()));
        let ommers_known = uncles.is_some() || header.ommers_hash == EMPTY_OMMER_ROOT_HASH;
        let ommers = uncles.unwrap_or_default();
        if ommers_known {
            LoadError::check(path, "the uncles' hash", &proofs::calculate_ommers_root(&ommers), &header.ommers_hash)?;
        }
        let body = BlockBody { transactions, ommers, withdrawals: withdrawals.map(Withdrawals::new) };
        Ok(CheckedBlock { hash, block: Block { header, body }, senders, ommers_known })
    }
}
