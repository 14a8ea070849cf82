//! Writing one value.

use super::{
    TrieError,
    node::{Branch, Child, Node},
};
use alloy_trie::Nibbles;
use std::mem;

/// Writes a value below `child`, which stands `depth` nibbles down the way of `key`. Whether anything changed.
pub(super) fn insert(child: &mut Child, key: &Nibbles, depth: usize, value: &[u8]) -> Result<bool, TrieError> {
    let changed = match child.known_mut(key, depth)? {
        Node::Branch(branch) => insert_in_branch(branch, key, depth, value)?,
        Node::Leaf { path, value: old } if key.slice(depth..) == *path => replace(old, value),
        Node::Extension { path, child } if key.slice(depth..).starts_with(path) => {
            insert(child, key, depth + path.len(), value)?
        }
        node => {
            fork(node, &key.slice(depth..), value);
            true
        }
    };
    if changed {
        child.mark_dirty();
    }
    Ok(changed)
}

fn insert_in_branch(branch: &mut Branch, key: &Nibbles, depth: usize, value: &[u8]) -> Result<bool, TrieError> {
    let Some(nibble) = key.get(depth) else {
        return Ok(match &mut branch.value {
            Some(old) => replace(old, value),
            none => {
                *none = Some(value.into());
                true
            }
        });
    };
    match branch.child_mut(nibble) {
        Some(below) => insert(below, key, depth + 1, value),
        None => {
            branch.add(nibble, Child::new(Node::leaf(key.slice(depth + 1..), value)));
            Ok(true)
        }
    }
}

fn replace(old: &mut Box<[u8]>, value: &[u8]) -> bool {
    let differs = **old != *value;
    if old.len() == value.len() {
        old.copy_from_slice(value);
    } else {
        *old = value.into();
    }
    differs
}

/// Puts a branch where the way of a leaf or an extension and the way to the new value part.
fn fork(node: &mut Node, rest: &Nibbles, value: &[u8]) {
    let mut branch = Branch::with_capacity(2);
    let common = match mem::replace(node, Node::Branch(Branch::default())) {
        Node::Leaf { path, value } => {
            let common = path.common_prefix_length(rest);
            hang_leaf(&mut branch, &path, common, value);
            common
        }
        Node::Extension { path, child } => {
            let common = path.common_prefix_length(rest);
            let below = match path.slice(common + 1..) {
                path if path.is_empty() => *child,
                path => Child::new(Node::Extension { path, child }),
            };
            branch.add(path.get_unchecked(common), below);
            common
        }
        Node::Branch(_) => unreachable!("a branch takes every key"),
    };
    hang_leaf(&mut branch, rest, common, value.into());
    *node = Node::Branch(branch);
    if common > 0 {
        let child = Box::new(Child::new(mem::replace(node, Node::Branch(Branch::default()))));
        *node = Node::Extension { path: rest.slice(..common), child };
    }
}

/// Puts a value into a branch that stands after the first `common` nibbles of `path`.
fn hang_leaf(branch: &mut Branch, path: &Nibbles, common: usize, value: Box<[u8]>) {
    match path.get(common) {
        Some(nibble) => branch.add(nibble, Child::new(Node::Leaf { path: path.slice(common + 1..), value })),
        None => branch.value = Some(value),
    }
}
