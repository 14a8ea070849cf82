//! A partial trie from encoded nodes.
//!
//! The nodes come from outside. They are under their own hashes, so what hangs together below a trusted root is what
//! that root commits to; everything else about them is checked here: strict RLP, canonical form, no way longer than
//! 64 nibbles. A node that is referred to twice is decoded once and shared, so the work is bounded by the size of the
//! set, however often its nodes refer to each other.

use super::{
    NodeSet, Trie, TrieError,
    node::{Branch, Child, Node},
};
use alloy_rlp::{EMPTY_STRING_CODE, Header, PayloadView};
use alloy_trie::{EMPTY_ROOT_HASH, Nibbles, nodes::RlpNode};
use primitives::{B256, map::B256Map};
use std::sync::Arc;

/// The longest key, in nibbles.
const LONGEST: usize = 64;

impl Trie {
    /// The trie below `root`, as far as `nodes` know it. Nodes that do not belong to it are passed over.
    pub fn from_nodes(root: B256, nodes: &NodeSet) -> Result<Self, TrieError> {
        Resolver::new(nodes).trie(root)
    }
}

/// Makes tries from one set of nodes; all of them together cost one decoding of the set.
pub(crate) struct Resolver<'a> {
    nodes: &'a NodeSet,
    /// Nodes decoded so far, with the number of nibbles of the longest known way below them.
    known: B256Map<(Arc<Node>, usize)>,
}

/// A child and the number of nibbles of the longest known way below it.
type Sized = (Child, usize);

impl<'a> Resolver<'a> {
    pub(crate) fn new(nodes: &'a NodeSet) -> Self {
        Self { nodes, known: B256Map::default() }
    }

    /// As [`Trie::from_nodes`].
    pub(crate) fn trie(&mut self, root: B256) -> Result<Trie, TrieError> {
        if root == EMPTY_ROOT_HASH {
            return Ok(Trie::new());
        }
        let (child, _) = self.by_hash(root, 0)?;
        Ok(Trie { root: Some(child), dirty: 0 })
    }

    /// The node with this hash, `depth` nibbles below the root.
    fn by_hash(&mut self, hash: B256, depth: usize) -> Result<Sized, TrieError> {
        let malformed = |reason| TrieError::Malformed { hash, reason };
        if let Some((node, height)) = self.known.get(&hash) {
            if depth + height > LONGEST {
                return Err(malformed(TOO_DEEP));
            }
            return Ok((Child { reference: RlpNode::word_rlp(&hash), node: Some(node.clone()) }, *height));
        }
        let Some(bytes) = self.nodes.get(&hash) else { return Ok((Child::unknown(&hash), 0)) };
        let (node, height) = self.node(bytes, depth, hash)?;
        let node = Arc::new(node);
        self.known.insert(hash, (node.clone(), height));
        Ok((Child { reference: RlpNode::word_rlp(&hash), node: Some(node) }, height))
    }

    /// Decodes a node; `hash` names it, or the node it is embedded in, in errors.
    pub(super) fn node(&mut self, mut bytes: &[u8], depth: usize, hash: B256) -> Result<(Node, usize), TrieError> {
        let malformed = |reason| TrieError::Malformed { hash, reason };
        let Ok(PayloadView::List(items)) = Header::decode_raw(&mut bytes) else {
            return Err(malformed("not an RLP list"));
        };
        if !bytes.is_empty() {
            return Err(malformed("bytes after the node"));
        }
        match items.as_slice() {
            [path, last] => {
                let (path, is_leaf) = string(path).and_then(decode_path).ok_or(malformed("not a hex-prefix path"))?;
                if depth + path.len() > LONGEST {
                    return Err(malformed(TOO_DEEP));
                }
                if is_leaf { leaf(path, last).map_err(malformed) } else { self.extension(path, last, depth, hash) }
            }
            items if items.len() == 17 => self.branch(items, depth, hash),
            _ => Err(malformed("neither 2 nor 17 items")),
        }
    }

