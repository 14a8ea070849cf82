//! Blocks of plain transfers.

use super::{
    Generator, Settings, Spread, Variable, Workload,
    draft::{Draft, GAS_PRICE_MAX, Message},
};
use primitives::{Account, U256};
use std::fmt;

/// Gas of a plain transfer.
const TRANSFER_GAS: u64 = 21_000;

/// A block of plain transfers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transfers {
    /// How many.
    pub transactions: usize,
    /// Who pays whom.
    pub pattern: TransfersPattern,
}

/// Who pays whom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TransfersPattern {
    /// Every transaction has its own sender; the recipients spread as said.
    Recipients(Spread),
    /// One sender pays everybody: a chain of nonces.
    OneSender,
    /// Recipient of one, sender of the next. With funds of their own the links only share a balance; without, each
    /// can pay only after it was paid.
    Chain {
        /// Whether the links have funds of their own.
        funded: bool,
    },
}

impl Generator for Transfers {
    fn name(&self) -> String {
        format!("transfers/{}/n={}", self.pattern, self.transactions)
    }

    fn build(&self, settings: Settings) -> Workload {
        let mut draft = Draft::new(settings);
        match self.pattern {
            TransfersPattern::Recipients(spread) => self.spread(&mut draft, spread),
            TransfersPattern::OneSender => self.one_sender(&mut draft),
            TransfersPattern::Chain { funded } => self.chain(&mut draft, funded),
        }
        draft.finish(self.name())
    }
}

impl Transfers {
    fn spread(&self, draft: &mut Draft, spread: Spread) {
        let (assigned, population) = spread.assign(self.transactions, &mut draft.random);
        let recipients: Vec<_> = (0..population).map(|index| draft.bystander(index)).collect();
        for (sender, recipient) in assigned.into_iter().enumerate() {
            let actor = draft.actor(sender);
            let to = recipients[recipient];
            draft.send(&actor, transfer(to, U256::from(sender + 1)), vec![Variable::Account(to)]);
        }
    }

    fn one_sender(&self, draft: &mut Draft) {
        let actor = draft.actor(0);
        for index in 0..self.transactions {
            let to = draft.bystander(index);
            let touches = vec![Variable::Account(actor.address), Variable::Account(to)];
            draft.send(&actor, transfer(to, U256::from(index + 1)), touches);
        }
    }

    fn chain(&self, draft: &mut Draft, funded: bool) {
        let links = draft.actors(self.transactions + 1);
        let cost = U256::from(TRANSFER_GAS * GAS_PRICE_MAX);
        for (index, pair) in links.windows(2).enumerate() {
            let (from, to) = (pair[0], pair[1].address);
            if !funded {
                draft.state.set_account(to, Account::with_balance(U256::ONE));
            }
            let rest = U256::from(self.transactions - index) * cost;
            let touches = vec![Variable::Account(from.address), Variable::Account(to)];
            draft.send(&from, transfer(to, rest), touches);
        }
    }
}

impl fmt::Display for TransfersPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Recipients(spread) => write!(f, "recipients={spread}"),
            Self::OneSender => write!(f, "sender=one"),
            Self::Chain { funded: true } => write!(f, "chain=funded"),
            Self::Chain { funded: false } => write!(f, "chain=unfunded"),
        }
    }
}

fn transfer(to: primitives::Address, value: U256) -> Message {
    Message { to, value, gas_limit: TRANSFER_GAS, ..Message::default() }
}

#[cfg(test)]
mod tests {
    use super::{super::plain, *};

    fn check(pattern: TransfersPattern, correlated: usize) {
        let generator = Transfers { transactions: 60, pattern };
        let outcome = plain::check(&generator, correlated);
        assert!(outcome.gas.iter().all(|&gas| gas == TRANSFER_GAS), "{}", generator.name());
    }

    #[test]
    fn all_patterns_run() {
        check(TransfersPattern::Recipients(Spread::Independent), 0);
        check(TransfersPattern::Recipients(Spread::Hot), 59);
        check(TransfersPattern::Recipients(Spread::Correlated(10)), 6);
        check(TransfersPattern::OneSender, 59);
        check(TransfersPattern::Chain { funded: true }, 59);
        check(TransfersPattern::Chain { funded: false }, 59);
    }
}
