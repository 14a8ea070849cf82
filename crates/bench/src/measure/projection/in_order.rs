//! The schedule of `optimistic`: block order, cheap transactions left to the committing worker, and classes left alone
//! for a while after they turned out stale. It follows `scheduler::optimistic`.

use super::{
    Model,
    clock::{Next, Schedule},
};
use primitives::map::HashMap;

/// Transactions ahead of the first open one that are executed, at most.
const WINDOW: usize = 256;

/// With fewer transactions than this to share the block runs serially.
const SHARED_MIN: usize = 4;

/// Commits for which a class is left alone after its first stale execution; doubles with each that follows.
const PENALTY_MIN: u32 = 2;
const PENALTY_MAX: u32 = 128;

/// Transactions in block order.
#[derive(Debug)]
pub(super) struct InOrder {
    shared: Vec<usize>,
    cursor: usize,
    class_of: Vec<u64>,
    classes: HashMap<u64, Class>,
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
        (shared.len() >= SHARED_MIN).then(|| Self { shared, cursor: 0, class_of, classes: HashMap::default() })
    }

    fn class(&mut self, index: usize) -> Option<&mut Class> {
        let number = self.class_of[index];
        (number != 0).then(|| self.classes.entry(number).or_default())
    }
}

impl Schedule for InOrder {
    fn next(&mut self, head: usize) -> Next {
        loop {
            let Some(index) = self.shared.get(self.cursor).copied() else { return Next::Done };
            if index >= head + WINDOW {
                return Next::Wait;
            }
            self.cursor += 1;
            if index >= head && self.class(index).is_none_or(|class| class.rest == 0) {
                return Next::Run(index);
            }
        }
    }

    fn stale(&mut self, index: usize) {
        if let Some(class) = self.class(index) {
            class.penalty = (class.penalty * 2).clamp(PENALTY_MIN, PENALTY_MAX);
            class.rest = class.penalty;
        }
    }

    fn confirmed(&mut self, index: usize) {
        if let Some(class) = self.class(index) {
            class.penalty /= 2;
        }
    }

    fn committed(&mut self, index: usize) {
        if let Some(class) = self.class(index) {
            class.rest = class.rest.saturating_sub(1);
        }
    }
}
