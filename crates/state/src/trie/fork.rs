//! The nodes that are stored: branches and extensions, under their path.
//!
//! Leaves are not; they can be made from the flat state. Neither are nodes that their parent embeds.

use super::{
    Trie,
    encode::encode,
    hash::root_hash,
    node::{Child, Node},
};
use alloy_trie::{EMPTY_ROOT_HASH, Nibbles, nodes::RlpNode};
use primitives::B256;
use rayon::prelude::*;
use std::sync::Arc;

/// With more changes than this, the children of upper branches are hashed by several workers.
const PARALLEL_CHANGES: usize = 128;
/// How many levels of branches hand their children to other workers.
const PARALLEL_LEVELS: usize = 2;

/// A branch or an extension as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fork {
    /// Where it stands.
    pub(crate) path: Nibbles,
    /// Its RLP; `None` if its parent embeds it, so that none is stored.
    pub(crate) node: Option<Vec<u8>>,
}

impl Trie {
    /// As [`Trie::root`], and the forks that are other than when this was last asked.
    pub(crate) fn root_and_forks(&mut self) -> (B256, Vec<Fork>) {
        let Some(root) = &mut self.root else { return (EMPTY_ROOT_HASH, Vec::new()) };
        let levels = if self.dirty < PARALLEL_CHANGES { 0 } else { PARALLEL_LEVELS };
        let mut forks = Vec::new();
        refresh(root, Nibbles::new(), levels, &mut forks, &mut Vec::new());
        self.dirty = 0;
        (root_hash(root), forks)
    }

    /// The paths of the known forks that may go when `key` is removed: those on its way, and the extensions beside it.
    pub(crate) fn forks_beside(&self, key: &Nibbles) -> Vec<Nibbles> {
        let mut paths = Vec::new();
        let mut next = self.root.as_ref();
        let mut depth = 0;
        while let Some(node) = next.and_then(|child| child.node.as_deref()) {
            let here = key.slice(..depth);
            match node {
                Node::Leaf { .. } => break,
                Node::Extension { path, child } => {
                    paths.push(here);
                    depth += path.len();
                    next = key.slice(here.len()..).starts_with(path).then_some(child);
                }
                Node::Branch(branch) => {
                    paths.push(here);
                    for (nibble, child) in branch.children() {
                        if matches!(child.node.as_deref(), Some(Node::Extension { .. })) {
                            let mut beside = here;
                            beside.push(nibble);
                            paths.push(beside);
                        }
                    }
                    next = key.get(depth).and_then(|nibble| branch.child(nibble));
                    depth += 1;
                }
            }
        }
        paths
    }

    /// Whether a fork is stored for `path`. A node that is not known counts as one.
    pub(crate) fn has_fork_at(&self, path: &Nibbles) -> bool {
        let Some(mut child) = self.root.as_ref() else { return false };
        let mut depth = 0;
        loop {
            if depth == path.len() {
                let is_leaf = matches!(child.node.as_deref(), Some(Node::Leaf { .. }));
                return !is_leaf && (depth == 0 || child.is_dirty() || child.reference.is_hash());
            }
            match child.node.as_deref() {
                None => return true,
                Some(Node::Leaf { .. }) => return false,
                Some(Node::Extension { path: below, child: next }) => {
                    if !path.slice(depth..).starts_with(below) {
                        return false;
                    }
                    depth += below.len();
                    child = next;
                }
                Some(Node::Branch(branch)) => {
                    let Some(next) = path.get(depth).and_then(|nibble| branch.child(nibble)) else { return false };
                    depth += 1;
                    child = next;
                }
            }
        }
    }
}

/// Computes the reference of a child, and first those it is made of; notes the forks among them, each before those below
/// it, so that they stand in the order of their paths. `buffer` is scratch space.
fn refresh(child: &mut Child, path: Nibbles, parallel_levels: usize, forks: &mut Vec<Fork>, buffer: &mut Vec<u8>) {
    if !child.is_dirty() {
        return;
    }
    let node = Arc::make_mut(child.node.as_mut().expect("a dirty node is known"));
    let place = forks.len();
    if !matches!(node, Node::Leaf { .. }) {
        forks.push(Fork { path, node: None });
    }
    match node {
        Node::Leaf { .. } => {}
        Node::Extension { path: below, child } => refresh(child, path.join(below), parallel_levels, forks, buffer),
        Node::Branch(branch) => {
            let below = |nibble| {
                let mut path = path;
                path.push(nibble);
                path
            };
            let dirty = branch.children_with_nibbles_mut().filter(|(_, child)| child.is_dirty());
            if parallel_levels > 0 {
                let dirty: Vec<_> = dirty.collect();
                let parts = dirty.into_par_iter().map(|(nibble, child)| {
                    let mut forks = Vec::new();
                    refresh(child, below(nibble), parallel_levels - 1, &mut forks, &mut Vec::new());
                    forks
                });
                forks.extend(parts.collect::<Vec<_>>().into_iter().flatten());
            } else {
                dirty.for_each(|(nibble, child)| refresh(child, below(nibble), 0, forks, buffer));
            }
        }
    }
    buffer.clear();
    encode(node, buffer);
    child.reference = RlpNode::from_rlp(buffer);
    let is_stored = path.is_empty() || child.reference.is_hash();
    if !matches!(node, Node::Leaf { .. }) && is_stored {
        forks[place].node = Some(buffer.clone());
    }
}
