//! The accounts of a random block and what is known of them while it is made.

use super::{
    super::{
        Actor, Contract, Settings, Signing, SplitMix, Workload,
        actor::address_of,
        draft::{Draft, FUNDS},
        erc20::grant,
        pools::PoolSite,
    },
    delegation, program,
};
use primitives::{Account, Address, Fork, U256, alloy_eips::eip4895::Withdrawal};

/// What a poor account is given, in wei; it pays for [`SPENDINGS`] transactions at any price that is drawn.
pub(super) const CREDIT: U256 = U256::from_limbs([1_000_000_000_000_000_000, 0, 0, 0]);

const SPENDINGS: u32 = 20;
const ACTORS: u64 = 8;
const POOR: u64 = 4;

/// Accounts by what they are.
#[derive(Debug)]
pub(super) struct World {
    pub(super) draft: Draft,
    /// Accounts with ether and a key, so that they can also sign authorizations.
    pub(super) actors: Vec<Actor>,
    /// Accounts without ether, and how many transactions each can pay for by now.
    pub(super) poor: Vec<(Actor, u32)>,
    /// Addresses that nobody has used.
    pub(super) strangers: Vec<Address>,
    pub(super) tokens: Vec<Address>,
    pub(super) sites: Vec<PoolSite>,
    pub(super) wallets: Vec<Address>,
    pub(super) counter: Address,
    pub(super) store: Address,
    pub(super) shared: Address,
    pub(super) cpu: Address,
    pub(super) factory: Address,
    /// Generated code that neither creates contracts nor destroys itself.
    pub(super) calm: Vec<Address>,
    /// Generated code that may do anything.
    pub(super) wild: Vec<Address>,
    /// Where transactions of this block have tried to create contracts.
    pub(super) deployed: Vec<Address>,
}

impl World {
    pub(super) fn new(settings: Settings) -> Self {
        let mut draft = Draft::new(settings);
        let seed = settings.seed;
        let actors: Vec<_> = (0..ACTORS).map(|index| Actor::new(Signing::Real, seed, index)).collect();
        for actor in &actors {
            draft.state.set_account(actor.address, Account::with_balance(FUNDS));
        }
        let poor = (ACTORS..ACTORS + POOR).map(|index| (Actor::new(Signing::Real, seed, index), 0)).collect();
        let base = draft.deploy(Contract::Token, 0);
        let sites: Vec<_> = (0..2).map(|index| PoolSite::new(&mut draft, base, index)).collect();
        let addresses = |kind: &str, count: u64| (0..count).map(|index| address_of(kind, seed, index)).collect();
        let mut world = Self {
            actors,
            poor,
            strangers: addresses("parallax stranger", 3),
            tokens: vec![base, sites[0].quote],
            sites,
            wallets: (0..3).map(|index| draft.deploy(Contract::Wallet, index)).collect(),
            counter: draft.deploy(Contract::Counter, 0),
            store: draft.deploy(Contract::Store, 0),
            shared: draft.deploy(Contract::Shared, 0),
            cpu: draft.deploy(Contract::Cpu, 0),
            factory: draft.deploy(Contract::Factory, 0),
            calm: addresses("parallax calm program", 3),
            wild: addresses("parallax wild program", 3),
            deployed: Vec::new(),
            draft,
        };
        world.furnish();
        world
    }

    pub(super) fn fork(&self) -> Fork {
        self.draft.settings.fork
    }

    pub(super) fn random(&mut self) -> &mut SplitMix {
        &mut self.draft.random
    }

    /// A rich account.
    pub(super) fn actor(&mut self) -> Actor {
        *self.draft.random.pick(&self.actors)
    }

    /// Any address at all: people, contracts, what was or may be created, the beneficiary, precompiles, nobody.
    pub(super) fn anybody(&mut self) -> Address {
        let random = &mut self.draft.random;
        match random.below(12) {
            0..3 => random.pick(&self.actors).address,
            3 => random.pick(&self.poor).0.address,
            4 => *random.pick(&self.strangers),
            5 => *random.pick(&self.wallets),
            6 => *random.pick(&self.calm),
            7 => *random.pick(&self.wild),
            8 if !self.deployed.is_empty() => *random.pick(&self.deployed),
            9 => Address::with_last_byte(random.below(20) as u8),
            10 => *random.pick(&[self.counter, self.store, self.factory, self.tokens[0], self.sites[0].pool]),
            _ => self.draft.beneficiary,
        }
    }

    /// Notes that a poor account gets its credit, and says who it is.
    pub(super) fn fund(&mut self, poor: usize) -> Address {
        let (actor, spendings) = &mut self.poor[poor];
        *spendings += SPENDINGS;
        actor.address
    }

    /// A poor account that can pay by now.
    pub(super) fn take_credit(&mut self) -> Option<Actor> {
        let able: Vec<_> = (0..self.poor.len()).filter(|&index| self.poor[index].1 > 0).collect();
        let index = *able.get(self.draft.random.index(able.len()))?;
        self.poor[index].1 -= 1;
        Some(self.poor[index].0)
    }

    pub(super) fn finish(mut self, name: String) -> Workload {
        if self.fork() >= Fork::Shanghai {
            for index in 0..self.draft.random.below(5) {
                let (address, amount) = (self.anybody(), self.draft.random.below(3) * 1_000_000_007);
                self.draft.withdrawals.push(Withdrawal { index, validator_index: index % 2, address, amount });
            }
        }
        self.draft.finish(name)
    }

    /// Gives out tokens, ether and code, and chooses the beneficiary.
    fn furnish(&mut self) {
        for index in 0..self.actors.len() {
            let holder = self.actors[index].address;
            for token in self.tokens.clone() {
                grant(&mut self.draft, token, holder);
            }
            let site = self.sites[index % self.sites.len()];
            for token in [site.base, site.quote] {
                site.admit(&mut self.draft, token, holder);
            }
        }
        for wallet in self.wallets.clone().into_iter().take(2) {
            let code_hash = self.draft.state.insert_code(Contract::Wallet.runtime());
            let balance = U256::from(self.random().below(1 << 20));
            self.draft.state.set_account(wallet, Account { balance, nonce: 1, code_hash });
        }
        program::install(self);
        if self.fork() >= Fork::Prague {
            delegation::install(self);
        }
        self.draft.beneficiary = match self.random().below(8) {
            0 => self.actors[0].address,
            1 => self.poor[0].0.address,
            2 => self.wallets[0],
            3 => self.wild[0],
            4 => self.strangers[0],
            5 => Address::with_last_byte(4),
            6 => self.sites[0].pool,
            _ => self.draft.beneficiary,
        };
    }
}
