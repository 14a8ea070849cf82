//! What the transactions of a block have changed so far.

use crate::key_hash::KeyHash;
use access_list::{AccessRecord, AccountChange, SlotChange, StateDiff};
use hashbrown::HashTable;
use primitives::{Account, Address, B256, Bytes, U256, map::B256Map};

/// Entries whose room is kept for the next block.
const ENTRIES_KEPT: usize = 1 << 15;

/// Changes over the state before a block, one for each account and slot, in the order in which these were first changed.
///
/// The changes lie one behind the other, and the tables that find them hold their places alone. So the tables stay in the
/// cache where the changes of a large block would not, which is what most look-ups need, as they find nothing; and the
/// changes become the block's diff as they are.
#[derive(Debug, Default)]
pub(crate) struct Overlay {
    hash: KeyHash,
    diff: StateDiff,
    accounts: HashTable<u32>,
    slots: HashTable<u32>,
    code: B256Map<Bytes>,
    any_wiped: bool,
    /// Fees since the beneficiary's entry was last written.
    fees: Option<U256>,
    any_fee: bool,
    /// How many accounts and slots the last block changed.
    last: (usize, usize),
}

impl Overlay {
    /// Starts from changes that were made before.
    pub(super) fn take_over(&mut self, diff: StateDiff) {
        let (accounts, slots) = self.last;
        self.diff.accounts.reserve_exact(accounts.max(diff.accounts.len()));
        self.diff.slots.reserve_exact(slots.max(diff.slots.len()));
        for AccountChange { address, account, wiped } in diff.accounts {
            self.set_account(address, account, wiped);
            self.any_wiped |= wiped;
        }
        for SlotChange { address, slot, value } in diff.slots {
            self.set_slot(address, slot, value);
        }
        self.code.extend(diff.code);
    }

    /// Lays the changes of one transaction over those before it.
    pub(super) fn apply(&mut self, record: &AccessRecord, beneficiary: Address) {
        for (access, slots) in record.iter() {
            let address = access.address;
            if access.is_changed() || access.wiped {
                self.set_account(address, access.after, access.wiped);
                if address == beneficiary {
                    self.fees = None;
                }
                if access.wiped {
                    self.any_wiped = true;
                    self.wipe(address);
                }
            }
            if access.after.is_some() {
                for slot in slots.iter().filter(|slot| slot.is_changed()) {
                    self.set_slot(address, slot.slot, slot.after);
                }
            }
        }
        if !record.deployed.is_empty() {
            self.code.extend(record.deployed.iter().cloned());
        }
    }

    /// Owes the beneficiary `fee` wei more.
    pub(super) fn add_fee(&mut self, fee: U256) {
        self.fees = Some(self.fees.unwrap_or_default().saturating_add(fee));
        self.any_fee = true;
    }

    /// What the beneficiary is owed on top of its account here or below.
    pub(super) const fn fees(&self) -> Option<U256> {
        self.fees
    }

    /// Whether any fee was ever owed.
    pub(super) const fn has_fees(&self) -> bool {
        self.any_fee
    }

    #[inline]
    pub(super) fn account(&self, address: Address) -> Option<&AccountChange> {
        let changes = &self.diff.accounts;
        let found = self.accounts.find(self.hash.account(&address), |at| changes[*at as usize].address == address);
        found.map(|at| &changes[*at as usize])
    }

    #[inline]
    pub(super) fn slot(&self, address: Address, slot: U256) -> Option<&SlotChange> {
        let changes = &self.diff.slots;
        let is_it = |at: &u32| changes[*at as usize].slot == slot && changes[*at as usize].address == address;
        self.slots.find(self.hash.slot(&address, &slot), is_it).map(|at| &changes[*at as usize])
    }

    pub(super) fn code(&self, hash: B256) -> Option<&Bytes> {
        self.code.get(&hash)
    }

    /// Whether storage that lies below is gone.
    #[inline]
    pub(super) fn is_wiped(&self, address: Address) -> bool {
        self.any_wiped && self.account(address).is_some_and(|change| change.wiped)
    }

    pub(super) fn set_account(&mut self, address: Address, account: Option<Account>, wiped: bool) {
        let (hash, changes) = (&self.hash, &mut self.diff.accounts);
        let entry = self.accounts.entry(
            hash.account(&address),
            |at| changes[*at as usize].address == address,
            |at| hash.account(&changes[*at as usize].address),
        );
        match entry {
            hashbrown::hash_table::Entry::Occupied(at) => {
                let change = &mut changes[*at.get() as usize];
                change.account = account;
                change.wiped |= wiped;
            }
            hashbrown::hash_table::Entry::Vacant(free) => {
                free.insert(place(changes.len()));
                changes.push(AccountChange { address, account, wiped });
            }
        }
    }

