//! Editing the head's state.

use crate::{
    Chain,
    chain::{Head, spec_with},
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

    /// The identifier of the chain from now on. What waits in the pool for the old one leaves it when it is tried.
    pub(super) fn edit_chain_id(&self, chain_id: u64) -> Result<(), RpcError> {
        self.edit_overlay(&[], |overlay, _| {
            overlay.chain_id = Some(chain_id);
            Ok(())
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

    /// Edits one account.
    fn edit(&self, address: Address, edit: impl FnOnce(&mut Overlay, Account)) -> Result<(), RpcError> {
        self.edit_overlay(&[address], |overlay, state| {
            let account = state.account(address).map_err(|error| of_state(&error))?.unwrap_or_default();
            edit(overlay, account);
            Ok(())
        })
    }

    /// Edits a copy of the overlay, then shows the copy to readers and tells the pool of these accounts.
    pub(super) fn edit_overlay(
        &self,
        addresses: &[Address],
        edit: impl FnOnce(&mut Overlay, &StateView) -> Result<(), RpcError>,
    ) -> Result<(), RpcError> {
        let work = self.work.lock();
        let head = self.head_now();
        let state = self.state_at(head.block.hash)?;
        let mut overlay = (*head.overlay).clone();
        edit(&mut overlay, &state)?;
        if overlay.entries() > ENTRIES_MAX {
            return Err(RpcError::limit(format!("more than {ENTRIES_MAX} changes wait for a block: mine one")));
        }
        let overlay = Arc::new(overlay);
        let view = StateView { overlay: Arc::clone(&overlay), ..state };
        let mut changes = Vec::with_capacity(addresses.len());
        for &address in addresses {
            let account = view.account(address).map_err(|error| of_state(&error))?;
            changes.push(AccountChange { address, account, wiped: false });
        }
        let next = self.pool_head(&spec_with(&self.spec, &overlay), head.header(), &work.settings);
        let mut pool = self.pool.lock();
        let (block, receipts) = (Arc::clone(&head.block), Arc::clone(&head.receipts));
        *self.head.write() = Arc::new(Head { block, receipts, overlay });
        pool.set_head(next);
        let events = pool.set_accounts(&changes, clock::now_ms());
        drop(pool);
        self.publish_pending(&events);
        self.signal.pending();
        Ok(())
    }
}
