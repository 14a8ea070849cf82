//! A block of a blockchain test.

use alloy_eip7928::BlockAccessList;
use primitives::{
    Address, B256, Block, Bloom, Bytes, Header, U256,
    alloy_primitives::B64,
    alloy_rlp::{self, Decodable},
};
use serde::Deserialize;

use super::hex;

/// A block as it arrives: its RLP, and what the fixture tells of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FixtureBlock {
    /// The block as a peer would send it. In an invalid block it may be no block at all.
    pub rlp: Bytes,
    /// The header of a valid block.
    pub block_header: Option<FixtureHeader>,
    /// Why the block is invalid, if it is to be: names, any of which will do, with `|` between them.
    pub expect_exception: Option<String>,
    /// The block access list (EIP-7928) of a valid block.
    pub block_access_list: Option<BlockAccessList>,
    /// What an invalid block would be.
    #[serde(rename = "rlp_decoded")]
    pub rlp_decoded: Option<DecodedBlock>,
    /// Which of several competing chains it belongs to.
    #[serde(rename = "chainname")]
    pub chain_name: Option<String>,
    /// The trie nodes, codes and headers that suffice to execute it.
    pub execution_witness: Option<ExecutionWitness>,
}

/// The content of an invalid block, as far as it has the form of one.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DecodedBlock {
    /// Its header.
    pub block_header: Option<FixtureHeader>,
    /// Its block access list.
    pub block_access_list: Option<BlockAccessList>,
}

/// A witness as EIP-8025 has it.
#[derive(Clone, Debug, Deserialize)]
pub struct ExecutionWitness {
    /// Trie nodes.
    pub state: Vec<Bytes>,
    /// Codes.
    pub codes: Vec<Bytes>,
    /// Headers of ancestors, as RLP.
    pub headers: Vec<Bytes>,
}

/// A header under the fixtures' names.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FixtureHeader {
    /// Its hash.
    pub hash: B256,
    /// The parent's hash.
    pub parent_hash: B256,
    /// Hash of the uncles.
    pub uncle_hash: B256,
    /// The beneficiary.
    pub coinbase: Address,
    /// State root after the block.
    pub state_root: B256,
    /// Root of the transactions.
    pub transactions_trie: B256,
    /// Root of the receipts.
    pub receipt_trie: B256,
    /// Bloom filter of the logs.
    pub bloom: Bloom,
    /// Difficulty, zero from Paris on.
    #[serde(deserialize_with = "hex::u256")]
    pub difficulty: U256,
    /// Number.
    #[serde(deserialize_with = "hex::u64")]
    pub number: u64,
    /// Gas limit.
    #[serde(deserialize_with = "hex::u64")]
    pub gas_limit: u64,
    /// Gas used.
    #[serde(deserialize_with = "hex::u64")]
    pub gas_used: u64,
    /// Timestamp.
    #[serde(deserialize_with = "hex::u64")]
    pub timestamp: u64,
    /// Extra data.
    pub extra_data: Bytes,
    /// Mix hash; the random value from Paris on.
    pub mix_hash: B256,
    /// Nonce.
    pub nonce: B64,
    /// Base fee, from London on.
    #[serde(default, deserialize_with = "hex::optional_u64")]
    pub base_fee_per_gas: Option<u64>,
    /// Root of the withdrawals, from Shanghai on.
    pub withdrawals_root: Option<B256>,
    /// Blob gas used, from Cancun on.
    #[serde(default, deserialize_with = "hex::optional_u64")]
    pub blob_gas_used: Option<u64>,
    /// Excess blob gas, from Cancun on.
    #[serde(default, deserialize_with = "hex::optional_u64")]
    pub excess_blob_gas: Option<u64>,
    /// Root of the parent beacon block, from Cancun on.
    pub parent_beacon_block_root: Option<B256>,
    /// Hash of the requests, from Prague on.
    pub requests_hash: Option<B256>,
    /// Hash of the block access list, from Amsterdam on.
    pub block_access_list_hash: Option<B256>,
    /// Slot number, from Amsterdam on.
    #[serde(default, deserialize_with = "hex::optional_u64")]
    pub slot_number: Option<u64>,
}

impl FixtureBlock {
    /// Decodes the block; nothing may follow it.
    pub fn decode(&self) -> Result<Block, alloy_rlp::Error> {
        let mut rest = self.rlp.as_ref();
        let block = Block::decode(&mut rest)?;
        if rest.is_empty() { Ok(block) } else { Err(alloy_rlp::Error::UnexpectedLength) }
    }

    /// The block access list that came with the block, valid or not.
    pub fn access_list(&self) -> Option<&BlockAccessList> {
        let decoded = self.rlp_decoded.as_ref().and_then(|decoded| decoded.block_access_list.as_ref());
        self.block_access_list.as_ref().or(decoded)
    }
}

impl FixtureHeader {
    /// The header without its hash.
    pub fn header(&self) -> Header {
        Header {
            parent_hash: self.parent_hash,
            ommers_hash: self.uncle_hash,
            beneficiary: self.coinbase,
            state_root: self.state_root,
            transactions_root: self.transactions_trie,
            receipts_root: self.receipt_trie,
            logs_bloom: self.bloom,
            difficulty: self.difficulty,
            number: self.number,
            gas_limit: self.gas_limit,
            gas_used: self.gas_used,
            timestamp: self.timestamp,
            extra_data: self.extra_data.clone(),
            mix_hash: self.mix_hash,
            nonce: self.nonce,
            base_fee_per_gas: self.base_fee_per_gas,
            withdrawals_root: self.withdrawals_root,
            blob_gas_used: self.blob_gas_used,
            excess_blob_gas: self.excess_blob_gas,
            parent_beacon_block_root: self.parent_beacon_block_root,
            requests_hash: self.requests_hash,
            block_access_list_hash: self.block_access_list_hash,
            slot_number: self.slot_number,
        }
    }
}
