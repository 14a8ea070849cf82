//! From revm's journal to our record of what a transaction touched.

use crate::{journal::RecordingJournal, observations::Observations};
use access_list::{AccessRecord, AccountAccess, Observed, SlotAccess};
use primitives::{Account, Address};
use revm::state::{Account as RevmAccount, AccountInfo};

/// Journals that grew beyond this many accounts are dropped with their memory.
const JOURNAL_ACCOUNTS_KEPT: usize = 128;

/// Accounts whose content before the transaction is looked for among the answers of the state; of the others revm's own
/// copy is used, which costs more than a short search.
const TOLD_SEARCHED_MAX: usize = 16;

/// Empties the journal after a transaction into the empty record `record`.
///
/// `clears_empty`: touched empty accounts vanish (EIP-161).
pub(crate) fn take(journal: &mut RecordingJournal<'_>, mut record: AccessRecord, clears_empty: bool) -> AccessRecord {
    let RecordingJournal { journal, observations, .. } = journal;
    let inner = &mut journal.inner;
    let slots = inner.state.values().map(|account| account.storage.len()).sum();
    record.accounts.reserve_exact(inner.state.len());
    record.slots.reserve_exact(slots);
    let told = &journal.database.told;
    let mut push = |address, account: &RevmAccount| {
        let before = match told.iter().take(TOLD_SEARCHED_MAX).find(|(asked, _)| *asked == address) {
            Some((_, before)) => *before,
            None => (!account.is_loaded_as_not_existing()).then(|| from_info(&account.original_info())),
        };
        push(&mut record, observations, (address, before), account, clears_empty);
    };
    // Where they lie: revm's accounts are too large to be moved out.
    inner.state.iter().for_each(|(address, account)| push(*address, account));
    if inner.state.len() > JOURNAL_ACCOUNTS_KEPT {
        inner.state = Default::default();
    } else {
        inner.state.clear();
    }
    journal.database.told.clear();
    inner.selfdestructed_addresses.clear();
    inner.logs.clear();
    inner.transient_storage.clear();
    inner.journal.clear();
    inner.depth = 0;
    inner.transaction_id = Default::default();
    inner.warm_addresses.clear_coinbase_and_access_list();
    observations.clear();
    record
}

fn push(
    record: &mut AccessRecord,
    observations: &Observations,
    (address, before): (Address, Option<Account>),
    account: &RevmAccount,
    clears_empty: bool,
) {
    let destroyed = account.is_selfdestructed();
    let after = if destroyed {
        None
    } else if account.is_touched() {
        let after = from_info(&account.info);
        (!clears_empty || !after.is_empty()).then_some(after)
    } else {
        before
    };
    if let Some(after) = after
        && after.has_code()
        && before.is_none_or(|before| before.code_hash != after.code_hash)
        && let Some(code) = &account.info.code
    {
        record.deployed.push((after.code_hash, code.original_bytes()));
    }
    let changes_nonce = before.unwrap_or_default().nonce != after.unwrap_or_default().nonce;
    let observed = Observed {
        balance: observations.saw_balance(address) || destroyed,
        nonce: changes_nonce || observations.saw_nonce(address),
        existence: true,
    };
    let access = AccountAccess {
        address,
        before,
        after,
        observed,
        balance_min: observations.balance_min(address, before.unwrap_or_default().balance),
        wiped: before.is_some() && (destroyed || account.is_created()),
        slots_end: 0,
    };
    let slots = account.storage.iter().map(|(slot, value)| SlotAccess {
        slot: *slot,
        before: value.original_value,
        after: if destroyed { primitives::U256::ZERO } else { value.present_value },
    });
    record.push(access, slots);
}

fn from_info(info: &AccountInfo) -> Account {
    Account { balance: info.balance, nonce: info.nonce, code_hash: info.code_hash }
}