    fn extension(&mut self, path: Nibbles, item: &[u8], depth: usize, hash: B256) -> Result<(Node, usize), TrieError> {
        let malformed = |reason| TrieError::Malformed { hash, reason };
        if path.is_empty() {
            return Err(malformed("an extension by nothing"));
        }
        let (child, height) =
            self.child(item, depth + path.len(), hash)?.ok_or(malformed("an extension to nothing"))?;
        if !matches!(child.node.as_deref(), None | Some(Node::Branch(_))) {
            return Err(malformed("an extension to what is no branch"));
        }
        Ok((Node::Extension { path, child: Box::new(child) }, path.len() + height))
    }

    fn branch(&mut self, items: &[&[u8]], depth: usize, hash: B256) -> Result<(Node, usize), TrieError> {
        let malformed = |reason| TrieError::Malformed { hash, reason };
        let mut branch = Branch::with_capacity(items[..16].iter().filter(|item| **item != [EMPTY_STRING_CODE]).count());
        let mut longest = 0;
        for (nibble, item) in (0..16).zip(items) {
            if let Some((child, height)) = self.child(item, depth + 1, hash)? {
                branch.add(nibble, child);
                longest = longest.max(height + 1);
            }
        }
        let value = string(items[16]).ok_or(malformed("a value that is no string"))?;
        branch.value = (!value.is_empty()).then(|| value.into());
        if branch.entries() < 2 {
            return Err(malformed("a branch that does not fork"));
        }
        Ok((Node::Branch(branch), longest))
    }

    /// What an item of a branch or an extension refers to; `None` for the empty string.
    fn child(&mut self, item: &[u8], depth: usize, hash: B256) -> Result<Option<Sized>, TrieError> {
        let malformed = |reason| TrieError::Malformed { hash, reason };
        if item == [EMPTY_STRING_CODE] {
            return Ok(None);
        }
        if depth > LONGEST {
            return Err(malformed(TOO_DEEP));
        }
        if let Some(below) = string(item) {
            let below = B256::try_from(below).map_err(|_| malformed("a reference that is no hash"))?;
            return self.by_hash(below, depth).map(Some);
        }
        if item.len() >= B256::len_bytes() {
            return Err(malformed("an embedded node that should be a hash"));
        }
        let (node, height) = self.node(item, depth, hash)?;
        let reference = RlpNode::from_rlp(item);
        Ok(Some((Child { reference, node: Some(Arc::new(node)) }, height)))
    }
}

/// The value of an encoded node that is a leaf.
pub(super) fn leaf_value(node: &[u8]) -> Option<&[u8]> {
    let (_, is_leaf, item) = path_and_item(node)?;
    if is_leaf { string(item) } else { None }
}

/// The path of a leaf or an extension, whether it is a leaf, and its other item as RLP.
pub(super) fn path_and_item(mut node: &[u8]) -> Option<(Nibbles, bool, &[u8])> {
    let PayloadView::List(items) = Header::decode_raw(&mut node).ok()? else { return None };
    let [path, item] = items.as_slice() else { return None };
    let (path, is_leaf) = string(path).and_then(decode_path)?;
    Some((path, is_leaf, item))
}

const TOO_DEEP: &str = "a way longer than 64 nibbles";

fn leaf(path: Nibbles, item: &[u8]) -> Result<(Node, usize), &'static str> {
    match string(item) {
        Some(value) if !value.is_empty() => Ok((Node::leaf(path, value), path.len())),
        _ => Err("a leaf without a value"),
    }
}

/// The payload of an item that is an RLP string.
fn string(mut item: &[u8]) -> Option<&[u8]> {
    let payload = Header::decode_bytes(&mut item, false).ok()?;
    item.is_empty().then_some(payload)
}

/// Undoes the hex-prefix encoding: the nibbles, and whether they lead to a leaf.
fn decode_path(bytes: &[u8]) -> Option<(Nibbles, bool)> {
    let (&first, rest) = bytes.split_first()?;
    let (flag, odd) = (first >> 4, first & 0x10 != 0);
    if flag > 3 || (!odd && first & 0x0f != 0) || 2 * rest.len() + usize::from(odd) > LONGEST {
        return None;
    }
    let rest = Nibbles::unpack(rest);
    let path = if odd { Nibbles::from_nibbles_unchecked([first & 0x0f]).join(&rest) } else { rest };
    Some((path, flag & 2 != 0))
}
