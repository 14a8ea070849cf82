//! From a slot to the variable.

use super::{StorageLayout, Type, Variable, key};
use crate::Preimages;
use primitives::U256;
use std::cell::Cell;

/// Types inside types, and hashes of hashes, that are followed.
const DEPTH_MAX: u32 = 16;

/// Looks at variables and types that one name may take: a layout that was made to be slow gives no name.
const STEPS_MAX: usize = 200_000;

/// Names of packed variables that are told of one slot.
const PACKED_MAX: usize = 32;

/// How far behind its hash an item of an array or a member of a struct may lie.
const DISTANCE_MAX: u64 = 1 << 40;

/// How far the search may still go.
#[derive(Clone, Copy)]
struct Limit<'a> {
    depth: u32,
    steps: &'a Cell<usize>,
}

impl Limit<'_> {
    fn deeper(self) -> Option<Self> {
        self.spend(1)?;
        Some(Self { depth: self.depth.checked_sub(1)?, ..self })
    }

    fn spend(self, steps: usize) -> Option<()> {
        self.steps.set(self.steps.get().checked_sub(steps)?);
        Some(())
    }
}

/// Something that begins in some slot.
struct Place {
    name: String,
    kind: String,
}

impl StorageLayout {
    /// The name of what lies in a slot, such as `balanceOf[0xAbC…]`; several where they are packed into one slot. `None` if
    /// the layout and what was hashed do not lead there.
    pub fn name(&self, slot: U256, preimages: &Preimages) -> Option<String> {
        self.name_within(slot, preimages, Limit { depth: DEPTH_MAX, steps: &Cell::new(STEPS_MAX) })
    }

    fn name_within(&self, slot: U256, preimages: &Preimages, limit: Limit<'_>) -> Option<String> {
        let limit = limit.deeper()?;
        self.among(&self.variables, "", slot, limit).or_else(|| {
            let (place, distance) = self.behind_hash(slot, preimages, limit)?;
            self.inside(&place, distance, limit)
        })
    }

    /// What a hash at or below the slot stands for, and the distance from it in slots.
    fn behind_hash(&self, slot: U256, preimages: &Preimages, limit: Limit<'_>) -> Option<(Place, U256)> {
        let (input, distance) = preimages.below(slot)?;
        if distance > U256::from(DISTANCE_MAX) {
            return None;
        }
        let (before, base) = input.split_at_checked(input.len().checked_sub(32)?)?;
        let holder = self.place(U256::try_from_be_slice(base)?, preimages, limit)?;
        match self.kind(&holder.kind).as_ref() {
            Type::Mapping { key, value } => {
                let key = key::text(key, before)?;
                Some((Place { name: format!("{}[{key}]", holder.name), kind: value.clone() }, distance))
            }
            Type::DynamicArray { item } if before.is_empty() => {
                let (index, rest) = self.item(item, distance);
                Some((Place { name: format!("{}[{index}]", holder.name), kind: item.clone() }, rest))
            }
            Type::Bytes if before.is_empty() => {
                let kind = "t_uint256".to_owned();
                Some((Place { name: format!("{}.word[{distance}]", holder.name), kind }, U256::ZERO))
            }
            _ => None,
        }
    }

    /// What begins exactly in a slot and has something behind the slot's hash.
    fn place(&self, slot: U256, preimages: &Preimages, limit: Limit<'_>) -> Option<Place> {
        let limit = limit.deeper()?;
        self.holder_among(&self.variables, "", slot, limit).or_else(|| {
            let (place, distance) = self.behind_hash(slot, preimages, limit)?;
            self.holder(place, distance, limit)
        })
    }

    fn holder_among(&self, variables: &[Variable], prefix: &str, slot: U256, limit: Limit<'_>) -> Option<Place> {
        limit.spend(variables.len())?;
        variables.iter().find_map(|variable| {
            let within = self.distance(variable, slot)?;
            let name = format!("{prefix}{}", variable.name);
            self.holder(Place { name, kind: variable.kind.clone() }, within, limit)
        })
    }

