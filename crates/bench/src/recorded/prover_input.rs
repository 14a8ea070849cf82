//! What a stateless prover is given: one block, and the trie nodes, codes and ancestors that it needs.

use std::path::Path;

use primitives::{B256, Bytes, ChainSpec, Header, Transaction, alloy_eips::eip4895::Withdrawal};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    RecordedBlock, name_of,
    rpc_block::{RpcBlock, RpcTransaction},
    witness::Witnessed,
};
use crate::{LoadError, files};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProverInput {
    blocks: Vec<InputBlock>,
    witness: InputWitness,
    chain_config: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct InputBlock {
    header: InputHeader,
    transaction: Vec<Transaction>,
    #[serde(default)]
    uncles: Vec<Header>,
    withdrawals: Option<Vec<Withdrawal>>,
}

#[derive(Deserialize)]
struct InputHeader {
    hash: B256,
    #[serde(flatten)]
    header: Header,
}

#[derive(Deserialize)]
struct InputWitness {
    state: Vec<Bytes>,
    codes: Vec<Bytes>,
    ancestors: Vec<Header>,
}

/// Reads the one block.
pub(super) fn load(path: &Path, json: &[u8]) -> Result<RecordedBlock, LoadError> {
    let ProverInput { mut blocks, witness, chain_config } = files::parse(path, json)?;
    let (Some(block), true) = (blocks.pop(), blocks.is_empty()) else {
        return Err(LoadError::invalid(path, "blocks has not exactly one entry"));
    };
    let chain = match chain_config {
        Some(config) => ChainSpec::from_genesis_json(config.get()).map_err(|error| LoadError::invalid(path, error))?,
        None => ChainSpec::mainnet(),
    };
    let unsent = |signed| RpcTransaction { from: None, signed };
    let rpc_block = RpcBlock {
        hash: block.header.hash,
        header: block.header.header,
        transactions: block.transaction.into_iter().map(unsent).collect(),
        withdrawals: block.withdrawals,
        uncles: None,
    };
    let witnessed = Witnessed {
        name: name_of(path),
        chain,
        checked: rpc_block.check(path, Some(block.uncles))?,
        ancestors: witness.ancestors,
        nodes: witness.state.into_iter().collect(),
        codes: witness.codes,
    };
    witnessed.open(path)
}
