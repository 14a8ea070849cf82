//! Finding the siblings that a deletion needs in proofs from after it.

use super::{NodeSet, decode::path_and_item};
use alloy_rlp::{Encodable, Header};
use alloy_trie::nodes::encode_path_leaf;
use primitives::Bytes;

impl NodeSet {
    /// Adds what a leaf or an extension may have been before a deletion pulled it up: the same with a shorter path.
    /// Does nothing for a branch.
    ///
    /// A deletion that leaves one child in a branch needs that child, and proofs of the deleted key from before do
    /// not hold it. Proofs from after hold what became of it. The guesses cost up to 64 hashes; wrong ones are never
    /// looked up.
    pub fn insert_pulled_up(&mut self, node: &[u8]) {
        let Some((path, is_leaf, item)) = path_and_item(node) else { return };
        for cut in 1..path.len() + usize::from(is_leaf) {
            let path = encode_path_leaf(&path.slice(cut..), is_leaf);
            let payload_length = path.as_slice().length() + item.len();
            let mut shorter = Vec::new();
            Header { list: true, payload_length }.encode(&mut shorter);
            path.as_slice().encode(&mut shorter);
            shorter.extend_from_slice(item);
            self.insert(Bytes::from(shorter));
        }
    }
}
