//! The way of one transaction into the pool. Either it is held afterwards, or nothing has changed.

use super::Pool;
use crate::{
    AddError, Event, EventKind, Incoming, Origin, Pooled,
    index::Changes,
    pooled::{Recipient, cost},
    price_index::rank,
    sender::Sender,
    validation::{check_form, check_funds, outbids},
};
use primitives::{Account, Address, B256, Transaction, alloy_consensus::Transaction as _};
use state::{StateError, StateReader};
use std::sync::Arc;

/// The first bytes of the code of an account that delegates to another (EIP-7702), and how long that code is.
const DELEGATION: ([u8; 3], usize) = ([0xef, 0x01, 0x00], 23);

/// A transaction was taken.
#[derive(Debug)]
pub struct Added {
    /// As the pool holds it.
    pub transaction: Arc<Pooled>,
    /// Whether it can be executed.
    pub is_pending: bool,
    /// The transaction that it replaced.
    pub replaced: Option<B256>,
    /// Everything that happened, this transaction's coming included.
    pub events: Vec<Event>,
}

impl Pool {
    /// Takes a transaction, or says why not and changes nothing.
    ///
    /// `state` is asked about the signer only if the pool holds nothing of it: of the others it believes what
    /// [`Pool::on_block`] told it. The recipient is looked up for the hint.
    pub fn add(
        &mut self,
        incoming: Incoming,
        origin: Origin,
        state: &dyn StateReader,
        now_ms: u64,
    ) -> Result<Added, AddError> {
        if self.index.by_hash.contains_key(incoming.transaction.tx_hash()) {
            return Err(AddError::AlreadyKnown);
        }
        check_form(&incoming, origin, &self.head, &self.limits)?;
        let signer = incoming.signer;
        let unknown = match self.senders.get(&signer) {
            Some(_) => None,
            None => Some(Sender::new(&state.account(signer)?.unwrap_or_default())),
        };
        let Some(sender) = unknown.as_ref().or_else(|| self.senders.get(&signer)) else {
            unreachable!("a sender is known or unknown")
        };
        check_code(sender, signer, origin, state)?;
        self.check_sender(sender, &incoming, origin)?;
        let recipient = recipient(&incoming.transaction, state)?;
        let transaction = Arc::new(Pooled::new(incoming, origin, recipient, (self.arrivals, now_ms)));
        self.check_room(sender, &transaction)?;
        Ok(self.hold(transaction, unknown, now_ms))
    }

    fn hold(&mut self, transaction: Arc<Pooled>, unknown: Option<Sender>, now_ms: u64) -> Added {
        self.arrivals += 1;
        let (signer, nonce) = (transaction.signer, transaction.nonce());
        let mut changes = Changes::at(now_ms);
        let sender =
            self.senders.entry(signer).or_insert_with(|| unknown.unwrap_or_else(|| Sender::new(&Account::EMPTY)));
        let before = sender.pending();
        let old = sender.insert(Arc::clone(&transaction));
        if let Some(old) = &old {
            self.index.leave(old);
            changes.push(&old.transaction, EventKind::Replaced { by: transaction.hash });
        }
        self.index.enter(&transaction);
        self.index.settle(sender, &before, &[nonce], &mut changes);
        self.enforce_limits(Some(transaction.arrival), &mut changes);
        let is_pending = self.senders.get(&signer).is_some_and(|sender| sender.pending().contains(&nonce));
        let replaced = old.map(|old| old.transaction.hash);
        Added { transaction, is_pending, replaced, events: changes.events }
    }

    /// Judges a transaction by its sender's account and by what else the pool holds of it.
    fn check_sender(&self, sender: &Sender, incoming: &Incoming, origin: Origin) -> Result<(), AddError> {
        let transaction = &incoming.transaction;
        let (nonce, next) = (transaction.nonce(), sender.nonce);
        if nonce < next {
            return Err(AddError::NonceTooLow { next, nonce });
        }
        if transaction.is_eip4844() && nonce > sender.end {
            return Err(AddError::NonceTooHigh { nonce, gapped: sender.end });
        }
        let old = sender.slots.get(&nonce).map(|slot| &slot.transaction);
        let replaced = sender.pending_at(nonce).map(|old| old.cost);
        check_funds(sender.balance, cost(transaction), sender.spent, replaced).map_err(AddError::InsufficientFunds)?;
        if let Some(old) = old {
            return if self.is_outbid(old, transaction) { Ok(()) } else { Err(AddError::ReplacementUnderpriced) };
        }
        let held = sender.slots.len();
        if held >= self.limits.slots_per_account && !origin.is_local() {
            return Err(AddError::AccountLimit(held));
        }
        self.check_delegation(sender, incoming)
    }

