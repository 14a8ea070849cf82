//! A block that is built to be shown, and not kept.

use std::sync::Arc;

use primitives::{
    Address, B256, Bytes, U256,
    alloy_eips::{eip4895::Withdrawal, eip7594::BlobTransactionSidecarVariant},
};

use super::ChainBlock;

/// What the block is built from, as `testing_buildBlockV1` of the execution APIs says it.
#[derive(Clone, Debug, Default)]
pub struct PayloadRequest {
    /// The hash of the block that it follows.
    pub parent: B256,
    /// Seconds since 1970; later than the parent's.
    pub timestamp: u64,
    /// The beacon's randomness.
    pub prev_randao: B256,
    /// Who gets the fees.
    pub beneficiary: Address,
    /// Withdrawals, which count from Shanghai on.
    pub withdrawals: Vec<Withdrawal>,
    /// The root of the parent's beacon block, needed from Cancun on.
    pub beacon_root: Option<B256>,
    /// Transactions as EIP-2718 bytes, all of which have to stand in the block; `None` for what the pool offers.
    pub transactions: Option<Vec<Bytes>>,
    /// Bytes of the proposer's own, at most 32.
    pub extra_data: Bytes,
}

/// The block.
#[derive(Clone, Debug)]
pub struct Payload {
    /// Header and body.
    pub block: ChainBlock,
    /// What its transactions pay beyond the base fee, in wei.
    pub value: U256,
    /// Its requests (EIP-7685), each with its type's byte before it.
    pub requests: Vec<Bytes>,
    /// The blobs of its transactions, as far as they are known, in block order.
    pub sidecars: Vec<Arc<BlobTransactionSidecarVariant>>,
}
