//! Why transactions wait: a class for each key that they share.

use super::functions::SlotUse;
use access_list::{AccessKind, AccessSet, StateKey};
use primitives::map::HashMap;
use serde::Serialize;

/// A class of keys, the hardest to do away with first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Reason {
    /// The transactions have one sender.
    Nonce,
    /// Code that one puts in place or removes and the other calls.
    Code,
    /// An account that one makes exist or vanish and the other calls.
    Existence,
    /// A slot that several functions use.
    Pool,
    /// A slot that one function alone uses.
    Slot,
    /// An exact balance that one reads and the other changes.
    Balance,
    /// A slot to which everyone who changes it adds the same number.
    Counter,
}

impl Reason {
    /// Every reason.
    pub(super) const ALL: [Self; 7] =
        [Self::Nonce, Self::Code, Self::Existence, Self::Pool, Self::Slot, Self::Balance, Self::Counter];

    /// The class of a key, given how slots are used.
    pub(super) fn of(key: &StateKey, slots: &HashMap<StateKey, SlotUse>) -> Self {
        match key {
            StateKey::Nonce(_) => Self::Nonce,
            StateKey::Balance(_) => Self::Balance,
            StateKey::Code(_) => Self::Code,
            StateKey::Existence(_) => Self::Existence,
            StateKey::Slot(..) => slots.get(key).map_or(Self::Slot, Self::of_slot),
        }
    }

    fn of_slot(slot: &SlotUse) -> Self {
        if slot.writers >= 2 && slot.adds_the_same {
            Self::Counter
        } else if slot.functions.len() >= 2 {
            Self::Pool
        } else {
            Self::Slot
        }
    }

    /// Its name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Nonce => "nonce",
            Self::Code => "code",
            Self::Existence => "existence",
            Self::Pool => "pool",
            Self::Slot => "slot",
            Self::Balance => "balance",
            Self::Counter => "counter",
        }
    }

    /// What it means, in a few words.
    pub(super) const fn meaning(self) -> &'static str {
        match self {
            Self::Nonce => "same sender",
            Self::Code => "code put in place or removed",
            Self::Existence => "account comes into being or vanishes",
            Self::Pool => "slot used by several functions",
            Self::Slot => "slot used by one function",
            Self::Balance => "exact balance read",
            Self::Counter => "slot to which all add the same",
        }
    }
}

/// Every key on which the order of two transactions matters.
pub(super) fn shared_keys(before: &AccessSet, after: &AccessSet) -> Vec<StateKey> {
    let earlier = uses(before);
    let conflict = |(key, later): (StateKey, Use)| {
        let earlier = earlier.get(&key)?;
        let harmless = *earlier == later && (later == Use::READ || later == Use::ADD);
        (!harmless).then_some(key)
    };
    let mut keys: Vec<StateKey> = uses(after).into_iter().filter_map(conflict).collect();
    keys.sort_unstable();
    keys
}

/// In which ways a key is used.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Use {
    reads: bool,
    writes: bool,
    adds: bool,
}

impl Use {
    const READ: Self = Self { reads: true, writes: false, adds: false };
    const ADD: Self = Self { reads: false, writes: false, adds: true };
}

fn uses(set: &AccessSet) -> HashMap<StateKey, Use> {
    let mut uses: HashMap<StateKey, Use> = HashMap::default();
    for (key, kind) in set.iter() {
        let key_use = uses.entry(key).or_default();
        match kind {
            AccessKind::Read => key_use.reads = true,
            AccessKind::Write => key_use.writes = true,
            AccessKind::Add => key_use.adds = true,
        }
    }
    uses
}

#[cfg(test)]
mod tests {
    use super::*;
    use primitives::{Address, U256};

    const ACCOUNT: Address = Address::ZERO;

    fn slot_use(functions: usize, changes: &[u64]) -> SlotUse {
        let selector = |number: usize| (Some(ACCOUNT), Some([u8::try_from(number).unwrap(); 4]));
        let mut slot = SlotUse { functions: (0..functions).map(selector).collect(), ..SlotUse::default() };
        let mut same = changes.windows(2).all(|pair| pair[0] == pair[1]);
        same &= !changes.is_empty();
        slot.writers = changes.len();
        slot.adds_the_same = same;
        slot
    }

    #[test]
    fn keys_fall_into_classes() {
        let key = StateKey::Slot(ACCOUNT, U256::ONE);
        let of = |slot: SlotUse| Reason::of(&key, &HashMap::from_iter([(key, slot)]));
        assert_eq!(of(slot_use(1, &[1, 1, 1])), Reason::Counter);
        assert_eq!(of(slot_use(3, &[1, 1])), Reason::Counter);
        assert_eq!(of(slot_use(1, &[1, 2])), Reason::Slot);
        assert_eq!(of(slot_use(1, &[1])), Reason::Slot);
        assert_eq!(of(slot_use(2, &[1, 2])), Reason::Pool);
        assert_eq!(Reason::of(&StateKey::Nonce(ACCOUNT), &HashMap::default()), Reason::Nonce);
    }

    #[test]
    fn keys_that_both_only_read_or_only_add_to_are_not_shared() {
        let [a, b, c] = [1, 2, 3].map(|slot| StateKey::Slot(ACCOUNT, U256::from(slot)));
        let one = AccessSet::new([a, c], [c], [b]);
        assert_eq!(shared_keys(&one, &AccessSet::new([a], [], [b])), []);
        assert_eq!(shared_keys(&one, &AccessSet::new([c], [a], [])), [a, c]);
        assert_eq!(shared_keys(&one, &AccessSet::new([b], [], [])), [b]);
    }
}
