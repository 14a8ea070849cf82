//! The transactions of one sender by nonce, and which of them can be executed.
//!
//! ```text
//!  nonce            end
//!    │ pending       │ gap │ queued │
//!    5   6   7   8   9  .  .  12  13
//! ```
//!
//! Law, after [`Sender::settle`]: `nonce..end` is the longest run of held nonces whose costs the balance covers together,
//! and `spent` is what these cost. Every change costs as much as the transactions it moves, not as many as are held.

use crate::{Pooled, index::HeadKey};
use primitives::{Account, U256};
use std::{collections::BTreeMap, ops::Range, sync::Arc};

/// The transactions of one sender.
#[derive(Debug)]
pub(crate) struct Sender {
    pub(crate) nonce: u64,
    pub(crate) end: u64,
    pub(crate) balance: U256,
    pub(crate) spent: U256,
    pub(crate) has_code: bool,
    pub(crate) slots: BTreeMap<u64, Slot>,
    /// Where the index of offers holds the first pending one.
    pub(crate) head: Option<HeadKey>,
}

/// One nonce.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) transaction: Arc<Pooled>,
    pub(crate) place: Place,
}

/// In which index a transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In none yet.
    Nowhere,
    /// Among those that can be executed.
    Pending,
    /// Among those that wait, since this time.
    Queued(u64),
}

impl Slot {
    pub(crate) const fn new(transaction: Arc<Pooled>) -> Self {
        Self { transaction, place: Place::Nowhere }
    }
}

impl Sender {
    pub(crate) fn new(account: &Account) -> Self {
        Self {
            nonce: account.nonce,
            end: account.nonce,
            balance: account.balance,
            spent: U256::ZERO,
            has_code: account.has_code(),
            slots: BTreeMap::new(),
            head: None,
        }
    }

    /// The nonces that can be executed.
    pub(crate) const fn pending(&self) -> Range<u64> {
        self.nonce..self.end
    }

    /// The first transaction that can be executed.
    pub(crate) fn first(&self) -> Option<&Arc<Pooled>> {
        self.pending_at(self.nonce)
    }

    /// The transaction with this nonce, if it can be executed.
    pub(crate) fn pending_at(&self, nonce: u64) -> Option<&Arc<Pooled>> {
        let slot = self.slots.get(&nonce).filter(|_| self.pending().contains(&nonce));
        slot.map(|slot| &slot.transaction)
    }

    /// Puts a transaction at its nonce and gives the one that was there.
    pub(crate) fn insert(&mut self, transaction: Arc<Pooled>) -> Option<Slot> {
        let nonce = transaction.nonce();
        let cost = transaction.cost;
        let old = self.slots.insert(nonce, Slot::new(transaction))?;
        if self.pending().contains(&nonce) {
            self.spent = (self.spent - old.transaction.cost).saturating_add(cost);
        }
        Some(old)
    }

    /// Takes a transaction out; those behind it cannot be executed any more.
    pub(crate) fn remove(&mut self, nonce: u64) -> Option<Slot> {
        if self.pending().contains(&nonce) {
            let behind = self.slots.range(nonce..self.end);
            let freed = behind.fold(U256::ZERO, |sum, (_, slot)| sum.saturating_add(slot.transaction.cost));
            self.spent = self.spent.saturating_sub(freed);
            self.end = nonce;
        }
        self.slots.remove(&nonce)
    }

    /// Takes over what a block made of the account, and gives the transactions whose nonces are used.
    pub(crate) fn set_account(&mut self, account: &Account) -> Vec<Slot> {
        self.balance = account.balance;
        self.has_code = account.has_code();
        if account.nonce < self.nonce {
            (self.nonce, self.end, self.spent) = (account.nonce, account.nonce, U256::ZERO);
        }
        let mut used = Vec::new();
        while let Some(first) = self.slots.first_entry().filter(|first| *first.key() < account.nonce) {
            let (nonce, slot) = first.remove_entry();
            if nonce < self.end {
                self.spent = self.spent.saturating_sub(slot.transaction.cost);
            }
            used.push(slot);
        }
        self.nonce = account.nonce;
        self.end = self.end.max(account.nonce);
        used
    }

    /// Makes the law hold again: gives up what the balance does not cover, takes in what it does.
    pub(crate) fn settle(&mut self) {
        while self.spent > self.balance && self.end > self.nonce {
            self.end -= 1;
            let cost = self.slots.get(&self.end).map_or(U256::ZERO, |slot| slot.transaction.cost);
            self.spent = self.spent.saturating_sub(cost);
        }
        while let Some(slot) = self.slots.get(&self.end) {
            let spent = self.spent.checked_add(slot.transaction.cost);
            let Some(spent) = spent.filter(|spent| *spent <= self.balance) else { break };
            self.spent = spent;
            self.end += 1;
        }
    }
}
