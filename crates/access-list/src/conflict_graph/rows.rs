//! The accesses to shared keys, by key and by transaction.

use super::{WhatIf, access::Access};
use crate::{
    AccessSet, StateKey,
    flat_table::{FlatTable, KeyHasher},
};

/// All accesses to contested keys: those that at least two transactions access and not all in the same shareable way.
#[derive(Clone, Debug)]
pub(super) struct KeyRows {
    keys: Vec<StateKey>,
    /// For each key its users, ascending.
    by_key: Rows,
    /// For each transaction its keys, ascending.
    by_transaction: Rows,
}

/// Rows of different length in one flat array.
#[derive(Clone, Debug)]
struct Rows {
    ends: Vec<u32>,
    items: Vec<(u32, Access)>,
}

/// One access of one transaction.
#[derive(Clone, Copy)]
struct Use {
    transaction: u32,
    key: u32,
    access: Access,
}

/// What has been seen of a key while collecting.
struct Seen<'s> {
    key: &'s StateKey,
    /// Where the latest use is among all uses.
    latest: usize,
}

impl KeyRows {
    pub(super) fn new(sets: &[AccessSet], what_if: &WhatIf) -> Self {
        let (seen, mut uses) = collect(sets, what_if);
        let numbers = number_contested(&seen, &uses);
        uses.retain_mut(|one| match numbers[one.key as usize] {
            Some(number) => {
                one.key = number;
                true
            }
            None => false,
        });
        let keys: Vec<StateKey> =
            seen.iter().zip(&numbers).filter_map(|(seen, number)| number.is_some().then_some(*seen.key)).collect();
        let by_key = Rows::new(keys.len(), uses.iter().map(|one| (one.key, (one.transaction, one.access))));
        let by_key_order =
            by_key.iter().flat_map(|(key, row)| row.iter().map(move |(user, access)| (*user, (key, *access))));
        let by_transaction = Rows::new(sets.len(), by_key_order);
        Self { keys, by_key, by_transaction }
    }

    /// Number of transactions.
    pub(super) fn transactions_len(&self) -> usize {
        self.by_transaction.ends.len()
    }

    /// Number of contested keys.
    pub(super) fn keys_len(&self) -> usize {
        self.keys.len()
    }

    /// The key with this number.
    pub(super) fn key(&self, number: u32) -> StateKey {
        self.keys[number as usize]
    }

    /// Every key with its users in block order.
    pub(super) fn keys(&self) -> impl Iterator<Item = (StateKey, &[(u32, Access)])> {
        self.by_key.iter().map(|(number, row)| (self.key(number), row))
    }

    /// Every transaction with the numbers of its keys, in block order.
    pub(super) fn transactions(&self) -> impl Iterator<Item = (u32, &[(u32, Access)])> {
        self.by_transaction.iter()
    }

    /// The numbers of the keys that a transaction uses, ascending.
    pub(super) fn keys_of(&self, transaction: u32) -> &[(u32, Access)] {
        self.by_transaction.row(transaction as usize)
    }
}

/// The steps of a key: runs of users that do not conflict with each other.
pub(super) fn steps(row: &[(u32, Access)]) -> impl Iterator<Item = &[(u32, Access)]> + Clone {
    row.chunk_by(|(_, a), (_, b)| a.shares_with(*b))
}

/// All uses in block order, one for each transaction and key, and all keys in the order of their first use.
fn collect<'s>(sets: &'s [AccessSet], what_if: &WhatIf) -> (Vec<Seen<'s>>, Vec<Use>) {
    let accesses = sets.iter().map(AccessSet::len).sum();
    let hasher = KeyHasher::default();
    let mut table = FlatTable::with_capacity(accesses);
    let mut seen: Vec<Seen<'_>> = Vec::with_capacity(accesses);
    let mut uses: Vec<Use> = Vec::with_capacity(accesses);
    for (transaction, set) in (0u32..).zip(sets) {
        let start = uses.len();
        for (key, kind) in set.by_ref().filter(|(key, _)| what_if.ignore.is_empty() || !what_if.ignore.contains(*key)) {
            let fresh = u32::try_from(seen.len()).expect("gas bounds the keys of a block");
            let number = table.find_or_insert(hasher.key(key), fresh, |number| seen[number as usize].key == key);
            if number == fresh {
                seen.push(Seen { key, latest: usize::MAX });
            }
            let latest = &mut seen[number as usize].latest;
            if *latest == usize::MAX || *latest < start {
                *latest = uses.len();
                uses.push(Use { transaction, key: number, access: Access::default() });
            }
            uses[*latest].access.insert(kind);
        }
        if !what_if.commutative.is_empty() {
            for one in uses[start..].iter_mut().filter(|one| what_if.commutative.contains(seen[one.key as usize].key)) {
                one.access = one.access.as_commutative();
            }
        }
    }
    (seen, uses)
}

/// New numbers for the keys on which some transaction waits.
fn number_contested(seen: &[Seen<'_>], uses: &[Use]) -> Vec<Option<u32>> {
    let mut first: Vec<Option<Access>> = vec![None; seen.len()];
    let mut is_contested = vec![false; seen.len()];
    for one in uses {
        match first[one.key as usize] {
            None => first[one.key as usize] = Some(one.access),
            Some(access) => is_contested[one.key as usize] |= !access.shares_with(one.access),
        }
    }
    let mut numbers = 0u32..;
    is_contested.into_iter().map(|contested| if contested { numbers.next() } else { None }).collect()
}

impl Rows {
    /// Sorts items into rows and keeps their order inside each row.
    fn new(rows: usize, items: impl Iterator<Item = (u32, (u32, Access))> + Clone) -> Self {
        let mut ends = vec![0u32; rows];
        for (row, _) in items.clone() {
            ends[row as usize] += 1;
        }
        let mut total = 0;
        for end in &mut ends {
            total += std::mem::replace(end, total);
        }
        // `ends` holds the beginnings now; each moves to its row's end as the row is filled.
        let mut sorted = vec![(0, Access::default()); total as usize];
        for (row, item) in items {
            let at = &mut ends[row as usize];
            sorted[*at as usize] = item;
            *at += 1;
        }
        Self { ends, items: sorted }
    }

    fn row(&self, row: usize) -> &[(u32, Access)] {
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        &self.items[start..self.ends[row] as usize]
    }

    fn iter(&self) -> impl Iterator<Item = (u32, &[(u32, Access)])> + Clone {
        (0u32..).zip((0..self.ends.len()).map(|row| self.row(row)))
    }
}
