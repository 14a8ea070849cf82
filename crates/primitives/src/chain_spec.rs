//! Which rules hold in which block of a chain.
//!
//! A [`ChainSpec`] is plain data with pure queries: no clock, no network. Forks come into force by block number up to
//! Paris and by timestamp from Shanghai on; Paris itself came by total difficulty, which on every finished chain
//! is a known block. It knows nothing of what the rules are: that is the virtual machine's business.

mod fixture;
mod genesis;

use alloy_consensus::Header;
use alloy_eips::eip7840::BlobParams;
use alloy_primitives::{Address, B256, U256, address};

use crate::{Fork, ThreadGas, ThreadGasError};

/// The contract that takes stakers' deposits on mainnet, and in the official fixtures.
pub const MAINNET_DEPOSIT_CONTRACT: Address = address!("00000000219ab540356cbb839cbe05303d7705fa");

/// How many blocks, from the DAO fork on, had to carry `dao-hard-fork` as extra data.
const DAO_EXTRA_DATA_BLOCKS: u64 = 10;

/// The rules of one chain: its identifier and when each fork comes into force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainSpec {
    /// The identifier that signatures commit to (EIP-155).
    pub chain_id: u64,
    /// The block at whose start the DAO's ether is moved, on chains that took part in that.
    pub dao_fork_block: Option<u64>,
    /// The numbers that the fork identifier (EIP-2124) counts: of every fork by number, also of those that change no rule
    /// of execution, such as a delay of the difficulty bomb. Ascending, each once, without 0.
    pub fork_id_blocks: Vec<u64>,
    /// Where deposit requests (EIP-6110) come from.
    pub deposit_contract: Address,
    /// When contracts may have threads (spec 0005); on no chain of anybody else.
    pub threads: Option<ThreadActivation>,
    /// Whether accounts with code may send, against EIP-3607: on developers' chains, where somebody poses as a contract.
    pub contracts_send: bool,
    /// One for each of [`Fork::ALL`].
    activations: [Activation; Fork::ALL.len()],
    /// Ascending by timestamp.
    blob_schedule: Vec<BlobActivation>,
}

/// When a fork comes into force.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Activation {
    /// Not on this chain.
    #[default]
    Never,
    /// From this block number on.
    Block(u64),
    /// From the first block on that has this timestamp or a later one.
    Timestamp(u64),
    /// After the block whose total difficulty reaches this; only for Paris, where the block is not known beforehand.
    TotalDifficulty(U256),
}

/// From when on contracts may have threads, and what these cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThreadActivation {
    /// The first timestamp.
    pub timestamp: u64,
    /// The prices.
    pub gas: ThreadGas,
}

/// From when on blobs are counted and priced in a certain way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobActivation {
    /// The first timestamp.
    pub timestamp: u64,
    /// Target, maximum and price from then on.
    pub params: BlobParams,
}

impl ChainSpec {
    /// Ethereum mainnet, up to Osaka and its second blob-parameter fork.
    pub fn mainnet() -> Self {
        let mut spec = Self::at_fork(Fork::Frontier);
        spec.dao_fork_block = Some(1_920_000);
        spec.fork_id_blocks = vec![
            1_150_000, 1_920_000, 2_463_000, 2_675_000, 4_370_000, 7_280_000, 9_069_000, 9_200_000, 12_244_000,
            12_965_000, 13_773_000, 15_050_000,
        ];
        for (fork, block) in [
            (Fork::Homestead, 1_150_000),
            (Fork::Tangerine, 2_463_000),
            (Fork::SpuriousDragon, 2_675_000),
            (Fork::Byzantium, 4_370_000),
            (Fork::Constantinople, 7_280_000),
            (Fork::Petersburg, 7_280_000),
            (Fork::Istanbul, 9_069_000),
            (Fork::Berlin, 12_244_000),
            (Fork::London, 12_965_000),
            (Fork::Paris, MAINNET_MERGE_BLOCK),
        ] {
            spec.set_activation(fork, Activation::Block(block));
        }
        for (fork, timestamp) in [
            (Fork::Shanghai, 1_681_338_455),
            (Fork::Cancun, 1_710_338_135),
            (Fork::Prague, 1_746_612_311),
            (Fork::Osaka, 1_764_798_551),
        ] {
            spec.set_activation(fork, Activation::Timestamp(timestamp));
        }
        spec.blob_schedule = [
            (1_710_338_135, BlobParams::cancun()),
            (1_746_612_311, BlobParams::prague()),
            (1_764_798_551, BlobParams::osaka()),
            (1_765_290_071, BlobParams::bpo1()),
            (1_767_747_671, BlobParams::bpo2()),
        ]
        .map(|(timestamp, params)| BlobActivation { timestamp, params })
        .to_vec();
        spec
    }

    /// A chain with identifier 1 on which this fork's rules hold from genesis on, and no later ones ever.
    pub fn at_fork(fork: Fork) -> Self {
        let activations = Fork::ALL.map(|each| if each <= fork { Activation::Block(0) } else { Activation::Never });
        let blob_schedule = default_blob_params(fork).map(|params| BlobActivation { timestamp: 0, params });
        Self {
            chain_id: 1,
            dao_fork_block: None,
            fork_id_blocks: Vec::new(),
            deposit_contract: MAINNET_DEPOSIT_CONTRACT,
            threads: None,
            contracts_send: false,
            activations,
            blob_schedule: blob_schedule.into_iter().collect(),
        }
    }