    /// The mapping, array or string that begins so many slots into a place.
    fn holder(&self, place: Place, distance: U256, limit: Limit<'_>) -> Option<Place> {
        let limit = limit.deeper()?;
        match self.kind(&place.kind).as_ref() {
            Type::Mapping { .. } | Type::DynamicArray { .. } | Type::Bytes => distance.is_zero().then_some(place),
            Type::Struct { members, .. } => self.holder_among(members, &format!("{}.", place.name), distance, limit),
            Type::Array { item, length } => {
                let (index, rest) = self.item(item, distance);
                (index < *length).then_some(())?;
                self.holder(Place { name: format!("{}[{index}]", place.name), kind: item.clone() }, rest, limit)
            }
            Type::Value { .. } => None,
        }
    }

    /// The name of what lies so many slots into a place.
    fn inside(&self, place: &Place, distance: U256, limit: Limit<'_>) -> Option<String> {
        let limit = limit.deeper()?;
        match self.kind(&place.kind).as_ref() {
            Type::Value { .. } | Type::Mapping { .. } | Type::Bytes => distance.is_zero().then(|| place.name.clone()),
            Type::DynamicArray { .. } => distance.is_zero().then(|| format!("{}.length", place.name)),
            Type::Struct { members, .. } => self.among(members, &format!("{}.", place.name), distance, limit),
            Type::Array { item, length } => {
                let (index, rest) = self.item(item, distance);
                (index < *length).then_some(())?;
                self.inside(&Place { name: format!("{}[{index}]", place.name), kind: item.clone() }, rest, limit)
            }
        }
    }

    /// The names of all variables that lie in a slot.
    fn among(&self, variables: &[Variable], prefix: &str, slot: U256, limit: Limit<'_>) -> Option<String> {
        limit.spend(variables.len())?;
        let names = variables.iter().filter_map(|variable| {
            let within = self.distance(variable, slot)?;
            let place = Place { name: format!("{prefix}{}", variable.name), kind: variable.kind.clone() };
            self.inside(&place, within, limit)
        });
        let names: Vec<String> = names.take(PACKED_MAX).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }

    /// How many slots into a variable a slot lies; `None` if it lies outside.
    fn distance(&self, variable: &Variable, slot: U256) -> Option<U256> {
        let within = slot.checked_sub(variable.slot)?;
        (within < self.slots(&variable.kind, DEPTH_MAX)).then_some(within)
    }

    /// Which item of an array of these lies so many slots after its first, and how many slots into the item. Of several
    /// in one slot it is the first.
    fn item(&self, kind: &str, distance: U256) -> (U256, U256) {
        let per_slot = self.per_slot(kind);
        if per_slot > 1 {
            return (distance.saturating_mul(U256::from(per_slot)), U256::ZERO);
        }
        distance.div_rem(self.slots(kind, DEPTH_MAX))
    }

    /// How many values of a type lie in one slot of an array.
    fn per_slot(&self, kind: &str) -> u64 {
        match self.kind(kind).as_ref() {
            Type::Value { bytes } => 32 / (*bytes).clamp(1, 32),
            _ => 1,
        }
    }

    /// How many slots a value of the type takes, never none.
    fn slots(&self, kind: &str, depth: u32) -> U256 {
        let Some(depth) = depth.checked_sub(1) else { return U256::ONE };
        let slots = match self.kind(kind).as_ref() {
            Type::Struct { bytes, .. } => bytes.div_ceil(U256::from(32)),
            Type::Array { item, length } => match self.per_slot(item) {
                1 => length.saturating_mul(self.slots(item, depth)),
                several => length.div_ceil(U256::from(several)),
            },
            _ => U256::ONE,
        };
        slots.max(U256::ONE)
    }
}
