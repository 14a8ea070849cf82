//! A whole state, as fixtures give it before and after a test.

use std::collections::BTreeMap;

use primitives::{Account, Address, Bytes, KECCAK256_EMPTY, U256};
use serde::Deserialize;
use state::MemoryState;

use super::hex;

/// Accounts by address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Alloc(pub BTreeMap<Address, AllocAccount>);

/// One account with all its storage.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct AllocAccount {
    /// Wei.
    #[serde(default, deserialize_with = "hex::u256")]
    pub balance: U256,
    /// Transactions sent, or contracts created.
    #[serde(default, deserialize_with = "hex::u64")]
    pub nonce: u64,
    /// The code itself.
    #[serde(default)]
    pub code: Bytes,
    /// Slots; a zero is the same as none.
    #[serde(default, deserialize_with = "storage")]
    pub storage: BTreeMap<U256, U256>,
}

impl AllocAccount {
    /// Balance, nonce and code hash.
    pub fn account(&self) -> Account {
        let code_hash = if self.code.is_empty() { KECCAK256_EMPTY } else { primitives::keccak256(&self.code) };
        Account { balance: self.balance, nonce: self.nonce, code_hash }
    }
}

impl Alloc {
    /// The state with these accounts and nothing else.
    pub fn state(&self) -> MemoryState {
        let mut state = MemoryState::default();
        for (address, account) in &self.0 {
            if !account.code.is_empty() {
                state.insert_code(account.code.clone());
            }
            state.set_account(*address, account.account());
            for (slot, value) in &account.storage {
                state.set_storage(*address, *slot, *value);
            }
        }
        state
    }
}

fn storage<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<U256, U256>, D::Error> {
    #[derive(PartialEq, Eq, PartialOrd, Ord, Deserialize)]
    #[serde(transparent)]
    struct Number(#[serde(deserialize_with = "hex::u256")] U256);

    let slots: BTreeMap<Number, Number> = Deserialize::deserialize(deserializer)?;
    Ok(slots.into_iter().map(|(slot, value)| (slot.0, value.0)).collect())
}
