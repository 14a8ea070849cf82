//! Disjoint sets straight from records: what a proposer does with each block, without making sets and a graph first.

use super::components::{DisjointSets, in_block_order};
use crate::{
    AccessKind, AccessRecord, StateKey,
    access_set::{account_adds, account_reads, account_writes},
};
use primitives::{
    U256,
    map::{AddressMap, HashMap},
};

/// Keys of an account that are no slots.
const FIELDS: u32 = 4;

/// One key, while records are read.
#[derive(Clone, Copy, Debug, Default)]
struct Used {
    /// A bit for each [`AccessKind`].
    kinds: u8,
    /// The first transaction that uses it.
    first: u32,
}

impl Used {
    /// Whether neither the order of its users matters nor who they are: all read it, or all add to it.
    const fn is_shared(self) -> bool {
        self.kinds == bit(AccessKind::Read) || self.kinds == bit(AccessKind::Add)
    }
}

const fn bit(kind: AccessKind) -> u8 {
    match kind {
        AccessKind::Read => 1,
        AccessKind::Write => 2,
        AccessKind::Add => 4,
    }
}

/// All keys of a block, by numbers.
#[derive(Debug, Default)]
struct Keys {
    used: Vec<Used>,
    /// The number of the first of an account's four keys.
    accounts: AddressMap<u32>,
    /// By that number and the slot.
    slots: HashMap<(u32, U256), u32>,
    /// Which transaction uses which key.
    uses: Vec<(u32, u32)>,
}

impl Keys {
    /// Room for all keys, as if no two transactions had one in common.
    fn with_room(records: &[&AccessRecord]) -> Self {
        let accounts = records.iter().map(|record| record.accounts.len()).sum();
        let slots = records.iter().map(|record| record.slots.len()).sum();
        let keys = accounts * FIELDS as usize + slots;
        Self {
            used: Vec::with_capacity(keys),
            accounts: AddressMap::with_capacity_and_hasher(accounts, Default::default()),
            slots: HashMap::with_capacity_and_hasher(slots, Default::default()),
            uses: Vec::with_capacity(keys),
        }
    }

    fn use_key(&mut self, transaction: u32, key: u32, kinds: u8) {
        let used = &mut self.used[key as usize];
        if used.kinds == 0 {
            used.first = transaction;
        }
        used.kinds |= kinds;
        self.uses.push((transaction, key));
    }

    fn add(&mut self, transaction: u32, record: &AccessRecord) {
        for (account, slots) in record.iter() {
            let fresh = u32::try_from(self.used.len()).expect("gas bounds the keys of a block");
            let first = *self.accounts.entry(account.address).or_insert(fresh);
            if first == fresh {
                self.used.resize((fresh + FIELDS) as usize, Used::default());
            }
            let mut kinds = [0_u8; FIELDS as usize];
            account_reads(account).for_each(|key| kinds[field(key)] |= bit(AccessKind::Read));
            account_adds(account).for_each(|key| kinds[field(key)] |= bit(AccessKind::Add));
            account_writes(account).for_each(|key| kinds[field(key)] |= bit(AccessKind::Write));
            for (key, kinds) in (first..).zip(kinds).filter(|(_, kinds)| *kinds != 0) {
                self.use_key(transaction, key, kinds);
            }
            for slot in slots {
                let fresh = u32::try_from(self.used.len()).expect("gas bounds the keys of a block");
                let key = *self.slots.entry((first, slot.slot)).or_insert(fresh);
                if key == fresh {
                    self.used.push(Used::default());
                }
                let written = if slot.is_changed() { bit(AccessKind::Write) } else { 0 };
                self.use_key(transaction, key, bit(AccessKind::Read) | written);
            }
        }
    }
}

/// Which of an account's keys it is.
fn field(key: StateKey) -> usize {
    match key {
        StateKey::Balance(_) => 0,
        StateKey::Nonce(_) => 1,
        StateKey::Code(_) => 2,
        StateKey::Existence(_) => 3,
        StateKey::Slot(..) => unreachable!("no key of an account alone"),
    }
}

/// The connected components of a block's conflicts, as [`ConflictGraph::components`](super::ConflictGraph::components)
/// gives them for the sets of the same records.
pub fn disjoint_sets(records: &[&AccessRecord]) -> Vec<Vec<u32>> {
    let mut keys = Keys::with_room(records);
    for (transaction, record) in (0..).zip(records) {
        keys.add(transaction, record);
    }
    let mut sets = DisjointSets::new(records.len());
    for (transaction, key) in keys.uses {
        let used = keys.used[key as usize];
        if used.first != transaction && !used.is_shared() {
            sets.join(used.first, transaction);
        }
    }
    in_block_order(&mut sets)
}
