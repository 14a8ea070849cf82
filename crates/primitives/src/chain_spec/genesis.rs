//! The chain configuration in a genesis file of the form that geth and most other clients take.

use std::{borrow::Cow, collections::BTreeMap};

use alloy_eips::eip7840::BlobParams;
use alloy_primitives::{Address, B256, U256};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    Activation, ChainSpec, ChainSpecError, MAINNET_DEPOSIT_CONTRACT, MAINNET_MERGE_BLOCK, ThreadActivation,
    default_blob_params, scheduled_blob_params,
};
use crate::{Fork, ThreadGas};

/// Total difficulty of Ethereum mainnet at which proof of work ended.
const MAINNET_TERMINAL_TOTAL_DIFFICULTY: u128 = 58_750_000_000_000_000_000_000;

impl ChainSpec {
    /// Reads a genesis file, or only its `config` object.
    ///
    /// What is absent never comes into force, with geth's exceptions: Petersburg comes with Constantinople, and blobs
    /// have mainnet's parameters where there is no `blobSchedule`.
    ///
    /// Where `threads` turns threads on, their prices are the public defaults: see [`Self::from_genesis_json_with`].
    pub fn from_genesis_json(json: &str) -> Result<Self, ChainSpecError> {
        Self::from_genesis_json_with(json, None)
    }

    /// The same, with a file of prices for threads. The genesis names it by its hash; any other file is an error.
    pub fn from_genesis_json_with(json: &str, thread_gas: Option<&str>) -> Result<Self, ChainSpecError> {
        let file: GenesisFile<'_> = serde_json::from_str(json)?;
        let config: Config<'_> = match file.config {
            Some(config) => serde_json::from_str(config.get())?,
            None => serde_json::from_str(json)?,
        };
        let mut spec = config.chain_spec()?;
        spec.threads = config.threads.map(|threads| threads.activation(thread_gas)).transpose()?;
        Ok(spec)
    }
}

#[derive(Deserialize)]
struct GenesisFile<'a> {
    #[serde(borrow)]
    config: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Config<'a> {
    chain_id: u64,
    homestead_block: Option<u64>,
    dao_fork_block: Option<u64>,
    #[serde(default)]
    dao_fork_support: bool,
    eip150_block: Option<u64>,
    eip155_block: Option<u64>,
    eip158_block: Option<u64>,
    byzantium_block: Option<u64>,
    constantinople_block: Option<u64>,
    petersburg_block: Option<u64>,
    istanbul_block: Option<u64>,
    muir_glacier_block: Option<u64>,
    berlin_block: Option<u64>,
    london_block: Option<u64>,
    arrow_glacier_block: Option<u64>,
    gray_glacier_block: Option<u64>,
    merge_netsplit_block: Option<u64>,
    /// Above what a JSON number of 64 bits holds on mainnet: kept as it stands.
    #[serde(borrow)]
    terminal_total_difficulty: Option<&'a RawValue>,
    #[serde(default)]
    terminal_total_difficulty_passed: bool,
    shanghai_time: Option<u64>,
    cancun_time: Option<u64>,
    prague_time: Option<u64>,
    osaka_time: Option<u64>,
    bpo1_time: Option<u64>,
    bpo2_time: Option<u64>,
    bpo3_time: Option<u64>,
    bpo4_time: Option<u64>,
    bpo5_time: Option<u64>,
    amsterdam_time: Option<u64>,
    deposit_contract_address: Option<Address>,
    #[serde(borrow, default)]
    blob_schedule: BTreeMap<Cow<'a, str>, BlobParams>,
    threads: Option<ThreadConfig>,
}

/// When threads come into force, and the hash of the file that says what they cost.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ThreadConfig {
    time: u64,
    gas_hash: B256,
}

impl ThreadConfig {
    fn activation(self, file: Option<&str>) -> Result<ThreadActivation, ChainSpecError> {
        let gas = match file {
            Some(file) if ThreadGas::hash_of(file) == self.gas_hash => ThreadGas::from_json(file)?,
            None if ThreadGas::default_hash() == self.gas_hash => ThreadGas::default(),
            _ => return Err(ChainSpecError::ThreadGasHash(self.gas_hash)),
        };
        Ok(ThreadActivation { timestamp: self.time, gas })
    }
}

