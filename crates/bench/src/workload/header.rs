//! The header of a generated block.

use primitives::{
    Address, B256, Bytes, Fork, Header, U256,
    alloy_consensus::{BlockBody, proofs},
    alloy_eips::eip7685::EMPTY_REQUESTS_HASH,
    keccak256,
};

/// Base fee of generated blocks, in wei per gas.
pub(super) const BASE_FEE: u64 = 1_000_000_000;

/// The least gas limit of a generated block.
const GAS_LIMIT_MIN: u64 = 60_000_000;

/// What a header says that is not the same in all generated blocks of a fork.
#[derive(Clone, Copy, Debug)]
pub(super) struct HeaderValues {
    pub(super) fork: Fork,
    pub(super) beneficiary: Address,
    /// Gas limits of all transactions, summed.
    pub(super) gas: u64,
    pub(super) blob_gas: u64,
    pub(super) seed: u64,
}

/// Builds the header over a body. What only execution knows is left as in an empty block.
pub(super) fn header<T>(values: &HeaderValues, body: &BlockBody<T>) -> Header
where
    T: primitives::alloy_eips::Encodable2718,
{
    let HeaderValues { fork, beneficiary, gas, blob_gas, seed } = *values;
    let (number, timestamp) = era(fork);
    let since = |first: Fork| fork >= first;
    Header {
        parent_hash: block_hash(number - 1),
        beneficiary,
        transactions_root: proofs::calculate_transaction_root(&body.transactions),
        difficulty: if since(Fork::Paris) { U256::ZERO } else { U256::from(1_000_000_000_000_u64) },
        number,
        gas_limit: gas.max(GAS_LIMIT_MIN),
        timestamp,
        extra_data: Bytes::from_static(b"parallax"),
        mix_hash: keccak256(seed.to_be_bytes()),
        base_fee_per_gas: since(Fork::London).then_some(BASE_FEE),
        withdrawals_root: body.withdrawals.as_ref().map(|list| proofs::calculate_withdrawals_root(list)),
        blob_gas_used: since(Fork::Cancun).then_some(blob_gas),
        excess_blob_gas: since(Fork::Cancun).then_some(0),
        parent_beacon_block_root: since(Fork::Cancun).then(|| keccak256(b"beacon root")),
        requests_hash: since(Fork::Prague).then_some(EMPTY_REQUESTS_HASH),
        ..Header::default()
    }
}

/// The hash that generated states tell for a block.
pub(super) fn block_hash(number: u64) -> B256 {
    keccak256(number.to_be_bytes())
}

/// A block number and timestamp at which the main chain has this fork's rules. Amsterdam has none yet.
pub(super) const fn era(fork: Fork) -> (u64, u64) {
    match fork {
        Fork::Frontier => (1_000_000, 1_455_400_000),
        Fork::Homestead => (1_500_000, 1_463_000_000),
        Fork::Tangerine => (2_500_000, 1_477_000_000),
        Fork::SpuriousDragon => (3_000_000, 1_484_500_000),
        Fork::Byzantium => (5_000_000, 1_517_300_000),
        Fork::Constantinople | Fork::Petersburg => (8_000_000, 1_561_000_000),
        Fork::Istanbul => (10_000_000, 1_588_600_000),
        Fork::Berlin => (12_500_000, 1_622_000_000),
        Fork::London => (14_000_000, 1_642_000_000),
        Fork::Paris => (16_000_000, 1_670_000_000),
        Fork::Shanghai => (18_000_000, 1_693_000_000),
        Fork::Cancun => (20_000_000, 1_717_300_000),
        Fork::Prague => (23_000_000, 1_752_000_000),
        Fork::Osaka => (23_950_000, 1_765_000_000),
        Fork::Amsterdam => (30_000_000, 1_900_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use primitives::ChainSpec;

    #[test]
    fn eras_fit_the_main_chain() {
        let chain = ChainSpec::mainnet();
        for fork in Fork::ALL.into_iter().filter(|fork| !matches!(fork, Fork::Constantinople | Fork::Amsterdam)) {
            let (number, timestamp) = era(fork);
            assert_eq!(chain.fork_at(number, timestamp), fork);
        }
    }
}
