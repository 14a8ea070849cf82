//! A thread's journal becomes part of its parent's, as if its call had been made there.
//!
//! First it is seen whether the thread found what the merged state has; if so, its journal is the continuation of the
//! parent's, entry by entry: so that a later revert of the parent undoes it, exactly as it undoes a call. Warming is
//! kept apart until all threads of the group are merged, since none of them profits from another's.

use super::{Meeting, Seen, SeenAccount, run::Ran};
use crate::{database::DbError, journal::RecordingJournal};
use access_list::StateKey;
use primitives::{
    Address, U256,
    map::{AddressSet, HashSet},
};
use revm::{
    context::journal::JournalEntry,
    interpreter::InterpreterResult,
    primitives::hash_map::Entry,
    state::{Account, AccountStatus, EvmStorageSlot, TransactionId},
};
use state::StateError;
use std::collections::BTreeMap;

/// What an account is, as far as another thread may have changed it under one's feet.
const IDENTITY: AccountStatus = AccountStatus::Created
    .union(AccountStatus::CreatedLocal)
    .union(AccountStatus::SelfDestructed)
    .union(AccountStatus::SelfDestructedLocal)
    .union(AccountStatus::LoadedAsNotExisting)
    // Who touches an account first writes that down.
    .union(AccountStatus::Touched);

impl Seen {
    fn account(&self, address: Address, account: &Account) -> SeenAccount {
        self.accounts.get(&address).cloned().unwrap_or_else(|| SeenAccount::before(account))
    }

    fn slot(&self, address: Address, slot: U256, value: &EvmStorageSlot) -> U256 {
        self.slots.get(&(address, slot)).copied().unwrap_or(value.original_value)
    }
}

/// Whether the thread, run again now, would find what it has found.
pub(crate) fn holds(journal: &RecordingJournal<'_>, ran: &Ran) -> bool {
    let is_as_seen = |(address, account): (&Address, &Account)| match journal.journal.inner.state.get(address) {
        Some(now) => difference(ran, *address, account, now).is_none(),
        // Nobody has touched it.
        None => true,
    };
    let is_transient_as_seen =
        |((address, slot), value): (&(Address, U256), &U256)| journal.transient_now(*address, *slot) == *value;
    ran.state.iter().all(is_as_seen) && ran.seen.transient.iter().all(is_transient_as_seen)
}

/// Where the thread, which does not hold, had found something else.
pub(crate) fn meeting(journal: &RecordingJournal<'_>, ran: &Ran) -> Option<Meeting> {
    let accounts: BTreeMap<&Address, &Account> = ran.state.iter().collect();
    let of_state = accounts.into_iter().find_map(|(address, account)| {
        let now = journal.journal.inner.state.get(address)?;
        difference(ran, *address, account, now)
    });
    let transient = || {
        let differs =
            |((address, slot), value): &(&(Address, U256), &U256)| journal.transient_now(*address, *slot) != **value;
        ran.seen.transient.iter().filter(differs).map(|(key, _)| *key).min()
    };
    match of_state {
        Some(key) => Some(Meeting::State(key)),
        None => transient().map(|(address, slot)| Meeting::Transient(address, slot)),
    }
}

/// Where an account is not as the thread had found it, if it matters to the thread. Of several slots the first.
fn difference(ran: &Ran, address: Address, account: &Account, now: &Account) -> Option<StateKey> {
    let seen = ran.seen.account(address, account);
    let needs_balance = account.info.balance != seen.balance || ran.observations.depends_on_balance(address);
    let needs_nonce = account.info.nonce != seen.nonce || ran.observations.saw_nonce(address);
    let slot_holds = |(slot, value): (&U256, &EvmStorageSlot)| {
        now.storage.get(slot).is_none_or(|now| now.present_value == ran.seen.slot(address, *slot, value))
    };
    if now.info.code_hash != seen.code_hash {
        return Some(StateKey::Code(address));
    }
    if now.info.is_empty() != seen.is_empty() || now.status & IDENTITY != seen.status & IDENTITY {
        return Some(StateKey::Existence(address));
    }
    if needs_balance && now.info.balance != seen.balance {
        return Some(StateKey::Balance(address));
    }
    if needs_nonce && now.info.nonce != seen.nonce {
        return Some(StateKey::Nonce(address));
    }
    let slot = account.storage.iter().filter(|slot| !slot_holds(*slot)).map(|(slot, _)| *slot).min();
    slot.map(|slot| StateKey::Slot(address, slot))
}

