//! Blocks of token transfers, all on one token contract.

use super::{
    Actor, Call, Contract, Generator, Settings, Spread, Variable, Workload, Zipf,
    draft::{Draft, Message},
    mapping_slot,
    slot::word,
};
use primitives::{Address, U256};
use std::fmt;

/// A transfer between existing holders needs about 35,000.
const GAS_LIMIT: u64 = 60_000;

/// A block of ERC-20 transfers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Erc20 {
    /// How many.
    pub transactions: usize,
    /// Who pays whom.
    pub pattern: Erc20Pattern,
}

/// Who pays whom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Erc20Pattern {
    /// Every transaction has its own sender; the recipients spread as said.
    Recipients(Spread),
    /// Sender and recipient are both drawn by Zipf's law from one set of holders.
    Pairs {
        /// Number of holders.
        holders: usize,
        /// How uneven; 0 is uniform.
        exponent: f64,
    },
}

impl Generator for Erc20 {
    fn name(&self) -> String {
        format!("erc20/{}/n={}", self.pattern, self.transactions)
    }

    fn build(&self, settings: Settings) -> Workload {
        let mut draft = Draft::new(settings);
        let token = draft.deploy(Contract::Token, 0);
        match self.pattern {
            Erc20Pattern::Recipients(spread) => self.spread(&mut draft, token, spread),
            Erc20Pattern::Pairs { holders, exponent } => self.pairs(&mut draft, token, holders, exponent),
        }
        draft.finish(self.name())
    }
}

impl Erc20 {
    fn spread(&self, draft: &mut Draft, token: Address, spread: Spread) {
        let (assigned, population) = spread.assign(self.transactions, &mut draft.random);
        let recipients: Vec<_> = (0..population).map(|index| draft.bystander(index)).collect();
        for to in &recipients {
            grant(draft, token, *to);
        }
        for (sender, recipient) in assigned.into_iter().enumerate() {
            let actor = draft.actor(sender);
            grant(draft, token, actor.address);
            let to = recipients[recipient];
            transfer(draft, token, &actor, to, vec![balance(token, actor.address), balance(token, to)]);
        }
    }

    fn pairs(&self, draft: &mut Draft, token: Address, holders: usize, exponent: f64) {
        let holders = draft.actors(holders.max(2));
        for holder in &holders {
            grant(draft, token, holder.address);
        }
        let zipf = Zipf::new(holders.len(), exponent);
        for _ in 0..self.transactions {
            let from = zipf.draw(&mut draft.random);
            let drawn = zipf.draw(&mut draft.random);
            let to = if drawn == from { (drawn + 1) % holders.len() } else { drawn };
            let (actor, to) = (holders[from], holders[to].address);
            let touches = vec![Variable::Account(actor.address), balance(token, actor.address), balance(token, to)];
            transfer(draft, token, &actor, to, touches);
        }
    }
}

impl fmt::Display for Erc20Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Recipients(spread) => write!(f, "recipients={spread}"),
            Self::Pairs { holders, exponent } => write!(f, "pairs=zipf-{exponent}-of-{holders}"),
        }
    }
}

/// The variable that holds an account's tokens.
pub(super) fn balance(token: Address, account: Address) -> Variable {
    Variable::Slot(token, mapping_slot(word(account), Contract::Token.slot("balanceOf")))
}

/// Gives an account more tokens than any workload moves.
pub(super) fn grant(draft: &mut Draft, token: Address, account: Address) {
    set_balance(draft, token, account, U256::ONE << 96);
}

/// Sets an account's tokens.
pub(super) fn set_balance(draft: &mut Draft, token: Address, account: Address, amount: U256) {
    let slot = mapping_slot(word(account), Contract::Token.slot("balanceOf"));
    draft.state.set_storage(token, slot, amount);
}

fn transfer(draft: &mut Draft, token: Address, actor: &Actor, to: Address, touches: Vec<Variable>) {
    let amount = 1 + draft.random.below(1_000);
    let input = Call::new("transfer(address,uint256)").address(to).word(U256::from(amount)).encode();
    draft.send(actor, Message { to: token, value: U256::ZERO, input, gas_limit: GAS_LIMIT }, touches);
}

#[cfg(test)]
mod tests {
    use super::{super::plain, *};

    #[test]
    fn all_patterns_run() {
        for (pattern, correlated) in [
            (Erc20Pattern::Recipients(Spread::Independent), 0),
            (Erc20Pattern::Recipients(Spread::Hot), 49),
            (Erc20Pattern::Recipients(Spread::Correlated(10)), 5),
            (Erc20Pattern::Pairs { holders: 2, exponent: 0.0 }, 49),
        ] {
            plain::check(&Erc20 { transactions: 50, pattern }, correlated);
        }
    }

    #[test]
    fn balance_slot_is_what_the_contract_reads() {
        let mut draft = Draft::new(Settings::new(1));
        let token = draft.deploy(Contract::Token, 0);
        let actor = draft.actor(0);
        set_balance(&mut draft, token, actor.address, U256::from(77));
        let input = Call::new("balanceOf(address)").address(actor.address).encode();
        draft.send(&actor, Message { to: token, value: U256::ZERO, input, gas_limit: GAS_LIMIT }, Vec::new());
        let outcome = plain::run(&draft.finish(String::from("balance")));
        assert_eq!(U256::from_be_slice(&outcome.outputs[0]), U256::from(77));
    }
}
