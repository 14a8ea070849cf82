//! State tests: one transaction, in variants, on one state, with its result under each fork.

use std::collections::BTreeMap;

use primitives::{Address, B256, Bytes, ChainSpec, ChainSpecError, Header, Transaction, U256};
use serde::Deserialize;

use super::{Alloc, FixtureConfig, TemplateError, TransactionTemplate, hex};

/// A test as it stands in the fixture.
#[derive(Clone, Debug, Deserialize)]
pub struct StateTest {
    /// The block that the transaction runs in.
    pub env: Environment,
    /// The state before.
    pub pre: Alloc,
    /// The transaction in all its variants.
    pub transaction: TransactionTemplate,
    /// Results, by the network's name.
    pub post: BTreeMap<String, Vec<Expectation>>,
    /// The chain.
    #[serde(default)]
    pub config: FixtureConfig,
}

/// The block that the transaction of a state test runs in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Environment {
    /// Who gets the fees.
    #[serde(rename = "currentCoinbase")]
    pub coinbase: Address,
    /// The block's gas limit.
    #[serde(rename = "currentGasLimit", deserialize_with = "hex::u64")]
    pub gas_limit: u64,
    /// The block's number.
    #[serde(rename = "currentNumber", deserialize_with = "hex::u64")]
    pub number: u64,
    /// The block's timestamp.
    #[serde(rename = "currentTimestamp", deserialize_with = "hex::u64")]
    pub timestamp: u64,
    /// What `DIFFICULTY` gives before Paris.
    #[serde(rename = "currentDifficulty", default, deserialize_with = "hex::u256")]
    pub difficulty: U256,
    /// What `PREVRANDAO` gives from Paris on.
    #[serde(rename = "currentRandom", default, deserialize_with = "hex::optional_u256")]
    pub random: Option<U256>,
    /// The base fee from London on.
    #[serde(rename = "currentBaseFee", default, deserialize_with = "hex::optional_u64")]
    pub base_fee: Option<u64>,
    /// Excess blob gas from Cancun on.
    #[serde(rename = "currentExcessBlobGas", default, deserialize_with = "hex::optional_u64")]
    pub excess_blob_gas: Option<u64>,
    /// The slot number from Amsterdam on.
    #[serde(rename = "slotNumber", default, deserialize_with = "hex::optional_u64")]
    pub slot_number: Option<u64>,
    /// The parent's hash, in older fixtures.
    #[serde(rename = "previousHash")]
    pub previous_hash: Option<B256>,
}

/// The result of one variant under one fork.
#[derive(Clone, Debug, Deserialize)]
pub struct Expectation {
    /// The state root afterwards.
    pub hash: B256,
    /// Keccak-256 of the RLP of the logs.
    pub logs: B256,
    /// Which variant.
    pub indexes: Indexes,
    /// The signed transaction; older fixtures lack it.
    pub txbytes: Option<Bytes>,
    /// Why the transaction is invalid, if it is to be.
    #[serde(rename = "expectException")]
    pub expect_exception: Option<String>,
    /// The whole state afterwards, in newer fixtures.
    pub state: Option<Alloc>,
}

/// Which of the template's inputs make a variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Indexes {
    /// Into data and access lists.
    pub data: usize,
    /// Into gas limits.
    pub gas: usize,
    /// Into values.
    pub value: usize,
}

impl StateTest {
    /// The rules of the network under which the results in `post[network]` hold.
    pub fn chain_spec(&self, network: &str) -> Result<ChainSpec, ChainSpecError> {
        self.config.chain_spec(network)
    }

    /// One variant of the transaction, under a signature that means nothing, and who sends it.
    pub fn transaction(&self, indexes: Indexes) -> Result<(Transaction, Address), TemplateError> {
        Ok((self.transaction.build(indexes, self.config.chain_id)?, self.transaction.sender))
    }
}

impl Environment {
    /// A header with what execution reads of the environment; every root in it is zero.
    pub fn header(&self) -> Header {
        Header {
            parent_hash: self.previous_hash.unwrap_or_default(),
            beneficiary: self.coinbase,
            gas_limit: self.gas_limit,
            number: self.number,
            timestamp: self.timestamp,
            difficulty: self.difficulty,
            mix_hash: self.random.unwrap_or_default().into(),
            base_fee_per_gas: self.base_fee,
            excess_blob_gas: self.excess_blob_gas,
            slot_number: self.slot_number,
            ..Header::default()
        }
    }
}