/// Adds what a thread did, which must hold. What it warmed goes to `warmed`.
pub(crate) fn merge(
    journal: &mut RecordingJournal<'_>,
    ran: Ran,
    warmed: &mut Vec<JournalEntry>,
) -> Result<InterpreterResult, StateError> {
    adopt(journal, &ran).map_err(|DbError(error)| error)?;
    let Ran { ended, state, entries, logs, transient, destroyed, seen, observations, told, operations, notes: _ } = ran;
    let is_warming =
        |entry: &JournalEntry| matches!(entry, JournalEntry::AccountWarmed { .. } | JournalEntry::StorageWarmed { .. });
    let (warmings, changes): (Vec<_>, Vec<_>) = entries.into_iter().partition(is_warming);
    let cold = Cold::of(&warmings);
    warmed.extend(warmings);
    let inner = &mut journal.journal.inner;
    for (address, account) in state {
        let found = seen.account(address, &account);
        let is_cold = account.is_cold_transaction_id(inner.transaction_id) || cold.accounts.contains(&address);
        let target = match inner.state.entry(address) {
            Entry::Occupied(occupied) => occupied.into_mut(),
            Entry::Vacant(vacant) => {
                journal.journal.database.told.extend(told.iter().find(|(asked, _)| *asked == address));
                vacant.insert(as_loaded(&account, inner.transaction_id, is_cold))
            }
        };
        merge_account(target, address, account, &found, (&seen, &cold));
    }
    for ((address, slot), before) in &seen.transient {
        let now = transient.get_value(*address, *slot);
        match now {
            now if now == *before => {}
            U256::ZERO => _ = inner.transient_storage.remove_value(*address, *slot),
            now => _ = inner.transient_storage.insert_value(*address, *slot, now),
        }
    }
    inner.journal.extend(changes);
    inner.logs.extend(logs);
    inner.selfdestructed_addresses.extend(destroyed);
    journal.observations.absorb(&observations);
    journal.join_operations(operations);
    Ok(ended)
}

/// Where the parent is a thread itself, what its threads found is something that it has found.
fn adopt(journal: &mut RecordingJournal<'_>, ran: &Ran) -> Result<(), DbError> {
    if journal.fork.is_none() {
        return Ok(());
    }
    for (address, account) in &ran.state {
        journal.adopt(*address)?;
        account.storage.keys().try_for_each(|slot| journal.adopt_slot(*address, *slot))?;
    }
    for (address, slot) in ran.seen.transient.keys() {
        journal.adopt_transient(*address, *slot);
    }
    Ok(())
}

/// What a thread was the first to warm.
struct Cold {
    accounts: AddressSet,
    slots: HashSet<(Address, U256)>,
}

impl Cold {
    fn of(warmings: &[JournalEntry]) -> Self {
        let mut cold = Self { accounts: AddressSet::default(), slots: HashSet::default() };
        for entry in warmings {
            match *entry {
                JournalEntry::AccountWarmed { address } => _ = cold.accounts.insert(address),
                JournalEntry::StorageWarmed { address, key } => _ = cold.slots.insert((address, key)),
                _ => {}
            }
        }
        cold
    }
}

/// The account as the thread loaded it from the state before the transaction.
fn as_loaded(account: &Account, transaction_id: TransactionId, is_cold: bool) -> Account {
    let mut loaded = Account::default().with_info(account.original_info());
    (loaded.transaction_id, loaded.status) = (transaction_id, account.status & AccountStatus::LoadedAsNotExisting);
    *loaded.original_info_mut() = account.original_info();
    if is_cold {
        loaded.mark_cold();
    }
    loaded
}

fn merge_account(
    target: &mut Account,
    address: Address,
    account: Account,
    found: &SeenAccount,
    (seen, cold): (&Seen, &Cold),
) {
    let transaction_id = target.transaction_id;
    if account.info.balance != found.balance {
        target.info.balance = account.info.balance;
    }
    if account.info.nonce != found.nonce {
        target.info.nonce = account.info.nonce;
    }
    if account.info.code_hash != found.code_hash || target.info.code.is_none() {
        target.info.code_hash = account.info.code_hash;
        target.info.code = account.info.code;
    }
    target.status |= account.status - AccountStatus::Cold;
    for (slot, value) in account.storage {
        let before = seen.slot(address, slot, &value);
        match target.storage.entry(slot) {
            Entry::Occupied(occupied) => {
                if value.present_value != before {
                    occupied.into_mut().present_value = value.present_value;
                }
            }
            Entry::Vacant(vacant) => {
                let is_cold = value.is_cold || cold.slots.contains(&(address, slot));
                vacant.insert(EvmStorageSlot { transaction_id, is_cold, ..value });
            }
        }
    }
}

/// Warms what the threads of a group have warmed, now that all of them are merged.
pub(crate) fn warm(journal: &mut RecordingJournal<'_>, warmed: Vec<JournalEntry>) {
    let inner = &mut journal.journal.inner;
    for entry in warmed {
        let was_cold = match entry {
            JournalEntry::AccountWarmed { address } => inner
                .state
                .get_mut(&address)
                .is_some_and(|account| account.mark_warm_with_transaction_id(inner.transaction_id)),
            JournalEntry::StorageWarmed { address, key } => inner
                .state
                .get_mut(&address)
                .and_then(|account| account.storage.get_mut(&key))
                .is_some_and(|slot| slot.mark_warm_with_transaction_id(inner.transaction_id)),
            _ => false,
        };
        if was_cold {
            inner.journal.push(entry);
        }
    }
    journal.follow_operations();
}