    /// The rules of a block, by its number and timestamp.
    ///
    /// On a chain whose Paris is [`Activation::TotalDifficulty`] these two do not suffice: ask [`Self::fork_of`].
    pub fn fork_at(&self, number: u64, timestamp: u64) -> Fork {
        let active = |fork: &Fork| match self.activation(*fork) {
            Activation::Never | Activation::TotalDifficulty(_) => false,
            Activation::Block(block) => number >= block,
            Activation::Timestamp(time) => timestamp >= time,
        };
        Fork::ALL.into_iter().rfind(active).unwrap_or(Fork::Frontier)
    }

    /// The rules of the block with this header. Where Paris comes by total difficulty, a block without difficulty
    /// counts as one of Paris; whether it may claim that is for the consensus rules to say.
    pub fn fork_of(&self, header: &Header) -> Fork {
        let fork = self.fork_at(header.number, header.timestamp);
        let merged = matches!(self.activation(Fork::Paris), Activation::TotalDifficulty(_))
            && header.difficulty.is_zero()
            && header.number > 0;
        if merged { fork.max(Fork::Paris) } else { fork }
    }

    /// When this fork comes into force.
    pub fn activation(&self, fork: Fork) -> Activation {
        self.activations[fork as usize]
    }

    /// Changes when a fork comes into force. Forks are not cumulative: set the ones before it too.
    pub fn set_activation(&mut self, fork: Fork, activation: Activation) {
        self.activations[fork as usize] = activation;
    }

    /// How blobs are counted and priced at this time; `None` before Cancun.
    pub fn blob_params_at(&self, timestamp: u64) -> Option<BlobParams> {
        self.blob_schedule.iter().rfind(|entry| timestamp >= entry.timestamp).map(|entry| entry.params)
    }

    /// What threads of contracts cost at this time, if there are any.
    pub fn thread_gas_at(&self, timestamp: u64) -> Option<ThreadGas> {
        self.threads.filter(|threads| timestamp >= threads.timestamp).map(|threads| threads.gas)
    }

    /// The whole blob schedule, ascending.
    pub fn blob_schedule(&self) -> &[BlobActivation] {
        &self.blob_schedule
    }

    /// Whether the DAO's ether is moved at the start of this block.
    pub fn is_dao_fork_block(&self, number: u64) -> bool {
        self.dao_fork_block == Some(number)
    }

    /// Whether this block has to carry `dao-hard-fork` as extra data: the ten from the DAO fork on.
    pub fn requires_dao_extra_data(&self, number: u64) -> bool {
        self.dao_fork_block.is_some_and(|block| number >= block && number - block < DAO_EXTRA_DATA_BLOCKS)
    }

    /// Adds a step to the blob schedule, in its place; one at the same time is replaced.
    pub fn set_blob_params(&mut self, timestamp: u64, params: BlobParams) {
        self.blob_schedule.retain(|entry| entry.timestamp != timestamp);
        self.blob_schedule.push(BlobActivation { timestamp, params });
        self.blob_schedule.sort_by_key(|entry| entry.timestamp);
    }
}

/// A description of a chain that cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChainSpecError {
    /// A fixture names a network that is not known.
    #[error("unknown network {0:?}")]
    UnknownNetwork(String),
    /// The genesis is not JSON, or its `config` has not the form that geth's has.
    #[error("chain configuration: {0}")]
    Json(#[from] serde_json::Error),
    /// A number in the configuration is none.
    #[error("chain configuration: {field} is {value:?}, not a number")]
    Number {
        /// The entry's name.
        field: &'static str,
        /// What stands there.
        value: String,
    },
    /// A blob-parameter fork is scheduled and nothing says what its parameters are.
    #[error("chain configuration: no blobSchedule entry for {0}")]
    MissingBlobParams(String),
    /// The genesis turns threads on with prices that are not at hand.
    #[error("chain configuration: no thread gas file with the hash {0}")]
    ThreadGasHash(B256),
    /// The prices of threads are none.
    #[error(transparent)]
    ThreadGas(#[from] ThreadGasError),
}

const MAINNET_MERGE_BLOCK: u64 = 15_537_394;

/// The blob parameters that a fork has where nothing else is said: mainnet's.
fn default_blob_params(fork: Fork) -> Option<BlobParams> {
    match fork {
        Fork::Cancun => Some(BlobParams::cancun()),
        Fork::Prague => Some(BlobParams::prague()),
        Fork::Osaka => Some(BlobParams::osaka()),
        Fork::Amsterdam => Some(BlobParams::bpo2()),
        _ => None,
    }
}

/// Parameters as a schedule states them, with the two limits that belong to the fork and stand in no schedule.
fn scheduled_blob_params(fork: Fork, target: u64, max: u64, update_fraction: u128) -> BlobParams {
    let base = if fork >= Fork::Osaka { BlobParams::osaka() } else { BlobParams::cancun().with_max_blobs_per_tx(max) };
    BlobParams { target_blob_count: target, max_blob_count: max, update_fraction, ..base }
}

#[cfg(test)]
mod tests;
