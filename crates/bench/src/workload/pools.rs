//! Blocks of swaps on a set of constant-product pools.

use super::{
    Actor, Call, Contract, Generator, Settings, Spread, Variable, Workload,
    draft::{Draft, Message},
    erc20::{balance, grant, set_balance},
    nested_mapping_slot,
};
use primitives::{Address, U256};

/// A swap needs about 130,000.
const GAS_LIMIT: u64 = 220_000;

/// A block of swaps. All pools trade one base token against a token of their own, as pools on the main chain trade
/// wrapped ether; every transaction has its own trader.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pools {
    /// How many swaps.
    pub transactions: usize,
    /// How the swaps spread over the pools; [`Spread::Independent`] makes a pool for each swap.
    pub spread: Spread,
}

/// A pool with its tokens.
#[derive(Clone, Copy, Debug)]
pub(super) struct PoolSite {
    pub(super) pool: Address,
    pub(super) base: Address,
    pub(super) quote: Address,
}

impl Generator for Pools {
    fn name(&self) -> String {
        format!("pools/spread={}/n={}", self.spread, self.transactions)
    }

    fn build(&self, settings: Settings) -> Workload {
        let mut draft = Draft::new(settings);
        let (assigned, population) = self.spread.assign(self.transactions, &mut draft.random);
        let base = draft.deploy(Contract::Token, 0);
        let sites: Vec<_> = (0..population).map(|index| PoolSite::new(&mut draft, base, index)).collect();
        for (trader, site) in assigned.into_iter().enumerate() {
            let (actor, site) = (draft.actor(trader), sites[site]);
            let token = if draft.random.percent(50) { site.base } else { site.quote };
            site.admit(&mut draft, token, actor.address);
            let amount = 1_000_000 + draft.random.below(1_000_000);
            let input = site.swap(token, amount, actor.address);
            let message = Message { to: site.pool, value: U256::ZERO, input, gas_limit: GAS_LIMIT };
            draft.send(&actor, message, site.touches(&actor));
        }
        draft.finish(self.name())
    }
}

impl PoolSite {
    /// Puts a pool and its own token in place, with reserves.
    pub(super) fn new(draft: &mut Draft, base: Address, index: usize) -> Self {
        let pool = draft.deploy(Contract::Pool, index);
        let quote = draft.deploy(Contract::Token, index + 1);
        let reserve = U256::ONE << 80;
        for (label, value) in [
            ("token0", base.into_word().into()),
            ("token1", quote.into_word().into()),
            ("reserve0", reserve | (reserve << 112)),
            ("open", U256::ONE),
        ] {
            draft.state.set_storage(pool, Contract::Pool.slot(label), value);
        }
        set_balance(draft, base, pool, reserve);
        set_balance(draft, quote, pool, reserve);
        Self { pool, base, quote }
    }

    /// Gives a trader tokens and lets the pool take them.
    pub(super) fn admit(&self, draft: &mut Draft, token: Address, trader: Address) {
        let slot = nested_mapping_slot(trader, self.pool, Contract::Token.slot("allowance"));
        draft.state.set_storage(token, slot, U256::MAX);
        grant(draft, token, trader);
    }

    /// Calldata of a swap.
    pub(super) fn swap(&self, token: Address, amount: u64, to: Address) -> primitives::Bytes {
        let call = Call::new("swap(address,uint256,uint256,address)").address(token);
        call.word(U256::from(amount)).word(U256::ONE).address(to).encode()
    }

    fn touches(&self, actor: &Actor) -> Vec<Variable> {
        vec![
            Variable::Slot(self.pool, Contract::Pool.slot("reserve0")),
            Variable::Slot(self.pool, Contract::Pool.slot("open")),
            balance(self.base, self.pool),
            balance(self.quote, self.pool),
            balance(self.base, actor.address),
            balance(self.quote, actor.address),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::{super::plain, *};

    #[test]
    fn swaps_run() {
        for (spread, correlated) in [(Spread::Independent, 0), (Spread::Hot, 39), (Spread::Correlated(10), 4)] {
            let outcome = plain::check(&Pools { transactions: 40, spread }, correlated);
            assert!(outcome.outputs.iter().all(|output| U256::from_be_slice(output) > U256::from(900_000)));
        }
    }
}
