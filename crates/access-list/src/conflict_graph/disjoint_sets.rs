//! Disjoint sets of transactions, found in one pass over what they touch.
//!
//! Only who belongs together is asked for, so there are no rows and no steps: a key knows its latest users until two of
//! its users conflict, and from then on joins whoever uses it.

use super::{access::Access, rows::KeyRows};
use crate::{
    AccessKind, AccessSet, StateKey,
    flat_table::{FlatTable, KeyHasher},
};

/// The connected components of the conflicts among a block's transactions: numbers from 0 in block order, each set by
/// itself in block order, the sets by their first members. Transactions of different sets do not conflict, not even by way
/// of others.
///
/// Linear in the number of accesses, but for the joining of sets, which takes a logarithm more at worst.
pub fn disjoint_sets(sets: &[AccessSet]) -> Vec<Vec<u32>> {
    let accesses = sets.iter().map(AccessSet::len).sum();
    let hasher = KeyHasher::default();
    let mut table = FlatTable::with_capacity(accesses);
    let mut keys: Vec<Key<'_>> = Vec::with_capacity(accesses);
    let mut groups = Groups::new(sets.len());
    for (transaction, set) in (0u32..).zip(sets) {
        for (key, kind) in set.by_ref() {
            let fresh = u32::try_from(keys.len()).expect("gas bounds the keys of a block");
            let number = table.find_or_insert(hasher.key(key), fresh, |number| keys[number as usize].key == key);
            if number == fresh {
                keys.push(Key::new(key, transaction));
            }
            keys[number as usize].touch(transaction, kind, &mut groups);
        }
    }
    groups.finish()
}

/// The same, of rows: on a contested key every user conflicts with some other, and all of them hang together by neighbouring
/// steps, so each key joins all its users.
pub(super) fn of_rows(rows: &KeyRows) -> Vec<Vec<u32>> {
    let mut groups = Groups::new(rows.transactions_len());
    for (_, users) in rows.keys() {
        users.array_windows().for_each(|[(a, _), (b, _)]| groups.join(*a, *b));
    }
    groups.finish()
}

/// A key and those who use it.
struct Key<'s> {
    key: &'s StateKey,
    /// Who used it last.
    latest: u32,
    /// What that one does with it.
    access: Access,
    /// What all before it do, while none of them conflict; nothing, if there are none.
    before: Access,
    /// Two users conflict; all users are in one group.
    is_contested: bool,
    /// The users before the latest, while none of them conflict: a link of [`Groups::waiting`] and one more.
    waiting: u32,
}

/// A user of a key that conflicts with no other so far.
struct Waiting {
    transaction: u32,
    /// The one before it, a link and one more.
    next: u32,
}

/// Transactions that belong together, a forest: each points towards the first member of its group.
struct Groups {
    parents: Vec<u32>,
    waiting: Vec<Waiting>,
}

impl<'s> Key<'s> {
    fn new(key: &'s StateKey, transaction: u32) -> Self {
        let nothing = Access::default();
        Self { key, latest: transaction, access: nothing, before: nothing, is_contested: false, waiting: 0 }
    }

    /// Takes note of an access. Those of a transaction come one after another, and each can only add conflicts.
    fn touch(&mut self, transaction: u32, kind: AccessKind, groups: &mut Groups) {
        if self.latest != transaction {
            if self.is_contested {
                groups.join(self.latest, transaction);
            } else {
                groups.waiting.push(Waiting { transaction: self.latest, next: self.waiting });
                self.waiting = u32::try_from(groups.waiting.len()).expect("gas bounds the accesses of a block");
            }
            (self.latest, self.before) = (transaction, self.access);
            self.access = Access::default();
        }
        self.access.insert(kind);
        if !self.is_contested && self.waiting > 0 && !self.before.shares_with(self.access) {
            self.is_contested = true;
            groups.join_waiting(self.waiting, transaction);
        }
    }
}

impl Groups {
    fn new(transactions: usize) -> Self {
        Self { parents: (0u32..).take(transactions).collect(), waiting: Vec::new() }
    }

    /// The first member of a transaction's group.
    fn first(&mut self, mut member: u32) -> u32 {
        while self.parents[member as usize] != member {
            let above = self.parents[self.parents[member as usize] as usize];
            self.parents[member as usize] = above;
            member = above;
        }
        member
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.first(a), self.first(b));
        self.parents[a.max(b) as usize] = a.min(b);
    }

    fn join_waiting(&mut self, mut link: u32, with: u32) {
        while let Some(at) = link.checked_sub(1) {
            let Waiting { transaction, next } = self.waiting[at as usize];
            self.join(transaction, with);
            link = next;
        }
    }

    /// The groups, with their members.
    fn finish(mut self) -> Vec<Vec<u32>> {
        let mut groups: Vec<Vec<u32>> = Vec::new();
        // The number of the group whose first member this is.
        let mut numbers = vec![0; self.parents.len()];
        for transaction in (0u32..).take(self.parents.len()) {
            let first = self.first(transaction);
            if first == transaction {
                numbers[first as usize] = groups.len();
                groups.push(Vec::new());
            }
            groups[numbers[first as usize]].push(transaction);
        }
        groups
    }
}
