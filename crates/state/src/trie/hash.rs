//! Computing the references that changes have cleared.

use super::{
    Trie,
    encode::encode,
    node::{Child, Node},
};
use alloy_trie::{EMPTY_ROOT_HASH, nodes::RlpNode};
use primitives::{B256, keccak256};
use rayon::prelude::*;
use std::sync::Arc;

/// With fewer changes than this, one worker is done before others have started.
const PARALLEL_CHANGES: usize = 128;
/// How many levels of branches hand their children to other workers: up to 256 pieces of work.
const PARALLEL_LEVELS: usize = 2;

impl Trie {
    /// The root hash. Hashes what has changed since the last call, in the rayon pool this is called from.
    pub fn root(&mut self) -> B256 {
        let Some(root) = &mut self.root else { return EMPTY_ROOT_HASH };
        let levels = if self.dirty < PARALLEL_CHANGES { 0 } else { PARALLEL_LEVELS };
        refresh(root, levels, &mut Vec::new());
        self.dirty = 0;
        root_hash(root)
    }
}

/// The hash of a root; unlike other nodes it is hashed even if it is short.
pub(super) fn root_hash(root: &Child) -> B256 {
    root.reference.as_hash().unwrap_or_else(|| keccak256(&root.reference))
}

/// Computes the reference of a child, and first those it is made of. `buffer` is scratch space.
fn refresh(child: &mut Child, parallel_levels: usize, buffer: &mut Vec<u8>) {
    if !child.is_dirty() {
        return;
    }
    let node = Arc::make_mut(child.node.as_mut().expect("a dirty node is known"));
    match node {
        Node::Leaf { .. } => {}
        Node::Extension { child, .. } => refresh(child, parallel_levels, buffer),
        Node::Branch(branch) if parallel_levels > 0 => {
            let dirty = branch.children_mut().par_iter_mut().filter(|child| child.is_dirty());
            dirty.for_each(|child| refresh(child, parallel_levels - 1, &mut Vec::new()));
        }
        Node::Branch(branch) => {
            for child in branch.children_mut() {
                refresh(child, 0, buffer);
            }
        }
    }
    buffer.clear();
    encode(node, buffer);
    child.reference = RlpNode::from_rlp(buffer);
}
