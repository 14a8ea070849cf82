//! Which keys a transaction reads, writes and adds to, without the values.

use primitives::Account;

use crate::{AccessRecord, AccountAccess, SlotAccess, StateKey};

/// Keys that an account has beside its slots.
const ACCOUNT_KEYS: usize = 4;

/// The keys that one transaction, or several, touch.
///
/// | | reads | writes | adds |
/// |---|---|---|---|
/// | **reads** | | conflict | conflict |
/// | **writes** | conflict | conflict | conflict |
/// | **adds** | conflict | conflict | |
///
/// *Adds* are commutative updates: payments into and out of a balance whose exact amount the transaction did not look
/// at, and the coming into existence of an account by such a payment. They may change places with each other, but not
/// with a read or a write of the same key. The rest are Bernstein's conditions. Whether a balance suffices for the
/// payments in another order is not told by keys; the record holds the least balance that does.
///
/// A key may be both read and written. Law: each of the three lists is sorted and without repetition, and a key that
/// is written is not among the adds, being subsumed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AccessSet {
    reads: Vec<StateKey>,
    writes: Vec<StateKey>,
    adds: Vec<StateKey>,
}

/// How a key is accessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessKind {
    /// The outcome depends on the value.
    Read,
    /// The value is replaced.
    Write,
    /// Something is added to the value or taken from it; the outcome does not depend on the value.
    Add,
}

impl AccessSet {
    /// A set from keys in any order.
    pub fn new(
        reads: impl IntoIterator<Item = StateKey>,
        writes: impl IntoIterator<Item = StateKey>,
        adds: impl IntoIterator<Item = StateKey>,
    ) -> Self {
        let (reads, writes, mut adds) = (sorted(reads), sorted(writes), sorted(adds));
        adds.retain(|key| writes.binary_search(key).is_err());
        Self { reads, writes, adds }
    }

    /// What a recorded execution read, wrote and added to.
    ///
    /// Of every account touched, the code is read; balance, nonce and existence are read where the record says that
    /// they were observed. Where balance or existence was not, a change of it is an addition. Every slot touched is
    /// read, since the price of writing a slot depends on its value.
    pub fn from_record(record: &AccessRecord) -> Self {
        // Keys are ordered by account first, so that nothing but accounts and the slots of each has to be sorted.
        let mut accounts: Vec<_> = record.iter().collect();
        accounts.sort_unstable_by_key(|(account, _)| account.address);
        let mut set = Self {
            reads: Vec::with_capacity(ACCOUNT_KEYS * accounts.len() + record.slots.len()),
            writes: Vec::with_capacity(accounts.len() + record.slots.len()),
            adds: Vec::with_capacity(accounts.len()),
        };
        let mut in_order: Vec<&SlotAccess> = Vec::with_capacity(record.slots.len());
        for (account, slots) in accounts {
            set.push_account(account);
            in_order.clear();
            in_order.extend(slots);
            in_order.sort_unstable_by_key(|slot| slot.slot);
            for slot in &in_order {
                let key = StateKey::Slot(account.address, slot.slot);
                set.reads.push(key);
                push_if(slot.is_changed(), &mut set.writes, key);
            }
        }
        set
    }

    /// Adds the keys of an account beside its slots, which are greater than all keys before them. An account whose
    /// removal was seen is replaced as a whole, with whatever balance it had.
    fn push_account(&mut self, account: &AccountAccess) {
        let (address, observed) = (account.address, account.observed);
        let [before, after] =
            [&account.before, &account.after].map(|account| account.as_ref().unwrap_or(&Account::EMPTY));
        let is_removed = account.before.is_some() && account.after.is_none() && observed.existence;
        let (pays, appears) = (before.balance != after.balance, changes_existence(account));
        let replaces_balance = is_removed || (observed.balance && pays);
        let replaces_existence = account.wiped || (observed.existence && appears);

        push_if(observed.balance, &mut self.reads, StateKey::Balance(address));
        push_if(observed.nonce, &mut self.reads, StateKey::Nonce(address));
        self.reads.push(StateKey::Code(address));
        push_if(observed.existence, &mut self.reads, StateKey::Existence(address));

        push_if(replaces_balance, &mut self.writes, StateKey::Balance(address));
        push_if(before.nonce != after.nonce, &mut self.writes, StateKey::Nonce(address));
        push_if(before.code_hash != after.code_hash, &mut self.writes, StateKey::Code(address));
        push_if(replaces_existence, &mut self.writes, StateKey::Existence(address));

        push_if(pays && !replaces_balance, &mut self.adds, StateKey::Balance(address));
        push_if(appears && !replaces_existence, &mut self.adds, StateKey::Existence(address));
    }

