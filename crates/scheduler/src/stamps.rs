//! Stamps: for the locations that share a place, the last position that ever wrote one of them.
//!
//! With some ten thousand places most locations have one for themselves, so that the stamp alone says that nobody wrote a
//! location since a transaction started; where places are shared it costs a look-up. Law: it is never said wrongly. A
//! stamp only rises, and a place that was written out of order has the block's highest for good. No locks.
//!
//! The stamps of each block are above those of the blocks before it, so that nothing has to be cleared in between: that
//! would bring all places to one core, where each is missed by the others.

use crate::sync::atomic::{AtomicU32, Ordering};

/// Places of a block's stamps.
pub(crate) const STAMPS: usize = if cfg!(feature = "shuttle") { 1 << 8 } else { 1 << 15 };

/// For each place how far above [`base`](Self::base) it stands: one more than the last position of the block that wrote
/// to it; zero or less where nobody did.
#[derive(Debug)]
pub(crate) struct Stamps {
    places: Box<[AtomicU32]>,
    /// The highest stamp of the blocks before.
    base: u32,
    /// The highest of this one: that of a place that was not written in block order.
    out_of_order: u32,
}

/// What was found when a transaction showed what it wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    /// Nobody had written to the same places but those that were committed when it started.
    is_undisturbed: bool,
    /// Nobody had written to the places of the accounts at all.
    is_first: bool,
}

/// Who asks whether a location is as it was.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asking {
    /// The transaction. All below it are committed.
    pub(crate) index: usize,
    /// All below this were committed when it started.
    pub(crate) since: usize,
    /// What it found when it showed what it wrote, if it did.
    pub(crate) shown: Option<Shown>,
}

impl Stamps {
    /// So many places, none of them written, before any block.
    pub(crate) fn new(places: usize) -> Self {
        Self { places: (0..places).map(|_| AtomicU32::new(0)).collect(), base: 0, out_of_order: 0 }
    }

    /// A block of `len` positions begins, and none of them has written.
    pub(crate) fn begin(&mut self, len: usize) {
        let highest = stamp(len);
        (self.base, self.out_of_order) = match self.out_of_order.checked_add(highest) {
            Some(out_of_order) => (self.out_of_order, out_of_order),
            None => {
                self.places.iter_mut().for_each(|place| *place = AtomicU32::new(0));
                (0, highest)
            }
        };
    }

    /// The number of a location's place.
    pub(crate) fn place_of(&self, hash: u64) -> u32 {
        (hash >> 32) as u32 % self.places.len() as u32
    }

    /// The stamp of a place, as one of this block.
    fn at(&self, place: u32) -> u32 {
        self.places[place as usize].load(Ordering::Acquire).saturating_sub(self.base)
    }

    /// Whether no location of this place was ever written.
    pub(crate) fn is_blank(&self, hash: u64) -> bool {
        self.at(self.place_of(hash)) == 0
    }

    /// Notes a write by transaction `index` and gives the stamp that it found.
    pub(crate) fn set(&self, hash: u64, index: usize) -> u32 {
        let stamp = self.base + stamp(index);
        debug_assert!(stamp < self.out_of_order, "transaction {index} of a block that has begun");
        let place = &self.places[self.place_of(hash) as usize];
        let found = place.fetch_max(stamp, Ordering::AcqRel);
        if found > stamp {
            place.store(self.out_of_order, Ordering::Release);
        }
        found.saturating_sub(self.base)
    }

    /// Whether transaction `index` is the last that wrote to this place, and all before it came before it.
    pub(crate) fn is_last(&self, hash: u64, index: usize) -> bool {
        self.is_last_at(self.place_of(hash), index)
    }

    /// Whether nobody wrote to this place but those that were committed when the one who asks started, and itself.
    pub(crate) fn is_undisturbed(&self, hash: u64, asking: &Asking) -> bool {
        self.is_undisturbed_at(self.place_of(hash), asking)
    }

    /// [`Self::is_undisturbed`] of a place by its number.
    pub(crate) fn is_undisturbed_at(&self, place: u32, asking: &Asking) -> bool {
        let found = self.at(place);
        let is_own = found == stamp(asking.index) && asking.shown.is_some_and(|shown| shown.is_undisturbed);
        found < stamp(asking.since) || is_own
    }

    /// [`Self::is_last`] of a place by its number.
    pub(crate) fn is_last_at(&self, place: u32, index: usize) -> bool {
        self.at(place) == stamp(index)
    }
}

impl Shown {
    /// From the latest stamps that were found at the places of accounts and of slots, by a transaction that started when
    /// all below `since` were committed.
    pub(crate) fn new(accounts: u32, slots: u32, since: usize) -> Self {
        Self { is_undisturbed: accounts.max(slots) < stamp(since), is_first: accounts == 0 }
    }

    /// Whether nobody had written to the places of the accounts before.
    pub(crate) fn is_first(self) -> bool {
        self.is_first
    }
}

fn stamp(index: usize) -> u32 {
    u32::try_from(index + 1).expect("gas bounds the transactions of a block")
}
