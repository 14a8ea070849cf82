//! Every account of the state as it is now.

use super::{
    Disk, DiskError,
    seal::damaged,
    space::Space,
    store::Entry,
    view::{decode_account, decode_slot},
};
use primitives::{Account, Address, B256, U256};
use std::iter::Peekable;

/// An account with everything that it stores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAccount {
    /// Where it is.
    pub address: Address,
    /// Balance, nonce and the hash of its code.
    pub account: Account,
    /// Its slots that are not zero, in the order of their hashes.
    pub slots: Vec<(U256, U256)>,
}

impl Disk {
    /// Every account of the state after the head, in the order of the hashes of their addresses. Commits that come
    /// meanwhile are not in it. One account is in memory at a time.
    pub fn accounts(&self) -> impl Iterator<Item = Result<StoredAccount, DiskError>> + use<> {
        let mut entries = self.view().frozen.all(Space::State).peekable();
        std::iter::from_fn(move || entries.next().map(|entry| account(entry?, &mut entries)))
    }
}

/// The account whose entry this is, with the slots that follow it.
fn account(
    (key, bytes): Entry,
    entries: &mut Peekable<impl Iterator<Item = Result<Entry, DiskError>>>,
) -> Result<StoredAccount, DiskError> {
    let hash = B256::try_from(key.as_slice()).map_err(|_| damaged(Space::State, &key, "a slot without an account"))?;
    let record = decode_account(&hash, &bytes)?;
    let mut slots = Vec::new();
    let is_slot = |entry: &Result<Entry, DiskError>| entry.as_ref().is_ok_and(|(next, _)| next.len() != key.len());
    while let Some(entry) = entries.next_if(is_slot) {
        let (key, bytes) = entry?;
        let slot = decode_slot(&key, &bytes)?;
        slots.push((slot.slot, slot.value));
    }
    Ok(StoredAccount { address: record.address, account: record.account, slots })
}
