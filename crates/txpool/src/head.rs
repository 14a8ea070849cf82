//! What of the chain's head a transaction is judged by.

use primitives::{Fork, alloy_eips::eip7840::BlobParams};

/// The rules and prices of the block that comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The chain that signatures name.
    pub chain_id: u64,
    /// The rules that hold.
    pub fork: Fork,
    /// Gas of a block.
    pub gas_limit: u64,
    /// Wei per gas; zero before London.
    pub base_fee: u64,
    /// Wei per blob gas.
    pub blob_fee: u128,
    /// How many blobs there may be; `None` before Cancun, or where the chain takes none.
    pub blob_params: Option<BlobParams>,
    /// The least tip that the pool takes from others, in wei per gas.
    pub min_tip: u128,
}
