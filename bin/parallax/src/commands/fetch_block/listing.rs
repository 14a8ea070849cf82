//! Accounts and slots as they were before the block, in the form of `pre_state.json`.

use primitives::{Account, Address, Bytes, KECCAK256_EMPTY, U256, keccak256};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// All that is known of the state before a block. An address without an account is known not to exist; it is not
/// written, since what is not listed does not exist.
#[derive(Clone, Debug, Default)]
pub(super) struct Listing(pub(super) BTreeMap<Address, Listed>);

/// One account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Listed {
    pub(super) balance: U256,
    #[serde(serialize_with = "quantity")]
    pub(super) nonce: u64,
    #[serde(skip_serializing_if = "has_no_code")]
    pub(super) code: Bytes,
    pub(super) storage: BTreeMap<U256, U256>,
}

impl Listed {
    /// The account as execution sees it; `None` if it does not exist.
    pub(super) fn account(&self) -> Option<Account> {
        let code_hash = if self.code.is_empty() { KECCAK256_EMPTY } else { keccak256(&self.code) };
        let account = Account { balance: self.balance, nonce: self.nonce, code_hash };
        (!account.is_empty()).then_some(account)
    }
}

impl Listing {
    /// Number of accounts that exist.
    pub(super) fn accounts(&self) -> usize {
        self.existing().count()
    }

    /// Number of slots.
    pub(super) fn slots(&self) -> usize {
        self.existing().map(|(_, listed)| listed.storage.len()).sum()
    }

    /// Number of accounts with code.
    pub(super) fn codes(&self) -> usize {
        self.existing().filter(|(_, listed)| !listed.code.is_empty()).count()
    }

    fn existing(&self) -> impl Iterator<Item = (&Address, &Listed)> {
        self.0.iter().filter(|(_, listed)| listed.account().is_some())
    }
}

impl Serialize for Listing {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.existing())
    }
}

fn has_no_code(code: &Bytes) -> bool {
    code.is_empty()
}

fn quantity<S: Serializer>(number: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&super::rpc::hex(*number))
}
