//! Whether two executions of a block have the same result.

use crate::workload::Execution;
use access_list::StateDiff;
use primitives::{Account, Address, U256, map::AddressSet};
use state::{StateError, StateReader};
use std::collections::BTreeMap;

/// The first thing in which another execution differs from the serial one, in words; `None` if nothing does.
pub(super) fn find(
    serial: &Execution,
    other: &Execution,
    state: &dyn StateReader,
) -> Result<Option<String>, StateError> {
    if let (Some(serial), Some(other)) = (serial.whole(), other.whole()) {
        let parts = [
            ("receipts", serial.receipts == other.receipts),
            ("requests", serial.requests == other.requests),
            ("gas used", serial.gas_used == other.gas_used),
            ("logs bloom", serial.logs_bloom == other.logs_bloom),
            ("block access list", serial.list == other.list),
        ];
        if let Some((what, _)) = parts.into_iter().find(|(_, same)| !same) {
            return Ok(Some(format!("{what} differs from serial execution")));
        }
    }
    let outcomes = |execution: &Execution| -> Vec<_> {
        execution.executed().map(|executed| (executed.output.clone(), executed.fee)).collect()
    };
    let (outcomes, others) = (outcomes(serial), outcomes(other));
    if outcomes.len() != others.len() {
        return Ok(Some("another number of transactions was executed than in serial execution".to_owned()));
    }
    if let Some(index) = outcomes.iter().zip(&others).position(|(one, other)| one != other) {
        return Ok(Some(format!("transaction {index} has another outcome than in serial execution")));
    }
    let same = Content::of(serial.diff(), state)? == Content::of(other.diff(), state)?;
    Ok((!same).then(|| "the state afterwards differs from serial execution".to_owned()))
}

/// The content that a diff leaves; entries that change nothing are left out.
#[derive(PartialEq, Eq)]
struct Content {
    accounts: BTreeMap<Address, Option<Account>>,
    slots: BTreeMap<(Address, U256), U256>,
}

impl Content {
    fn of(diff: &StateDiff, state: &dyn StateReader) -> Result<Self, StateError> {
        let mut content = Self { accounts: BTreeMap::new(), slots: BTreeMap::new() };
        let mut wiped = AddressSet::default();
        for change in &diff.accounts {
            if change.wiped {
                wiped.insert(change.address);
            }
            if change.wiped || state.account(change.address)? != change.account {
                content.accounts.insert(change.address, change.account);
            }
        }
        for change in &diff.slots {
            let is_wiped = wiped.contains(&change.address);
            let before = if is_wiped { U256::ZERO } else { state.storage(change.address, change.slot)? };
            if before != change.value {
                content.slots.insert((change.address, change.slot), change.value);
            }
        }
        Ok(content)
    }
}
