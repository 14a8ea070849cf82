//! The root of leaves that come in the order of their keys, in memory for one path.
//!
//! ```text
//! open branches on the way of the last key        a new key parts from it after c nibbles:
//!   depth 0 ─ depth 2 ─ depth 5 ─ leaf            the branches deeper than c are complete and go to the sink
//! ```

use super::{
    encode::encode,
    hash::root_hash,
    node::{Branch, Child, Node},
};
use alloy_trie::{EMPTY_ROOT_HASH, Nibbles, nodes::RlpNode};
use primitives::B256;

/// Takes leaves one by one and tells each fork once, when it is complete, children before parents.
#[derive(Debug, Default)]
pub(crate) struct TrieStream {
    /// The branches on the way of the last key that may still grow, with the length of their paths, ascending.
    open: Vec<(usize, Branch)>,
    /// The last key and its value; not hung up yet.
    last: Option<(Nibbles, Vec<u8>)>,
}

impl TrieStream {
    /// Takes a leaf. `false` if its key does not come after the one before; then nothing has changed.
    pub(crate) fn push<E>(
        &mut self,
        key: B256,
        value: Vec<u8>,
        sink: &mut impl FnMut(&Nibbles, &[u8]) -> Result<(), E>,
    ) -> Result<bool, E> {
        let key = Nibbles::unpack(key);
        if self.last.as_ref().is_some_and(|(last, _)| *last >= key) {
            return Ok(false);
        }
        if let Some((last, leaf)) = self.last.take() {
            let common = last.common_prefix_length(&key);
            if self.depth().is_none_or(|depth| depth < common) {
                self.open.push((common, Branch::with_capacity(2)));
            }
            self.hang(&last, &leaf);
            while self.depth().is_some_and(|depth| depth > common) {
                self.close(&last, Some(common), sink)?;
            }
        }
        self.last = Some((key, value));
        Ok(true)
    }

    /// The root over all leaves.
    pub(crate) fn finish<E>(mut self, sink: &mut impl FnMut(&Nibbles, &[u8]) -> Result<(), E>) -> Result<B256, E> {
        let Some((last, leaf)) = self.last.take() else { return Ok(EMPTY_ROOT_HASH) };
        if self.open.is_empty() {
            return Ok(root_hash(&hashed(Node::leaf(last, &leaf)).0));
        }
        self.hang(&last, &leaf);
        loop {
            if let Some(root) = self.close(&last, None, sink)? {
                return Ok(root_hash(&root));
            }
        }
    }

    fn depth(&self) -> Option<usize> {
        self.open.last().map(|(depth, _)| *depth)
    }

    /// Hangs a leaf into the deepest open branch.
    fn hang(&mut self, key: &Nibbles, value: &[u8]) {
        let (depth, branch) = self.open.last_mut().expect("a branch is open");
        let leaf = hashed(Node::leaf(key.slice(*depth + 1..), value)).0;
        branch.add(key.get_unchecked(*depth), leaf);
    }

    /// Completes the deepest open branch and hangs it into its parent, which stands after `least` nibbles or deeper.
    /// With `None` the branch may be the root; then it is given back, with the extension above it.
    fn close<E>(
        &mut self,
        way: &Nibbles,
        least: Option<usize>,
        sink: &mut impl FnMut(&Nibbles, &[u8]) -> Result<(), E>,
    ) -> Result<Option<Child>, E> {
        let (depth, branch) = self.open.pop().expect("a branch is open");
        if let Some(least) = least
            && self.depth().is_none_or(|above| above < least)
        {
            self.open.push((least, Branch::with_capacity(2)));
        }
        let begin = self.depth().map_or(0, |above| above + 1);
        let mut child = tell(Node::Branch(branch), &way.slice(..depth), sink)?;
        if begin < depth {
            let extension = Node::Extension { path: way.slice(begin..depth), child: Box::new(child) };
            child = tell(extension, &way.slice(..begin), sink)?;
        }
        match self.open.last_mut() {
            Some((above, branch)) => {
                branch.add(way.get_unchecked(*above), child);
                Ok(None)
            }
            None => Ok(Some(child)),
        }
    }
}

/// A complete node without what is below it, and its encoding.
fn hashed(node: Node) -> (Child, Vec<u8>) {
    let mut encoded = Vec::with_capacity(128);
    encode(&node, &mut encoded);
    (Child { reference: RlpNode::from_rlp(&encoded), node: None }, encoded)
}

/// Tells the sink of a complete fork, unless its parent embeds it.
fn tell<E>(node: Node, path: &Nibbles, sink: &mut impl FnMut(&Nibbles, &[u8]) -> Result<(), E>) -> Result<Child, E> {
    let (child, encoded) = hashed(node);
    if path.is_empty() || child.reference.is_hash() {
        sink(path, &encoded)?;
    }
    Ok(child)
}