    fn set_slot(&mut self, address: Address, slot: U256, value: U256) {
        let (hash, changes) = (&self.hash, &mut self.diff.slots);
        let entry = self.slots.entry(
            hash.slot(&address, &slot),
            |at| changes[*at as usize].slot == slot && changes[*at as usize].address == address,
            |at| hash.slot(&changes[*at as usize].address, &changes[*at as usize].slot),
        );
        match entry {
            hashbrown::hash_table::Entry::Occupied(at) => changes[*at.get() as usize].value = value,
            hashbrown::hash_table::Entry::Vacant(free) => {
                free.insert(place(changes.len()));
                changes.push(SlotChange { address, slot, value });
            }
        }
    }

    /// Forgets the slots of an account. Those behind them move up, so all places are noted anew.
    fn wipe(&mut self, address: Address) {
        let (hash, changes) = (&self.hash, &mut self.diff.slots);
        let before = changes.len();
        changes.retain(|change| change.address != address);
        if changes.len() == before {
            return;
        }
        let hash_at = |at: &u32| hash.slot(&changes[*at as usize].address, &changes[*at as usize].slot);
        self.slots.clear();
        for at in (0..changes.len()).map(place) {
            self.slots.insert_unique(hash_at(&at), at, hash_at);
        }
    }

    /// Gives everything changed, and forgets it; room of usual size is kept.
    pub(super) fn finish(&mut self) -> StateDiff {
        let mut diff = std::mem::take(&mut self.diff);
        diff.code = self.code.drain().collect();
        self.last = (diff.accounts.len().min(ENTRIES_KEPT), diff.slots.len().min(ENTRIES_KEPT));
        if self.accounts.capacity().max(self.slots.capacity()) > ENTRIES_KEPT {
            *self = Self { last: self.last, ..Self::default() };
            return diff;
        }
        self.clear();
        diff
    }

    /// Forgets everything changed; the room is kept.
    pub(super) fn clear(&mut self) {
        self.diff.accounts.clear();
        self.diff.slots.clear();
        self.accounts.clear();
        self.slots.clear();
        self.code.clear();
        (self.any_wiped, self.fees, self.any_fee) = (false, None, false);
    }
}

/// A block changes far fewer accounts and slots than there are places.
fn place(at: usize) -> u32 {
    u32::try_from(at).expect("a block changes less than 2^32 items")
}

#[cfg(test)]
mod tests {
    use super::*;
    use access_list::{AccountAccess, SlotAccess};

    const OWNER: Address = Address::repeat_byte(1);
    const OTHER: Address = Address::repeat_byte(2);
    const NOBODY: Address = Address::repeat_byte(3);

    fn record(address: Address, wiped: bool, slots: &[(u64, u64)]) -> AccessRecord {
        let mut record = AccessRecord::default();
        let account = Some(Account { nonce: 1, ..Account::EMPTY });
        let access = AccountAccess { after: account, wiped, ..AccountAccess::untouched(address, account) };
        let slots = slots.iter().map(|(slot, value)| SlotAccess {
            slot: U256::from(*slot),
            before: U256::ZERO,
            after: U256::from(*value),
        });
        record.push(access, slots);
        record
    }

    fn value(overlay: &Overlay, address: Address, slot: u64) -> Option<u64> {
        overlay.slot(address, U256::from(slot)).map(|change| change.value.to())
    }

    #[test]
    fn slots_of_a_wiped_account_go_and_the_others_are_still_found() {
        let mut overlay = Overlay::default();
        for slot in 0..100 {
            overlay.apply(&record(OWNER, false, &[(slot, slot + 1)]), NOBODY);
            overlay.apply(&record(OTHER, false, &[(slot, slot + 2)]), NOBODY);
        }
        overlay.apply(&record(OWNER, true, &[(7, 9)]), NOBODY);

        assert!(overlay.is_wiped(OWNER) && !overlay.is_wiped(OTHER));
        assert_eq!((value(&overlay, OWNER, 7), value(&overlay, OWNER, 8)), (Some(9), None));
        assert!((0..100).all(|slot| value(&overlay, OTHER, slot) == Some(slot + 2)));
        overlay.apply(&record(OTHER, false, &[(50, 1)]), NOBODY);
        let diff = overlay.finish();
        assert_eq!(diff.slots.len(), 101, "one change for each slot");
        assert!(diff.slots.iter().any(|change| change.address == OTHER && change.value == U256::ONE));
    }

    #[test]
    fn nothing_of_a_block_is_left_for_the_next() {
        let mut overlay = Overlay::default();
        overlay.apply(&record(OWNER, true, &[(1, 1)]), NOBODY);
        overlay.add_fee(U256::ONE);
        assert_eq!(overlay.finish().slots.len(), 1);

        assert!(overlay.account(OWNER).is_none() && overlay.slot(OWNER, U256::ONE).is_none());
        assert!(!overlay.is_wiped(OWNER) && !overlay.has_fees() && overlay.fees().is_none());
        overlay.take_over(StateDiff::default());
        assert_eq!(overlay.finish(), StateDiff::default());
    }
}
