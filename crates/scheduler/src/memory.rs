//! Multi-version memory: for each location, what each transaction of the block made of it.
//!
//! A reader at position `i` sees the latest version below `i`, or the state before the block. Versions of transactions
//! that are not committed yet are speculative. Accounts hold payments as differences, so that two transactions that
//! only pay into one account both count, whatever the order in which they ran.
//!
//! Locations are identified by their full keys. Beside them stand [`Stamps`], which say of most locations without a
//! look-up that nobody has written them since a transaction started.

use crate::{
    footprint::Footprint,
    key_hash::KeyHash,
    stamps::{Asking, STAMPS, Shown, Stamps},
    sync::{
        Mutex, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};
use access_list::{AccessRecord, AccountAccess, SlotAccess};
use hashbrown::HashTable;
use primitives::{Account, Address, B256, Bytes, U256, map::B256Map};
use smallvec::SmallVec;

/// Entries of a shard whose allocation is kept for the next block.
const SHARD_ENTRIES_KEPT: usize = 1 << 10;

/// Versions of every location that the block's transactions wrote.
pub(crate) struct Memory {
    hash: KeyHash,
    stamps: Stamps,
    shards: Box<[Shard]>,
    codes: RwLock<B256Map<Bytes>>,
    has_codes: AtomicBool,
    /// Some transaction cleared an account's storage.
    has_wipes: AtomicBool,
}

#[derive(Debug, Default)]
#[repr(align(128))]
struct Shard {
    accounts: Mutex<HashTable<AccountCell>>,
    slots: Mutex<HashTable<SlotCell>>,
}

#[derive(Debug)]
struct AccountCell {
    address: Address,
    /// Ascending by transaction.
    versions: SmallVec<[AccountVersion; 1]>,
}

#[derive(Clone, Copy, Debug)]
struct AccountVersion {
    index: usize,
    wiped: bool,
    content: Content,
}

#[derive(Clone, Copy, Debug)]
enum Content {
    /// What the committed transaction left.
    Exact(Option<Account>),
    /// What the transaction made of what it found.
    Speculative(AccountAccess),
}

#[derive(Debug)]
struct SlotCell {
    address: Address,
    slot: U256,
    /// Ascending by transaction.
    versions: SmallVec<[(usize, U256); 1]>,
}

impl AccountCell {
    /// Drops versions below `index`, all of them committed: nobody stands there any more. That storage was cleared is
    /// remembered with the last of those that did it.
    fn forget_before(&mut self, index: usize) {
        let wiped = self.versions.iter().rposition(|version| version.index < index && version.wiped);
        let mut at = 0;
        self.versions.retain(|version| {
            at += 1;
            version.index >= index || Some(at - 1) == wiped
        });
    }
}

/// What the memory knows of an account at some position.
pub(crate) struct AccountVersions {
    /// Differences to apply, latest first.
    pending: SmallVec<[AccountAccess; 4]>,
    /// The content they apply to; `None` if it is that before the block.
    exact: Option<Option<Account>>,
}

impl AccountVersions {
    /// The account, given a way to ask for its content before the block.
    pub(crate) fn resolve<E>(self, base: impl FnOnce() -> Result<Option<Account>, E>) -> Result<Option<Account>, E> {
        let mut account = match self.exact {
            Some(account) => account,
            None => base()?,
        };
        for access in self.pending.iter().rev() {
            // Out of range only if speculation went astray; validation finds out.
            account = access.rebase(account.as_ref()).unwrap_or(access.after);
        }
        Ok(account)
    }
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memory").field("has_wipes", &self.has_wipes).finish_non_exhaustive()
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            hash: KeyHash::default(),
            stamps: Stamps::new(STAMPS),
            shards: (0..Self::SHARDS).map(|_| Shard::default()).collect(),
            codes: RwLock::default(),
            has_codes: AtomicBool::new(false),
            has_wipes: AtomicBool::new(false),
        }
    }
}

impl Memory {
    /// Parts that are locked, and collected, one by one.
    pub(crate) const SHARDS: usize = if cfg!(feature = "shuttle") { 4 } else { 64 };

