//! Threads inside one contract (spec 0005): a frame calls functions of its own contract, they run at the same time, and
//! the result is the one that running them one after another gives.
//!
//! ```text
//!  instructions ─┐                              ┌─▶ fork point: what a thread sees
//!                ├─▶ commands ─▶ table ─▶ group ─┼─▶ run: one thread, one interpreter
//!  system ───────┘       ▲                      └─▶ merge: its journal becomes the parent's
//!                     barrier
//! ```
//!
//! Law: gas, logs, output, state and what is recorded of them depend on the program alone: not on [`ForkJoin`], which
//! decides who runs what when, nor on the number of cores.
//!
//! Where a chain has no threads none of this exists: the instruction table is Ethereum's.

mod barrier;
mod budget;
mod commands;
mod fork_join;
mod fork_point;
mod group;
mod instructions;
mod merge;
mod run;
mod system;
mod table;
mod thread_state;

pub use fork_join::{ForkJoin, Inline};
pub(crate) use fork_point::{Fork, ForkPoint, Seen, SeenAccount};
pub(crate) use instructions::add;
pub use system::ADDRESS as SYSTEM_CONTRACT;
pub use thread_state::{ThreadEvent, ThreadState};

use crate::{CodeCache, Environment};
use budget::Budget;
use std::sync::Arc;
use table::ThreadTable;

/// What an interpreter needs to run threads, and the threads of its frames.
pub(crate) struct Threads<'v> {
    pub(crate) table: ThreadTable,
    pub(crate) host: ThreadHost<'v>,
}

/// What all interpreters of a machine share.
#[derive(Clone)]
pub(crate) struct ThreadHost<'v> {
    pub(crate) environment: &'v Environment,
    pub(crate) codes: &'v CodeCache,
    pub(crate) fork_join: &'v dyn ForkJoin,
    /// How many threads the interpreter is inside of.
    pub(crate) nest: usize,
    pub(crate) budget: Arc<Budget>,
}

impl<'v> Threads<'v> {
    /// Those of a machine that runs them one after another.
    pub(crate) fn new(environment: &'v Environment, codes: &'v CodeCache) -> Self {
        Self::inside(ThreadHost { environment, codes, fork_join: &Inline, nest: 0, budget: Arc::default() })
    }

    /// Those of an interpreter.
    pub(crate) fn inside(host: ThreadHost<'v>) -> Self {
        Self { table: ThreadTable::default(), host }
    }
}
