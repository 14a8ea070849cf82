//! The state before the block, held in maps.

use access_list::StateDiff;
use primitives::{Account, Address, B256, Bytes, U256, keccak256};
use state::{StateError, StateReader};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// Accounts that exist, slots that are not zero, and keys that cannot be read.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct World {
    pub(crate) accounts: BTreeMap<Address, Account>,
    pub(crate) slots: BTreeMap<(Address, U256), U256>,
    pub(crate) codes: BTreeMap<B256, Bytes>,
    pub(crate) unreadable_accounts: BTreeSet<Address>,
    pub(crate) unreadable_slots: BTreeSet<(Address, U256)>,
}

/// The address of account number `of`.
pub(crate) fn address(of: u8) -> Address {
    Address::with_last_byte(of + 1)
}

/// Slot number `of`.
pub(crate) fn slot(of: u8) -> U256 {
    U256::from(of)
}

/// Codes from here on are delegations; those below are contracts.
pub(crate) const DELEGATION: u8 = 10;

/// Code number `of`.
pub(crate) fn code(of: u8) -> Bytes {
    Bytes::from(vec![0x60, of])
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (address, Account { balance, nonce, code_hash }) in &self.accounts {
            let code = self.codes.get(code_hash);
            write!(f, "{address}: {balance} wei, nonce {nonce}, code {code:?}; ")?;
        }
        write!(f, "unreadable {:?} {:?}", self.unreadable_accounts, self.unreadable_slots)
    }
}

impl World {
    /// Gives the account a balance and, if it has a number of a code, code and two slots.
    pub(crate) fn insert(&mut self, of: u8, balance: U256, contract: Option<u8>) {
        let mut account = Account::with_balance(balance);
        if let Some(number) = contract {
            account.nonce = 1;
            account.code_hash = keccak256(code(number));
            self.codes.insert(account.code_hash, code(number));
            self.slots.insert((address(of), slot(0)), U256::from(of));
            self.slots.insert((address(of), slot(1)), U256::ONE);
        }
        self.accounts.insert(address(of), account);
    }

    /// The world after a block.
    pub(crate) fn after(&self, diff: &StateDiff) -> Self {
        let mut after = self.clone();
        for change in &diff.accounts {
            if change.wiped {
                after.slots.retain(|(address, _), _| *address != change.address);
            }
            match change.account {
                Some(account) => after.accounts.insert(change.address, account),
                None => after.accounts.remove(&change.address),
            };
        }
        for change in &diff.slots {
            if change.value.is_zero() {
                after.slots.remove(&(change.address, change.slot));
            } else {
                after.slots.insert((change.address, change.slot), change.value);
            }
        }
        after.codes.extend(diff.code.iter().cloned());
        for (address, _) in after.slots.keys() {
            assert!(after.accounts.contains_key(address), "{address} is gone and has storage");
        }
        after
    }
}

impl StateReader for World {
    fn account(&self, address: Address) -> Result<Option<Account>, StateError> {
        if self.unreadable_accounts.contains(&address) {
            return Err(StateError::Missing(address.to_string()));
        }
        Ok(self.accounts.get(&address).copied())
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        if self.unreadable_slots.contains(&(address, slot)) {
            return Err(StateError::Missing(format!("{address}[{slot}]")));
        }
        Ok(self.slots.get(&(address, slot)).copied().unwrap_or_default())
    }

    fn code(&self, hash: B256) -> Result<Bytes, StateError> {
        self.codes.get(&hash).cloned().ok_or(StateError::MissingCode(hash))
    }

    fn block_hash(&self, _number: u64) -> Result<B256, StateError> {
        Ok(B256::ZERO)
    }

    fn had_only_storage(&self, address: Address) -> Result<bool, StateError> {
        Ok(self.slots.keys().any(|(owner, _)| *owner == address))
    }
}
