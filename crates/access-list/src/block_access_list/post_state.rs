//! The state that a whole block leaves, read off its list.

use alloy_eip7928::AccountChanges;
use primitives::{Account, Address, U256};

use super::content::{LatestChanges, removals};
use crate::{AccountChange, SlotChange, StateDiff};

/// See [`super::BlockAccessList::diff`].
pub(super) fn diff(accounts: &[AccountChanges], base: impl Fn(Address) -> Option<Account>) -> StateDiff {
    let mut diff = StateDiff::default();
    for entry in accounts {
        let removed = removals(entry).last();
        account_diff(entry, removed.is_some(), &base, &mut diff);
        for slot in &entry.storage_changes {
            let change = slot.changes.last().expect("a canonical list has no slot without a change");
            if removed.is_none_or(|removed| change.block_access_index.get() > removed) {
                diff.slots.push(SlotChange { address: entry.address, slot: slot.slot, value: change.new_value });
            }
        }
    }
    diff
}

fn account_diff(
    entry: &AccountChanges,
    removed: bool,
    base: impl Fn(Address) -> Option<Account>,
    diff: &mut StateDiff,
) {
    let code = entry.code_post_state_with_hash();
    let changes = LatestChanges {
        balance: entry.balance_changes.last().map(|change| (change.block_access_index.get(), change.post_balance)),
        nonce: entry.nonce_changes.last().map(|change| (change.block_access_index.get(), change.new_nonce)),
        code: entry.code_changes.last().zip(code).map(|(change, (hash, _))| (change.block_access_index.get(), hash)),
    };
    if changes.balance.is_none() && changes.nonce.is_none() && changes.code.is_none() {
        return;
    }
    let before = base(entry.address);
    let account = changes.apply(before, || balance_replaced(entry));
    let wiped = before.is_some() && (removed || account.is_none());
    if account == before && !wiped {
        return;
    }
    diff.accounts.push(AccountChange { address: entry.address, account, wiped });
    if let (Some(_), Some((hash, code))) = (account, code)
        && !code.is_empty()
    {
        diff.code.push((hash, code.clone()));
    }
}

/// The listed balance before the last one.
fn balance_replaced(entry: &AccountChanges) -> Option<U256> {
    entry.balance_changes.iter().rev().nth(1).map(|change| change.post_balance)
}
