//! What a thread sees of the frame that spawned it: that frame's journal as it stood when the thread was spawned.
//!
//! Nothing is copied at a spawn. The frame rests while its threads run, so its journal can be read through a reference,
//! by any number of them at once; a thread takes over what it touches, when it touches it. Threads of threads look
//! further outward, one level at a time.
//!
//! ```text
//!  thread's journal ── not there ──▶ fork point ── not there ──▶ outer fork point ──▶ ... ──▶ state before the transaction
//! ```

use primitives::{
    Address, U256,
    map::{AddressMap, HashMap},
};
use revm::{
    context::journal::{JournalEntry, warm_addresses::WarmAddresses},
    state::{Account, EvmState, EvmStorageSlot, TransactionId, TransientStorage},
};

/// A frame's journal, at rest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ForkPoint<'v> {
    pub(crate) state: &'v EvmState,
    pub(crate) transient: &'v TransientStorage,
    /// Which keys of transient storage the frame has of its own; `None` if it is no thread and so has all.
    pub(crate) transient_known: Option<&'v HashMap<(Address, U256), U256>>,
    pub(crate) warm: &'v WarmAddresses,
    pub(crate) transaction_id: TransactionId,
    /// What the frame warmed after it spawned its first open thread.
    pub(crate) late: &'v LateWarming,
    /// How many entries the frame's journal had when the thread was spawned.
    pub(crate) mark: usize,
    /// Where the frame is a thread itself: what it sees.
    pub(crate) outer: Option<&'v ForkPoint<'v>>,
}

/// What a frame warmed between two spawns, by position in its journal: a thread that was spawned before does not profit.
#[derive(Debug, Default)]
pub(crate) struct LateWarming {
    accounts: AddressMap<usize>,
    slots: HashMap<(Address, U256), usize>,
}

impl LateWarming {
    /// Looks through the entries from `first` on.
    pub(crate) fn since(first: usize, entries: &[JournalEntry]) -> Self {
        let mut late = Self::default();
        for (at, entry) in entries.iter().enumerate().skip(first) {
            match *entry {
                JournalEntry::AccountWarmed { address } => _ = late.accounts.entry(address).or_insert(at),
                JournalEntry::StorageWarmed { address, key } => _ = late.slots.entry((address, key)).or_insert(at),
                _ => {}
            }
        }
        late
    }
}

impl ForkPoint<'_> {
    /// The account with an empty storage, if the frame or one around it has it.
    pub(crate) fn account(&self, address: Address) -> Option<Account> {
        let Some(found) = self.state.get(&address) else {
            return self.outer?.account(address);
        };
        let mut account = blank(found);
        let is_late = self.late.accounts.get(&address).is_some_and(|at| *at >= self.mark);
        // The rules that end a creation or a destruction with its transaction take a cold account for one of an earlier
        // transaction: what was created or destroyed in this one, be it by a thread of the same settling, is warm.
        if account.is_created_locally() || account.is_selfdestructed_locally() {
            account.mark_warm_with_transaction_id(self.transaction_id);
        } else if is_late {
            account.mark_cold();
        }
        Some(account)
    }

    /// The slot, if the frame or one around it has it. `None` of a created account is zero.
    pub(crate) fn slot(&self, address: Address, slot: U256) -> Option<EvmStorageSlot> {
        if let Some(account) = self.state.get(&address) {
            if let Some(found) = account.storage.get(&slot) {
                let mut found = found.clone();
                if self.late.slots.get(&(address, slot)).is_some_and(|at| *at >= self.mark) {
                    found.mark_cold();
                }
                return Some(found);
            }
            if account.is_created() {
                return None;
            }
        }
        self.outer?.slot(address, slot)
    }

    /// The value in transient storage.
    pub(crate) fn transient(&self, address: Address, slot: U256) -> U256 {
        match (self.transient_known, self.outer) {
            (Some(known), Some(outer)) if !known.contains_key(&(address, slot)) => outer.transient(address, slot),
            _ => self.transient.get_value(address, slot),
        }
    }

    /// Whether the transaction's own list has the account warm.
    pub(crate) fn is_listed(&self, address: Address) -> bool {
        self.warm.access_list().contains_key(&address) || self.outer.is_some_and(|outer| outer.is_listed(address))
    }

    /// Whether the transaction's own list has the slot warm.
    pub(crate) fn is_slot_listed(&self, address: Address, slot: U256) -> bool {
        self.warm.is_storage_warm(&address, &slot)
            || self.outer.is_some_and(|outer| outer.is_slot_listed(address, slot))
    }
}

/// A copy of all but the storage.
fn blank(account: &Account) -> Account {
    let mut copy = Account::default().with_info(account.info.clone());
    (copy.transaction_id, copy.status) = (account.transaction_id, account.status);
    *copy.original_info_mut() = account.original_info();
    copy
}

/// What a thread has taken over from its fork point, with the values that it found. The thread's result holds as long as
/// these are the values that the merged state has.
#[derive(Debug)]
pub(crate) struct Fork<'v> {
    pub(crate) point: ForkPoint<'v>,
    pub(crate) seen: Seen,
}

/// Values that a thread found.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Accounts that were taken over from the fork point.
    pub(crate) accounts: AddressMap<SeenAccount>,
    /// Slots that were taken over from the fork point.
    pub(crate) slots: HashMap<(Address, U256), U256>,
    /// Keys of transient storage that were read or written.
    pub(crate) transient: HashMap<(Address, U256), U256>,
}

/// An account as a thread found it.
#[derive(Clone, Debug)]
pub(crate) struct SeenAccount {
    pub(crate) balance: U256,
    pub(crate) nonce: u64,
    pub(crate) code_hash: primitives::B256,
    pub(crate) status: revm::state::AccountStatus,
}

impl SeenAccount {
    pub(crate) fn of(account: &Account) -> Self {
        let revm::state::AccountInfo { balance, nonce, code_hash, .. } = account.info;
        Self { balance, nonce, code_hash, status: account.status }
    }

    /// As the state before the transaction had it.
    pub(crate) fn before(account: &Account) -> Self {
        let revm::state::AccountInfo { balance, nonce, code_hash, .. } = account.original_info();
        let status = account.status & revm::state::AccountStatus::LoadedAsNotExisting;
        Self { balance, nonce, code_hash, status }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.balance.is_zero() && self.nonce == 0 && self.code_hash == primitives::KECCAK256_EMPTY
    }
}
