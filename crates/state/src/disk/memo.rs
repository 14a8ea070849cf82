//! What has been read of one view: executing a block, judging it and working out its root ask for the same accounts and
//! slots, and each search costs some microseconds.

use super::{
    DiskError,
    record::{AccountRecord, SlotRecord},
};
use parking_lot::Mutex;
use primitives::{
    B256,
    map::{B256Map, HashMap},
};
use std::hash::Hash;

/// Parts with a lock of their own. Keys are hashes, so they spread evenly.
const PARTS: usize = 16;
/// Accounts, and slots, that one part remembers, at most: with all parts, a block of 60,000 transfers of a token, and about
/// 50 MB. What comes then is read and not remembered.
const ENTRIES_MAX: usize = 1 << 13;

/// Accounts and slots as they stand in one view, which never changes, so nothing here is ever stale. It goes with the view.
#[derive(Debug, Default)]
pub(super) struct Memo {
    accounts: [Mutex<B256Map<Option<AccountRecord>>>; PARTS],
    slots: [Mutex<HashMap<(B256, B256), Option<SlotRecord>>>; PARTS],
}

impl Memo {
    /// The account with this key, as it was read before or else by `read`. Errors are not remembered.
    pub(super) fn account(
        &self,
        key: &B256,
        read: impl FnOnce() -> Result<Option<AccountRecord>, DiskError>,
    ) -> Result<Option<AccountRecord>, DiskError> {
        remember(&self.accounts[part(key)], *key, read)
    }

    /// The same of a slot.
    pub(super) fn slot(
        &self,
        account: &B256,
        key: &B256,
        read: impl FnOnce() -> Result<Option<SlotRecord>, DiskError>,
    ) -> Result<Option<SlotRecord>, DiskError> {
        remember(&self.slots[part(key)], (*account, *key), read)
    }
}

fn part(key: &B256) -> usize {
    usize::from(key[0]) % PARTS
}

/// Two that ask at once both read: nobody waits for a disk with the lock in hand.
fn remember<K: Copy + Eq + Hash, V: Copy, S: std::hash::BuildHasher>(
    part: &Mutex<HashMap<K, V, S>>,
    key: K,
    read: impl FnOnce() -> Result<V, DiskError>,
) -> Result<V, DiskError> {
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
    use primitives::U256;

    fn slot(value: u64) -> Option<SlotRecord> {
        Some(SlotRecord { slot: U256::ZERO, value: U256::from(value) })
    }

    #[test]
    fn what_was_read_is_read_once_and_errors_are_not_kept() {
        let memo = Memo::default();
        let (owner, key) = (B256::repeat_byte(1), B256::repeat_byte(2));
        let failing = || Err(DiskError::Stopped);
        assert!(memo.slot(&owner, &key, failing).is_err());
        assert_eq!(memo.slot(&owner, &key, || Ok(slot(3))).unwrap(), slot(3));
        assert_eq!(memo.slot(&owner, &key, failing).unwrap(), slot(3));
        assert_eq!(memo.slot(&key, &owner, || Ok(None)).unwrap(), None);
        assert_eq!(memo.slot(&key, &owner, failing).unwrap(), None, "nothing there is remembered too");
    }

    #[test]
    fn a_part_that_is_full_takes_no_more() {
        let memo = Memo::default();
        for number in 0..=ENTRIES_MAX as u64 {
            let key = B256::from(U256::from(number));
            memo.slot(&B256::ZERO, &key, || Ok(slot(number))).unwrap();
        }
        assert_eq!(memo.slots[0].lock().len(), ENTRIES_MAX);
        let beyond = B256::from(U256::from(ENTRIES_MAX));
        assert_eq!(memo.slot(&B256::ZERO, &beyond, || Ok(slot(1))).unwrap(), slot(1), "it is read again");
    }
}
