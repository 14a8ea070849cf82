//! Answers of an Ethereum node, `[query, answer]` by method: blocks, proofs before and after, code.
//!
//! The proofs at n lie in the trie after the block. Their nodes are let in because deleting a key may pull up a sibling
//! that no proof at n-1 passes through, and with them what they may have been before they were pulled up; a node is
//! found by its hash only, so a foreign one does no harm.

use std::path::Path;

use primitives::{Bytes, ChainSpec, Header};
use serde::Deserialize;
use state::NodeSet;

use super::{RecordedBlock, name_of, rpc_block::RpcBlock, witness::Witnessed};
use crate::{LoadError, files};

#[derive(Deserialize)]
struct RpcCache {
    full_blocks: Vec<(BlockQuery, RpcBlock)>,
    proofs: Vec<(BlockQuery, Proof)>,
    #[serde(default)]
    code: Vec<(BlockQuery, Bytes)>,
}

#[derive(Deserialize)]
struct BlockQuery {
    block_no: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Proof {
    account_proof: Vec<Bytes>,
    storage_proof: Vec<SlotProof>,
}

#[derive(Deserialize)]
struct SlotProof {
    proof: Vec<Bytes>,
}

/// Reads the last of the blocks, with the others as its ancestors.
pub(super) fn load(path: &Path, json: &[u8]) -> Result<RecordedBlock, LoadError> {
    let RpcCache { mut full_blocks, proofs, code } = files::parse(path, json)?;
    full_blocks.sort_by_key(|(query, _)| query.block_no);
    let (_, block) = full_blocks.pop().ok_or_else(|| LoadError::invalid(path, "full_blocks is empty"))?;
    let ancestors: Vec<Header> = full_blocks.into_iter().map(|(_, block)| block.header).collect();
    let number = block.header.number;
    let mut nodes = NodeSet::default();
    for (query, proof) in proofs {
        for node in proof.account_proof.into_iter().chain(proof.storage_proof.into_iter().flat_map(|slot| slot.proof)) {
            if query.block_no == number {
                nodes.insert_pulled_up(&node);
            }
            nodes.insert(node);
        }
    }
    let witnessed = Witnessed {
        name: name_of(path),
        chain: ChainSpec::mainnet(),
        checked: block.check(path, None)?,
        ancestors,
        nodes,
        codes: code.into_iter().map(|(_, code)| code).filter(|code| !code.is_empty()).collect(),
    };
    witnessed.open(path)
}
