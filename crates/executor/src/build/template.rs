//! The header of the next block, as far as its parent and the proposer decide it.

use crate::rules;
use primitives::{Address, B256, Bytes, ChainSpec, Fork, Header, U256, alloy_consensus::EMPTY_OMMER_ROOT_HASH};

/// What a proposer chooses or is told by the consensus layer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// Seconds since 1970; later than the parent's.
    pub timestamp: u64,
    /// Who receives the fees.
    pub beneficiary: Address,
    /// Gas that all transactions together may use. It may differ from the parent's by less than 1/1024.
    pub gas_limit: u64,
    /// The beacon's randomness (EIP-4399), from the Merge on.
    pub prevrandao: B256,
    /// Root of the parent's beacon block (EIP-4788), from Cancun on.
    pub parent_beacon_block_root: Option<B256>,
    /// Up to 32 bytes of the proposer's own. The blocks of the DAO fork have no choice.
    pub extra_data: Bytes,
}

/// The header of a block after `parent`: number, base fee, difficulty and excess blob gas follow from the parent. What
/// the transactions decide is left at nothing.
///
/// That the attributes are in their bounds is for [`rules::check_header`] to say.
pub fn template(chain: &ChainSpec, parent: &Header, attributes: &Attributes) -> Header {
    let mut header = Header {
        parent_hash: parent.hash_slow(),
        ommers_hash: EMPTY_OMMER_ROOT_HASH,
        number: parent.number.saturating_add(1),
        timestamp: attributes.timestamp,
        beneficiary: attributes.beneficiary,
        gas_limit: attributes.gas_limit,
        mix_hash: attributes.prevrandao,
        extra_data: attributes.extra_data.clone(),
        ..Header::default()
    };
    if chain.requires_dao_extra_data(header.number) {
        header.extra_data = Bytes::from_static(b"dao-hard-fork");
    }
    header.difficulty = if chain.fork_of(parent) >= Fork::Paris {
        U256::ZERO
    } else {
        // Where work ends by total difficulty, a header with work speaks for the rules before.
        header.difficulty = U256::ONE;
        rules::difficulty(chain, parent, &header)
    };
    let fork = chain.fork_of(&header);
    header.base_fee_per_gas = (fork >= Fork::London).then(|| rules::base_fee(chain, parent));
    if fork >= Fork::Cancun {
        let params = chain.blob_params_at(header.timestamp);
        header.excess_blob_gas = Some(params.map_or(0, |params| rules::excess_blob_gas(&params, parent)));
        header.parent_beacon_block_root = attributes.parent_beacon_block_root;
    }
    header
}
