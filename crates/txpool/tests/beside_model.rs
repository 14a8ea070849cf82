//! The pool against a model that is too simple to be wrong, over random histories.

mod model;
mod support;

use access_list::AccountChange;
use model::{Held, Model};
use primitives::{Account, Address, B256, Fork, U256};
use proptest::prelude::*;
use state::MemoryState;
use std::collections::BTreeMap;
use support::{Build, head, limits, signer, transfer};
use txpool::{BlockUpdate, Event, EventKind, Head, Limits, Origin, Pool};

const SIGNERS: usize = 4;
const GAS: u64 = 21_000;

#[derive(Clone, Debug)]
enum Step {
    /// From whom, how far from the next nonce, tip and what the cap has beyond it, value in units, whether local.
    Add(usize, u64, u128, u128, u64, bool),
    /// The best so many are mined; money comes to one account.
    Mine(usize, usize, u64),
    /// The last block is rolled back.
    Reorg,
    /// An account uses a nonce elsewhere.
    Skip(usize),
    /// An account has just so many units left.
    Drain(usize, u64),
    Remove(usize),
    RemoveFrom(usize),
    Wait(u64),
    BaseFee(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (0..SIGNERS, 0..5u64, 1..9u128, 0..6u128, 0..12u64, prop::bool::weighted(0.15))
            .prop_map(|(from, ahead, tip, over, value, local)| Step::Add(from, ahead, tip, over, value, local)),
        3 => (0..4usize, 0..SIGNERS, 0..80u64).prop_map(|(count, to, units)| Step::Mine(count, to, units)),
        1 => Just(Step::Reorg),
        1 => (0..SIGNERS).prop_map(Step::Skip),
        2 => (0..SIGNERS, 0..60u64).prop_map(|(from, units)| Step::Drain(from, units)),
        1 => (0..20usize).prop_map(Step::Remove),
        1 => (0..SIGNERS).prop_map(Step::RemoveFrom),
        1 => (1..15u64).prop_map(Step::Wait),
        1 => (0..10u64).prop_map(Step::BaseFee),
    ]
}

/// The pool, the model, and what the events say beside both.
struct Run {
    pool: Pool,
    model: Model,
    /// What is held by the events, and whether it is pending.
    told: BTreeMap<B256, bool>,
    /// The last block: its transactions, and the accounts before it.
    last: Option<(Vec<Held>, Vec<(usize, u64)>)>,
    builds: BTreeMap<B256, Build>,
}

fn units(count: u64) -> U256 {
    U256::from(count * GAS)
}

fn small() -> Limits {
    Limits { slots_per_account: 6, pending_max: 7, queued_max: 5, queued_lifetime_ms: 10, ..limits() }
}

fn at(base_fee: u64) -> Head {
    Head { base_fee, ..head(Fork::Osaka) }
}

impl Run {
    fn new() -> Self {
        let accounts = vec![(3, units(60)); SIGNERS];
        let (pool, model) = (Pool::new(small(), at(4)), Model::new(accounts, small(), 4));
        Self { pool, model, told: BTreeMap::new(), last: None, builds: BTreeMap::new() }
    }

