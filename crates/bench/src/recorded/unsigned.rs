//! A block without signatures and header roots: an environment, transactions with their callers, and a state.
//!
//! Good for "parallel equals serial", for an explanation, and no more. Nothing in it can be held against a hash.

use std::{collections::BTreeMap, path::Path};

use primitives::{
    Address, B256, Block, Bytes, ChainSpec, Fork, Header, ThreadActivation, ThreadGas, Transaction, U256,
    alloy_consensus::{BlockBody, TxEip1559, TxEip2930, TxEip4844, TxEip7702, TxLegacy},
    alloy_eips::{
        eip2930::{AccessList, AccessListItem},
        eip7702::{Authorization, SignedAuthorization},
    },
    alloy_primitives::{TxKind, U64},
};
use serde::Deserialize;

use super::{BLOCK, RecordedBlock, RecordedState, Roots, name_of, pre_state};
use crate::{LoadError, dummy_signature::dummy_signed, files};

/// The file that tells this form from the signed one.
pub(super) const TRANSACTIONS: &str = "txs.json";

#[derive(Deserialize)]
struct Environment {
    number: u64,
    coinbase: Address,
    timestamp: u64,
    gas_limit: u64,
    basefee: Option<u64>,
    #[serde(default)]
    difficulty: U256,
    prevrandao: Option<B256>,
    excess_blob_gas: Option<u64>,
    chain_id: u64,
    spec_id: String,
    /// Contracts may have threads (spec 0005), at the public default prices.
    #[serde(default)]
    threads: bool,
    #[serde(default)]
    block_hashes: BTreeMap<U64, B256>,
}

#[derive(Deserialize)]
struct Call {
    tx_type: u8,
    caller: Address,
    to: Option<Address>,
    nonce: u64,
    value: U256,
    data: Bytes,
    gas_limit: u64,
    gas_price: u128,
    gas_priority_fee: Option<u128>,
    chain_id: Option<u64>,
    #[serde(default)]
    access_list: Vec<Access>,
    #[serde(default)]
    blob_hashes: Vec<B256>,
    #[serde(default)]
    max_fee_per_blob_gas: u128,
    #[serde(default)]
    authorization_list: Vec<Delegation>,
}

#[derive(Deserialize)]
struct Access {
    address: Address,
    storage_keys: Vec<B256>,
}

#[derive(Deserialize)]
struct Delegation {
    chain_id: U256,
    address: Address,
    nonce: u64,
    y_parity: u8,
    r: U256,
    s: U256,
}

