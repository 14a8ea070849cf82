//! Walking the values.

use super::{
    Trie,
    node::{Child, Node},
};
use alloy_trie::Nibbles;

impl Trie {
    /// Calls `visit` with every key and value, in the order of the keys. Sub-tries that are not known are passed over.
    ///
    /// For tries that were built here or stand below a trusted root: in one that a peer made up, few nodes can stand
    /// for very many keys.
    pub fn for_each(&self, mut visit: impl FnMut(&Nibbles, &[u8])) {
        if let Some(root) = &self.root {
            walk(root, Nibbles::new(), &mut visit);
        }
    }
}

fn walk(child: &Child, prefix: Nibbles, visit: &mut impl FnMut(&Nibbles, &[u8])) {
    match child.node.as_deref() {
        None => {}
        Some(Node::Leaf { path, value }) => visit(&prefix.join(path), value),
        Some(Node::Extension { path, child }) => walk(child, prefix.join(path), visit),
        Some(Node::Branch(branch)) => {
            if let Some(value) = &branch.value {
                visit(&prefix, value);
            }
            for (nibble, child) in branch.children() {
                let mut prefix = prefix;
                prefix.push(nibble);
                walk(child, prefix, visit);
            }
        }
    }
}
