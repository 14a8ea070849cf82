//! From records of execution to the block access list.

use alloy_eip7928::{
    AccountChanges, BalanceChange, BlockAccessIndex, CodeChange, NonceChange, SlotChanges, StorageChange,
};
use primitives::{Account, Address, B256, Bytes, KECCAK256_EMPTY, U256, map::B256Map};
use std::iter;

use super::BlockAccessList;
use crate::{
    AccessRecord, AccountAccess, ListedChange, SlotAccess,
    flat_table::{FlatTable, KeyHasher},
};

mod chain;

use chain::{Chain, Links};

/// Collects the records of a block, in order, and gives its list.
///
/// The records are those of serial execution: each finds what the one before left. A field is listed at a position if
/// its value after the position differs from the value before it; everything else that was touched is listed as read.
/// Several records at one position (system calls, withdrawals) count as one.
///
/// Cost: one hash look-up and a few dozen bytes for each account and slot of a record; the only sorting is that of
/// the distinct accounts and of the distinct slots of each account, at the end.
#[derive(Debug, Default)]
pub struct BlockAccessListBuilder {
    hasher: KeyHasher,
    account_numbers: FlatTable,
    accounts: Vec<AccountEntry>,
    slot_numbers: FlatTable,
    slots: Vec<SlotEntry>,
    balances: Links<U256>,
    nonces: Links<u64>,
    codes: Links<Bytes>,
    values: Links<U256>,
    deployed: B256Map<Bytes>,
    index: u32,
}

/// One account of the block.
#[derive(Debug)]
struct AccountEntry {
    address: Address,
    /// The latest position that touched the account.
    index: u32,
    /// The account before that position.
    before: Option<Account>,
    balances: Chain,
    nonces: Chain,
    codes: Chain,
    /// The latest slot of the account; the slots are chained by [`SlotEntry::previous`].
    slots: Option<u32>,
}

/// One slot of one account.
#[derive(Debug)]
struct SlotEntry {
    slot: U256,
    /// The value before the latest position that touched the slot.
    before: U256,
    account: u32,
    index: u32,
    values: Chain,
    previous: Option<u32>,
}

impl BlockAccessListBuilder {
    /// A builder for one block, or for one block after the other.
    pub fn new() -> Self {
        Self::default()
    }

    /// A builder with room for so many accounts and slots.
    pub fn with_capacity(accounts: usize, slots: usize) -> Self {
        Self {
            account_numbers: FlatTable::with_capacity(accounts),
            accounts: Vec::with_capacity(accounts),
            slot_numbers: FlatTable::with_capacity(slots),
            slots: Vec::with_capacity(slots),
            balances: Links::with_capacity(accounts),
            nonces: Links::with_capacity(accounts),
            values: Links::with_capacity(slots),
            ..Self::default()
        }
    }

    /// Adds what the position `index` touched: 0 before the transactions, 1..=n the transactions, n+1 after them.
    ///
    /// # Panics
    ///
    /// If `index` is smaller than that of the record before or needs more than 32 bits, or if an account has code
    /// that no record has listed as deployed.
    pub fn record(&mut self, index: u64, record: &AccessRecord) {
        self.move_to(index);
        self.deployed.extend(record.deployed.iter().cloned());
        for (access, slots) in record.iter() {
            let account = self.account(access);
            for slot in slots {
                self.slot(account, access, slot);
            }
        }
    }

    /// Adds an account that the position `index` touched, without slots or code; as [`Self::record`].
    ///
    /// # Panics
    ///
    /// As [`Self::record`].
    pub fn record_account(&mut self, index: u64, access: &AccountAccess) {
        self.move_to(index);
        self.account(access);
    }

    fn move_to(&mut self, index: u64) {
        let index = u32::try_from(index).expect("a position fits 32 bits");
        assert!(index >= self.index, "records come in order: {index} after {}", self.index);
        self.index = index;
    }

    /// The list of what was recorded. Leaves the builder empty, with its memory, for the next block.
    pub fn build(&mut self) -> BlockAccessList {
        let numbered = self.accounts.iter().enumerate();
        let mut order: Vec<((u128, u32), usize)> = numbered.map(|(at, entry)| (number(&entry.address), at)).collect();
        order.sort_unstable();
        let list = order.into_iter().map(|(_, at)| self.changes(&self.accounts[at])).collect();
        self.clear();
        BlockAccessList(list)
    }

    fn clear(&mut self) {
        self.account_numbers.clear();
        self.accounts.clear();
        self.slot_numbers.clear();
        self.slots.clear();
        self.balances.clear();
        self.nonces.clear();
        self.codes.clear();
        self.values.clear();
        self.deployed.clear();
        self.index = 0;
    }

