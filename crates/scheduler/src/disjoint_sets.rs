//! Policy `disjoint_sets`: the connected components of the conflict graph, parallel between, serial inside.
//!
//! Source: paper P, disjoint-set grouping over read and write sets. At first each transaction is a group; groups with a
//! conflict (read-write, write-write, write-read) are joined. What P groups by nonce changes is in the sets as the keys
//! of nonces; logs are no state and join nothing. P says once that transactions *without* conflicts form a group; that
//! contradicts its own "serially within groups", and we join on conflict.
//!
//! Law: a transaction is handed out when the one before it in its component is executed. Transactions of different
//! components share nothing, if the sets are right.
//!
//! Which component goes first: the one that costs most by the transactions' hints. A component takes one worker for as
//! long as all its members together, so a large one that starts late ends late, while small ones fill the gaps at the
//! end; by Graham's bound the longest first takes at most 4/3 of the best time, any order may take twice. In return the
//! front of the block may wait for its turn; it does not wait long, since the committing worker takes the first open
//! transaction itself.

use crate::plan::{Plan, PlanBuilder};
use access_list::AccessSet;
use std::cmp::Reverse;

/// Chains, the costly ones first. `costs` has one guess for each transaction.
pub(crate) fn plan(sets: &[AccessSet], costs: &[u64]) -> Plan {
    let mut components = access_list::disjoint_sets(sets);
    let cost = |members: &Vec<u32>| {
        members.iter().fold(0_u64, |sum, member| sum.saturating_add(costs[*member as usize].max(1)))
    };
    components.sort_by_cached_key(|members| Reverse(cost(members)));
    let mut builder = PlanBuilder::default();
    for [before, after] in components.iter().flat_map(|members| members.array_windows()) {
        let barrier = builder.barrier();
        builder.join(*before, barrier);
        builder.wait(*after, barrier);
    }
    builder.finish(components.concat())
}
