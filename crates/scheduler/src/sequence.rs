//! Policy `sequence`: every location has its own order, and nothing else has.
//!
//! Source: paper P, sequence check. A thread that validates a block looks, at each operation on a location, whether the
//! operation before it on that location has happened; so two transactions on one contract may overlap if they use
//! different locations of it. Here the look is taken beforehand: the accesses to a location are numbered in block order,
//! and a transaction starts when its numbers are up on all its locations.
//!
//! ```text
//!   0x…[0x1]      write 0 ◀── read 1, read 2, write 4 ◀── read 5
//!   0x…:balance   add 0, add 2, add 3 ◀── read 5
//! ```
//!
//! Law: a transaction is handed out when, on each location that it accesses, all before it that change the location are
//! executed; additions to one location do not wait for each other unless somebody reads the location between them.
//! O(s·n) for n transactions of s accesses, in time and in space.
//!
//! Deviation from the paper: nobody waits for a read. The paper's threads share one state, where a write must not
//! overtake a read; the multi-version memory keeps what the reader needs.

use crate::plan::{Plan, PlanBuilder, block_order, number};
use access_list::{AccessKind, AccessSet, StateKey};
use primitives::map::HashMap;

/// The latest changes of a location while the block is gone through.
#[derive(Clone, Copy)]
struct Front {
    /// The barrier that is open once the latest change, or the latest row of additions, has happened.
    latest: Option<u32>,
    /// The one that the latest was waiting for.
    before: Option<u32>,
    /// Whether one more addition may enter the latest.
    takes_additions: bool,
    /// The transaction that used the location last, plus one; and whether it waits for the latest.
    user: u32,
}

/// Who waits for whom on each location; ready transactions go in block order.
pub(crate) fn plan(sets: &[AccessSet]) -> Plan {
    let accesses = sets.iter().map(AccessSet::len).sum();
    let mut fronts: HashMap<StateKey, Front> = HashMap::default();
    fronts.reserve(accesses);
    let mut builder = PlanBuilder::default();
    for (transaction, set) in sets.iter().enumerate() {
        for (key, kind) in set.iter() {
            let front =
                fronts.entry(key).or_insert(Front { latest: None, before: None, takes_additions: false, user: 0 });
            front.access(number(transaction), kind, &mut builder);
        }
    }
    builder.finish(block_order(sets.len()))
}

impl Front {
    /// One more access. A transaction's reads come before its changes.
    fn access(&mut self, transaction: u32, kind: AccessKind, builder: &mut PlanBuilder) {
        let has_read = std::mem::replace(&mut self.user, transaction + 1) == transaction + 1;
        let joins = kind == AccessKind::Add && self.takes_additions;
        let waits_for = if joins { self.before } else { self.latest };
        if let Some(barrier) = waits_for.filter(|_| !has_read) {
            builder.wait(transaction, barrier);
        }
        if kind != AccessKind::Read && !joins {
            (self.before, self.latest) = (self.latest, Some(builder.barrier()));
        }
        if let Some(barrier) = self.latest.filter(|_| kind != AccessKind::Read) {
            builder.join(transaction, barrier);
        }
        self.takes_additions = kind == AccessKind::Add && (joins || !has_read);
    }
}
