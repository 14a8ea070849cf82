//! What execution learnt of accounts beyond reading their code: the conditions under which it would go the same way
//! again although a balance differs.

use primitives::{Address, U256};

/// Collected during one transaction. Conservative: a condition found in a frame that reverted stays.
#[derive(Clone, Debug, Default)]
pub(crate) struct Observations {
    balances: Vec<Address>,
    nonces: Vec<Address>,
    /// After a payment out of the account: what was left of its balance.
    payments: Vec<(Address, U256)>,
    /// The sender and what it must own for the transaction to be valid.
    spending: Option<(Address, U256)>,
}

impl Observations {
    /// The exact balance of `address` was seen.
    pub(crate) fn balance(&mut self, address: Address) {
        if !self.balances.contains(&address) {
            self.balances.push(address);
        }
    }

    /// The exact nonce of `address` was seen.
    pub(crate) fn nonce(&mut self, address: Address) {
        if !self.nonces.contains(&address) {
            self.nonces.push(address);
        }
    }

    /// A payment out of `address` succeeded and would have up to `left` wei less.
    pub(crate) fn payment(&mut self, address: Address, left: U256) {
        match self.payments.iter_mut().find(|(payer, _)| *payer == address) {
            Some((_, least)) => *least = left.min(*least),
            None => self.payments.push((address, left)),
        }
    }

    /// `sender` was found to own at least `spending_max` wei.
    pub(crate) fn spending(&mut self, sender: Address, spending_max: U256) {
        self.spending = Some((sender, spending_max));
    }

    pub(crate) fn saw_balance(&self, address: Address) -> bool {
        self.balances.contains(&address)
    }

    /// Whether the balance was seen, or paid from.
    pub(crate) fn depends_on_balance(&self, address: Address) -> bool {
        self.saw_balance(address) || self.payments.iter().any(|(payer, _)| *payer == address)
    }

    /// Adds what was learnt elsewhere in the same transaction.
    pub(crate) fn absorb(&mut self, other: &Self) {
        other.balances.iter().for_each(|address| self.balance(*address));
        other.nonces.iter().for_each(|address| self.nonce(*address));
        other.payments.iter().for_each(|(payer, left)| self.payment(*payer, *left));
    }

    pub(crate) fn saw_nonce(&self, address: Address) -> bool {
        self.nonces.contains(&address)
    }

    /// The least balance before the transaction with which all payments out of `address` succeed.
    pub(crate) fn balance_min(&self, address: Address, before: U256) -> U256 {
        let left = self.payments.iter().find(|(payer, _)| *payer == address);
        let payments = left.map_or(U256::ZERO, |(_, left)| before.saturating_sub(*left));
        self.spending.filter(|(sender, _)| *sender == address).map_or(payments, |(_, spending)| payments.max(spending))
    }

    pub(crate) fn clear(&mut self) {
        self.balances.clear();
        self.nonces.clear();
        self.payments.clear();
        self.spending = None;
    }
}
