//! The upper nodes of the tries, kept in memory from block to block.

use super::RootUpdate;
use crate::Trie;
use primitives::{B256, map::B256Map};
use std::mem;

/// The parts of the tries that are in memory. Everything in them can be fetched again, so what is kept is a matter of
/// speed and memory only.
#[derive(Clone, Debug, Default)]
pub(super) struct Tries {
    pub(super) accounts: Trie,
    /// By hashed address, with the block that changed it last.
    pub(super) storage: B256Map<(Trie, u64)>,
    /// No fewer nodes than there are.
    nodes: usize,
}

impl Tries {
    /// The tries of a state of which nothing is in memory.
    pub(super) fn unknown(root: B256) -> Self {
        Self { accounts: Trie::unknown(root), ..Self::default() }
    }

    /// The storage trie of an account whose storage root is `root`.
    pub(super) fn storage(&self, owner: &B256, root: B256) -> Trie {
        self.storage.get(owner).map_or_else(|| Trie::unknown(root), |(trie, _)| trie.clone())
    }

    /// Takes over what block `number` made of the tries.
    pub(super) fn advance(&mut self, number: u64, update: &mut RootUpdate) {
        self.accounts = mem::take(&mut update.account_trie);
        for work in &mut update.accounts {
            match work.trie.take() {
                Some(trie) if trie.is_empty() => {
                    self.storage.remove(&work.key);
                }
                Some(trie) => {
                    self.storage.insert(work.key, (trie, number));
                }
                None if work.new.is_none() => {
                    self.storage.remove(&work.key);
                }
                None => {}
            }
            self.nodes += 1 + work.slots.len();
        }
        self.nodes += update.nodes.len();
    }

    /// Lets go of nodes if there are more than `limit`: of all storage tries but those of block `number`, then of the
    /// lower nodes.
    pub(super) fn shrink(&mut self, number: u64, limit: usize) {
        if self.nodes <= limit {
            return;
        }
        self.nodes = self.count();
        if self.nodes <= limit {
            return;
        }
        self.storage.retain(|_, (_, used)| *used == number);
        let in_storage = self.count_storage();
        if in_storage > limit / 4 {
            let each = limit / 4 / self.storage.len().max(1);
            self.storage.retain(|_, (trie, _)| forget_to(trie, each) <= each);
        }
        forget_to(&mut self.accounts, limit / 4);
        self.nodes = self.count();
    }

    /// How many nodes are in memory.
    pub(super) fn count(&self) -> usize {
        self.accounts.known_by_depth().iter().sum::<usize>() + self.count_storage()
    }

    fn count_storage(&self) -> usize {
        self.storage.values().map(|(trie, _)| trie.known_by_depth().iter().sum::<usize>()).sum()
    }
}

/// Forgets the lower nodes of a trie, so that `limit` are left if it can be. Says how many are left.
fn forget_to(trie: &mut Trie, limit: usize) -> usize {
    let mut left = 0;
    for (depth, count) in trie.known_by_depth().into_iter().enumerate() {
        if depth > 0 && left + count > limit {
            trie.forget_below(depth - 1);
            return left;
        }
        left += count;
    }
    left
}