    /// The keys whose values the outcome depends on, in order.
    pub fn reads(&self) -> &[StateKey] {
        &self.reads
    }

    /// The keys whose values are replaced, in order.
    pub fn writes(&self) -> &[StateKey] {
        &self.writes
    }

    /// The keys that are only added to and taken from, in order.
    pub fn adds(&self) -> &[StateKey] {
        &self.adds
    }

    /// Every access: reads, then writes, then adds.
    pub fn iter(&self) -> impl Iterator<Item = (StateKey, AccessKind)> {
        self.by_ref().map(|(key, kind)| (*key, kind))
    }

    /// As [`iter`](Self::iter), where the keys lie.
    pub(crate) fn by_ref(&self) -> impl Iterator<Item = (&StateKey, AccessKind)> {
        let reads = self.reads.iter().map(|key| (key, AccessKind::Read));
        let writes = self.writes.iter().map(|key| (key, AccessKind::Write));
        let adds = self.adds.iter().map(|key| (key, AccessKind::Add));
        reads.chain(writes).chain(adds)
    }

    /// Whether the key is accessed in any way.
    pub fn contains(&self, key: &StateKey) -> bool {
        [&self.reads, &self.writes, &self.adds].into_iter().any(|keys| keys.binary_search(key).is_ok())
    }

    /// Number of accesses; a key that is read and written counts twice.
    pub fn len(&self) -> usize {
        self.reads.len() + self.writes.len() + self.adds.len()
    }

    /// Whether nothing is accessed.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the order of the two matters: one of them writes or adds to what the other accesses, additions on both
    /// sides excepted. Symmetric. Linear in the number of accesses.
    pub fn conflicts_with(&self, other: &Self) -> bool {
        intersects(&self.writes, &other.writes)
            || self.invalidates_reads_of(other)
            || other.invalidates_reads_of(self)
            || intersects(&self.writes, &other.adds)
            || intersects(&self.adds, &other.writes)
    }

    /// Whether the two have no key in common, however it is accessed. Disjoint sets do not conflict.
    pub fn is_disjoint(&self, other: &Self) -> bool {
        let keys = |set: &Self| sorted(set.iter().map(|(key, _)| key));
        !intersects(&keys(self), &keys(other))
    }

    /// What the two access together. It conflicts with just what one of the two conflicts with.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let both = |a: &[StateKey], b: &[StateKey]| a.iter().chain(b).copied().collect::<Vec<_>>();
        Self::new(both(&self.reads, &other.reads), both(&self.writes, &other.writes), both(&self.adds, &other.adds))
    }

    fn invalidates_reads_of(&self, other: &Self) -> bool {
        intersects(&self.writes, &other.reads) || intersects(&self.adds, &other.reads)
    }
}

#[inline]
fn push_if(wanted: bool, keys: &mut Vec<StateKey>, key: StateKey) {
    if wanted {
        keys.push(key);
    }
}

fn changes_existence(account: &AccountAccess) -> bool {
    let seen = |account: &Option<Account>| account.as_ref().map(Account::is_empty);
    seen(&account.before) != seen(&account.after)
}

fn sorted(keys: impl IntoIterator<Item = StateKey>) -> Vec<StateKey> {
    let mut keys: Vec<StateKey> = keys.into_iter().collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Whether two sorted lists have a key in common.
fn intersects(mut a: &[StateKey], mut b: &[StateKey]) -> bool {
    while let ([first, rest_a @ ..], [second, rest_b @ ..]) = (a, b) {
        match first.cmp(second) {
            std::cmp::Ordering::Less => a = rest_a,
            std::cmp::Ordering::Greater => b = rest_b,
            std::cmp::Ordering::Equal => return true,
        }
    }
    false
}
