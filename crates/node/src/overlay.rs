//! Changes that a developer made to the head's state without a transaction.
//!
//! ```text
//!  state after block n ──▶ + overlay ──▶ what reads at the head see, and what block n + 1 executes on
//!                                            │
//!                       block n + 1 commits  ▼  overlay, then its own changes; the overlay is kept in its record
//! ```
//!
//! Law: the roots and the history stay true. Block `n` is never touched: its header and its proofs speak of the state
//! without the overlay, and a read at `n` sees it without as soon as `n` is no longer the head. Until a block has been
//! made on it an overlay is in memory only.

use access_list::{AccountChange, SlotChange, StateDiff};
use primitives::{Account, Address, B256, Bytes, KECCAK256_EMPTY, U256};
use serde::{Deserialize, Serialize};
use state::{StateError, StateReader, disk::DiskState};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Entries of an overlay, at most: accounts and slots together.
pub(crate) const ENTRIES_MAX: usize = 100_000;

/// What was changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Overlay {
    /// Whole accounts; `None` for one that is gone.
    accounts: BTreeMap<Address, Option<Content>>,
    slots: BTreeMap<Address, BTreeMap<U256, U256>>,
    code: BTreeMap<B256, Bytes>,
    /// The identifier of the chain, if a developer has changed it. Goes on from block to block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) chain_id: Option<u64>,
}

/// An account in the record's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Content {
    balance: U256,
    nonce: u64,
    code_hash: B256,
}

impl Overlay {
    /// Nothing but what goes on after a block.
    pub(crate) fn after_block(&self) -> Self {
        Self { chain_id: self.chain_id, ..Self::default() }
    }

    /// This, with what a block changes on top.
    pub(crate) fn with(&self, diff: &StateDiff) -> Self {
        let mut whole = self.clone();
        for change in &diff.accounts {
            whole.set_account(change.address, change.account.unwrap_or_default());
        }
        for slot in &diff.slots {
            whole.set_slot(slot.address, slot.slot, slot.value);
        }
        for (hash, code) in &diff.code {
            whole.set_code(*hash, code.clone());
        }
        whole
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.leaves_state() && self.chain_id.is_none()
    }

    /// Whether the state is as the blocks left it.
    pub(crate) fn leaves_state(&self) -> bool {
        self.accounts.is_empty() && self.slots.is_empty()
    }

    pub(crate) fn entries(&self) -> usize {
        self.accounts.len() + self.slots.values().map(BTreeMap::len).sum::<usize>()
    }

    /// Puts an account in; one that is empty by EIP-161 is taken out, with its storage.
    pub(crate) fn set_account(&mut self, address: Address, account: Account) {
        let Account { balance, nonce, code_hash } = account;
        let content = (!account.is_empty()).then_some(Content { balance, nonce, code_hash });
        if content.is_none() {
            self.slots.remove(&address);
        }
        self.accounts.insert(address, content);
    }

    pub(crate) fn set_code(&mut self, hash: B256, code: Bytes) {
        if hash != KECCAK256_EMPTY {
            self.code.insert(hash, code);
        }
    }

    pub(crate) fn set_slot(&mut self, address: Address, slot: U256, value: U256) {
        self.slots.entry(address).or_default().insert(slot, value);
    }

    /// Every account that it says something of, with the slots.
    pub(crate) fn touched(&self) -> impl Iterator<Item = (Address, Vec<U256>)> {
        let addresses: BTreeSet<Address> = self.accounts.keys().chain(self.slots.keys()).copied().collect();
        addresses.into_iter().map(|address| {
            let slots = self.slots.get(&address).map(|slots| slots.keys().copied().collect());
            (address, slots.unwrap_or_default())
        })
    }

    fn account(&self, address: Address) -> Option<Option<Account>> {
        self.accounts.get(&address).map(|content| content.map(Account::from))
    }

    /// The changes of a block with this overlay before them, as one.
    pub(crate) fn under(&self, mut diff: StateDiff) -> StateDiff {
        if self.leaves_state() {
            return diff;
        }
        let named: BTreeSet<Address> = diff.accounts.iter().map(|change| change.address).collect();
        for change in &mut diff.accounts {
            // Gone here and made anew by the block: nothing of its former storage comes back.
            change.wiped |= self.account(change.address) == Some(None);
        }
        let wiped: BTreeSet<Address> =
            diff.accounts.iter().filter(|it| it.wiped || it.account.is_none()).map(|it| it.address).collect();
        let written: BTreeSet<(Address, U256)> = diff.slots.iter().map(|slot| (slot.address, slot.slot)).collect();
        for (&address, slots) in self.slots.iter().filter(|(address, _)| !wiped.contains(*address)) {
            let slots = slots.iter().filter(|(slot, _)| !written.contains(&(address, **slot)));
            diff.slots.extend(slots.map(|(&slot, &value)| SlotChange { address, slot, value }));
        }
        let accounts = self.accounts.iter().filter(|(address, _)| !named.contains(*address));
        diff.accounts.extend(accounts.map(|(address, content)| AccountChange {
            address: *address,
            account: content.map(Account::from),
            wiped: content.is_none(),
        }));
        let known: BTreeSet<B256> = diff.code.iter().map(|(hash, _)| *hash).collect();
        let code = self.code.iter().filter(|(hash, _)| !known.contains(*hash));
        diff.code.extend(code.map(|(hash, code)| (*hash, code.clone())));
        diff
    }
}

impl From<Content> for Account {
    fn from(content: Content) -> Self {
        Self { balance: content.balance, nonce: content.nonce, code_hash: content.code_hash }
    }
}

/// The state after a block, with an overlay on it.
#[derive(Clone)]
pub(crate) struct StateView {
    pub(crate) disk: DiskState,
    pub(crate) overlay: Arc<Overlay>,
}

impl StateReader for StateView {
    fn account(&self, address: Address) -> Result<Option<Account>, StateError> {
        match self.overlay.account(address) {
            Some(account) => Ok(account),
            None => self.disk.account(address),
        }
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        if let Some(value) = self.overlay.slots.get(&address).and_then(|slots| slots.get(&slot)) {
            return Ok(*value);
        }
        if self.overlay.account(address) == Some(None) {
            return Ok(U256::ZERO);
        }
        self.disk.storage(address, slot)
    }

    fn code(&self, hash: B256) -> Result<Bytes, StateError> {
        match self.overlay.code.get(&hash) {
            Some(code) => Ok(code.clone()),
            None => self.disk.code(hash),
        }
    }

    fn block_hash(&self, number: u64) -> Result<B256, StateError> {
        self.disk.block_hash(number)
    }

    fn had_only_storage(&self, address: Address) -> Result<bool, StateError> {
        match self.overlay.account(address) {
            Some(Some(account)) if account.nonce > 0 || account.has_code() => Ok(false),
            Some(None) => Ok(false),
            _ => self.disk.had_only_storage(address),
        }
    }
}
