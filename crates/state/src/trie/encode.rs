//! Nodes as RLP, as the yellow paper's appendix D has them.

use super::node::{Branch, Child, Node};
use alloy_rlp::{EMPTY_STRING_CODE, Encodable, Header};
use alloy_trie::{Nibbles, nodes::encode_path_leaf};

/// Appends the RLP of a node. The children's references must be there.
pub(super) fn encode(node: &Node, out: &mut Vec<u8>) {
    match node {
        Node::Leaf { path, value } => encode_leaf(path, value, out),
        Node::Extension { path, child } => encode_extension(path, child, out),
        Node::Branch(branch) => encode_branch(branch, out),
    }
}

/// Appends the RLP of a leaf.
pub(super) fn encode_leaf(path: &Nibbles, value: &[u8], out: &mut Vec<u8>) {
    let path = encode_path_leaf(path, true);
    header(path.as_slice().length() + value.length(), out);
    path.as_slice().encode(out);
    value.encode(out);
}

fn encode_extension(path: &Nibbles, child: &Child, out: &mut Vec<u8>) {
    let path = encode_path_leaf(path, false);
    header(path.as_slice().length() + child.reference.len(), out);
    path.as_slice().encode(out);
    out.extend_from_slice(&child.reference);
}

fn encode_branch(branch: &Branch, out: &mut Vec<u8>) {
    let value = branch.value.as_deref().unwrap_or_default();
    let (present, references) =
        branch.children().fold((0, 0), |(count, bytes), (_, child)| (count + 1, bytes + child.reference.len()));
    header(16 - present + references + value.length(), out);
    let mut next = 0;
    for (nibble, child) in branch.children() {
        debug_assert!(!child.is_dirty(), "children are hashed before their parent");
        out.extend((next..nibble).map(|_| EMPTY_STRING_CODE));
        out.extend_from_slice(&child.reference);
        next = nibble + 1;
    }
    out.extend((next..16).map(|_| EMPTY_STRING_CODE));
    value.encode(out);
}

fn header(payload_length: usize, out: &mut Vec<u8>) {
    Header { list: true, payload_length }.encode(out);
}
