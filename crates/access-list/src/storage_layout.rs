//! Names of storage variables, by the layout that a Solidity compiler gives.
//!
//! ```text
//!  slot ──▶ a variable that stands there? ────────────────────────────────▶ reserve0, reserve1, updated
//!    └────▶ a hash, or a little above one? ──▶ what was hashed
//!              64 bytes: key, slot p ──▶ the mapping at p, by the same way ─▶ allowance[0xabc…][0xdef…]
//!              32 bytes: slot p ───────▶ the dynamic array at p ───────────▶ queue[7].amount
//!              more:     string, slot p ▶ the mapping at p ───────────────▶ records["alice"]
//! ```
//!
//! A name is a guess of the most helpful kind: it follows from the layout that was given, and nothing checks that the
//! contract was compiled with it. Slots that an assembly block computes in its own way have none.
//!
//! Layouts come from users: they may be wrong in any way, and are looked through to a bounded depth only.

mod key;
mod locate;
mod parse;

use primitives::U256;
use std::collections::BTreeMap;

pub use parse::LayoutError;

/// The variables of one contract and their types.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StorageLayout {
    variables: Vec<Variable>,
    types: BTreeMap<String, Type>,
}

/// A state variable, or a member of a struct.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Variable {
    name: String,
    /// Of its first byte; within a struct counted from the struct's first slot.
    slot: U256,
    /// Bytes of that slot before it.
    offset: u64,
    kind: String,
}

/// A type as far as it decides where things lie.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Type {
    /// A value of at most 32 bytes.
    Value { bytes: u64 },
    /// `bytes` or `string`: short ones in their slot, long ones behind its hash.
    Bytes,
    /// A mapping.
    Mapping { key: String, value: String },
    /// An array of fixed length.
    Array { item: String, length: U256 },
    /// An array that grows: its length in its slot, its items behind that slot's hash.
    DynamicArray { item: String },
    /// A struct.
    Struct { members: Vec<Variable>, bytes: U256 },
}
