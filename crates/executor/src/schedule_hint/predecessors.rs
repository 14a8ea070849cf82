//! Whom each transaction has to wait for, from what they access.
//!
//! On each location a reader waits for the latest change, and a change for the one before it; additions next to each
//! other wait for what is before them all. Nobody waits for a reader: the memory keeps what a reader needs.

use super::PREDECESSORS_MAX;
use access_list::{AccessKind, AccessSet, StateKey};
use primitives::map::HashMap;

/// Transactions up to which what follows by way of others is found and left out. It takes a bit for each two.
const REDUCED_MAX: usize = 1 << 14;

/// The latest changes of a location: a write, or additions next to each other.
#[derive(Default)]
struct Front {
    latest: Vec<u32>,
    /// What the latest waited for.
    before: Vec<u32>,
    is_additions: bool,
}

pub(super) fn predecessors(sets: &[AccessSet]) -> Vec<Vec<u32>> {
    let mut fronts: HashMap<StateKey, Front> = HashMap::default();
    let mut ancestors = (sets.len() <= REDUCED_MAX).then(|| Ancestors::new(sets.len()));
    let mut all = Vec::with_capacity(sets.len());
    for (set, transaction) in sets.iter().zip(0..) {
        let mut found = Vec::new();
        for (key, kind) in set.iter() {
            fronts.entry(key).or_default().access(transaction, kind, &mut found);
        }
        found.sort_unstable_by(|a, b| b.cmp(a));
        found.dedup();
        if let Some(ancestors) = &mut ancestors {
            ancestors.reduce(transaction, &mut found);
        }
        found.truncate(PREDECESSORS_MAX);
        all.push(found);
    }
    all
}

impl Front {
    /// One more access; whom it waits for is added to `found`. A transaction's reads come before its changes.
    fn access(&mut self, transaction: u32, kind: AccessKind, found: &mut Vec<u32>) {
        let joins = kind == AccessKind::Add && self.is_additions && !self.latest.contains(&transaction);
        let waits_for = if joins { &self.before } else { &self.latest };
        found.extend(waits_for.iter().filter(|other| **other != transaction));
        match kind {
            AccessKind::Read => {}
            _ if joins => {
                if self.latest.len() == PREDECESSORS_MAX {
                    self.latest.remove(0);
                }
                self.latest.push(transaction);
            }
            _ => {
                self.before = std::mem::replace(&mut self.latest, vec![transaction]);
                self.is_additions = kind == AccessKind::Add;
            }
        }
    }
}

/// For each transaction the set of those that it waits for, directly or by way of others.
struct Ancestors {
    words: usize,
    bits: Vec<u64>,
}

impl Ancestors {
    fn new(transactions: usize) -> Self {
        let words = transactions.div_ceil(64);
        Self { words, bits: vec![0; words * transactions] }
    }

    /// Keeps those of `found`, the nearest first, that no other of them waits for.
    fn reduce(&mut self, transaction: u32, found: &mut Vec<u32>) {
        let start = transaction as usize * self.words;
        let (earlier, own) = self.bits.split_at_mut(start);
        let own = &mut own[..self.words];
        found.retain(|one| {
            let one = *one as usize;
            let is_new = own[one / 64] & (1 << (one % 64)) == 0;
            if is_new {
                own[one / 64] |= 1 << (one % 64);
                let theirs = &earlier[one * self.words..(one + 1) * self.words];
                own.iter_mut().zip(theirs).for_each(|(own, theirs)| *own |= theirs);
            }
            is_new
        });
    }
}
