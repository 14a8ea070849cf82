//! Removing one key, and giving back to the trie its only form.

use super::{
    TrieError,
    node::{Branch, Child, Node},
};
use alloy_trie::Nibbles;

/// What a removal did to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Removal {
    /// The key was not there.
    Absent,
    /// The node is another one now.
    Changed,
    /// The node was the leaf that had to go; its parent drops it.
    Vanished,
}

/// Removes `key` below `child`, which stands `depth` nibbles down its way.
pub(super) fn remove(child: &mut Child, key: &Nibbles, depth: usize) -> Result<Removal, TrieError> {
    let node = child.known_mut(key, depth)?;
    let removal = match node {
        Node::Leaf { path, .. } if key.slice(depth..) == *path => Removal::Vanished,
        Node::Leaf { .. } => Removal::Absent,
        Node::Extension { path, child } => {
            if !key.slice(depth..).starts_with(path) {
                return Ok(Removal::Absent);
            }
            let removal = remove(child, key, depth + path.len())?;
            if removal == Removal::Changed && !matches!(child.node.as_deref(), Some(Node::Branch(_))) {
                *node = Node::with_prefix(path, (**child).clone());
            }
            removal
        }
        Node::Branch(branch) => {
            let removal = remove_in_branch(branch, key, depth)?;
            if removal == Removal::Changed && branch.entries() == 1 {
                *node = collapse(branch);
            }
            removal
        }
    };
    if removal == Removal::Changed {
        child.mark_dirty();
    }
    Ok(removal)
}

fn remove_in_branch(branch: &mut Branch, key: &Nibbles, depth: usize) -> Result<Removal, TrieError> {
    let Some(nibble) = key.get(depth) else {
        if branch.value.is_none() {
            return Ok(Removal::Absent);
        }
        check_collapse(branch, None, key, depth)?;
        branch.value = None;
        return Ok(Removal::Changed);
    };
    let Some(below) = branch.child(nibble) else { return Ok(Removal::Absent) };
    if below.is_leaf_at(&key.slice(depth + 1..)) {
        check_collapse(branch, Some(nibble), key, depth)?;
        branch.take(nibble);
        return Ok(Removal::Changed);
    }
    let below = branch.child_mut(nibble).expect("it was there a moment ago");
    remove(below, key, depth + 1)
}

/// Before an entry of a branch goes (the child at `going`, or the value): if a single child would be left, it has to
/// be known, because what becomes of the branch depends on what it is.
fn check_collapse(branch: &Branch, going: Option<u8>, key: &Nibbles, depth: usize) -> Result<(), TrieError> {
    if branch.entries() > 2 {
        return Ok(());
    }
    match branch.children().find(|(nibble, _)| Some(*nibble) != going) {
        Some((nibble, sibling)) if sibling.node.is_none() => {
            let mut path = key.slice(..depth);
            path.push(nibble);
            Err(TrieError::Missing { path })
        }
        _ => Ok(()),
    }
}

/// The node that takes the place of a branch with one entry.
fn collapse(branch: &mut Branch) -> Node {
    let only = branch.children().next().map(|(nibble, _)| nibble);
    match (only, branch.value.take()) {
        (Some(nibble), None) => Node::with_prefix(&Nibbles::from_nibbles_unchecked([nibble]), branch.take(nibble)),
        (None, Some(value)) => Node::Leaf { path: Nibbles::new(), value },
        _ => unreachable!("the branch has one entry"),
    }
}
