//! Policy `static_split`: classes in which no two transactions share a variable, a barrier between them.
//!
//! Source: the micro-contract paper, steps 1 to 7. From a batch of decoded transactions with their declared variables
//! the split module makes classes without a conflict inside; the members of a class run in parallel; a class starts when
//! the one before it is done.
//!
//! ```text
//!   class 0        class 1      class 2
//!   tx 0  tx 1 │   tx 2     │   tx 5
//!   tx 3       │   tx 4     │
//! ```
//!
//! Law: a transaction is handed out when all of the class before its own are executed.
//!
//! Deviations from the paper, and why:
//!
//! - The order of conflicting transactions is kept: of two that conflict the earlier stands in the earlier class. The
//!   paper leaves it open, and then nodes would disagree.
//! - Step 1 of the paper calls the contract before the split; here nothing runs before the split.
//! - Splitting takes time linear in the accesses, not quadratic in the transactions. [`quadratic_plan`] is the paper's
//!   algorithm; it gives the same classes and exists to be measured.
//! - Step 4 reads the state database and step 6 writes it for each transaction; here both go to the multi-version memory,
//!   and the block is written at once.
//! - The first open transaction of the block runs whatever its class, since all before it are committed.

use crate::plan::{Plan, PlanBuilder};
use access_list::{AccessSet, ConflictGraph, quadratic_colour_classes};

/// The split in linear time.
pub(crate) fn plan(sets: &[AccessSet]) -> Plan {
    with_barriers(&ConflictGraph::from_sets(sets, &vec![1; sets.len()]).colour_classes())
}

/// The paper's split, O(s·n²); for comparison only.
pub(crate) fn quadratic_plan(sets: &[AccessSet]) -> Plan {
    with_barriers(&quadratic_colour_classes(sets))
}

/// One class after another.
fn with_barriers(classes: &[Vec<u32>]) -> Plan {
    let mut builder = PlanBuilder::default();
    let mut before = None;
    for class in classes {
        let barrier = builder.barrier();
        for transaction in class {
            builder.join(*transaction, barrier);
            if let Some(before) = before {
                builder.wait(*transaction, before);
            }
        }
        if let Some(before) = before {
            builder.chain(before, barrier);
        }
        before = Some(barrier);
    }
    builder.finish(classes.concat())
}
