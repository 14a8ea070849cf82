//! The name of a key by its role in a call, and the search for the roles that a key can have.

use super::call::{Call, Word};
use access_list::StateKey;
use primitives::{Address, B256, U256, keccak256};

/// Slots of mappings that are tried: Solidity numbers them from zero.
const BASES: u8 = 16;

/// Slots from the start of a mapping's value on that are tried: the fields of a struct.
const FIELDS: u8 = 4;

/// Slots up to this are variables of their own, not entries of a mapping.
const VARIABLES: u64 = 1 << 32;

/// A key by its role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Template {
    Balance(Holder),
    Nonce(Holder),
    Code(Holder),
    Existence(Holder),
    Slot(Holder, Place),
}

/// An account by its role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    Callee,
    Word(Word),
    /// The same one in every call.
    Fixed(Address),
}

/// A slot by its role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The same one in every call.
    Fixed(U256),
    /// `keccak(key . base) + field`.
    Mapping { key: Word, base: u8, field: u8 },
    /// `keccak(inner . keccak(outer . base)) + field`.
    Nested { outer: Word, inner: Word, base: u8, field: u8 },
}

impl Template {
    /// The key that this names in a call, if the call brings the words for it.
    pub(crate) fn fill(&self, call: &Call) -> Option<StateKey> {
        Some(match self {
            Self::Balance(holder) => StateKey::Balance(holder.fill(call)?),
            Self::Nonce(holder) => StateKey::Nonce(holder.fill(call)?),
            Self::Code(holder) => StateKey::Code(holder.fill(call)?),
            Self::Existence(holder) => StateKey::Existence(holder.fill(call)?),
            Self::Slot(holder, place) => StateKey::Slot(holder.fill(call)?, place.fill(call)?),
        })
    }

    /// The role that a key most likely has in a call.
    pub(crate) fn of(key: StateKey, call: &Call, entries: &Entries) -> Self {
        let holder = Holder::of(key.address(), call);
        match key {
            StateKey::Balance(_) => Self::Balance(holder),
            StateKey::Nonce(_) => Self::Nonce(holder),
            StateKey::Code(_) => Self::Code(holder),
            StateKey::Existence(_) => Self::Existence(holder),
            StateKey::Slot(_, slot) => Self::Slot(holder, entries.find(slot)),
        }
    }

    /// Whether it takes hashes to fill it in.
    pub(crate) const fn is_hashed(&self) -> bool {
        matches!(self, Self::Slot(_, Place::Mapping { .. } | Place::Nested { .. }))
    }

    /// Whether it names a slot that looks like an entry of a mapping and that nothing in the call leads to.
    pub(crate) fn is_unexplained(&self) -> bool {
        matches!(self, Self::Slot(_, Place::Fixed(slot)) if *slot >= U256::from(VARIABLES))
    }
}

impl Holder {
    fn of(address: Address, call: &Call) -> Self {
        if address == call.callee {
            return Self::Callee;
        }
        let word = call.words().find(|(_, word)| *word == address.into_word());
        word.map_or(Self::Fixed(address), |(word, _)| Self::Word(word))
    }

    fn fill(&self, call: &Call) -> Option<Address> {
        match self {
            Self::Callee => Some(call.callee),
            Self::Word(word) => call.address(*word),
            Self::Fixed(address) => Some(*address),
        }
    }
}

impl Place {
    fn fill(&self, call: &Call) -> Option<U256> {
        match *self {
            Self::Fixed(slot) => Some(slot),
            Self::Mapping { key, base, field } => {
                Some(entry(call.word(key)?, B256::with_last_byte(base)).wrapping_add(U256::from(field)))
            }
            Self::Nested { outer, inner, base, field } => {
                let table = entry(call.word(outer)?, B256::with_last_byte(base));
                Some(entry(call.word(inner)?, B256::from(table)).wrapping_add(U256::from(field)))
            }
        }
    }
}

/// The entries of mappings that a call's words lead to, sorted by slot.
#[derive(Debug, Default)]
pub(crate) struct Entries(Vec<(U256, Place)>);

impl Entries {
    /// Entries of one level; of two with `nested`, some hundred hashes more.
    pub(crate) fn new(call: &Call, nested: bool) -> Self {
        let mut entries = Vec::new();
        for (outer, word) in call.words() {
            for base in 0..BASES {
                let table = entry(word, B256::with_last_byte(base));
                entries.push((table, Place::Mapping { key: outer, base, field: 0 }));
                let others = call.words().filter(|(inner, _)| nested && *inner != outer);
                entries.extend(others.map(|(inner, word)| {
                    (entry(word, B256::from(table)), Place::Nested { outer, inner, base, field: 0 })
                }));
            }
        }
        // The sort keeps equal slots in the order above: where words are equal, the sender's role is taken.
        entries.sort_by_key(|(slot, _)| *slot);
        entries.dedup_by_key(|(slot, _)| *slot);
        Self(entries)
    }

    /// Whether a slot looks like an entry of a mapping that is not found here.
    pub(crate) fn misses(&self, slot: U256) -> bool {
        slot >= U256::from(VARIABLES) && matches!(self.find(slot), Place::Fixed(_))
    }

    fn find(&self, slot: U256) -> Place {
        let after = self.0.partition_point(|(start, _)| *start <= slot);
        let Some((start, place)) = after.checked_sub(1).map(|at| self.0[at]) else { return Place::Fixed(slot) };
        let Some(distance) = u8::try_from(slot - start).ok().filter(|distance| *distance < FIELDS) else {
            return Place::Fixed(slot);
        };
        match place {
            Place::Mapping { key, base, .. } => Place::Mapping { key, base, field: distance },
            Place::Nested { outer, inner, base, .. } => Place::Nested { outer, inner, base, field: distance },
            Place::Fixed(slot) => Place::Fixed(slot),
        }
    }
}

/// Where Solidity puts the entry of a mapping.
fn entry(key: B256, mapping: B256) -> U256 {
    let mut input = [0; 64];
    input[..32].copy_from_slice(key.as_slice());
    input[32..].copy_from_slice(mapping.as_slice());
    U256::from_be_bytes(keccak256(input).0)
}
