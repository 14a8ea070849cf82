//! Fetching the nodes of a trie that is kept elsewhere.
//!
//! The store keeps branches and extensions under their path; leaves stand in the flat state. What comes from there is
//! hashed and compared with the reference in its parent, so a store cannot give a wrong root, only an error.

use super::{
    NodeSet, Trie, TrieError,
    decode::Resolver,
    encode::encode_leaf,
    node::{Child, Node},
};
use alloy_trie::{Nibbles, nodes::RlpNode};
use primitives::{B256, keccak256};
use rayon::prelude::*;
use std::sync::Arc;

/// With more keys than this below a branch, its children are loaded by several workers.
const PARALLEL_KEYS: usize = 64;

/// Where the nodes of one trie lie while they are not in memory.
pub(crate) trait NodeStore: Sync {
    /// What can go wrong.
    type Error: Send + From<TrieError>;

    /// The encoded branch or extension at `path`; `None` if there is none, so that what stands there is a leaf.
    fn fork(&self, path: &Nibbles) -> Result<Option<Vec<u8>>, Self::Error>;

    /// The leaf with the first key that begins with `path`.
    fn leaf(&self, path: &Nibbles) -> Result<Option<(B256, Vec<u8>)>, Self::Error>;
}

/// A key whose way is wanted, and its leaf where the caller has it at hand.
pub(crate) type Wanted = (B256, Option<Vec<u8>>);

impl Trie {
    /// Makes every node on the way of these keys known. The keys are sorted and differ.
    pub(crate) fn load<S: NodeStore>(&mut self, wanted: &[Wanted], store: &S) -> Result<(), S::Error> {
        match &mut self.root {
            Some(root) => load(root, Nibbles::new(), wanted, store),
            None => Ok(()),
        }
    }

    /// Makes the node at `path` known, all nodes above being known.
    pub(crate) fn load_at<S: NodeStore>(&mut self, path: &Nibbles, store: &S) -> Result<(), S::Error> {
        let missing = || TrieError::Missing { path: *path };
        let mut child = self.root.as_mut().ok_or_else(missing)?;
        let mut depth = 0;
        while depth < path.len() {
            match Arc::make_mut(child.node.as_mut().ok_or_else(missing)?) {
                Node::Leaf { .. } => return Err(missing().into()),
                Node::Extension { path: below, child: next } => {
                    depth += below.len();
                    child = next;
                }
                Node::Branch(branch) => {
                    let nibble = path.get(depth).ok_or_else(missing)?;
                    child = branch.child_mut(nibble).ok_or_else(missing)?;
                    depth += 1;
                }
            }
        }
        know(child, path, &[], store).map(|_| ())
    }
}

fn load<S: NodeStore>(child: &mut Child, path: Nibbles, wanted: &[Wanted], store: &S) -> Result<(), S::Error> {
    if wanted.is_empty() {
        return Ok(());
    }
    match know(child, &path, wanted, store)? {
        Node::Leaf { .. } => Ok(()),
        Node::Extension { path: below, child } => {
            let path = path.join(below);
            let is_below = |(key, _): &Wanted| Nibbles::unpack(key).starts_with(&path);
            let first = wanted.iter().position(is_below).unwrap_or(wanted.len());
            let last = wanted.iter().rposition(is_below).map_or(first, |last| last + 1);
            load(child, path, &wanted[first..last], store)
        }
        Node::Branch(branch) => {
            let depth = path.len();
            let mut parts: Vec<_> = branch
                .children_with_nibbles_mut()
                .map(|(nibble, child)| {
                    let first = wanted.partition_point(|(key, _)| nibble_of(key, depth) < nibble);
                    let last = wanted.partition_point(|(key, _)| nibble_of(key, depth) <= nibble);
                    (nibble, child, &wanted[first..last])
                })
                .filter(|(_, _, wanted)| !wanted.is_empty())
                .collect();
            let load_part = |(nibble, child, wanted): &mut (u8, &mut Child, &[Wanted])| {
                let mut path = path;
                path.push(*nibble);
                load(child, path, wanted, store)
            };
            if wanted.len() > PARALLEL_KEYS {
                parts.par_iter_mut().try_for_each(load_part)
            } else {
                parts.iter_mut().try_for_each(load_part)
            }
        }
    }
}

/// The node of a child, fetched if it is not known.
fn know<'a, S: NodeStore>(
    child: &'a mut Child,
    path: &Nibbles,
    wanted: &[Wanted],
    store: &S,
) -> Result<&'a mut Node, S::Error> {
    let node = match child.node.take() {
        Some(node) => node,
        None => Arc::new(fetch(&child.reference, path, wanted, store)?),
    };
    Ok(Arc::make_mut(child.node.insert(node)))
}

fn fetch<S: NodeStore>(reference: &RlpNode, path: &Nibbles, wanted: &[Wanted], store: &S) -> Result<Node, S::Error> {
    let hash = reference.as_hash().ok_or(TrieError::Missing { path: *path })?;
    let malformed = |reason| TrieError::Malformed { hash, reason };
    if let Some(bytes) = store.fork(path)? {
        if keccak256(&bytes) != hash {
            return Err(malformed("the store holds another node in its place").into());
        }
        return Ok(Resolver::new(&NodeSet::new()).node(&bytes, path.len(), hash)?.0);
    }
    let known = wanted.iter().find_map(|(key, leaf)| Some((*key, leaf.clone()?)));
    let (key, value) = match known {
        Some(leaf) => leaf,
        None => store.leaf(path)?.ok_or(TrieError::Missing { path: *path })?,
    };
    let rest = Nibbles::unpack(key).slice(path.len()..);
    let mut encoded = Vec::with_capacity(value.len() + 40);
    encode_leaf(&rest, &value, &mut encoded);
    if keccak256(&encoded) != hash {
        return Err(malformed("the leaf in its place is another").into());
    }
    Ok(Node::leaf(rest, &value))
}

fn nibble_of(key: &B256, at: usize) -> u8 {
    let byte = key[at / 2];
    if at.is_multiple_of(2) { byte >> 4 } else { byte & 0x0f }
}
