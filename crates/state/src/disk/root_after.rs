//! The root of a state that nobody commits: an earlier block's, with a diff on it.

use super::{
    Disk, DiskError, DiskState,
    back::WayBack,
    change::{Change, SlotWrite, changes},
    root_update::root_of_changes,
};
use access_list::StateDiff;
use primitives::{B256, map::B256Map};

impl Disk {
    /// The root that a state has with `diff` on it. Writes nothing.
    ///
    /// Cost and bounds are those of [`Self::prove`]: for an earlier block than the head the changes since are taken back
    /// in memory, [`DiskError::ProofWindow`] if they are too many. [`DiskError::NoBlock`] if the state's block was rolled
    /// back meanwhile.
    pub fn root_after(&self, state: &DiskState, diff: &StateDiff) -> Result<B256, DiskError> {
        let (view, tries) = self.current();
        let number = state.number().unwrap_or_default();
        if state.hash()? != view.summary(number)?.map(|summary| summary.hash) {
            return Err(DiskError::NoBlock { number, range: view.head.map(|head| (head.first_block, head.number)) });
        }
        let mut all = changes(&view, diff)?;
        if number < view.head_for(number)?.number {
            let way = WayBack::within(&view, number, self.options.proof_blocks)?;
            all = onto(way.changes, all);
        }
        Ok(root_of_changes(&view, tries, all)?.root)
    }
}

/// Two lists of changes as one: those of `later` on top of those of `earlier`. Both are in the order of their keys.
fn onto(earlier: Vec<Change>, later: Vec<Change>) -> Vec<Change> {
    let mut merged: B256Map<Change> = earlier.into_iter().map(|change| (change.key, change)).collect();
    for change in later {
        match merged.remove(&change.key) {
            Some(before) => merged.insert(change.key, one_onto(before, change)),
            None => merged.insert(change.key, change),
        };
    }
    let mut merged: Vec<Change> = merged.into_values().collect();
    merged.sort_unstable_by_key(|change| change.key);
    merged
}

fn one_onto(before: Change, after: Change) -> Change {
    if after.wiped {
        return after;
    }
    let mut slots: B256Map<SlotWrite> = before.slots.into_iter().map(|slot| (slot.key, slot)).collect();
    slots.extend(after.slots.into_iter().map(|slot| (slot.key, slot)));
    let mut slots: Vec<SlotWrite> = slots.into_values().collect();
    slots.sort_unstable_by_key(|slot| slot.key);
    Change { account: after.account.or(before.account), wiped: before.wiped, slots, address: after.address, ..before }
}
