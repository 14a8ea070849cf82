//! Whether two executions change the state in the same way.

use access_list::{AccountChange, StateDiff};
use primitives::{
    Address, U256,
    map::{AddressMap, HashMap},
};
use state::{StateError, StateReader};

/// The first place found that two diffs without wiped storage leave in different ways, `before` being the state that
/// both start from. An entry of only one of them may stand there if it changes nothing.
pub(super) fn differing(
    one: &StateDiff,
    other: &StateDiff,
    before: &impl StateReader,
) -> Result<Option<String>, StateError> {
    if let Some(address) = account(one, other, before)? {
        return Ok(Some(format!("account {address}")));
    }
    let slot = slot(one, other, before)?;
    Ok(slot.map(|(address, slot)| format!("slot {slot:#x} of {address}")))
}

fn account(one: &StateDiff, other: &StateDiff, before: &impl StateReader) -> Result<Option<Address>, StateError> {
    let mut named: AddressMap<&AccountChange> = one.accounts.iter().map(|change| (change.address, change)).collect();
    for change in &other.accounts {
        let is_same = match named.remove(&change.address) {
            Some(same) => same.account == change.account,
            None => before.account(change.address)? == change.account,
        };
        if !is_same {
            return Ok(Some(change.address));
        }
    }
    for (address, change) in named {
        if before.account(address)? != change.account {
            return Ok(Some(address));
        }
    }
    Ok(None)
}

fn slot(one: &StateDiff, other: &StateDiff, before: &impl StateReader) -> Result<Option<(Address, U256)>, StateError> {
    let mut named: HashMap<(Address, U256), U256> =
        one.slots.iter().map(|change| ((change.address, change.slot), change.value)).collect();
    for change in &other.slots {
        let key = (change.address, change.slot);
        let is_same = match named.remove(&key) {
            Some(value) => value == change.value,
            None => before.storage(key.0, key.1)? == change.value,
        };
        if !is_same {
            return Ok(Some(key));
        }
    }
    for (key, value) in named {
        if before.storage(key.0, key.1)? != value {
            return Ok(Some(key));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use access_list::SlotChange;
    use primitives::Account;
    use state::MemoryState;

    const HOLDER: Address = Address::repeat_byte(1);
    const OTHER: Address = Address::repeat_byte(2);

    fn before() -> MemoryState {
        let mut state = MemoryState::new();
        state.set_account(HOLDER, Account::with_balance(U256::from(7)));
        state.set_storage(HOLDER, U256::ONE, U256::from(8));
        state
    }

    fn change(address: Address, balance: u64) -> AccountChange {
        let account = (balance > 0).then(|| Account::with_balance(U256::from(balance)));
        AccountChange { address, account, wiped: false }
    }

    fn slot_change(slot: u64, value: u64) -> SlotChange {
        SlotChange { address: HOLDER, slot: U256::from(slot), value: U256::from(value) }
    }

    #[track_caller]
    fn check(one: &StateDiff, other: &StateDiff, expected: Option<&str>) {
        let state = before();
        for (one, other) in [(one, other), (other, one)] {
            let found = differing(one, other, &state).expect("memory does not fail");
            assert_eq!(found.as_deref().map(|text| text.split(' ').next().unwrap_or_default()), expected, "{found:?}");
        }
    }

    #[test]
    fn what_changes_nothing_may_be_named_by_one_of_them() {
        let none = StateDiff::default();
        let idle = StateDiff {
            accounts: vec![change(HOLDER, 7), change(OTHER, 0)],
            slots: vec![slot_change(1, 8), slot_change(2, 0)],
            code: Vec::new(),
        };
        check(&none, &none, None);
        check(&none, &idle, None);
        check(&idle, &idle, None);
    }

    #[test]
    fn any_other_difference_is_named() {
        let accounts = |accounts: Vec<AccountChange>| StateDiff { accounts, ..StateDiff::default() };
        let slots = |slots: Vec<SlotChange>| StateDiff { slots, ..StateDiff::default() };
        check(&accounts(vec![]), &accounts(vec![change(HOLDER, 8)]), Some("account"));
        check(&accounts(vec![]), &accounts(vec![change(HOLDER, 0)]), Some("account"));
        check(&accounts(vec![]), &accounts(vec![change(OTHER, 1)]), Some("account"));
        check(&accounts(vec![change(HOLDER, 8)]), &accounts(vec![change(HOLDER, 9)]), Some("account"));
        check(&slots(vec![]), &slots(vec![slot_change(1, 0)]), Some("slot"));
        check(&slots(vec![]), &slots(vec![slot_change(2, 1)]), Some("slot"));
        check(&slots(vec![slot_change(1, 9)]), &slots(vec![slot_change(1, 7)]), Some("slot"));
    }
}
