//! From listed changes to the account they make.

use alloy_eip7928::AccountChanges;
use primitives::{Account, B256, U256};

/// The latest changes of one account's fields up to some position, each with its position.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LatestChanges {
    pub(crate) balance: Option<(u64, U256)>,
    pub(crate) nonce: Option<(u64, u64)>,
    pub(crate) code: Option<(u64, B256)>,
}

impl LatestChanges {
    /// The account after these changes. `base` is the account before the block; `balance_replaced` is the listed
    /// balance before the latest one.
    ///
    /// The rules for an account that ends up empty stand in the documentation of the block access list.
    #[inline]
    pub(crate) fn apply(
        self,
        base: Option<Account>,
        balance_replaced: impl FnOnce() -> Option<U256>,
    ) -> Option<Account> {
        let Some(last) = self.last() else { return base };
        let before = base.unwrap_or_default();
        let account = Account {
            balance: self.balance.map_or(before.balance, |(_, balance)| balance),
            nonce: self.nonce.map_or(before.nonce, |(_, nonce)| nonce),
            code_hash: self.code.map_or(before.code_hash, |(_, code_hash)| code_hash),
        };
        if !account.is_empty() {
            return Some(account);
        }
        let exists = if self.code.is_some_and(|(at, _)| at == last) {
            false
        } else if self.nonce.is_some_and(|(at, _)| at == last) {
            true
        } else {
            balance_replaced().unwrap_or(before.balance).is_zero()
        };
        exists.then_some(account)
    }

    /// The position of the latest change.
    #[inline]
    fn last(&self) -> Option<u64> {
        let balance = self.balance.map(|(at, _)| at);
        let nonce = self.nonce.map(|(at, _)| at);
        let code = self.code.map(|(at, _)| at);
        balance.max(nonce).max(code)
    }
}

/// The positions at which an account is removed together with its code, ascending: it is left with no nonce. (Clearing
/// a delegation leaves one.)
pub(crate) fn removals(entry: &AccountChanges) -> impl Iterator<Item = u64> {
    entry.code_changes.iter().filter(|change| change.new_code.is_empty()).filter_map(|change| {
        let at = change.block_access_index;
        let nonce = entry.nonce_changes.binary_search_by_key(&at, |change| change.block_access_index).ok();
        nonce.is_none_or(|found| entry.nonce_changes[found].new_nonce == 0).then(|| at.get())
    })
}