    fn shard(&self, hash: u64) -> &Shard {
        &self.shards[(hash >> 50) as usize % Self::SHARDS]
    }

    /// What transactions below `before` made of the account; `None` if none of the block wrote it.
    pub(crate) fn account(&self, address: Address, before: usize) -> Option<AccountVersions> {
        let hash = self.hash.account(&address);
        if self.stamps.is_blank(hash) {
            return None;
        }
        let accounts = self.shard(hash).accounts.lock();
        let cell = accounts.find(hash, |cell| cell.address == address)?;
        let mut versions = AccountVersions { pending: SmallVec::new(), exact: None };
        for version in cell.versions.iter().rev().skip_while(|version| version.index >= before) {
            match version.content {
                Content::Exact(account) => {
                    versions.exact = Some(account);
                    break;
                }
                Content::Speculative(access) => versions.pending.push(access),
            }
        }
        Some(versions)
    }

    /// The slot's value after the latest transaction below `before` that wrote it or cleared the account's storage.
    pub(crate) fn slot(&self, address: Address, slot: U256, before: usize) -> Option<U256> {
        let written = self.slot_version(address, slot, before);
        if !self.has_wipes.load(Ordering::Acquire) {
            return written.map(|(_, value)| value);
        }
        match (self.wiped_at(address, before), written) {
            (Some(wiped), Some((index, value))) if index >= wiped => Some(value),
            (Some(_), _) => Some(U256::ZERO),
            (None, written) => written.map(|(_, value)| value),
        }
    }

    fn slot_version(&self, address: Address, slot: U256, before: usize) -> Option<(usize, U256)> {
        let hash = self.hash.slot(&address, &slot);
        if self.stamps.is_blank(hash) {
            return None;
        }
        let slots = self.shard(hash).slots.lock();
        let cell = slots.find(hash, |cell| cell.slot == slot && cell.address == address)?;
        cell.versions.iter().rev().find(|(index, _)| *index < before).copied()
    }

    fn wiped_at(&self, address: Address, before: usize) -> Option<usize> {
        let hash = self.hash.account(&address);
        let accounts = self.shard(hash).accounts.lock();
        let cell = accounts.find(hash, |cell| cell.address == address)?;
        cell.versions.iter().rev().find(|version| version.index < before && version.wiped).map(|version| version.index)
    }

    /// Code that a transaction of this block put in place.
    pub(crate) fn code(&self, hash: B256) -> Option<Bytes> {
        self.has_codes.load(Ordering::Acquire).then(|| self.codes.read().get(&hash).cloned()).flatten()
    }

    /// Shows what transaction `index` wrote, speculatively, and gives its footprint. All that is below `since` was
    /// committed when it started.
    pub(crate) fn publish(
        &self,
        index: usize,
        since: usize,
        record: &AccessRecord,
        footprint: &mut Footprint,
    ) -> Shown {
        self.publish_codes(record);
        let (mut latest_account, mut latest_slot) = (0, 0);
        for (access, slots) in record.iter() {
            let hash = self.hash.account(&access.address);
            let place = self.stamps.place_of(hash);
            if access.is_changed() || access.wiped {
                footprint.changed.push(place);
                latest_account =
                    latest_account.max(self.write_account(hash, index, access, Content::Speculative(*access)));
            } else {
                footprint.seen.push(place);
            }
            for slot in slots {
                let hash = self.hash.slot(&access.address, &slot.slot);
                footprint.seen.push(self.stamps.place_of(hash));
                if is_written(access, slot) {
                    latest_slot = latest_slot.max(self.write_slot(hash, index, access.address, slot, false));
                }
            }
        }
        Shown::new(latest_account, latest_slot, since)
    }

    /// Whether what was shown stands as it is: what the transaction read is what it would read now, and of the accounts
    /// that it changed it made the only version. If not, that may be so nevertheless.
    pub(crate) fn is_settled(&self, footprint: &Footprint, asking: &Asking) -> bool {
        let Some(shown) = asking.shown else { return false };
        let is_only = |place: &u32| self.stamps.is_last_at(*place, asking.index);
        !self.has_wipes.load(Ordering::Acquire)
            && shown.is_first()
            && footprint.changed.iter().all(is_only)
            && footprint.seen.iter().all(|place| self.stamps.is_undisturbed_at(*place, asking))
    }

