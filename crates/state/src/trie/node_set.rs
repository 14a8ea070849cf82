//! Trie nodes by their hash, as a witness or a proof gives them.

use super::decode::leaf_value;
use primitives::{B256, Bytes, keccak256, map::B256Map};

/// Encoded nodes, each under the Keccak-256 hash of its bytes. The set computes the hashes itself, so a node under a
/// hash that is not its own cannot get in.
#[derive(Clone, Debug, Default)]
pub struct NodeSet {
    nodes: B256Map<Bytes>,
}

impl NodeSet {
    /// A set of nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a node.
    pub fn insert(&mut self, node: Bytes) {
        self.nodes.insert(keccak256(&node), node);
    }

    /// The node with this hash.
    pub fn get(&self, hash: &B256) -> Option<&Bytes> {
        self.nodes.get(hash)
    }

    /// The nodes, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = &Bytes> {
        self.nodes.values()
    }

    /// The values of those nodes that are leaves, in no particular order.
    pub(crate) fn leaf_values(&self) -> impl Iterator<Item = &[u8]> {
        self.nodes.values().filter_map(|node| leaf_value(node))
    }

    /// How many different nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no node.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }
}

impl Extend<Bytes> for NodeSet {
    fn extend<I: IntoIterator<Item = Bytes>>(&mut self, nodes: I) {
        for node in nodes {
            self.insert(node);
        }
    }
}

impl FromIterator<Bytes> for NodeSet {
    fn from_iter<I: IntoIterator<Item = Bytes>>(nodes: I) -> Self {
        let mut set = Self::new();
        set.extend(nodes);
        set
    }
}
