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
    /// No fewer nodes than there are, but for a few that their parents embed.
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
        // Walking through all of them is what this costs, so each is counted once.
        let in_accounts = self.accounts.known_by_depth();
        let in_storage: B256Map<Vec<usize>> =
            self.storage.iter().map(|(owner, (trie, _))| (*owner, trie.known_by_depth())).collect();
        let sum = |counts: &Vec<usize>| counts.iter().sum::<usize>();
        self.nodes = sum(&in_accounts) + in_storage.values().map(sum).sum::<usize>();
        if self.nodes <= limit {
            return;
        }
        self.storage.retain(|_, (_, used)| *used == number);
        let used: usize = self.storage.keys().map(|owner| sum(&in_storage[owner])).sum();
        let each = if used > limit / 4 { limit / 4 / self.storage.len().max(1) } else { usize::MAX };
        self.nodes = 0;
        self.storage.retain(|owner, (trie, _)| {
            let left = forget_to(trie, &in_storage[owner], each);
            let stays = left <= each;
            self.nodes += if stays { left } else { 0 };
            stays
        });
        self.nodes += forget_to(&mut self.accounts, &in_accounts, limit / 4);
    }

    /// How many nodes are in memory.
    pub(super) fn count(&self) -> usize {
        self.accounts.known_by_depth().iter().sum::<usize>() + self.count_storage()
    }

    fn count_storage(&self) -> usize {
        self.storage.values().map(|(trie, _)| trie.known_by_depth().iter().sum::<usize>()).sum()
    }
}

/// Forgets the lower nodes of a trie that has so many by depth, so that `limit` are left if it can be. Says how many are
/// left, but for the few below that their parents embed.
fn forget_to(trie: &mut Trie, known: &[usize], limit: usize) -> usize {
    let mut left = 0;
    for (depth, count) in known.iter().enumerate() {
        if depth > 0 && left + count > limit {
            trie.forget_below(depth - 1);
            return left;
        }
        left += count;
    }
    left
}