    /// Fixes what transaction `index` made of accounts; its slots were shown with their final values before. That of
    /// `beneficiary` is always written, since fees come in between.
    pub(crate) fn settle(&self, index: usize, record: &AccessRecord, shown: Shown, beneficiary: Address) {
        for access in record.accounts.iter().filter(|access| access.is_changed() || access.wiped) {
            // The only version of an account stands for itself, given that what it was made from was right.
            let hash = self.hash.account(&access.address);
            let is_only = shown.is_first() && self.stamps.is_last(hash, index);
            if access.address == beneficiary || !is_only {
                self.write_account(hash, index, access, Content::Exact(access.after));
            }
        }
    }

    /// Fixes everything that transaction `index`, the first open one, wrote, none of which was shown before.
    pub(crate) fn publish_exact(&self, index: usize, record: &AccessRecord) {
        self.publish_codes(record);
        for (access, slots) in record.iter() {
            if access.is_changed() || access.wiped {
                let hash = self.hash.account(&access.address);
                self.write_account(hash, index, access, Content::Exact(access.after));
            }
            for slot in written(access, slots) {
                let hash = self.hash.slot(&access.address, &slot.slot);
                self.write_slot(hash, index, access.address, slot, true);
            }
        }
    }

    fn publish_codes(&self, record: &AccessRecord) {
        if !record.deployed.is_empty() {
            self.codes.write().extend(record.deployed.iter().cloned());
            self.has_codes.store(true, Ordering::Release);
        }
    }

    /// Writes a version and gives the stamp that was found.
    fn write_account(&self, hash: u64, index: usize, access: &AccountAccess, content: Content) -> u32 {
        if access.wiped {
            self.has_wipes.store(true, Ordering::Release);
        }
        let address = access.address;
        let version = AccountVersion { index, wiped: access.wiped, content };
        let mut accounts = self.shard(hash).accounts.lock();
        let cell = accounts
            .entry(hash, |cell| cell.address == address, |cell| self.hash.account(&cell.address))
            .or_insert_with(|| AccountCell { address, versions: SmallVec::new() })
            .into_mut();
        if matches!(content, Content::Exact(_)) {
            cell.forget_before(index);
        }
        let at = cell.versions.iter().rposition(|version| version.index <= index);
        match at {
            Some(at) if cell.versions[at].index == index => cell.versions[at] = version,
            at => cell.versions.insert(at.map_or(0, |at| at + 1), version),
        }
        self.stamps.set(hash, index)
    }

    /// Writes a version and gives the stamp that was found.
    fn write_slot(&self, hash: u64, index: usize, address: Address, access: &SlotAccess, is_exact: bool) -> u32 {
        let (slot, value) = (access.slot, access.after);
        let mut slots = self.shard(hash).slots.lock();
        let cell = slots
            .entry(
                hash,
                |cell| cell.slot == slot && cell.address == address,
                |cell| self.hash.slot(&cell.address, &cell.slot),
            )
            .or_insert_with(|| SlotCell { address, slot, versions: SmallVec::new() })
            .into_mut();
        if is_exact {
            cell.versions.retain(|(at, _)| *at >= index);
        }
        let at = cell.versions.iter().rposition(|(at, _)| *at <= index);
        match at {
            Some(at) if cell.versions[at].0 == index => cell.versions[at].1 = value,
            at => cell.versions.insert(at.map_or(0, |at| at + 1), (index, value)),
        }
        self.stamps.set(hash, index)
    }