    fn state(&self) -> MemoryState {
        let mut state = MemoryState::new();
        for (number, (nonce, balance)) in self.model.accounts.iter().enumerate() {
            state.set_account(signer(number as u64), Account { nonce: *nonce, ..Account::with_balance(*balance) });
        }
        state
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Add(from, ahead, tip, over, value, local) => self.add(from, ahead, (tip, over), value, local),
            Step::Mine(count, to, money) => self.mine(count, to, money),
            Step::Reorg => self.reorg(),
            Step::Skip(from) => {
                self.follow(vec![(from, self.model.accounts[from].0 + 1, self.model.accounts[from].1)], &[], Vec::new())
            }
            Step::Drain(from, left) => {
                self.follow(vec![(from, self.model.accounts[from].0, units(left))], &[], Vec::new())
            }
            Step::Remove(index) => {
                if let Some(hash) = self.model.held.get(index).map(|held| held.hash) {
                    let events = self.pool.remove(&hash, self.model.now);
                    self.model.remove(hash);
                    self.hear(&events);
                }
            }
            Step::RemoveFrom(from) => {
                let events = self.pool.remove_from(signer(from as u64), self.model.now);
                self.model.remove_from(from);
                self.hear(&events);
            }
            Step::Wait(time) => {
                self.model.now += time;
                self.model.expire();
                let events = self.pool.expire(self.model.now);
                self.hear(&events);
            }
            Step::BaseFee(base_fee) => {
                self.model.base_fee = base_fee;
                self.pool.set_head(at(base_fee));
            }
        }
        self.check();
    }

    fn add(&mut self, from: usize, ahead: u64, (tip, over): (u128, u128), value: u64, local: bool) {
        let nonce = (self.model.accounts[from].0 + ahead).saturating_sub(1);
        let build = Build { cap: tip + over, value: units(value), ..transfer(from as u64, nonce, tip) };
        let origin = if local { Origin::Local } else { Origin::Remote };
        let hash = build.hash();
        let held = Held {
            hash,
            signer: from,
            nonce,
            cap: build.cap,
            tip,
            cost: U256::from(u128::from(GAS) * build.cap) + build.value,
            is_local: local,
            arrival: 0,
            since: None,
        };
        let result = self.pool.add(build.incoming(), origin, &self.state(), self.model.now);
        assert_eq!(result.is_ok(), self.model.add(held), "{result:?}");
        if let Ok(added) = result {
            self.builds.insert(hash, build);
            self.hear(&added.events);
            assert_eq!(self.told.get(&hash), Some(&added.is_pending));
        }
    }

    fn mine(&mut self, count: usize, to: usize, money: u64) {
        let best = self.model.best(self.model.base_fee);
        let mined: Vec<B256> = best.into_iter().take(count).collect();
        let find = |hash: &B256| self.model.held.iter().find(|held| held.hash == *hash).cloned();
        let block: Vec<Held> = mined.iter().filter_map(find).collect();
        let before = (0..SIGNERS).map(|signer| (signer, self.model.accounts[signer].0)).collect();
        let mut accounts = self.model.accounts.clone();
        for held in &block {
            accounts[held.signer].0 += 1;
            accounts[held.signer].1 -= held.cost;
        }
        accounts[to].1 += units(money);
        let changed = accounts.iter().enumerate().map(|(signer, (nonce, balance))| (signer, *nonce, *balance));
        let changed =
            changed.filter(|(signer, nonce, balance)| self.model.accounts[*signer] != (*nonce, *balance)).collect();
        self.follow(changed, &mined, Vec::new());
        self.last = Some((block, before));
    }

    fn reorg(&mut self) {
        let Some((block, before)) = self.last.take() else { return };
        let nonces = before.iter().filter(|(signer, nonce)| self.model.accounts[*signer].0 != *nonce);
        let refund =
            |signer: usize| block.iter().filter(|held| held.signer == signer).map(|held| held.cost).sum::<U256>();
        let changed: Vec<(usize, u64, U256)> =
            nonces.map(|(signer, nonce)| (*signer, *nonce, self.model.accounts[*signer].1 + refund(*signer))).collect();
        // A nonce that was used outside of the block comes back with it.
        let block = block.into_iter().filter(|held| changed.iter().any(|change| change.0 == held.signer)).collect();
        self.follow(changed, &[], block);
    }

    fn follow(&mut self, changed: Vec<(usize, u64, U256)>, mined: &[B256], returned: Vec<Held>) {
        let change = |(number, nonce, balance): &(usize, u64, U256)| AccountChange {
            address: signer(*number as u64),
            account: Some(Account { nonce: *nonce, ..Account::with_balance(*balance) }),
            wiped: false,
        };
        let changes: Vec<AccountChange> = changed.iter().map(change).collect();
        let back = returned.iter().map(|held| {
            let origin = if held.is_local { Origin::Local } else { Origin::Remote };
            (self.builds[&held.hash].incoming(), origin)
        });
        let events = self.pool.on_block(BlockUpdate {
            head: at(self.model.base_fee),
            changed: &changes,
            mined,
            returned: back.collect(),
            now_ms: self.model.now,
        });
        self.model.follow(&changed, returned);
        for hash in mined {
            assert!(events.iter().any(|event| event.kind == EventKind::Mined && event.transaction.hash == *hash));
        }
        self.hear(&events);
    }

    /// Follows the events as a subscriber would, and refuses those that make no sense.
    fn hear(&mut self, events: &[Event]) {
        for event in events {
            let hash = event.transaction.hash;
            let held = self.told.get(&hash).copied();
            match event.kind {
                EventKind::Added { is_pending } => {
                    assert_eq!(held, None);
                    self.told.insert(hash, is_pending);
                }
                EventKind::Promoted => assert_eq!(self.told.insert(hash, true), Some(false)),
                EventKind::Demoted => assert_eq!(self.told.insert(hash, false), Some(true)),
                EventKind::Dropped(txpool::DropReason::NotReturned) => assert!(!event.is_announcement()),
                _ => assert!(self.told.remove(&hash).is_some(), "{event:?}"),
            }
        }
    }

    /// The pool, the model and the events agree on everything that can be asked.
    fn check(&self) {
        let mut told = BTreeMap::new();
        let hashes = |held: Vec<&Held>| held.into_iter().map(|held| held.hash).collect::<Vec<_>>();
        for number in 0..SIGNERS {
            let address: Address = signer(number as u64);
            let content = self.pool.content_from(address);
            let (pending, queued) = (hashes(self.model.pending(number)), hashes(self.model.queued(number)));
            assert_eq!(content.pending.iter().map(|held| held.hash).collect::<Vec<_>>(), pending);
            assert_eq!(content.queued.iter().map(|held| held.hash).collect::<Vec<_>>(), queued);
            if !pending.is_empty() || !queued.is_empty() {
                let next = self.model.accounts[number].0 + pending.len() as u64;
                assert_eq!(self.pool.next_nonce(address), Some(next));
            }
            told.extend(pending.into_iter().map(|hash| (hash, true)));
            told.extend(queued.into_iter().map(|hash| (hash, false)));
        }
        assert_eq!(self.told, told, "nothing is lost without an event");
        let status = self.pool.status();
        assert_eq!(status.pending + status.queued, told.len());
        assert_eq!(status.pending, told.values().filter(|is_pending| **is_pending).count());
        assert_eq!(status.bytes, self.pool.content().iter().map(|(_, content)| bytes(content)).sum::<usize>());
        for base_fee in [0, self.model.base_fee, 9] {
            let offers: Vec<B256> = self.pool.best(base_fee, 1).map(|offer| offer.transaction.hash).collect();
            assert_eq!(offers, self.model.best(base_fee), "at base fee {base_fee}");
        }
    }
}

fn bytes(content: &txpool::Content) -> usize {
    content.pending.iter().chain(&content.queued).map(|held| held.bytes).sum()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, max_shrink_iters: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn the_pool_does_what_the_model_does(steps in prop::collection::vec(step(), 1..80)) {
        let mut run = Run::new();
        for step in &steps {
            run.step(step);
        }
        let events = run.pool.clear();
        run.hear(&events);
        prop_assert!(run.told.is_empty());
        prop_assert_eq!(run.pool.status(), txpool::Status::default());
    }
}