impl Config<'_> {
    fn chain_spec(&self) -> Result<ChainSpec, ChainSpecError> {
        let mut spec = ChainSpec {
            chain_id: self.chain_id,
            dao_fork_block: self.dao_fork_block.filter(|_| self.dao_fork_support),
            fork_id_blocks: self.fork_id_blocks(),
            deposit_contract: self.deposit_contract_address.unwrap_or(MAINNET_DEPOSIT_CONTRACT),
            ..ChainSpec::at_fork(Fork::Frontier)
        };
        for (fork, block) in [
            (Fork::Homestead, self.homestead_block),
            (Fork::Tangerine, self.eip150_block),
            (Fork::SpuriousDragon, self.eip158_block.or(self.eip155_block)),
            (Fork::Byzantium, self.byzantium_block),
            (Fork::Constantinople, self.constantinople_block),
            (Fork::Petersburg, self.petersburg_block.or(self.constantinople_block)),
            (Fork::Istanbul, self.istanbul_block),
            (Fork::Berlin, self.berlin_block),
            (Fork::London, self.london_block),
        ] {
            spec.set_activation(fork, block.map_or(Activation::Never, Activation::Block));
        }
        spec.set_activation(Fork::Paris, self.paris()?);
        for (fork, time) in [
            (Fork::Shanghai, self.shanghai_time),
            (Fork::Cancun, self.cancun_time),
            (Fork::Prague, self.prague_time),
            (Fork::Osaka, self.osaka_time),
            (Fork::Amsterdam, self.amsterdam_time),
        ] {
            spec.set_activation(fork, time.map_or(Activation::Never, Activation::Timestamp));
        }
        self.schedule_blobs(&mut spec)?;
        Ok(spec)
    }

    fn fork_id_blocks(&self) -> Vec<u64> {
        let all = [
            self.homestead_block,
            self.dao_fork_block,
            self.eip150_block,
            self.eip155_block,
            self.eip158_block,
            self.byzantium_block,
            self.constantinople_block,
            self.petersburg_block,
            self.istanbul_block,
            self.muir_glacier_block,
            self.berlin_block,
            self.london_block,
            self.arrow_glacier_block,
            self.gray_glacier_block,
            self.merge_netsplit_block,
        ];
        let mut blocks: Vec<u64> = all.into_iter().flatten().filter(|block| *block > 0).collect();
        blocks.sort_unstable();
        blocks.dedup();
        blocks
    }

    fn paris(&self) -> Result<Activation, ChainSpecError> {
        let difficulty = self.terminal_total_difficulty.map(|raw| total_difficulty(raw.get())).transpose()?;
        let mainnet = Some(U256::from(MAINNET_TERMINAL_TOTAL_DIFFICULTY));
        Ok(match (self.merge_netsplit_block, difficulty) {
            (Some(block), _) => Activation::Block(block),
            (None, Some(U256::ZERO)) => Activation::Block(0),
            (None, difficulty) if self.chain_id == 1 && difficulty == mainnet => Activation::Block(MAINNET_MERGE_BLOCK),
            // A chain that started with proof of stake, as the test networks of clients do.
            (None, _) if self.terminal_total_difficulty_passed && self.shanghai_time == Some(0) => Activation::Block(0),
            (None, Some(difficulty)) => Activation::TotalDifficulty(difficulty),
            (None, None) => Activation::Never,
        })
    }

    fn schedule_blobs(&self, spec: &mut ChainSpec) -> Result<(), ChainSpecError> {
        for (name, fork, time) in [
            ("cancun", Fork::Cancun, self.cancun_time),
            ("prague", Fork::Prague, self.prague_time),
            ("osaka", Fork::Osaka, self.osaka_time),
            ("bpo1", Fork::Osaka, self.bpo1_time),
            ("bpo2", Fork::Osaka, self.bpo2_time),
            ("bpo3", Fork::Osaka, self.bpo3_time),
            ("bpo4", Fork::Osaka, self.bpo4_time),
            ("bpo5", Fork::Osaka, self.bpo5_time),
            ("amsterdam", Fork::Amsterdam, self.amsterdam_time),
        ] {
            let Some(time) = time else { continue };
            let stated = self.blob_schedule.get(name).map(|stated| {
                scheduled_blob_params(fork, stated.target_blob_count, stated.max_blob_count, stated.update_fraction)
            });
            let params = match (stated, name) {
                (Some(params), _) => params,
                // Amsterdam changes no blob parameter: those before it hold on.
                (None, "amsterdam") => continue,
                (None, "cancun" | "prague" | "osaka") => {
                    default_blob_params(fork).ok_or_else(|| ChainSpecError::MissingBlobParams(name.to_owned()))?
                }
                (None, _) => return Err(ChainSpecError::MissingBlobParams(name.to_owned())),
            };
            spec.set_blob_params(time, params);
        }
        Ok(())
    }
}

/// A JSON number, or a string that holds one, in decimal or in hexadecimal with `0x`.
fn total_difficulty(raw: &str) -> Result<U256, ChainSpecError> {
    raw.trim_matches('"')
        .parse()
        .map_err(|_| ChainSpecError::Number { field: "terminalTotalDifficulty", value: raw.to_owned() })
}
