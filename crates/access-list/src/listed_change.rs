//! What a block access list says of an account's change at one position.

use primitives::{Account, B256, U256};

/// The fields that are listed when an account changes from one content to another.
///
/// A field is listed if it differs. Before EIP-161 an account can exist and be empty, which the fields alone cannot
/// tell; three entries that EIP-7928 never makes then say it: a balance change to the same zero for an account that
/// comes to exist empty, a nonce change to the same zero for one that is drained and stays, a code change to the same
/// nothing for an empty one that is removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListedChange {
    /// Wei afterwards.
    pub balance: Option<U256>,
    /// Nonce afterwards.
    pub nonce: Option<u64>,
    /// Hash of the code afterwards.
    pub code_hash: Option<B256>,
}

impl ListedChange {
    /// The change from `before` to `after`.
    #[inline]
    pub fn between(before: Option<Account>, after: Option<Account>) -> Self {
        if before == after {
            return Self::default();
        }
        let (old, new) = (before.unwrap_or_default(), after.unwrap_or_default());
        let stays_empty = old == new;
        let is_drained = after.is_some() && new.is_empty() && !old.balance.is_zero() && old.nonce == 0;
        let appears = stays_empty && after.is_some();
        let vanishes = stays_empty && after.is_none();
        Self {
            balance: (old.balance != new.balance || appears).then_some(new.balance),
            nonce: (old.nonce != new.nonce || is_drained).then_some(new.nonce),
            code_hash: (old.code_hash != new.code_hash || vanishes).then_some(new.code_hash),
        }
    }

    /// Number of fields listed.
    pub fn count(&self) -> usize {
        usize::from(self.balance.is_some()) + usize::from(self.nonce.is_some()) + usize::from(self.code_hash.is_some())
    }
}
