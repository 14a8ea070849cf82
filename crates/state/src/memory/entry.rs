//! One account in 44 bytes.

use primitives::{Account, B256, U256};

/// An account with its code hash replaced by an id. Bytes instead of words, so that an address and an entry fill
/// one cache line (64 bytes) without padding.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    balance: [u8; 32],
    nonce: [u8; 8],
    code: u32,
}

impl Entry {
    pub(super) fn new(account: &Account, code: u32) -> Self {
        Self { balance: account.balance.to_le_bytes(), nonce: account.nonce.to_le_bytes(), code }
    }

    /// The id of the account's code.
    pub(super) fn code(&self) -> u32 {
        self.code
    }

    pub(super) fn account(&self, code_hash: B256) -> Account {
        Account { balance: U256::from_le_bytes(self.balance), nonce: u64::from_le_bytes(self.nonce), code_hash }
    }
}

const _: () = assert!(size_of::<(primitives::Address, Entry)>() == 64);
