//! Merkle proofs.

use super::{
    Trie, TrieError,
    encode::encode,
    node::{Child, Node},
};
use alloy_trie::Nibbles;
use primitives::Bytes;

impl Trie {
    /// The encoded nodes on the way to `key`, from the root on, as `eth_getProof` lists them: nodes that are embedded
    /// in their parent do not stand alone. If the trie does not hold the key, they prove that.
    pub fn proof(&mut self, key: &Nibbles) -> Result<Vec<Bytes>, TrieError> {
        self.root();
        let mut nodes = Vec::new();
        let mut next = self.root.as_ref();
        let mut depth = 0;
        while let Some(child) = next {
            let node = child.known(key, depth)?;
            if depth == 0 || child.reference.is_hash() {
                let mut bytes = Vec::new();
                encode(node, &mut bytes);
                nodes.push(bytes.into());
            }
            (next, depth) = step(node, key, depth);
        }
        Ok(nodes)
    }
}

/// The child that stands on the way of `key` below `node`, and its depth.
fn step<'a>(node: &'a Node, key: &Nibbles, depth: usize) -> (Option<&'a Child>, usize) {
    match node {
        Node::Leaf { .. } => (None, depth),
        Node::Extension { path, child } => {
            (key.slice(depth..).starts_with(path).then_some(&**child), depth + path.len())
        }
        Node::Branch(branch) => (key.get(depth).and_then(|nibble| branch.child(nibble)), depth + 1),
    }
}