    /// Takes back everything that transaction `index` has shown.
    pub(crate) fn retract(&self, index: usize, record: &AccessRecord) {
        for (access, slots) in record.iter() {
            if access.is_changed() || access.wiped {
                let hash = self.hash.account(&access.address);
                let mut accounts = self.shard(hash).accounts.lock();
                if let Some(cell) = accounts.find_mut(hash, |cell| cell.address == access.address)
                    && let Some(at) = cell.versions.iter().rposition(|version| version.index == index)
                {
                    cell.versions.remove(at);
                }
            }
            for slot in written(access, slots) {
                let hash = self.hash.slot(&access.address, &slot.slot);
                let same = |cell: &SlotCell| cell.slot == slot.slot && cell.address == access.address;
                if let Some(cell) = self.shard(hash).slots.lock().find_mut(hash, same)
                    && let Some(at) = cell.versions.iter().rposition(|(at, _)| *at == index)
                {
                    cell.versions.remove(at);
                }
            }
        }
    }

    /// Whether nobody wrote the account but those that were committed when the one who asks started, and itself.
    pub(crate) fn is_undisturbed_account(&self, address: Address, asking: &Asking) -> bool {
        self.stamps.is_undisturbed(self.hash.account(&address), asking)
    }

    /// Whether nobody wrote the slot but those that were committed when the one who asks started, and itself, and no
    /// storage was ever cleared.
    pub(crate) fn is_undisturbed_slot(&self, address: Address, slot: U256, asking: &Asking) -> bool {
        !self.has_wipes.load(Ordering::Acquire) && self.stamps.is_undisturbed(self.hash.slot(&address, &slot), asking)
    }

    /// What the transactions below `end` left of every account of a shard that they wrote, each once, with whether its
    /// storage was cleared. All of them must be committed.
    pub(crate) fn final_accounts(
        &self,
        shard: usize,
        end: usize,
        mut visit: impl FnMut(Address, Option<Account>, bool),
    ) {
        for cell in self.shards[shard].accounts.lock().iter() {
            let done = || cell.versions.iter().rev().filter(|version| version.index < end);
            let account = match done().next().map(|version| version.content) {
                Some(Content::Exact(account)) => account,
                // Committed without being settled: what it found was right.
                Some(Content::Speculative(access)) => access.after,
                None => continue,
            };
            visit(cell.address, account, done().any(|version| version.wiped));
        }
    }

    /// What the transactions below `end` left in every slot of a shard that they wrote, each once.
    pub(crate) fn final_slots(&self, shard: usize, end: usize, mut visit: impl FnMut(Address, U256, U256)) {
        let has_wipes = self.has_wipes.load(Ordering::Acquire);
        for cell in self.shards[shard].slots.lock().iter() {
            let Some((index, value)) = cell.versions.iter().rev().find(|(index, _)| *index < end) else { continue };
            let wiped = has_wipes && self.wiped_at(cell.address, end).is_some_and(|at| at > *index);
            if !wiped {
                visit(cell.address, cell.slot, *value);
            }
        }
    }

    /// Forgets a shard whose final content was collected, unless others may still be asked for something in it: that
    /// storage was cleared, or the account of `kept`.
    pub(crate) fn clear_shard(&self, shard: usize, kept: &Address) {
        let of_kept = std::ptr::eq(self.shard(self.hash.account(kept)), &self.shards[shard]);
        if !of_kept && !self.has_wipes.load(Ordering::Acquire) {
            reset(&mut self.shards[shard].accounts.lock());
            reset(&mut self.shards[shard].slots.lock());
        }
    }

    /// A block of `len` transactions begins. The memory must be as it was made, or cleared.
    pub(crate) fn begin(&mut self, len: usize) {
        self.stamps.begin(len);
    }

    /// Forgets everything and keeps allocations of usual size.
    pub(crate) fn clear(&mut self) {
        for shard in &mut self.shards {
            reset(shard.accounts.get_mut());
            reset(shard.slots.get_mut());
        }
        *self.codes.get_mut() = B256Map::default();
        *self.has_codes.get_mut() = false;
        *self.has_wipes.get_mut() = false;
    }
}

/// The slots that a record writes; those of an account that is gone went with it.
fn written<'a>(access: &'a AccountAccess, slots: &'a [SlotAccess]) -> impl Iterator<Item = &'a SlotAccess> {
    slots.iter().filter(|slot| is_written(access, slot))
}

