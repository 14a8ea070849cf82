//! Editing the head's state.

use crate::{
    Chain,
    chain::Head,
    clock,
    error::of_state,
    overlay::{ENTRIES_MAX, Overlay, StateView},
};
use access_list::AccountChange;
use primitives::{Account, Address, Bytes, U256, keccak256};
use rpc::RpcError;
use state::StateReader;
use std::sync::Arc;

/// Bytes of code that can be put somewhere: more than any block could deploy.
const CODE_BYTES_MAX: usize = 1 << 20;

impl Chain {
    pub(super) fn edit_account(&self, address: Address, edit: impl FnOnce(&mut Account)) -> Result<(), RpcError> {
        self.edit(address, |overlay, mut account| {
            edit(&mut account);
            overlay.set_account(address, account);
        })
    }

    pub(super) fn edit_code(&self, address: Address, code: Bytes) -> Result<(), RpcError> {
        if code.len() > CODE_BYTES_MAX {
            return Err(RpcError::invalid_params(format!("code of {} bytes (max {CODE_BYTES_MAX})", code.len())));
        }
        self.edit(address, |overlay, account| {
            let code_hash = keccak256(&code);
            overlay.set_code(code_hash, code);
            overlay.set_account(address, Account { code_hash, ..account });
        })
    }

    /// Where there is no account, one with nonce 1 is made: storage cannot stand alone, and an empty account would
    /// vanish at the first touch.
    pub(super) fn edit_slot(&self, address: Address, slot: U256, value: U256) -> Result<(), RpcError> {
        self.edit(address, |overlay, account| {
            let account = if account.is_empty() { Account { nonce: 1, ..account } } else { account };
            overlay.set_account(address, account);
            overlay.set_slot(address, slot, value);
        })
    }

    /// Edits an account on a copy of the overlay, then shows the copy to readers and tells the pool.
    fn edit(&self, address: Address, edit: impl FnOnce(&mut Overlay, Account)) -> Result<(), RpcError> {
        let _work = self.work.lock();
        let head = self.head_now();
        if head.overlay.entries() >= ENTRIES_MAX {
            return Err(RpcError::limit(format!("{ENTRIES_MAX} changes wait for a block: mine one")));
        }
        let state = self.state_at(head.block.hash)?;
        let account = state.account(address).map_err(|error| of_state(&error))?.unwrap_or_default();
        let mut overlay = (*head.overlay).clone();
        edit(&mut overlay, account);
        let overlay = Arc::new(overlay);
        let view = StateView { overlay: Arc::clone(&overlay), ..state };
        let account = view.account(address).map_err(|error| of_state(&error))?;
        let mut pool = self.pool.lock();
        let (block, receipts) = (Arc::clone(&head.block), Arc::clone(&head.receipts));
        *self.head.write() = Arc::new(Head { block, receipts, overlay });
        let events = pool.set_accounts(&[AccountChange { address, account, wiped: false }], clock::now_ms());
        drop(pool);
        self.publish_pending(&events);
        self.signal.pending();
        Ok(())
    }
}
