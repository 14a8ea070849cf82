//! Comparison with revm's own loop and its own database, with nothing of ours in between.

use super::case::Case;
use bench::plain_revm::{self, PlainState};
use evm::{Outcome, Status, TransactionResult, revm};
use executor::{Engine, Plan};
use primitives::{Account, Address, U256};
use revm::{context_interface::result::ExecutionResult, database::AccountState};
use state::{MemoryState, StateWriter};
use std::collections::BTreeMap;

type Accounts = BTreeMap<Address, Account>;
type Slots = BTreeMap<(Address, U256), U256>;

/// Executes the transactions, without the steps around them, with revm and serially here: results and states are equal.
pub(crate) fn assert_like_plain(case: &Case, engine: &Engine) {
    let prepared = case.prepared();
    let mut database = plain_revm::plain_state(&case.state);
    let expected = plain_revm::execute(&prepared, &mut database);
    let run = engine.execute_transactions(&prepared, &case.state, &Plan::default());
    let run = run.unwrap_or_else(|error| panic!("{}: {error}", case.name));
    for (index, (expected, executed)) in expected.iter().zip(&run.executed).enumerate() {
        let executed = executed.as_ref().expect("nothing was left out");
        let Outcome::Included(result) = &executed.output else { panic!("{}: {index}: invalid", case.name) };
        assert_result(expected, result, &format!("{}: transaction {index} against revm", case.name));
    }
    let mut state = case.state.clone();
    state.commit(&run.diff).expect("a diff that can be committed");
    let clears_empty = prepared.environment().clears_empty_accounts();
    let (accounts, slots) = plain_content(&database, clears_empty);
    let (own_accounts, own_slots) = memory_content(&state, clears_empty);
    assert_eq!(own_accounts, accounts, "{}: accounts against revm", case.name);
    assert_eq!(own_slots, slots, "{}: slots against revm", case.name);
}

fn assert_result(expected: &ExecutionResult, result: &TransactionResult, what: &str) {
    let status = match expected {
        ExecutionResult::Success { .. } => Status::Success,
        ExecutionResult::Revert { .. } => Status::Revert,
        ExecutionResult::Halt { reason, .. } => Status::Halt(reason.clone()),
    };
    assert_eq!(result.status, status, "{what}: status");
    assert_eq!(result.gas_used, expected.tx_gas_used(), "{what}: gas");
    let logs = if expected.is_success() { expected.logs() } else { &[] };
    assert_eq!(result.logs, logs, "{what}: logs");
    assert_eq!(result.output, expected.output().cloned().unwrap_or_default(), "{what}: output");
    assert_eq!(result.created, expected.created_address(), "{what}: created");
}

fn plain_content(database: &PlainState, clears_empty: bool) -> (Accounts, Slots) {
    let (mut accounts, mut slots) = (Accounts::new(), Slots::new());
    for (address, entry) in &database.cache.accounts {
        if entry.account_state != AccountState::NotExisting {
            let info = &entry.info;
            accounts.insert(*address, Account { balance: info.balance, nonce: info.nonce, code_hash: info.code_hash });
        }
        slots.extend(entry.storage.iter().map(|(slot, value)| ((*address, *slot), *value)));
    }
    normalised(accounts, slots, clears_empty)
}

fn memory_content(state: &MemoryState, clears_empty: bool) -> (Accounts, Slots) {
    let accounts: Accounts = state.accounts().collect();
    let slots =
        accounts.keys().flat_map(|address| state.storage_of(*address).map(|(slot, value)| ((*address, slot), value)));
    let slots = slots.collect();
    normalised(accounts, slots, clears_empty)
}

/// revm's database keeps zeros, and accounts that are empty where no account may be.
fn normalised(mut accounts: Accounts, mut slots: Slots, clears_empty: bool) -> (Accounts, Slots) {
    accounts.retain(|_, account| !clears_empty || !account.is_empty());
    slots.retain(|_, value| !value.is_zero());
    (accounts, slots)
}
