//! The pool as a list that is searched from end to end: the specification, in quadratic time.

use primitives::{B256, U256};
use std::cmp::Reverse;
use txpool::Limits;

/// One transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) hash: B256,
    pub(crate) signer: usize,
    pub(crate) nonce: u64,
    pub(crate) cap: u128,
    pub(crate) tip: u128,
    pub(crate) cost: U256,
    pub(crate) is_local: bool,
    pub(crate) arrival: u64,
    /// When it came into the queue, if it is there.
    pub(crate) since: Option<u64>,
}

#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub(crate) accounts: Vec<(u64, U256)>,
    pub(crate) held: Vec<Held>,
    pub(crate) base_fee: u64,
    pub(crate) now: u64,
    arrivals: u64,
    limits: Limits,
}

impl Model {
    pub(crate) fn new(accounts: Vec<(u64, U256)>, limits: Limits, base_fee: u64) -> Self {
        Self { accounts, held: Vec::new(), base_fee, now: 0, arrivals: 0, limits }
    }

    /// The nonces of a sender that can be executed, by the definition.
    pub(crate) fn pending(&self, signer: usize) -> Vec<&Held> {
        let (mut nonce, mut funds) = self.accounts[signer];
        let mut pending = Vec::new();
        while let Some(next) = self.at(signer, nonce)
            && next.cost <= funds
        {
            funds -= next.cost;
            nonce += 1;
            pending.push(next);
        }
        pending
    }

    pub(crate) fn queued(&self, signer: usize) -> Vec<&Held> {
        let pending = self.pending(signer);
        let mut queued: Vec<&Held> =
            self.held.iter().filter(|held| held.signer == signer && !pending.contains(held)).collect();
        queued.sort_by_key(|held| held.nonce);
        queued
    }

    /// Whether it is taken.
    pub(crate) fn add(&mut self, mut new: Held) -> bool {
        let (next, balance) = self.accounts[new.signer];
        let old = self.at(new.signer, new.nonce).cloned();
        let pending = self.pending(new.signer);
        let spent: U256 = pending.iter().map(|held| held.cost).sum();
        let replaced = pending.iter().find(|held| held.nonce == new.nonce).map_or(U256::ZERO, |held| held.cost);
        let end = next + pending.len() as u64;
        let count = self.held.iter().filter(|held| held.signer == new.signer).count();
        let outbids = |new: u128, old: u128| {
            new > old && new * 100 >= old * (100 + u128::from(self.limits.price_bump_percent)) / 100 * 100
        };
        if self.held.iter().any(|held| held.hash == new.hash)
            || new.cap < new.tip
            || new.nonce < next
            || new.cost > balance
            || spent + new.cost - replaced > balance
            || old.as_ref().is_some_and(|old| !outbids(new.cap, old.cap) || !outbids(new.tip, old.tip))
            || (old.is_none() && !new.is_local && count >= self.limits.slots_per_account)
        {
            return false;
        }
        new.arrival = self.arrivals;
        let is_pending = new.nonce <= end;
        let (len, max) = if is_pending {
            (self.count_pending(), self.limits.pending_max)
        } else {
            (self.count_queued(), self.limits.queued_max)
        };
        if old.is_none() && len >= max {
            let worst = self.worst(is_pending, None);
            if worst.is_none_or(|worst| self.rank(&worst) > self.rank(&new)) {
                return false;
            }
        }
        self.arrivals += 1;
        self.held.retain(|held| (held.signer, held.nonce) != (new.signer, new.nonce));
        let arrival = new.arrival;
        self.held.push(new);
        self.mark();
        self.enforce(Some(arrival));
        true
    }

    /// A block, or a rollback, one account after the other.
    pub(crate) fn follow(&mut self, changed: &[(usize, u64, U256)], mut returned: Vec<Held>) {
        for (signer, nonce, balance) in changed {
            self.accounts[*signer] = (*nonce, *balance);
            self.held.retain(|held| held.signer != *signer || held.nonce >= *nonce);
            let (back, rest) = returned.into_iter().partition(|held| held.signer == *signer);
            returned = rest;
            self.take_back(back);
            self.mark();
        }
        self.expire();
        self.enforce(None);
    }

    fn take_back(&mut self, back: Vec<Held>) {
        for mut held in back {
            held.arrival = self.arrivals;
            self.arrivals += 1;
            if held.nonce >= self.accounts[held.signer].0 && self.at(held.signer, held.nonce).is_none() {
                held.since = None;
                self.held.push(held);
            }
        }
    }

    pub(crate) fn remove(&mut self, hash: B256) {
        self.held.retain(|held| held.hash != hash);
        self.mark();
    }

    pub(crate) fn remove_from(&mut self, signer: usize) {
        self.held.retain(|held| held.signer != signer);
    }

    pub(crate) fn expire(&mut self) {
        let lifetime = self.limits.queued_lifetime_ms;
        self.held.retain(|held| held.since.is_none_or(|since| since + lifetime > self.now));
        self.mark();
    }

    /// What a builder is offered, the best first.
    pub(crate) fn best(&self, base_fee: u64) -> Vec<B256> {
        let mut chains: Vec<Vec<&Held>> = (0..self.accounts.len())
            .map(|signer| {
                self.pending(signer).into_iter().take_while(|held| held.cap >= u128::from(base_fee)).collect()
            })
            .collect();
        let mut offers = Vec::new();
        let tip = |held: &Held| held.tip.min(held.cap - u128::from(base_fee));
        while let Some(chain) = chains
            .iter_mut()
            .filter(|chain| !chain.is_empty())
            .max_by_key(|chain| (tip(chain[0]), Reverse(chain[0].arrival)))
        {
            offers.push(chain.remove(0).hash);
        }
        offers
    }

    fn at(&self, signer: usize, nonce: u64) -> Option<&Held> {
        self.held.iter().find(|held| held.signer == signer && held.nonce == nonce)
    }

    fn is_pending(&self, held: &Held) -> bool {
        self.pending(held.signer).contains(&held)
    }

    fn count_pending(&self) -> usize {
        self.held.iter().filter(|held| self.is_pending(held)).count()
    }

    fn count_queued(&self) -> usize {
        self.held.len() - self.count_pending()
    }

    fn rank(&self, held: &Held) -> (bool, u128, Reverse<u64>) {
        (held.is_local, (held.tip + u128::from(self.base_fee)).min(held.cap), Reverse(held.arrival))
    }

    fn worst(&self, pending: bool, spared: Option<u64>) -> Option<Held> {
        let held = self.held.iter().filter(|held| self.is_pending(held) == pending && Some(held.arrival) != spared);
        held.min_by_key(|held| self.rank(held)).cloned()
    }

    fn enforce(&mut self, spared: Option<u64>) {
        loop {
            let victim = if self.count_pending() > self.limits.pending_max {
                self.worst(true, spared)
            } else if self.count_queued() > self.limits.queued_max {
                self.worst(false, spared)
            } else {
                None
            };
            let Some(victim) = victim else { return };
            self.remove(victim.hash);
        }
    }

    /// Notes who came into the queue.
    fn mark(&mut self) {
        let pending: Vec<bool> = self.held.iter().map(|held| self.is_pending(held)).collect();
        for (held, is_pending) in self.held.iter_mut().zip(pending) {
            held.since = if is_pending { None } else { held.since.or(Some(self.now)) };
        }
    }
}
