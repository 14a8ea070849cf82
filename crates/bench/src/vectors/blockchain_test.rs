//! Blockchain tests: a genesis state, blocks in the order of their arrival, and the head that must come out.

use primitives::{B256, Bytes, ChainSpec, ChainSpecError};
use serde::Deserialize;

use super::{Alloc, FixtureBlock, FixtureConfig, FixtureHeader};

/// A test as it stands in the fixture.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BlockchainTest {
    /// The network's name.
    pub network: String,
    /// The chain.
    #[serde(default)]
    pub config: FixtureConfig,
    /// `NoProof` in all that are stored: the proof of work need not hold.
    pub seal_engine: Option<String>,
    /// The first block's header.
    pub genesis_block_header: FixtureHeader,
    /// The first block as its RLP.
    #[serde(rename = "genesisRLP")]
    pub genesis_rlp: Option<Bytes>,
    /// The state at genesis.
    pub pre: Alloc,
    /// Blocks, valid and invalid, of one chain or of several that compete.
    pub blocks: Vec<FixtureBlock>,
    /// The hash of the head after the last block.
    #[serde(rename = "lastblockhash")]
    pub last_block_hash: B256,
    /// The state at that head.
    pub post_state: Option<Alloc>,
    /// Its root, where the state itself would be too large.
    pub post_state_hash: Option<B256>,
}

impl BlockchainTest {
    /// The rules of the test's network.
    pub fn chain_spec(&self) -> Result<ChainSpec, ChainSpecError> {
        self.config.chain_spec(&self.network)
    }
}
