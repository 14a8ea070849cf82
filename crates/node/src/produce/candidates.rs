//! What of the pool is tried for a block, and what of that has to go.

use executor::Rejection;
use primitives::{Address, B256, ChainSpec, Header, Transaction, alloy_consensus::Transaction as _, map::AddressSet};
use std::sync::Arc;
use txpool::{Pool, Pooled};

/// Senders whose next transaction had no room, after which no further one is looked for.
const SKIPS_MAX: usize = 64;
/// Bytes of transactions in one block; the rules allow more.
const BYTES_MAX: usize = 4 << 20;

/// A transaction that is tried for a block.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub(super) pooled: Arc<Pooled>,
    /// What the builder gets for each gas.
    pub(super) tip: u128,
}

/// Takes the best until the gas that they may use fills the block. What they leave of it the next block has.
pub(crate) fn choose(pool: &Pool, header: &Header, spec: &ChainSpec) -> Vec<Choice> {
    let params = spec.blob_params_at(header.timestamp);
    let blob_fee = params.map_or(0, |params| params.calc_blob_fee(header.excess_blob_gas.unwrap_or_default()));
    let mut blobs_left = params.map_or(0, |params| params.max_blob_count);
    let (mut gas_left, mut bytes_left, mut skips) = (header.gas_limit, BYTES_MAX, 0);
    let mut chosen = Vec::new();
    let mut best = pool.best(header.base_fee_per_gas.unwrap_or_default(), blob_fee);
    while let Some(offer) = best.next() {
        let pooled = offer.transaction;
        let (gas, bytes) = (pooled.transaction.gas_limit(), pooled.encoded_len());
        let blobs = pooled.transaction.blob_versioned_hashes().map_or(0, |hashes| hashes.len() as u64);
        // The first is tried whatever it asks for: if it fits into no block, that is how it leaves the pool.
        let fits = gas <= gas_left && bytes <= bytes_left && blobs <= blobs_left;
        if !fits && !chosen.is_empty() {
            best.skip_sender();
            skips += 1;
            if skips == SKIPS_MAX {
                break;
            }
            continue;
        }
        gas_left = gas_left.saturating_sub(gas);
        bytes_left = bytes_left.saturating_sub(bytes);
        blobs_left = blobs_left.saturating_sub(blobs);
        chosen.push(Choice { pooled: Arc::clone(pooled), tip: offer.tip });
    }
    chosen
}

/// Transactions for one block, in their order, with their senders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Candidates {
    pub(crate) transactions: Vec<Transaction>,
    pub(crate) senders: Vec<Address>,
}

impl Candidates {
    /// These, in this order.
    pub(crate) fn of(chosen: &[Choice]) -> Self {
        let transactions = chosen.iter().map(|choice| choice.pooled.transaction.clone()).collect();
        Self { transactions, senders: chosen.iter().map(|choice| choice.pooled.signer).collect() }
    }

    /// Those that can stand in no block: of each sender the first that was refused, if not for want of room. For want
    /// of room only where the block was empty.
    pub(super) fn refused(&self, rejected: &[(usize, Rejection)], is_empty: bool) -> Vec<B256> {
        let mut seen = AddressSet::default();
        let first = rejected.iter().filter(|(place, _)| self.senders.get(*place).is_some_and(|it| seen.insert(*it)));
        first
            .filter(|(_, rejection)| {
                let is_for_good = matches!(rejection, Rejection::Invalid(_) | Rejection::Form(_));
                is_for_good || is_empty
            })
            .filter_map(|(place, _)| self.transactions.get(*place).map(|transaction| *transaction.tx_hash()))
            .collect()
    }
}
