//! Building a trie, or only its root, from all its leaves at once.

use super::{
    Trie,
    encode::{encode, encode_leaf},
    hash::root_hash,
    node::{Branch, Child, Node},
};
use alloy_trie::{EMPTY_ROOT_HASH, Nibbles, nodes::RlpNode};
use primitives::B256;
use rayon::prelude::*;

/// A branch over more leaves than this has its children built by several workers.
const PARALLEL_LEAVES: usize = 2048;

impl Trie {
    /// The trie with these leaves, hashed. Values are not empty and keys differ; of two leaves with one key the first
    /// counts.
    pub fn from_leaves<V: AsRef<[u8]> + Send + Sync>(leaves: Vec<(B256, V)>) -> Self {
        Self { root: build(leaves, true), dirty: 0 }
    }

    /// The root of [`Self::from_leaves`] without keeping the trie: fast, and leaner by far.
    pub fn root_of_leaves<V: AsRef<[u8]> + Send + Sync>(leaves: Vec<(B256, V)>) -> B256 {
        build(leaves, false).map_or(EMPTY_ROOT_HASH, |root| root_hash(&root))
    }
}

fn build<V: AsRef<[u8]> + Send + Sync>(mut leaves: Vec<(B256, V)>, keep: bool) -> Option<Child> {
    leaves.par_sort_by_key(|(key, _)| *key);
    leaves.dedup_by_key(|(key, _)| *key);
    (!leaves.is_empty()).then(|| subtrie(&leaves, 0, keep, &mut Vec::new()))
}

/// The sub-trie of sorted leaves that agree in their first `depth` nibbles. Without `keep` the nodes are dropped as
/// soon as their reference is known.
fn subtrie<V: AsRef<[u8]> + Sync>(leaves: &[(B256, V)], depth: usize, keep: bool, buffer: &mut Vec<u8>) -> Child {
    let (first, value) = &leaves[0];
    let first = Nibbles::unpack(first);
    if leaves.len() == 1 {
        let path = first.slice(depth..);
        buffer.clear();
        encode_leaf(&path, value.as_ref(), buffer);
        let mut child = Child { reference: RlpNode::from_rlp(buffer), node: None };
        if keep {
            child.node = Child::new(Node::leaf(path, value.as_ref())).node;
        }
        return child;
    }
    let cut = first.common_prefix_length(&Nibbles::unpack(leaves[leaves.len() - 1].0));
    let branch = finish(Node::Branch(fork(leaves, cut, keep, buffer)), keep, buffer);
    if cut == depth {
        return branch;
    }
    finish(Node::Extension { path: first.slice(depth..cut), child: Box::new(branch) }, keep, buffer)
}

/// The branch after `cut` nibbles, where the leaves part.
fn fork<V: AsRef<[u8]> + Sync>(leaves: &[(B256, V)], cut: usize, keep: bool, buffer: &mut Vec<u8>) -> Branch {
    let mut branch = Branch::with_capacity(16.min(leaves.len()));
    let groups = leaves.chunk_by(|a, b| nibble(&a.0, cut) == nibble(&b.0, cut));
    if leaves.len() <= PARALLEL_LEAVES {
        for group in groups {
            branch.add(nibble(&group[0].0, cut), subtrie(group, cut + 1, keep, buffer));
        }
        return branch;
    }
    let groups: Vec<_> = groups.collect();
    let children: Vec<_> = groups
        .into_par_iter()
        .map(|group| (nibble(&group[0].0, cut), subtrie(group, cut + 1, keep, &mut Vec::new())))
        .collect();
    for (nibble, child) in children {
        branch.add(nibble, child);
    }
    branch
}

fn finish(node: Node, keep: bool, buffer: &mut Vec<u8>) -> Child {
    buffer.clear();
    encode(&node, buffer);
    let reference = RlpNode::from_rlp(buffer);
    let node = if keep { Child::new(node).node } else { None };
    Child { reference, node }
}

fn nibble(key: &B256, at: usize) -> u8 {
    let byte = key[at / 2];
    if at.is_multiple_of(2) { byte >> 4 } else { byte & 0x0f }
}