    fn account(&mut self, access: &AccountAccess) -> u32 {
        let hash = self.hasher.address(&access.address);
        let fresh = u32::try_from(self.accounts.len()).expect("gas bounds the accounts of a block");
        let is_it = |number: u32| self.accounts[number as usize].address == access.address;
        let number = self.account_numbers.find_or_insert(hash, fresh, is_it);
        if number == fresh {
            self.accounts.push(AccountEntry::new(access, self.index));
        }
        let entry = &mut self.accounts[number as usize];
        if entry.index != self.index {
            entry.index = self.index;
            entry.before = access.before;
        } else if number != fresh {
            self.balances.retract(&mut entry.balances, self.index);
            self.nonces.retract(&mut entry.nonces, self.index);
            self.codes.retract(&mut entry.codes, self.index);
        }
        if entry.before != access.after {
            self.account_changes(number, access.after);
        }
        number
    }

    /// Lists what became of an account at this position.
    fn account_changes(&mut self, number: u32, after: Option<Account>) {
        let entry = &mut self.accounts[number as usize];
        let change = ListedChange::between(entry.before, after);
        if let Some(balance) = change.balance {
            self.balances.push(&mut entry.balances, self.index, balance);
        }
        if let Some(nonce) = change.nonce {
            self.nonces.push(&mut entry.nonces, self.index, nonce);
        }
        if let Some(hash) = change.code_hash {
            let code = self.code(hash);
            self.codes.push(&mut self.accounts[number as usize].codes, self.index, code);
        }
    }

    fn code(&self, hash: B256) -> Bytes {
        if hash == KECCAK256_EMPTY {
            return Bytes::new();
        }
        self.deployed.get(&hash).expect("a record lists the code that it puts in place").clone()
    }

    fn slot(&mut self, account: u32, access: &AccountAccess, slot: &SlotAccess) {
        let after = if access.after.is_some() { slot.after } else { U256::ZERO };
        let hash = self.hasher.slot(account, &slot.slot);
        let fresh = u32::try_from(self.slots.len()).expect("gas bounds the slots of a block");
        let is_it = |number: u32| {
            let entry = &self.slots[number as usize];
            entry.account == account && entry.slot == slot.slot
        };
        let number = self.slot_numbers.find_or_insert(hash, fresh, is_it);
        if number == fresh {
            let previous = self.accounts[account as usize].slots.replace(fresh);
            self.slots.push(SlotEntry::new(account, slot, self.index, previous));
        }
        let entry = &mut self.slots[number as usize];
        if entry.index != self.index {
            entry.index = self.index;
            entry.before = slot.before;
        } else if number != fresh {
            self.values.retract(&mut entry.values, self.index);
        }
        if entry.before != after {
            self.values.push(&mut entry.values, self.index, after);
        }
    }

    fn last_slot(&self, number: Option<u32>) -> Option<&SlotEntry> {
        number.map(|number| &self.slots[number as usize])
    }

    /// The list's entry of one account.
    fn changes(&self, entry: &AccountEntry) -> AccountChanges {
        let at = |index: u32| BlockAccessIndex::new(index.into());
        let mut changes = AccountChanges {
            address: entry.address,
            balance_changes: self.balances.collect(&entry.balances, |i, value| BalanceChange::new(at(i), *value)),
            nonce_changes: self.nonces.collect(&entry.nonces, |i, value| NonceChange::new(at(i), *value)),
            code_changes: self.codes.collect(&entry.codes, |i, value| CodeChange::new(at(i), value.clone())),
            ..AccountChanges::default()
        };
        let slots = || iter::successors(self.last_slot(entry.slots), |slot| self.last_slot(slot.previous));
        changes.storage_changes.reserve_exact(slots().filter(|slot| !slot.values.is_empty()).count());
        for slot in slots() {
            if slot.values.is_empty() {
                changes.storage_reads.push(slot.slot);
            } else {
                let values = self.values.collect(&slot.values, |i, value| StorageChange::new(at(i), *value));
                changes.storage_changes.push(SlotChanges::new(slot.slot, values));
            }
        }
        changes.storage_changes.sort_unstable_by_key(|slot| slot.slot);
        changes.storage_reads.sort_unstable();
        changes
    }
}

/// An address as numbers, which are compared faster than bytes and have the same order.
const fn number(address: &Address) -> (u128, u32) {
    let [high @ .., a, b, c, d] = address.0.0;
    (u128::from_be_bytes(high), u32::from_be_bytes([a, b, c, d]))
}

impl AccountEntry {
    fn new(access: &AccountAccess, index: u32) -> Self {
        Self {
            address: access.address,
            index,
            before: access.before,
            balances: Chain::default(),
            nonces: Chain::default(),
            codes: Chain::default(),
            slots: None,
        }
    }
}

impl SlotEntry {
    fn new(account: u32, access: &SlotAccess, index: u32, previous: Option<u32>) -> Self {
        Self { slot: access.slot, before: access.before, account, index, values: Chain::default(), previous }
    }
}
