//! What execution touches: state keys, access sets, block access lists, diffs, conflicts.
//!
//! ```text
//!  execution ──▶ AccessRecord ──▶ BlockAccessListBuilder ──▶ BlockAccessList ──▶ ListIndex   reads of a validator
//!                     │                                            └──────────▶ StateDiff   one bulk write
//!                     └────▶ AccessSet ──▶ ConflictGraph                        what may run beside what
//! ```
//!
//! A [`StorageLayout`] gives slots the names of variables; a [`Compiled`] contract knows whose it is.
//!
//! Records hold values, sets hold only keys. Hints ([`AccessHint`]) may schedule; they never decide a result.

mod access_hint;
mod access_set;
mod block_access_list;
mod compiled;
mod conflict_graph;
mod diff;
mod flat_table;
mod list_index;
mod listed_change;
mod preimages;
mod record;
mod state_key;
mod storage_layout;

pub use access_hint::{AccessHint, Exactness, Provenance};
pub use access_set::{AccessKind, AccessSet};
pub use alloy_eip7928;
pub use block_access_list::{BlockAccessList, BlockAccessListBuilder, ListError};
pub use compiled::{Compiled, CompiledError};
pub use conflict_graph::{
    Conflict, ConflictGraph, ConflictKind, CriticalPath, HotKey, WhatIf, disjoint_sets, quadratic_colour_classes,
};
pub use diff::{AccountChange, SlotChange, StateDiff};
pub use list_index::{EntryId, ListIndex, ListPart, PartPlan, SlotId, SlotLookup};
pub use listed_change::ListedChange;
pub use preimages::Preimages;
pub use record::{AccessRecord, AccountAccess, Observed, SlotAccess};
pub use state_key::{ParseStateKeyError, StateKey};
pub use storage_layout::{LayoutError, StorageLayout};
