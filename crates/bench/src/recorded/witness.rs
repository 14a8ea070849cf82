//! What both witness forms come down to: trie nodes, codes and ancestors under one state root.

use std::path::Path;

use primitives::{B256, Bytes, ChainSpec, Header};
use state::{NodeSet, StateError, WitnessState};

use super::{RecordedBlock, RecordedState, Roots, rpc_block::CheckedBlock, sender};
use crate::LoadError;

/// A block and its witness, before the one is held against the other.
pub(super) struct Witnessed {
    pub(super) name: String,
    pub(super) chain: ChainSpec,
    pub(super) checked: CheckedBlock,
    /// Ancestors in any order, the parent among them.
    pub(super) ancestors: Vec<Header>,
    pub(super) nodes: NodeSet,
    pub(super) codes: Vec<Bytes>,
}

impl Witnessed {
    /// Checks the chain of ancestors and opens the tries under the parent's state root.
    pub(super) fn open(self, path: &Path) -> Result<RecordedBlock, LoadError> {
        let Self { name, chain, checked, ancestors, nodes, codes } = self;
        let header = &checked.block.header;
        let hashes = block_hashes(path, header, ancestors.clone())?;
        let parent = ancestors.into_iter().find(|ancestor| ancestor.number + 1 == header.number);
        let parent = parent.ok_or_else(|| LoadError::invalid(path, "the parent's header is missing"))?;
        let state_error = |source| LoadError::State { path: path.to_owned(), source };
        if nodes.get(&parent.state_root).is_none() {
            return Err(state_error(StateError::Missing(format!("the node of the state root {}", parent.state_root))));
        }
        let mut state = WitnessState::new(parent.state_root, &nodes).map_err(|source| state_error(source.into()))?;
        for code in codes {
            state.insert_code(code);
        }
        for (number, hash) in hashes {
            state.insert_block_hash(number, hash);
        }
        let senders = match checked.senders {
            Some(senders) => senders,
            None => sender::recover_all(path, &checked.block.body.transactions, chain.fork_of(header))?,
        };
        let roots = Roots {
            parent_state: Some(parent.state_root),
            state: Some(header.state_root),
            receipts: Some(header.receipts_root),
        };
        Ok(RecordedBlock {
            name,
            chain,
            hash: checked.hash,
            block: checked.block,
            header_known: true,
            ommers_known: checked.ommers_known,
            senders,
            parent: Some(parent),
            state: RecordedState::Witness(state),
            roots,
        })
    }
}

/// The hashes of the ancestors, each proven by the parent hash of the header that follows it.
fn block_hashes(path: &Path, header: &Header, mut ancestors: Vec<Header>) -> Result<Vec<(u64, B256)>, LoadError> {
    ancestors.sort_by_key(|ancestor| std::cmp::Reverse(ancestor.number));
    let (mut number, mut expected) = (header.number, header.parent_hash);
    let mut hashes = Vec::new();
    for ancestor in ancestors {
        if number.checked_sub(1) != Some(ancestor.number) {
            let what = format_args!("ancestor {} is not the parent of block {number}", ancestor.number);
            return Err(LoadError::invalid(path, what));
        }
        let what = format!("the hash of block {}", ancestor.number);
        LoadError::check(path, what, &ancestor.hash_slow(), &expected)?;
        hashes.push((ancestor.number, expected));
        (number, expected) = (ancestor.number, ancestor.parent_hash);
    }
    // The oldest header names one more.
    hashes.extend(number.checked_sub(1).map(|number| (number, expected)));
    Ok(hashes)
}
