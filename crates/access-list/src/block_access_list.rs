//! The block access list of EIP-7928: what a block touches and every value it leaves, position by position.
//!
//! Position 0 is the work before the transactions, 1..=n are the transactions, n+1 is the work after them.
//!
//! ```text
//! list    = [ account, ... ]                                             by address
//! account = [ address, [[slot, [[position, value], ...]], ...],          changed slots, by slot
//!                      [slot, ...],                                      slots only read, by slot
//!                      [[position, balance], ...], [[position, nonce], ...], [[position, code], ...] ]
//! ```
//!
//! Law: a [`BlockAccessList`] is canonical. Two lists of the same content are equal byte for byte, hence by hash, and
//! the header commits to that hash. A list received from a peer may schedule execution; it never decides a result:
//! the list is rebuilt from execution and compared.
//!
//! # Where we go beyond EIP-7928
//!
//! The EIP lists a field only where it changes. That loses whether an account that ends up empty exists, which
//! mattered before EIP-161. Blocks of those forks are not covered by the EIP; for them a change is listed although the
//! value stays:
//!
//! | the transaction | is listed as |
//! |---|---|
//! | brings an account into existence empty | balance 0 |
//! | removes an account that was empty | no code |
//! | takes the last wei from an account that has nothing else, and leaves it in existence | balance 0, nonce 0 |
//!
//! Under the forks that the EIP is written for none of the three occurs (EIP-7523), and the lists are those of the EIP.
//! So `SELFDESTRUCT` before EIP-6780 is read off a list as: the code is gone and no nonce is left. Clearing a
//! delegation (EIP-7702) raises the nonce and is thus no removal. Not expressible: storage wiped under an account that
//! had no code (excluded by EIP-7610), and an account that loses its code and stays without a nonce (no fork does so).

use alloy_eip7928::AccountChanges;
use alloy_rlp::{Decodable, Encodable};
use primitives::{Account, Address, B256, keccak256};

use crate::StateDiff;

mod builder;
mod canonical;
mod content;
mod post_state;

pub use builder::BlockAccessListBuilder;
pub use canonical::ListError;
pub(crate) use content::{LatestChanges, removals};

/// A canonical block access list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct BlockAccessList(Vec<AccountChanges>);

impl BlockAccessList {
    /// Takes account entries as they are. They have to be canonical already; nothing is sorted.
    pub fn from_accounts(accounts: Vec<AccountChanges>) -> Result<Self, ListError> {
        canonical::check(&accounts)?;
        Ok(Self(accounts))
    }

    /// Decodes a list; bytes that are not its one canonical encoding are refused.
    ///
    /// The bound on positions depends on the block and is checked by [`Self::check_indices`]. Memory is at most about
    /// 35 times the length of `bytes`, which the caller bounds.
    pub fn decode(bytes: &[u8]) -> Result<Self, ListError> {
        let mut rest = bytes;
        let accounts = Vec::decode(&mut rest)?;
        if !rest.is_empty() {
            return Err(ListError::TrailingBytes(rest.len()));
        }
        Self::from_accounts(accounts)
    }

    /// The encoding (RLP).
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.0.length());
        self.0.encode(&mut bytes);
        bytes
    }

    /// Keccak-256 of the encoding: what the header commits to.
    pub fn hash(&self) -> B256 {
        keccak256(self.encode())
    }

    /// Checks that no position lies behind the last of a block with `transactions` transactions.
    pub fn check_indices(&self, transactions: usize) -> Result<(), ListError> {
        canonical::check_indices(&self.0, transactions)
    }

    /// The account entries, by address.
    pub fn accounts(&self) -> &[AccountChanges] {
        &self.0
    }

    /// The entry of an account, if the block touches it.
    pub fn account(&self, address: Address) -> Option<&AccountChanges> {
        let at = self.0.binary_search_by_key(&address, |entry| entry.address).ok()?;
        Some(&self.0[at])
    }

    /// Accounts plus slots: what EIP-7928 charges for, 2,000 gas each, against the block's gas limit.
    pub fn items(&self) -> u64 {
        alloy_eip7928::total_bal_items(&self.0)
    }

    /// What the whole block changes, given the accounts before it.
    ///
    /// `account` is asked only for accounts whose balance, nonce or code change. An account appears if it differs from
    /// what it was, a slot if the block wrote to it. Storage counts as wiped where an account that was there is
    /// removed, even if it comes back later in the block.
    pub fn diff(&self, account: impl Fn(Address) -> Option<Account>) -> StateDiff {
        post_state::diff(&self.0, account)
    }

    /// The account entries.
    pub fn into_accounts(self) -> Vec<AccountChanges> {
        self.0
    }
}
