//! One account as the state root commits to it, without its storage.

use alloy_primitives::{B256, KECCAK256_EMPTY, U256};

/// Balance, nonce and code of one account.
///
/// An account that does not exist is `Option::<Account>::None`. Before EIP-161 an account may exist and be empty;
/// from EIP-161 on every touched empty account is removed, so the two cannot be told apart by a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Account {
    /// Wei.
    pub balance: U256,
    /// Transactions sent (an externally owned account) or contracts created (a contract, from EIP-161 on plus one).
    pub nonce: u64,
    /// Keccak-256 of the code; [`KECCAK256_EMPTY`] where there is none.
    pub code_hash: B256,
}

impl Account {
    /// An account that exists and holds nothing.
    pub const EMPTY: Self = Self { balance: U256::ZERO, nonce: 0, code_hash: KECCAK256_EMPTY };

    /// An externally owned account with a balance in wei.
    pub const fn with_balance(balance: U256) -> Self {
        Self { balance, ..Self::EMPTY }
    }

    /// Empty as EIP-161 defines it: no balance, no nonce, no code.
    pub fn is_empty(&self) -> bool {
        self.balance.is_zero() && self.nonce == 0 && !self.has_code()
    }

    /// Whether the account holds code, a delegation (EIP-7702) included.
    pub fn has_code(&self) -> bool {
        self.code_hash != KECCAK256_EMPTY
    }
}

impl Default for Account {
    fn default() -> Self {
        Self::EMPTY
    }
}