    /// Code may spend what a delegated account's other transactions need, so that few of these are held.
    fn check_delegation(&self, sender: &Sender, incoming: &Incoming) -> Result<(), AddError> {
        let slots_max = self.limits.delegated_slots;
        if slots_max == usize::MAX {
            return Ok(());
        }
        if sender.has_code || self.index.authorities.contains_key(&incoming.signer) {
            if sender.slots.len() >= slots_max {
                return Err(AddError::InFlightLimit);
            }
            if incoming.transaction.nonce() > sender.end {
                return Err(AddError::GappedDelegated);
            }
        }
        let held = |authority: &Address| self.senders.get(authority).map_or(0, |sender| sender.slots.len());
        if incoming.authorities.iter().any(|authority| held(authority) > slots_max) {
            return Err(AddError::AuthorityReserved);
        }
        Ok(())
    }

    fn is_outbid(&self, old: &Pooled, new: &Transaction) -> bool {
        let old_blob_fee = old.transaction.max_fee_per_blob_gas();
        let new_blob_fee = new.max_fee_per_blob_gas();
        let has_blobs = old_blob_fee.is_some() || new_blob_fee.is_some();
        let percent = if has_blobs { self.limits.blob_price_bump_percent } else { self.limits.price_bump_percent };
        outbids(new.max_fee_per_gas(), old.fee_cap, percent)
            && outbids(new.priority_fee_or_price(), old.tip_cap, percent)
            && match (new_blob_fee, old_blob_fee) {
                (Some(new), Some(old)) => outbids(new, old, percent),
                _ => true,
            }
    }

    /// Whether a bound that is reached leaves room for this one, at the cost of one that pays less.
    fn check_room(&self, sender: &Sender, new: &Pooled) -> Result<(), AddError> {
        let old = sender.slots.get(&new.nonce());
        let is_pending = new.nonce() <= sender.end;
        let (pending, queued) = (&self.index.pending, &self.index.queued);
        let (index, max) =
            if is_pending { (pending, self.limits.pending_max) } else { (queued, self.limits.queued_max) };
        let freed = old.map_or(0, |old| old.transaction.bytes);
        let is_too_large = self.index.bytes - freed + new.bytes > self.limits.bytes_max;
        let is_too_many = old.is_none() && index.len() >= max;
        if new.bytes > self.limits.bytes_max || (is_too_large && !is_pending && queued.len() == 0) {
            return Err(AddError::Full);
        }
        if !is_too_many && !is_too_large {
            return Ok(());
        }
        // What is too large makes the queue give way first.
        let gives_way = if is_too_many || !is_pending || queued.len() == 0 { index } else { return Ok(()) };
        let base_fee = self.head.base_fee;
        match gives_way.worst(base_fee, None) {
            Some(worst) if rank(worst, base_fee) < rank(new, base_fee) => Ok(()),
            Some(worst) if worst.origin.is_local() == new.origin.is_local() => Err(AddError::Underpriced),
            _ => Err(AddError::Full),
        }
    }
}

/// Refuses a sender with code, unless that is a delegation (EIP-3607, EIP-7702).
fn check_code(sender: &Sender, signer: Address, origin: Origin, state: &dyn StateReader) -> Result<(), AddError> {
    if !sender.has_code || origin == Origin::Impersonated {
        return Ok(());
    }
    let account = state.account(signer)?.filter(Account::has_code);
    let Some(account) = account else { return Ok(()) };
    let code = state.code(account.code_hash)?;
    if code.len() == DELEGATION.1 && code.starts_with(&DELEGATION.0) {
        return Ok(());
    }
    Err(AddError::SenderNotEoa { address: signer, code_len: code.len() })
}

fn recipient(transaction: &Transaction, state: &dyn StateReader) -> Result<Recipient, StateError> {
    let Some(to) = transaction.to() else { return Ok(Recipient::Code) };
    Ok(match state.account(to)? {
        Some(account) if account.has_code() => Recipient::Code,
        Some(account) if !account.is_empty() => Recipient::Plain,
        _ => Recipient::Absent,
    })
}
