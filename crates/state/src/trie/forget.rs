//! Letting go of nodes that can be fetched again.

use super::{
    Trie,
    node::{Child, Node},
};
use std::sync::Arc;

impl Trie {
    /// How many nodes are in memory, by their depth: the number of branches above them.
    pub(crate) fn known_by_depth(&self) -> Vec<usize> {
        let mut counts = Vec::new();
        if let Some(root) = &self.root {
            count(root, 0, &mut counts);
        }
        counts
    }

    /// Forgets every node with more than `depth` branches above it. Does nothing to nodes that are not hashed or that
    /// their parent embeds.
    pub(crate) fn forget_below(&mut self, depth: usize) {
        if let Some(root) = &mut self.root {
            forget(root, depth);
        }
    }
}

fn count(child: &Child, depth: usize, counts: &mut Vec<usize>) {
    let Some(node) = child.node.as_deref() else { return };
    if counts.len() <= depth {
        counts.resize(depth + 1, 0);
    }
    counts[depth] += 1;
    match node {
        Node::Leaf { .. } => {}
        Node::Extension { child, .. } => count(child, depth, counts),
        Node::Branch(branch) => branch.children().for_each(|(_, child)| count(child, depth + 1, counts)),
    }
}

/// `left` is how many more branches down nodes are kept.
fn forget(child: &mut Child, left: usize) {
    let Some(node) = &mut child.node else { return };
    match Arc::make_mut(node) {
        Node::Leaf { .. } => {}
        Node::Extension { child, .. } => forget(child, left),
        Node::Branch(branch) => {
            for child in branch.children_mut() {
                match left.checked_sub(1) {
                    Some(left) => forget(child, left),
                    None if child.reference.is_hash() => child.node = None,
                    None => {}
                }
            }
        }
    }
}
