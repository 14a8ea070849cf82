//! The schedules that are made before the block starts, from access sets: `static_split`, `disjoint_sets`, `sequence`.
//!
//! A plan is a graph of transactions and barriers; one may go when all that it waits for are done. A barrier takes no
//! time. It follows the plans of `scheduler`.

use super::{
    Model,
    clock::{Next, Schedule},
};
use access_list::{AccessKind, ConflictGraph, StateKey};
use primitives::map::HashMap;
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

/// A plan being carried out. Nodes below the number of transactions are transactions, the others barriers.
#[derive(Debug, Default)]
pub(super) struct Plan {
    transactions: usize,
    /// For each node those that wait for it.
    after: Vec<Vec<usize>>,
    /// For each node how many it waits for.
    missing: Vec<usize>,
    done: Vec<bool>,
    /// For each transaction its place in the order of preference.
    places: Vec<usize>,
    ready: BinaryHeap<Reverse<(usize, usize)>>,
    /// Transactions that nobody has been given.
    left: usize,
}

/// Colour classes with a barrier between.
pub(super) fn static_split(model: &Model) -> Plan {
    let classes = ConflictGraph::from_sets(&model.sets, &vec![1; model.len()]).colour_classes();
    let mut plan = Plan::new(model.len());
    let mut before = None;
    for class in &classes {
        let barrier = plan.node();
        for transaction in class {
            plan.wait(barrier, *transaction as usize);
            if let Some(before) = before {
                plan.wait(*transaction as usize, before);
            }
        }
        before = Some(barrier);
    }
    plan.begin(classes.iter().flatten().map(|transaction| *transaction as usize))
}

/// Connected components, serial inside, those with most gas first.
pub(super) fn disjoint_sets(model: &Model) -> Plan {
    let mut components = access_list::disjoint_sets(&model.sets);
    let gas = |transaction: &u32| model.gas.get(*transaction as usize).copied().unwrap_or(1).max(1);
    components.sort_by_cached_key(|members| Reverse(members.iter().map(gas).fold(0_u64, u64::saturating_add)));
    let mut plan = Plan::new(model.len());
    for [before, after] in components.iter().flat_map(|members| members.array_windows()) {
        plan.wait(*after as usize, *before as usize);
    }
    plan.begin(components.iter().flatten().map(|transaction| *transaction as usize))
}

/// Each location in block order; nobody waits for a read, and additions do not wait for each other.
pub(super) fn sequence(model: &Model) -> Plan {
    /// The latest change of a location, or the barrier behind its latest row of additions.
    #[derive(Clone, Copy, Default)]
    struct Front {
        latest: Option<usize>,
        /// What the latest row of additions waits for; none if the latest is no such row.
        row: Option<Option<usize>>,
    }
    let mut plan = Plan::new(model.len());
    let mut fronts: HashMap<StateKey, Front> = HashMap::default();
    for (transaction, set) in model.sets.iter().enumerate() {
        let mut kinds: BTreeMap<StateKey, Vec<AccessKind>> = BTreeMap::new();
        for (key, kind) in set.iter() {
            kinds.entry(key).or_default().push(kind);
        }
        for (key, kinds) in kinds {
            let front = fronts.entry(key).or_default();
            let adds_only = kinds == [AccessKind::Add];
            let waits_for = match front.row {
                Some(before) if adds_only => before,
                _ => front.latest,
            };
            if let Some(before) = waits_for {
                plan.wait(transaction, before);
            }
            if adds_only {
                if front.row.is_none() {
                    *front = Front { row: Some(front.latest), latest: Some(plan.node()) };
                }
                plan.wait(front.latest.unwrap_or(transaction), transaction);
            } else if kinds != [AccessKind::Read] {
                *front = Front { latest: Some(transaction), row: None };
            } else {
                front.row = None;
            }
        }
    }
    plan.begin(0..model.len())
}

impl Plan {
    fn new(transactions: usize) -> Self {
        let mut plan = Self { transactions, left: transactions, ..Self::default() };
        for _ in 0..transactions {
            plan.node();
        }
        plan
    }

    fn node(&mut self) -> usize {
        self.after.push(Vec::new());
        self.missing.push(0);
        self.done.push(false);
        self.after.len() - 1
    }

    fn wait(&mut self, node: usize, before: usize) {
        self.after[before].push(node);
        self.missing[node] += 1;
    }

    /// Makes ready what waits for nothing. `order` has every transaction once.
    fn begin(mut self, order: impl Iterator<Item = usize>) -> Self {
        self.places = vec![0; self.transactions];
        for (place, transaction) in order.enumerate() {
            self.places[transaction] = place;
        }
        for transaction in (0..self.transactions).filter(|transaction| self.missing[*transaction] == 0) {
            self.ready.push(Reverse((self.places[transaction], transaction)));
        }
        self
    }

    fn complete(&mut self, node: usize) {
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            if std::mem::replace(&mut self.done[node], true) {
                continue;
            }
            for after in std::mem::take(&mut self.after[node]) {
                self.missing[after] -= 1;
                if self.missing[after] > 0 {
                } else if after < self.transactions {
                    self.ready.push(Reverse((self.places[after], after)));
                } else {
                    open.push(after);
                }
            }
        }
    }
}

impl Schedule for Plan {
    fn next(&mut self, _head: usize) -> Next {
        match self.ready.pop() {
            Some(Reverse((_, transaction))) => {
                self.left -= 1;
                Next::Run(transaction)
            }
            None if self.left == 0 => Next::Done,
            None => Next::Wait,
        }
    }

    fn executed(&mut self, index: usize) {
        self.complete(index);
    }

    fn committed(&mut self, index: usize) {
        self.complete(index);
    }
}
