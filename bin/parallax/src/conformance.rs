//! The official vectors against the engine: what the commands `statetest` and `blocktest` share and judge by.
//!
//! ```text
//!  fixtures ──▶ suite: one case after another ──▶ state_case | chain_case ──▶ report
//!                                                              chain_case: block_tree + import
//! ```
//!
//! A case passes if every value that the fixture states comes out, and if everything is refused that the fixture calls
//! invalid, for a reason that fits the fixture's name for it. The report lists these reasons.

mod block_tree;
mod chain_case;
mod import;
mod options;
mod reasons;
mod report;
mod state_case;
mod suite;

pub(crate) use chain_case::ChainRunner;
pub(crate) use options::{Options, Rules, Threads};
pub(crate) use state_case::StateRunner;
pub(crate) use suite::Suite;
