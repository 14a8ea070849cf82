//! The shapes of nodes and how a node stands in its parent.

use super::TrieError;
use alloy_trie::{Nibbles, nodes::RlpNode};
use primitives::B256;
use std::sync::Arc;

/// A node as its parent (or the trie, for the root) holds it.
#[derive(Clone, Debug)]
pub(super) struct Child {
    /// What stands for the node in the encoding of its parent; empty while it has to be computed anew.
    pub(super) reference: RlpNode,
    /// The node; `None` if only its hash is known. A node without reference is always known.
    pub(super) node: Option<Arc<Node>>,
}

/// A node. A canonical trie has an extension only above a branch, and never a branch with fewer than two entries.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Leaf { path: Nibbles, value: Box<[u8]> },
    Extension { path: Nibbles, child: Box<Child> },
    Branch(Branch),
}

/// A fork: at most one child for each nibble, and the value of the key that ends here.
#[derive(Clone, Debug, Default)]
pub(super) struct Branch {
    /// Bit `n` is set if there is a child for nibble `n`.
    mask: u16,
    /// The children that are there, in the order of their nibbles.
    children: Vec<Child>,
    pub(super) value: Option<Box<[u8]>>,
}

impl Child {
    /// A new node, not hashed yet.
    pub(super) fn new(node: Node) -> Self {
        Self { reference: RlpNode::default(), node: Some(Arc::new(node)) }
    }

    /// A node that is known by its hash only.
    pub(super) fn unknown(hash: &B256) -> Self {
        Self { reference: RlpNode::word_rlp(hash), node: None }
    }

    pub(super) fn is_dirty(&self) -> bool {
        self.reference.is_empty()
    }

    pub(super) fn mark_dirty(&mut self) {
        self.reference = RlpNode::default();
    }

    /// The node, or the error that names its place: the first `depth` nibbles of `key`.
    pub(super) fn known(&self, key: &Nibbles, depth: usize) -> Result<&Node, TrieError> {
        self.node.as_deref().ok_or_else(|| missing(key, depth))
    }

    /// As [`Self::known`], to be changed; the caller marks the child dirty if it does.
    pub(super) fn known_mut(&mut self, key: &Nibbles, depth: usize) -> Result<&mut Node, TrieError> {
        self.node.as_mut().map(Arc::make_mut).ok_or_else(|| missing(key, depth))
    }

    /// Whether the node is a leaf that ends with `rest`, so that removing it leaves nothing.
    pub(super) fn is_leaf_at(&self, rest: &Nibbles) -> bool {
        matches!(self.node.as_deref(), Some(Node::Leaf { path, .. }) if path == rest)
    }
}

fn missing(key: &Nibbles, depth: usize) -> TrieError {
    TrieError::Missing { path: key.slice(..depth) }
}

impl Node {
    pub(super) fn leaf(path: Nibbles, value: &[u8]) -> Self {
        Self::Leaf { path, value: value.into() }
    }

    /// The node that stands for `below` when `prefix` is put in front of it: leaves and extensions grow, a branch
    /// gets an extension. `below` must be known.
    pub(super) fn with_prefix(prefix: &Nibbles, below: Child) -> Self {
        match below.node.as_deref() {
            Some(Self::Branch(_)) => Self::Extension { path: *prefix, child: Box::new(below) },
            Some(Self::Leaf { path, value }) => Self::Leaf { path: prefix.join(path), value: value.clone() },
            Some(Self::Extension { path, child }) => Self::Extension { path: prefix.join(path), child: child.clone() },
            None => unreachable!("the caller has made sure that the node is known"),
        }
    }
}

impl Branch {
    pub(super) fn with_capacity(children: usize) -> Self {
        Self { children: Vec::with_capacity(children), ..Self::default() }
    }

    pub(super) fn child(&self, nibble: u8) -> Option<&Child> {
        self.has(nibble).then(|| &self.children[self.index(nibble)])
    }

    pub(super) fn child_mut(&mut self, nibble: u8) -> Option<&mut Child> {
        let index = self.index(nibble);
        self.has(nibble).then(|| &mut self.children[index])
    }

    /// Adds a child where there is none.
    pub(super) fn add(&mut self, nibble: u8, child: Child) {
        debug_assert!(!self.has(nibble), "there is a child already");
        if self.children.len() == self.children.capacity() {
            self.children.reserve_exact(1);
        }
        self.children.insert(self.index(nibble), child);
        self.mask |= 1 << nibble;
    }

    /// Takes out a child that is there.
    pub(super) fn take(&mut self, nibble: u8) -> Child {
        debug_assert!(self.has(nibble), "there is no child");
        self.mask &= !(1 << nibble);
        self.children.remove(self.index(nibble))
    }

    /// The children with their nibbles, in order.
    pub(super) fn children(&self) -> impl Iterator<Item = (u8, &Child)> {
        (0..16).filter(|&nibble| self.has(nibble)).zip(&self.children)
    }

    /// The children without their nibbles, in order.
    pub(super) fn children_mut(&mut self) -> &mut [Child] {
        &mut self.children
    }

    /// The children with their nibbles, in order, to be changed.
    pub(super) fn children_with_nibbles_mut(&mut self) -> impl Iterator<Item = (u8, &mut Child)> {
        let mask = self.mask;
        (0..16).filter(move |nibble| mask & (1 << nibble) != 0).zip(&mut self.children)
    }

    /// Children, and one more if there is a value.
    pub(super) fn entries(&self) -> usize {
        self.children.len() + usize::from(self.value.is_some())
    }

    fn has(&self, nibble: u8) -> bool {
        self.mask & (1 << nibble) != 0
    }

    fn index(&self, nibble: u8) -> usize {
        (self.mask & ((1 << nibble) - 1)).count_ones() as usize
    }
}