fn is_written(access: &AccountAccess, slot: &SlotAccess) -> bool {
    access.after.is_some() && slot.is_changed()
}

fn reset<T>(table: &mut HashTable<T>) {
    if table.is_empty() {
        return;
    }
    if table.capacity() > SHARD_ENTRIES_KEPT {
        *table = HashTable::new();
    } else {
        table.clear();
    }
}

/// The memory of a block of ten transactions, none of which has written.
#[cfg(test)]
fn of_a_block() -> Memory {
    let mut memory = Memory::default();
    memory.begin(10);
    memory
}

#[cfg(all(test, feature = "shuttle"))]
mod interleavings;

#[cfg(all(test, not(feature = "shuttle")))]
mod tests {
    use super::*;

    const WHO: Address = Address::ZERO;

    fn payment() -> AccessRecord {
        let account = |wei: u64| Some(Account::with_balance(U256::from(wei)));
        let access = AccountAccess { after: account(7), ..AccountAccess::untouched(WHO, account(5)) };
        let mut record = AccessRecord::default();
        record.push(access, []);
        record
    }

    /// Shows payments at the positions `earlier`, then one at 5 that started at `since`, then some at `later`.
    fn is_undisturbed(earlier: &[usize], since: usize, later: &[usize]) -> bool {
        let memory = of_a_block();
        let show = |index: &usize| {
            memory.publish(*index, *index, &payment(), &mut Footprint::default());
        };
        earlier.iter().for_each(show);
        let mut footprint = Footprint::default();
        let shown = memory.publish(5, since, &payment(), &mut footprint);
        later.iter().for_each(show);
        let asking = Asking { index: 5, since, shown: Some(shown) };
        let is_undisturbed = memory.is_undisturbed_account(WHO, &asking);
        let is_alone = earlier.is_empty() && later.is_empty();
        assert_eq!(memory.is_settled(&footprint, &asking), is_alone, "only who wrote alone has settled what it wrote");
        is_undisturbed
    }

    #[test]
    fn only_what_was_committed_before_the_start_does_not_disturb() {
        assert!(is_undisturbed(&[], 0, &[]));
        assert!(is_undisturbed(&[1, 2], 3, &[]));
        assert!(!is_undisturbed(&[1, 2], 2, &[]), "2 was open");
        assert!(!is_undisturbed(&[], 0, &[7]), "what a later one hides is looked at");
        assert!(!is_undisturbed(&[], 0, &[3]), "out of order");
        assert!(!is_undisturbed(&[7], 0, &[]), "out of order");
        assert!(!is_undisturbed(&[2, 1], 3, &[]), "out of order, for good");
    }

    #[test]
    fn nobody_is_disturbed_by_what_was_written_in_a_block_before() {
        let mut memory = of_a_block();
        let most = u32::MAX as usize - 12;
        for len in [10, most, 10, 10] {
            memory.clear();
            memory.begin(len);
            let asking = Asking { index: len - 1, since: 0, shown: None };
            assert!(memory.account(WHO, len).is_none() && memory.is_undisturbed_account(WHO, &asking));
            let mut footprint = Footprint::default();
            let shown = memory.publish(len - 2, 0, &payment(), &mut footprint);
            assert!(memory.is_settled(&footprint, &Asking { index: len - 2, since: 0, shown: Some(shown) }));
            assert!(!memory.is_undisturbed_account(WHO, &asking), "{len} transactions");
            memory.publish(len - 3, 0, &payment(), &mut Footprint::default());
            assert!(!memory.is_undisturbed_account(WHO, &Asking { since: len - 1, ..asking }), "out of order");
        }
    }

    #[test]
    fn a_reader_is_disturbed_by_whoever_was_open_when_it_started() {
        let memory = of_a_block();
        let asking = |index, since| Asking { index, since, shown: None };
        assert!(memory.is_undisturbed_account(WHO, &asking(5, 0)));
        memory.publish(2, 2, &payment(), &mut Footprint::default());
        assert!(memory.is_undisturbed_account(WHO, &asking(5, 3)));
        assert!(!memory.is_undisturbed_account(WHO, &asking(5, 2)));
    }
}
