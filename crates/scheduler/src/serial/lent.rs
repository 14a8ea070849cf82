//! The state between two transactions, at rest: it may be read by several threads.

use super::{Overlay, SerialView};
use crate::run::credit;
use primitives::{Account, Address, B256, Bytes, U256};
use state::{StateError, StateReader};

/// The block's changes over the state before it.
#[derive(Clone, Copy)]
pub(crate) struct LentView<'a> {
    base: &'a (dyn StateReader + Sync),
    beneficiary: Address,
    clears_empty: bool,
    overlay: &'a Overlay,
}

impl SerialView<'_> {
    /// The view while its overlay is borrowed.
    #[inline]
    pub(super) fn lent<'a>(&'a self, overlay: &'a Overlay) -> LentView<'a> {
        LentView { base: self.base, beneficiary: self.beneficiary, clears_empty: self.clears_empty, overlay }
    }
}

impl LentView<'_> {
    /// Whether the account is certainly the one before the block: the beneficiary's may have got fees.
    #[inline]
    pub(crate) fn has_account_unchanged(&self, address: Address) -> bool {
        address != self.beneficiary && self.overlay.account(address).is_none()
    }

    /// Whether the slot is what it was before the block.
    #[inline]
    pub(crate) fn has_slot_unchanged(&self, address: Address, slot: U256) -> bool {
        self.overlay.slot(address, slot).is_none() && !self.overlay.is_wiped(address)
    }
}

impl StateReader for LentView<'_> {
    #[inline]
    fn account(&self, address: Address) -> Result<Option<Account>, StateError> {
        let account = match self.overlay.account(address) {
            Some(change) => change.account,
            None => self.base.account(address)?,
        };
        match self.overlay.fees() {
            Some(fees) if address == self.beneficiary => Ok(credit(account, fees, self.clears_empty)),
            _ => Ok(account),
        }
    }

    #[inline]
    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        match self.overlay.slot(address, slot) {
            Some(change) => Ok(change.value),
            None if self.overlay.is_wiped(address) => Ok(U256::ZERO),
            None => self.base.storage(address, slot),
        }
    }

    #[inline]
    fn code(&self, hash: B256) -> Result<Bytes, StateError> {
        match self.overlay.code(hash) {
            Some(code) => Ok(code.clone()),
            None => self.base.code(hash),
        }
    }

    fn block_hash(&self, number: u64) -> Result<B256, StateError> {
        self.base.block_hash(number)
    }

    fn had_only_storage(&self, address: Address) -> Result<bool, StateError> {
        self.base.had_only_storage(address)
    }

    fn lend(&self, work: &mut dyn FnMut(&(dyn StateReader + Sync))) -> bool {
        work(self);
        true
    }
}
