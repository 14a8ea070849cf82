//! What has been read of one view: executing a block, judging it and working out its root ask for the same accounts and
//! slots. Each search costs some microseconds, and hashing what is searched for half of one.

use super::{
    DiskError,
    record::{AccountRecord, SlotRecord},
};
use parking_lot::Mutex;
use primitives::{Address, B256, U256, map::HashMap};
use std::hash::Hash;

/// Parts with a lock of their own.
const PARTS: usize = 16;
/// Accounts, and slots, that one part remembers, at most: with all parts, a block of 60,000 transfers of a token, and about
/// 60 MB. What comes then is read and not remembered.
const ENTRIES_MAX: usize = 1 << 13;

/// An account or a slot under its hash; `None` if there is none.
pub(super) type Found<R> = (B256, Option<R>);

/// Accounts and slots as they stand in one view, by their names and with the hashes that the tries know them by. A view
/// never changes, so nothing here is ever stale. It goes with the view.
#[derive(Debug, Default)]
pub(super) struct Memo {
    accounts: [Part<Address, AccountRecord>; PARTS],
    slots: [Part<(Address, U256), SlotRecord>; PARTS],
}

type Part<K, R> = Mutex<HashMap<K, Found<R>>>;

impl Memo {
    /// The account, as it was read before or else by `read`. Errors are not remembered.
    pub(super) fn account(
        &self,
        address: Address,
        read: impl FnOnce() -> Result<Found<AccountRecord>, DiskError>,
    ) -> Result<Found<AccountRecord>, DiskError> {
        remember(self.accounts_like(&address), address, read)
    }

    /// The same of a slot.
    pub(super) fn slot(
        &self,
        (address, slot): (Address, U256),
        read: impl FnOnce() -> Result<Found<SlotRecord>, DiskError>,
    ) -> Result<Found<SlotRecord>, DiskError> {
        remember(self.slots_like(&address, &slot), (address, slot), read)
    }

    /// The account, if it was read before.
    pub(super) fn known_account(&self, address: Address) -> Option<Found<AccountRecord>> {
        self.accounts_like(&address).lock().get(&address).copied()
    }

    /// The slot, if it was read before.
    pub(super) fn known_slot(&self, address: Address, slot: U256) -> Option<Found<SlotRecord>> {
        self.slots_like(&address, &slot).lock().get(&(address, slot)).copied()
    }

    fn accounts_like(&self, address: &Address) -> &Part<Address, AccountRecord> {
        &self.accounts[usize::from(address[19]) % PARTS]
    }

    fn slots_like(&self, address: &Address, slot: &U256) -> &Part<(Address, U256), SlotRecord> {
        &self.slots[usize::from(address[19] ^ slot.byte(0)) % PARTS]
    }
}

/// Two that ask at once both read: nobody waits for a disk with the lock in hand.
fn remember<K: Copy + Eq + Hash, R: Copy>(
    part: &Part<K, R>,
    key: K,
    read: impl FnOnce() -> Result<Found<R>, DiskError>,
) -> Result<Found<R>, DiskError> {
    if let Some(known) = part.lock().get(&key) {
        return Ok(*known);
    }
    let value = read()?;
    let mut known = part.lock();
    if known.len() < ENTRIES_MAX {
        known.insert(key, value);
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: Address = Address::repeat_byte(1);
    const OTHER: Address = Address::repeat_byte(2);

    fn found(value: u64) -> Found<SlotRecord> {
        (B256::repeat_byte(7), Some(SlotRecord { slot: U256::ZERO, value: U256::from(value) }))
    }

    #[test]
    fn what_was_read_is_read_once_and_errors_are_not_kept() {
        let memo = Memo::default();
        let place = (OWNER, U256::from(2));
        let failing = || Err(DiskError::Stopped);
        assert!(memo.slot(place, failing).is_err());
        assert_eq!(memo.known_slot(OWNER, place.1), None);
        assert_eq!(memo.slot(place, || Ok(found(3))).unwrap(), found(3));
        assert_eq!(memo.slot(place, failing).unwrap(), found(3));
        assert_eq!(memo.known_slot(OWNER, place.1), Some(found(3)));
        let nothing = (B256::repeat_byte(8), None);
        assert_eq!(memo.slot((OTHER, place.1), || Ok(nothing)).unwrap(), nothing);
        assert_eq!(memo.slot((OTHER, place.1), failing).unwrap(), nothing, "nothing there is remembered too");
    }

    #[test]
    fn a_part_that_is_full_takes_no_more() {
        let memo = Memo::default();
        let place = |number: usize| (OWNER, U256::from(number * PARTS));
        for number in 0..=ENTRIES_MAX {
            memo.slot(place(number), || Ok(found(4))).unwrap();
        }
        assert_eq!(memo.slots_like(&OWNER, &U256::ZERO).lock().len(), ENTRIES_MAX);
        let beyond = place(ENTRIES_MAX);
        assert_eq!(memo.slot(beyond, || Ok(found(1))).unwrap(), found(1), "it is read again");
    }
}
