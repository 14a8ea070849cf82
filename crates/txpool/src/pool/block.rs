//! What blocks do to the pool: nonces are used, funds come and go, and a rollback gives transactions back.

use super::Pool;
use crate::{
    DropReason, Event, EventKind, Head, Incoming, Limits, Origin, Pooled, index::Changes, pooled::Recipient,
    sender::Sender, validation::check_form,
};
use access_list::AccountChange;
use primitives::{
    Account, Address, B256,
    map::{AddressMap, B256Set},
};
use std::sync::Arc;

/// The way from one head of the chain to another: one block forward, or back over some and forward over others.
#[derive(Debug)]
pub struct BlockUpdate<'a> {
    /// What transactions are judged by from now on.
    pub head: Head,
    /// Every account whose nonce, balance or code differs between the two heads, as it is now.
    pub changed: &'a [AccountChange],
    /// The transactions of the new blocks.
    pub mined: &'a [B256],
    /// The transactions of the blocks that were rolled back and are not in the new ones. Their senders stand in
    /// `changed`, for their nonces have changed.
    pub returned: Vec<(Incoming, Origin)>,
    /// When this is.
    pub now_ms: u64,
}

/// Transactions that come back, by their signer.
type Returned = AddressMap<Vec<(Incoming, Origin)>>;

impl Pool {
    /// Follows the chain. Costs a look-up for each changed account, and as much as the transactions that move.
    pub fn on_block(&mut self, update: BlockUpdate<'_>) -> Vec<Event> {
        self.head = update.head;
        let mut changes = Changes::at(update.now_ms);
        let mined: B256Set = update.mined.iter().copied().collect();
        let mut returned = Returned::default();
        for (incoming, origin) in update.returned {
            if !mined.contains(incoming.transaction.tx_hash()) {
                returned.entry(incoming.signer).or_default().push((incoming, origin));
            }
        }
        for change in update.changed {
            let back = returned.remove(&change.address).unwrap_or_default();
            let account = change.account.unwrap_or_default();
            self.set_account(change.address, &account, back, &mined, &mut changes);
        }
        let mut strays: Vec<Address> = returned.keys().copied().collect();
        strays.sort_unstable();
        for (incoming, origin) in strays.iter().filter_map(|signer| returned.remove(signer)).flatten() {
            self.take_back(incoming, origin, None, &mut changes);
        }
        for hash in update.mined {
            if let Some(transaction) = self.index.by_hash.get(hash).cloned() {
                self.discard(&transaction, EventKind::Mined, &mut changes);
            }
        }
        self.expire_into(&mut changes);
        self.enforce_limits(None, &mut changes);
        changes.events
    }

    /// Takes over accounts that changed without a block, as tools for developers can make them.
    pub fn set_accounts(&mut self, changed: &[AccountChange], now_ms: u64) -> Vec<Event> {
        let head = self.head.clone();
        self.on_block(BlockUpdate { head, changed, mined: &[], returned: Vec::new(), now_ms })
    }

    /// Drops what has been queued for too long.
    pub fn expire(&mut self, now_ms: u64) -> Vec<Event> {
        let mut changes = Changes::at(now_ms);
        self.expire_into(&mut changes);
        changes.events
    }

    fn expire_into(&mut self, changes: &mut Changes) {
        let Some(until) = changes.now_ms.checked_sub(self.limits.queued_lifetime_ms) else { return };
        while let Some((_, transaction)) =
            self.index.waiting.first_key_value().filter(|((since, _), _)| *since <= until)
        {
            let transaction = Arc::clone(transaction);
            self.discard(&transaction, EventKind::Dropped(DropReason::Expired), changes);
        }
    }

    fn set_account(
        &mut self,
        address: Address,
        account: &Account,
        returned: Vec<(Incoming, Origin)>,
        mined: &B256Set,
        changes: &mut Changes,
    ) {
        if returned.is_empty() && !self.senders.contains_key(&address) {
            return;
        }
        let mut sender = self.senders.remove(&address).unwrap_or_else(|| Sender::new(account));
        let before = sender.pending();
        for slot in sender.set_account(account) {
            self.index.leave(&slot);
            let is_mined = mined.contains(&slot.transaction.hash);
            let kind = if is_mined { EventKind::Mined } else { EventKind::Dropped(DropReason::Stale) };
            changes.push(&slot.transaction, kind);
        }
        let mut fresh = Vec::new();
        for (incoming, origin) in returned {
            fresh.extend(self.take_back(incoming, origin, Some(&mut sender), changes));
        }
        self.index.settle(&mut sender, &before, &fresh, changes);
        if !sender.slots.is_empty() {
            self.senders.insert(address, sender);
        }
    }

    /// Holds a transaction of a block that was rolled back, and gives its nonce; or says that it is lost.
    ///
    /// It stood in a block: what the pool asks beyond the rules of the chain is not asked again. One that has taken its
    /// nonce in the meantime stays.
    fn take_back(
        &mut self,
        incoming: Incoming,
        origin: Origin,
        sender: Option<&mut Sender>,
        changes: &mut Changes,
    ) -> Option<u64> {
        let limits = Limits { sidecar_required: false, protected_only: false, ..self.limits.clone() };
        let head = Head { min_tip: 0, ..self.head.clone() };
        let is_valid = check_form(&incoming, origin, &head, &limits).is_ok();
        let transaction = Arc::new(Pooled::new(incoming, origin, Recipient::Code, (self.arrivals, changes.now_ms)));
        self.arrivals += 1;
        let nonce = transaction.nonce();
        match sender {
            Some(sender) if is_valid && nonce >= sender.nonce && !sender.slots.contains_key(&nonce) => {
                self.index.enter(&transaction);
                sender.insert(transaction);
                Some(nonce)
            }
            _ => {
                changes.push(&transaction, EventKind::Dropped(DropReason::NotReturned));
                None
            }
        }
    }
}
