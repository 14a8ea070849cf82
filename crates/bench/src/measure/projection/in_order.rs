//! The schedule of `optimistic`: block order, cheap transactions left to the committing worker, and the next ones of a
//! class after it turned out stale. It follows `scheduler::optimistic`, but for neighbours that one worker executes in one
//! go: that spares waiting between cores, of which the clock knows nothing, and changes little of what runs when. Chunks are not
//! modelled: a block that is cut into them is projected as if it were not.

use super::{
    Model,
    clock::{Next, Schedule},
};
use primitives::map::HashMap;

/// Transactions ahead of the first open one that are executed, at most.
const WINDOW: usize = 256;

/// Transactions of a class that are left alone after its first stale execution; twice as many after each that follows.
const PENALTY_MIN: u32 = 2;
const PENALTY_MAX: u32 = 128;

/// Transactions of the second half that may use so much gas, and more than the average, go first; so many at most.
const HEAVY_GAS_MIN: u64 = 350_000;
const HEAVY_MAX: usize = 16;

/// What a plain transfer takes more in a block that is shared, in nanoseconds.
const CHEAP_SHARED_NS: u64 = 800;

/// Stale executions that a meeting explains are no mark against their class, up to so many.
const EXPLAINED_MAX: usize = 16;

/// After so many transactions in a row that were not worth executing ahead one worker does the rest.
const ALONE_MAX: usize = 64;

/// Transactions in block order, heavy late ones first.
#[derive(Debug)]
pub(super) struct InOrder {
    shared: Vec<usize>,
    cursor: usize,
    heavy: std::vec::IntoIter<usize>,
    class_of: Vec<u64>,
    classes: HashMap<u64, Class>,
    /// For each transaction the last before it that it may meet.
    meets: Vec<Option<usize>>,
    /// A conflict has been seen, so meetings are looked at.
    has_conflicts: bool,
    executed: Vec<bool>,
    refused: Vec<bool>,
    explained: usize,
    alone: usize,
    was_confirmed: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Class {
    rest: u32,
    penalty: u32,
}

impl InOrder {
    /// `None` where there is too little to share.
    pub(super) fn new(model: &Model) -> Option<Self> {
        let is_cheap = |index: &usize| model.cheap.get(*index).copied().unwrap_or_default();
        let shared: Vec<usize> = (0..model.len()).filter(|index| !is_cheap(index)).collect();
        let class_of = (0..model.len()).map(|index| model.classes.get(index).copied().unwrap_or_default()).collect();
        let work: u64 = shared.iter().map(|index| model.costs[*index]).sum();
        let cheap = (model.len() - shared.len()) as u64;
        // Where everything is shared, transfers are no reason not to.
        let lost = if model.shared_ns_min == 0 { 0 } else { CHEAP_SHARED_NS * cheap };
        (shared.len() >= 2 && work >= model.shared_ns_min.max(lost)).then(|| Self {
            shared,
            cursor: 0,
            heavy: late_and_heavy(model).into_iter(),
            class_of,
            classes: HashMap::default(),
            meets: meets(model),
            has_conflicts: false,
            executed: vec![false; model.len()],
            refused: vec![false; model.len()],
            explained: 0,
            alone: 0,
            was_confirmed: false,
        })
    }

    fn is_met(&self, index: usize, head: usize) -> bool {
        self.has_conflicts && self.meets[index].is_some_and(|before| before >= head && !self.executed[before])
    }

    fn is_contended(&mut self, index: usize) -> bool {
        self.class(index).is_some_and(|class| class.rest > 0)
    }

    /// Whether the transaction is one of those that its class rests for, each counted once.
    fn rests(&mut self, index: usize) -> bool {
        let Some(class) = self.class(index).filter(|class| class.rest > 0) else { return false };
        class.rest -= 1;
        true
    }

    fn class(&mut self, index: usize) -> Option<&mut Class> {
        let number = self.class_of[index];
        (number != 0).then(|| self.classes.entry(number).or_default())
    }
}

impl Schedule for InOrder {
    fn next(&mut self, head: usize) -> Next {
        if self.alone >= ALONE_MAX {
            return Next::Done;
        }
        while let Some(index) = self.heavy.next() {
            if index >= head && !self.is_met(index, head) && !self.is_contended(index) {
                return Next::Run(index);
            }
        }
        loop {
            let Some(index) = self.shared.get(self.cursor).copied() else { return Next::Done };
            if index >= head + WINDOW {
                return Next::Wait;
            }
            self.cursor += 1;
            if index < head {
                continue;
            }
            if !self.is_met(index, head) && !self.rests(index) {
                return Next::Run(index);
            }
            self.refused[index] = true;
        }
    }

    fn executed(&mut self, index: usize) {
        self.executed[index] = true;
    }

    fn stale(&mut self, index: usize) {
        self.refused[index] = true;
        self.has_conflicts = true;
        if self.meets[index].is_some() && self.explained < EXPLAINED_MAX {
            self.explained += 1;
            return;
        }
        if let Some(class) = self.class(index) {
            class.penalty = (class.penalty * 2).clamp(PENALTY_MIN, PENALTY_MAX);
            class.rest = class.penalty;
        }
    }

    fn confirmed(&mut self, index: usize) {
        self.was_confirmed = true;
        if let Some(class) = self.class(index) {
            class.penalty /= 2;
        }
    }

    fn committed(&mut self, index: usize) {
        if std::mem::take(&mut self.was_confirmed) {
            self.alone = 0;
        } else if self.refused[index] {
            self.alone += 1;
        }
    }
}

/// For each transaction the last before it with which it has a number in common.
fn meets(model: &Model) -> Vec<Option<usize>> {
    let mut last: HashMap<u64, usize> = HashMap::default();
    let mut before = vec![None; model.len()];
    for (index, meetings) in model.meetings.iter().enumerate() {
        let seen = meetings.iter().filter_map(|meeting| last.insert(*meeting, index));
        before[index] = seen.filter(|seen| *seen < index).max();
    }
    before
}

fn late_and_heavy(model: &Model) -> Vec<usize> {
    let gas = |index: usize| u128::from(model.gas.get(index).copied().unwrap_or_default());
    let total: u128 = (0..model.len()).map(gas).sum();
    let least = u128::from(HEAVY_GAS_MIN).max(total / model.len().max(1) as u128);
    let mut before = 0;
    let is_late_and_heavy = |index: &usize| {
        before += gas(*index);
        before * 2 >= total && gas(*index) >= least
    };
    let mut heavy: Vec<usize> = (0..model.len()).filter(is_late_and_heavy).collect();
    heavy.sort_by_key(|index| std::cmp::Reverse(gas(*index)));
    heavy.truncate(HEAVY_MAX);
    heavy
}
