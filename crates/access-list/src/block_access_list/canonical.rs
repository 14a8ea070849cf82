//! The canonical form of a block access list, and every way to miss it.

use alloy_eip7928::{
    AccountChanges, BlockAccessIndex, BlockAccessListChangeKind as Kind, BlockAccessListValidationError,
    validate_block_access_list,
};
use primitives::{Address, U256};

use super::content::removals;

/// Why bytes or entries are not a canonical block access list. Every one is a verdict: all machines agree on it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ListError {
    /// The bytes are not RLP of the list's shape, or integers or lengths in them are not minimal.
    #[error("not an encoded block access list: {0}")]
    Encoding(#[from] alloy_rlp::Error),
    /// Bytes follow the list.
    #[error("{0} bytes follow the block access list")]
    TrailingBytes(usize),
    /// Accounts, slots or positions are repeated or out of order, a changed slot has no change or stands among the
    /// reads, or a position needs more than 32 bits.
    #[error(transparent)]
    Form(#[from] BlockAccessListValidationError),
    /// A field is listed as changed to the value it has.
    #[error("{kind} of account {address} does not change at index {index}")]
    NoChange {
        /// Whose field.
        address: Address,
        /// Which field.
        kind: Kind,
        /// The slot, if the field is a slot.
        slot: Option<U256>,
        /// Where the change is listed.
        index: u64,
    },
    /// A position lies behind the block's last one.
    #[error("account {address} changes at index {index}, behind the block's last index {last}")]
    IndexBeyondBlock {
        /// Whose change.
        address: Address,
        /// Where the change is listed.
        index: u64,
        /// The position after the transactions.
        last: u64,
    },
}

/// Checks everything that does not depend on the block.
pub(super) fn check(accounts: &[AccountChanges]) -> Result<(), ListError> {
    validate_block_access_list(accounts, usize::MAX)?;
    accounts.iter().try_for_each(check_changes)
}

/// Checks that no position lies behind the last of a block with `transactions` transactions.
pub(super) fn check_indices(accounts: &[AccountChanges], transactions: usize) -> Result<(), ListError> {
    let last = u64::try_from(transactions).unwrap_or(u64::MAX).saturating_add(1);
    for account in accounts {
        if let Some(index) = indices_last(account).find(|index| *index > last) {
            return Err(ListError::IndexBeyondBlock { address: account.address, index, last });
        }
    }
    Ok(())
}

/// The last position of each list of changes; positions ascend within a list.
fn indices_last(account: &AccountChanges) -> impl Iterator<Item = u64> {
    let slots = account.storage_changes.iter().map(|slot| slot.changes.last().map(|c| c.block_access_index));
    slots
        .chain([
            account.balance_changes.last().map(|change| change.block_access_index),
            account.nonce_changes.last().map(|change| change.block_access_index),
            account.code_changes.last().map(|change| change.block_access_index),
        ])
        .flatten()
        .map(BlockAccessIndex::get)
}

/// Checks that each change differs from the one before. An account field may be listed as empty again, which marks
/// what becomes of an empty account; a slot may get its value again after its account was removed in between.
fn check_changes(account: &AccountChanges) -> Result<(), ListError> {
    let no_change = |kind, slot, index: BlockAccessIndex| {
        Err(ListError::NoChange { address: account.address, kind, slot, index: index.get() })
    };
    for [a, b] in account.balance_changes.array_windows() {
        if a.post_balance == b.post_balance && !b.post_balance.is_zero() {
            return no_change(Kind::Balance, None, b.block_access_index);
        }
    }
    for [a, b] in account.nonce_changes.array_windows() {
        if a.new_nonce == b.new_nonce && b.new_nonce != 0 {
            return no_change(Kind::Nonce, None, b.block_access_index);
        }
    }
    for [a, b] in account.code_changes.array_windows() {
        if a.new_code == b.new_code && !b.new_code.is_empty() {
            return no_change(Kind::Code, None, b.block_access_index);
        }
    }
    let removals: Vec<u64> = removals(account).collect();
    let removed_after = |at: u64| removals.get(removals.partition_point(|removal| *removal <= at)).copied();
    for slot in &account.storage_changes {
        for [a, b] in slot.changes.array_windows() {
            let wiped = || removed_after(a.block_access_index.get()).is_some_and(|at| at < b.block_access_index.get());
            if a.new_value == b.new_value && (b.is_zero() || !wiped()) {
                return no_change(Kind::Storage, Some(slot.slot), b.block_access_index);
            }
        }
    }
    Ok(())
}
