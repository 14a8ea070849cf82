//! The nonce that a transaction expects of its sender, taken for true ahead of its turn: so that a chain of one sender's
//! transactions does not wait for each link.

use primitives::{Account, Address};
use std::cell::Cell;

/// What is assumed for the transaction that a worker executes.
#[derive(Debug, Default)]
pub(crate) struct Assumption {
    /// The sender and the nonce that its transaction expects.
    expected: Cell<Option<(Address, u64)>>,
    /// Whether that made a difference.
    is_made: Cell<bool>,
}

impl Assumption {
    /// For the next transaction. `None` where the state is exactly the serial one.
    pub(crate) fn expect(&self, expected: Option<(Address, u64)>) {
        self.expected.set(expected);
        self.is_made.set(false);
    }

    /// Raises the nonce, if the account is the sender's and transactions before it are missing.
    pub(crate) fn apply(&self, address: Address, account: &mut Option<Account>) {
        if let (Some(account), Some((sender, nonce))) = (account, self.expected.get())
            && sender == address
            && account.nonce < nonce
        {
            account.nonce = nonce;
            self.is_made.set(true);
        }
    }

    /// The sender, if it was assumed to have another nonce than it had.
    pub(crate) fn made(&self) -> Option<Address> {
        self.expected.get().filter(|_| self.is_made.get()).map(|(sender, _)| sender)
    }
}
