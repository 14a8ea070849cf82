//! Which transactions of a block wait for which, and what that costs.
//!
//! For each key that is shared, the accesses to it form a row of *steps* in block order: neighbouring reads are one
//! step, neighbouring additions are one step, every write is a step of its own. Members of one step do not conflict,
//! members of neighbouring steps do, and conflicts further apart follow from these. So the graph is never stored as
//! edges: rows take O(s·n) space and time for n transactions of s accesses, and each analysis is one pass over them.
//!
//! ```text
//! key    0x…[0x1]     write 0 │ read 1  read 2 │ write 4 │ read 5
//! key    0x…:balance  add 0  add 2  add 3 │ read 5
//! ```
//!
//! From one graph come both plans of the literature: *disjoint sets* ([`ConflictGraph::components`]; parallel between,
//! serial inside) and the *static split* ([`ConflictGraph::colour_classes`]; parallel inside, a barrier between). Who wants
//! the first alone needs no graph ([`disjoint_sets()`]). The graph says what an ideal schedule could gain; it knows nothing of engines. Costs are in any unit, such as gas or
//! nanoseconds, and every time in the answers is in that unit.

use primitives::map::HashSet;

use crate::{AccessSet, StateKey};

mod access;
mod conflict;
mod disjoint_sets;
mod hot_key;
mod quadratic;
mod rows;
mod sweep;

pub use conflict::{Conflict, ConflictKind};
pub use disjoint_sets::disjoint_sets;
pub use hot_key::HotKey;
pub use quadratic::quadratic_colour_classes;

use rows::KeyRows;

/// The conflicts among the transactions of a block, numbered from 0 in block order.
#[derive(Clone, Debug)]
pub struct ConflictGraph {
    rows: KeyRows,
    costs: Vec<u64>,
    critical_path: CriticalPath,
}

/// Changes to the question: what if contracts used their state differently?
#[derive(Clone, Debug, Default)]
pub struct WhatIf {
    /// Keys taken as if nobody accessed them.
    pub ignore: HashSet<StateKey>,
    /// Keys whose updates are taken as additions: a transaction that writes one only adds to it.
    pub commutative: HashSet<StateKey>,
}

/// A longest chain of transactions that have to wait for each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CriticalPath {
    /// The chain in block order.
    pub transactions: Vec<u32>,
    /// The sum of its costs.
    pub length: u64,
}

impl ConflictGraph {
    /// The graph of one block: access sets and costs of its transactions, in block order.
    ///
    /// # Panics
    ///
    /// If there are not as many costs as sets.
    pub fn from_sets(sets: &[AccessSet], costs: &[u64]) -> Self {
        Self::what_if(sets, costs, &WhatIf::default())
    }

    /// The graph as it would be if some keys were used differently.
    ///
    /// # Panics
    ///
    /// If there are not as many costs as sets.
    pub fn what_if(sets: &[AccessSet], costs: &[u64], what_if: &WhatIf) -> Self {
        assert_eq!(sets.len(), costs.len(), "one cost for each transaction");
        let rows = KeyRows::new(sets, what_if);
        let critical_path = sweep::critical_path(&rows, costs);
        Self { rows, costs: costs.to_vec(), critical_path }
    }

    /// Number of transactions.
    pub fn len(&self) -> usize {
        self.costs.len()
    }

    /// Whether there are no transactions.
    pub fn is_empty(&self) -> bool {
        self.costs.is_empty()
    }

    /// The time that one worker takes, T₁. Sums of absurd costs stop at the greatest number.
    pub fn work(&self) -> u64 {
        self.costs.iter().copied().fold(0, u64::saturating_add)
    }

    /// The time that any number of workers takes at least, T∞: the length of the critical path.
    pub fn span(&self) -> u64 {
        self.critical_path.length
    }

    /// A longest chain of waiting transactions.
    pub fn critical_path(&self) -> &CriticalPath {
        &self.critical_path
    }

    /// The most that `workers` workers can gain over one: T₁ / max(T∞, T₁/N). 1 for a block without cost.
    #[expect(clippy::cast_precision_loss, reason = "a ratio for reports")]
    pub fn bound(&self, workers: usize) -> f64 {
        if self.work() == 0 {
            return 1.0;
        }
        let work = self.work() as f64;
        work / (self.span() as f64).max(work / workers.max(1) as f64)
    }

    /// What [`disjoint_sets()`] gives, of what the graph was made of.
    pub fn components(&self) -> Vec<Vec<u32>> {
        disjoint_sets::of_rows(&self.rows)
    }

    /// The static split: no two members of a class conflict, and of two that conflict the earlier stands in the
    /// earlier class. Each transaction stands in the first class that allows this, so there are as few classes as
    /// the longest chain has members.
    pub fn colour_classes(&self) -> Vec<Vec<u32>> {
        sweep::colour_classes(&self.rows)
    }

    /// The conflicts between neighbouring steps of every key, key by key. All others follow from them.
    ///
    /// Made on the way: between r reads and a additions next to each other there are r·a.
    pub fn conflicts(&self) -> impl Iterator<Item = Conflict> {
        self.rows.keys().flat_map(|(key, row)| conflict::conflicts(key, row))
    }

    /// A conflict between two transactions, on the first key on which they have one.
    pub fn conflict_between(&self, before: u32, after: u32) -> Option<Conflict> {
        conflict::between(&self.rows, before, after)
    }

    /// Every key on which transactions wait, those that cost most time first.
    pub fn hot_keys(&self) -> Vec<HotKey> {
        hot_key::hot_keys(&self.rows, &self.costs)
    }
}
