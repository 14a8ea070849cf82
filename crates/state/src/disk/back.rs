//! The way back: what the state has to become again to be that of an earlier block.

use super::{
    DiskError,
    change::{Change, SlotWrite},
    record::AccountRecord,
    seal::damaged,
    space::{self, Space},
    undo::Undo,
    view::{View, decode_account, decode_slot},
};
use primitives::{B256, U256, map::B256Map};

/// Accounts and slots that are taken back in one step, at most; a single block may have more.
pub(super) const STEP_KEYS: usize = 200_000;

/// The changes that lead from the head back to an earlier block.
pub(super) struct WayBack {
    /// The block that is reached.
    pub(super) number: u64,
    /// In the order of the tries.
    pub(super) changes: Vec<Change>,
    /// What the blocks wrote that are taken back, the last first.
    pub(super) undos: Vec<(u64, Undo)>,
}

impl WayBack {
    /// The whole way from the head of `view` to block `target`, which is at most `blocks` before it and whose state is
    /// kept; [`DiskError::ProofWindow`] if it is not, or if the way takes more than one step.
    pub(super) fn within(view: &View, target: u64, blocks: u64) -> Result<Self, DiskError> {
        let head = view.head_for(target)?;
        let oldest = head.oldest_state.max(head.number.saturating_sub(blocks));
        if target < oldest {
            return Err(DiskError::ProofWindow { number: target, oldest });
        }
        let way = Self::towards(view, target)?;
        match way.number == target {
            true => Ok(way),
            false => Err(DiskError::ProofWindow { number: target, oldest: way.number }),
        }
    }

    /// The way from the head of `view` towards block `target`, as far as one step goes. The caller has checked that the
    /// state of `target` is kept.
    pub(super) fn towards(view: &View, target: u64) -> Result<Self, DiskError> {
        let head = view.head_for(target)?;
        let mut undos = Vec::new();
        let mut keys = 0;
        let mut number = head.number;
        while number > target {
            let undo = Undo::read(&view.frozen, number)?;
            keys += undo.accounts.iter().map(|(_, slots)| 1 + slots.len()).sum::<usize>();
            if keys > STEP_KEYS && !undos.is_empty() {
                break;
            }
            undos.push((number, undo));
            number -= 1;
        }
        // The first block after the one reached that changed a key knows what stood there.
        let mut accounts: B256Map<(u64, B256Map<u64>)> = B256Map::default();
        for (number, undo) in &undos {
            for (account, slots) in &undo.accounts {
                let (first, slots_first) = accounts.entry(*account).or_default();
                *first = *number;
                slots_first.extend(slots.iter().map(|slot| (*slot, *number)));
            }
        }
        let changes: Result<Vec<_>, _> =
            accounts.into_iter().map(|(key, (first, slots))| change(view, key, first, slots)).collect();
        let mut changes = changes?;
        changes.sort_unstable_by_key(|change| change.key);
        Ok(Self { number, changes, undos })
    }
}

fn change(view: &View, key: B256, first: u64, slots: B256Map<u64>) -> Result<Change, DiskError> {
    let before = record_before(view, &key, first)?;
    let known = before.map(|record| record.address).unwrap_or_default();
    let now = view.account_of(&key, known)?;
    let mut writes = Vec::with_capacity(slots.len());
    for (slot, first) in slots {
        let bytes = bytes_before(view, &space::slot_before(&key, &slot, first))?;
        let (name, value) = if bytes.is_empty() {
            (U256::ZERO, U256::ZERO)
        } else {
            let record = decode_slot(&space::slot(&key, &slot), &bytes)?;
            (record.slot, record.value)
        };
        writes.push(SlotWrite { key: slot, slot: name, value });
    }
    writes.sort_unstable_by_key(|write| write.key);
    // An account that is neither before nor now has nothing to be taken back, and its address does not matter.
    let address = before.or(now).map(|record| record.address).unwrap_or_default();
    let account = Some(before.map(|record| record.account));
    Ok(Change { address, key, account, wiped: before.is_none(), slots: writes })
}

fn record_before(view: &View, key: &B256, number: u64) -> Result<Option<AccountRecord>, DiskError> {
    let bytes = bytes_before(view, &space::account_before(key, number))?;
    if bytes.is_empty() { Ok(None) } else { decode_account(key, &bytes).map(Some) }
}

fn bytes_before(view: &View, key: &[u8]) -> Result<Vec<u8>, DiskError> {
    view.frozen.get(Space::History, key)?.ok_or_else(|| damaged(Space::History, key, "it is missing"))
}