/// Loads `block.json`, `txs.json` and `pre_state.json`.
pub(super) fn load(folder: &Path) -> Result<RecordedBlock, LoadError> {
    let block_path = files::require(folder, BLOCK)?;
    let calls_path = files::require(folder, TRANSACTIONS)?;
    let state_path = files::require(folder, "pre_state.json")?;
    let environment: Environment = files::read_json(&block_path)?;
    let calls: Vec<Call> = files::read_json(&calls_path)?;
    let mut state = pre_state::build(&state_path, files::read_json(&state_path)?, &[])?;
    for (number, hash) in &environment.block_hashes {
        state.insert_block_hash(number.to(), *hash);
    }
    let chain = environment.chain_spec().map_err(|what| LoadError::invalid(&block_path, what))?;
    let senders = calls.iter().map(|call| call.caller).collect();
    let transactions = calls
        .into_iter()
        .enumerate()
        .map(|(index, call)| {
            call.into_transaction(environment.chain_id)
                .map_err(|what| LoadError::invalid(&calls_path, format_args!("transaction {index}: {what}")))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let header = environment.header();
    let withdrawals = (chain.fork_of(&header) >= Fork::Shanghai).then(Default::default);
    Ok(RecordedBlock {
        name: name_of(folder),
        chain,
        block: Block { header, body: BlockBody { transactions, ommers: Vec::new(), withdrawals } },
        hash: B256::ZERO,
        header_known: false,
        ommers_known: false,
        senders,
        parent: None,
        state: RecordedState::Listed(state),
        roots: Roots::default(),
    })
}

impl Environment {
    /// Mainnet where that has the stated fork at this block, otherwise a chain that has it from genesis on.
    fn chain_spec(&self) -> Result<ChainSpec, primitives::UnknownFork> {
        let fork: Fork = self.spec_id.parse()?;
        let mainnet = ChainSpec::mainnet();
        let is_mainnet = self.chain_id == mainnet.chain_id && mainnet.fork_at(self.number, self.timestamp) == fork;
        if is_mainnet && !self.threads {
            return Ok(mainnet);
        }
        let mut spec = ChainSpec::at_fork(fork);
        spec.chain_id = self.chain_id;
        spec.threads = self.threads.then(|| ThreadActivation { timestamp: 0, gas: ThreadGas::default() });
        Ok(spec)
    }

    fn header(&self) -> Header {
        let parent = self.number.checked_sub(1).and_then(|parent| self.block_hashes.get(&U64::from(parent)));
        Header {
            parent_hash: parent.copied().unwrap_or_default(),
            beneficiary: self.coinbase,
            number: self.number,
            timestamp: self.timestamp,
            gas_limit: self.gas_limit,
            base_fee_per_gas: self.basefee,
            difficulty: self.difficulty,
            mix_hash: self.prevrandao.unwrap_or_default(),
            excess_blob_gas: self.excess_blob_gas,
            ..Header::default()
        }
    }
}

impl Call {
    fn into_transaction(self, chain_id: u64) -> Result<Transaction, String> {
        let Self { nonce, value, gas_limit, .. } = self;
        let (input, max_fee, tip) = (self.data, self.gas_price, self.gas_priority_fee.unwrap_or_default());
        let to = self.to.map_or(TxKind::Create, TxKind::Call);
        let access_list = access_list(self.access_list);
        let target = || self.to.ok_or_else(|| format!("type {} cannot create a contract", self.tx_type));
        let signed_for = self.chain_id;
        let chain_id = signed_for.unwrap_or(chain_id);
        Ok(match self.tx_type {
            0 => {
                dummy_signed(TxLegacy { chain_id: signed_for, nonce, gas_price: max_fee, gas_limit, to, value, input })
            }
            1 => dummy_signed(TxEip2930 {
                chain_id,
                nonce,
                gas_price: max_fee,
                gas_limit,
                to,
                value,
                access_list,
                input,
            }),
            2 => dummy_signed(TxEip1559 {
                chain_id,
                nonce,
                gas_limit,
                max_fee_per_gas: max_fee,
                max_priority_fee_per_gas: tip,
                to,
                value,
                access_list,
                input,
            }),
            3 => dummy_signed(TxEip4844 {
                chain_id,
                nonce,
                gas_limit,
                max_fee_per_gas: max_fee,
                max_priority_fee_per_gas: tip,
                to: target()?,
                value,
                access_list,
                blob_versioned_hashes: self.blob_hashes,
                max_fee_per_blob_gas: self.max_fee_per_blob_gas,
                input,
            }),
            4 => dummy_signed(TxEip7702 {
                chain_id,
                nonce,
                gas_limit,
                max_fee_per_gas: max_fee,
                max_priority_fee_per_gas: tip,
                to: target()?,
                value,
                access_list,
                authorization_list: self.authorization_list.into_iter().map(Delegation::signed).collect(),
                input,
            }),
            other => return Err(format!("unknown type {other}")),
        })
    }
}

impl Delegation {
    fn signed(self) -> SignedAuthorization {
        let authorization = Authorization { chain_id: self.chain_id, address: self.address, nonce: self.nonce };
        SignedAuthorization::new_unchecked(authorization, self.y_parity, self.r, self.s)
    }
}

fn access_list(items: Vec<Access>) -> AccessList {
    let item = |Access { address, storage_keys }| AccessListItem { address, storage_keys };
    AccessList(items.into_iter().map(item).collect())
}
