//! The chain configuration that a fixture carries.

use std::collections::BTreeMap;

use primitives::{ChainSpec, ChainSpecError, alloy_eips::eip7840::BlobParams};
use serde::Deserialize;

use super::hex;

/// Chain identifier and blob schedule. Older fixtures have none: then it is chain 1 with the usual schedule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FixtureConfig {
    /// The network's name once more, in blockchain tests.
    pub network: Option<String>,
    /// The chain identifier.
    #[serde(rename = "chainid", default = "mainnet_id", deserialize_with = "hex::u64")]
    pub chain_id: u64,
    /// Blob parameters by the fork's name, `BPO1` and the like among them.
    #[serde(rename = "blobSchedule", default)]
    pub blob_schedule: BTreeMap<String, BlobCounts>,
}

/// One entry of a blob schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct BlobCounts {
    /// Blobs a block should have.
    #[serde(deserialize_with = "hex::u64")]
    pub target: u64,
    /// Blobs a block may have.
    #[serde(deserialize_with = "hex::u64")]
    pub max: u64,
    /// How slowly the price moves.
    #[serde(rename = "baseFeeUpdateFraction", deserialize_with = "hex::u128")]
    pub base_fee_update_fraction: u128,
}

impl FixtureConfig {
    /// The rules of the network of this name under this configuration.
    pub fn chain_spec(&self, network: &str) -> Result<ChainSpec, ChainSpecError> {
        let params = |counts: &BlobCounts| BlobParams {
            target_blob_count: counts.target,
            max_blob_count: counts.max,
            update_fraction: counts.base_fee_update_fraction,
            ..BlobParams::cancun()
        };
        let blobs = self.blob_schedule.iter().map(|(name, counts)| (name.clone(), params(counts))).collect();
        ChainSpec::from_fixture(network, self.chain_id, &blobs)
    }
}

impl Default for FixtureConfig {
    fn default() -> Self {
        Self { network: None, chain_id: mainnet_id(), blob_schedule: BTreeMap::new() }
    }
}

const fn mainnet_id() -> u64 {
    1
}
