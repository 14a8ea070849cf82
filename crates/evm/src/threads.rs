//! Threads inside one contract (spec 0005): a frame calls functions of its own contract, they run at the same time, and
//! the result is the one that running them one after another gives.
//!
//! ```text
//!  instructions ─┐                              ┌─▶ goroutine: who is run next
//!                ├─▶ commands ─▶ table ─▶ group ─┼─▶ fork point: what a thread sees
//!  system ───────┘       ▲                      ├─▶ run: one thread, one interpreter
//!                     barrier ─▶ recording       └─▶ merge: its journal becomes the parent's
//! ```
//!
//! `threading` is what they ask of the context around them: `beside` has a machine settle as drawn, `frames` runs threads
//! as frames of revm's own interpreter, for calls and traces.
//!
//! The machine state of a frame has the paper's six areas:
//!
//! | area | is | who sees it |
//! |---|---|---|
//! | Stack | the interpreter's | the frame; each thread has its own |
//! | Persistent Storage | the journal, forked at the spawn | all threads, each its own changes and those merged before it |
//! | Temporary Data | memory, and [`temporary_data`] for what threads returned | the frame |
//! | Thread Data | [`thread_data`]: call data, and the place of what was returned | its thread, and the frame that spawned it |
//! | Record Data | [`record_data`]: read/write sets and hashes of the frame | the frame |
//! | Thread State Table | [`table`], with the states of [`thread_state`] | the frame that spawned |
//!
//! Law: gas, logs, output, state and what is recorded of them depend on the program alone: not on [`ForkJoin`], which
//! decides who runs what when, nor on the number of cores.
//!
//! Where a chain has no threads none of this exists: the instruction table is Ethereum's.

mod barrier;
mod beside;
mod budget;
mod commands;
mod fork_join;
mod fork_point;
mod frames;
mod goroutine;
mod group;
mod instructions;
mod merge;
mod note;
mod record_data;
mod recording;
mod run;
mod system;
mod table;
mod temporary_data;
mod thread_data;
mod thread_state;
mod threading;

pub(crate) use commands::NESTING_MAX;
pub use fork_join::{ForkJoin, Inline};
pub(crate) use fork_point::{Fork, ForkPoint, Seen, SeenAccount};
pub use frames::{FrameContext, FrameThreads};
pub use goroutine::QueuePolicy;
pub(crate) use instructions::add;
pub use note::{Meeting, ThreadNote, VainRun};
pub(crate) use record_data::{Access, RecordData};
pub use system::ADDRESS as SYSTEM_CONTRACT;
pub use thread_state::{ThreadEvent, ThreadState};

use crate::{CodeCache, Environment, interpreter::Words};
use budget::Budget;
use note::Notes;
use std::sync::Arc;
use table::ThreadTable;

/// What an interpreter needs to run threads, and the threads of its frames.
pub(crate) struct Threads<'v> {
    pub(crate) table: ThreadTable,
    pub(crate) host: ThreadHost<'v>,
    /// How they were run, if somebody wants to know.
    pub(crate) notes: Option<Box<Notes>>,
    /// Room for the stack of the frame that runs, once one has run.
    pub(crate) words: Option<Words>,
    /// Frames that were open at once, at most.
    pub(crate) deepest: usize,
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
        let notes = host.environment.notes_threads.then(Box::default);
        Self { table: ThreadTable::default(), host, notes, words: None, deepest: 0 }
    }

    /// Forgets the threads of the transaction before.
    pub(crate) fn clear(&mut self) {
        self.table.clear();
        self.take_notes();
    }

    /// The notes that were taken, the threads of each parent in the order of their spawns.
    pub(crate) fn take_notes(&mut self) -> Vec<ThreadNote> {
        self.notes.as_mut().map(|notes| std::mem::take(&mut **notes).list).unwrap_or_default()
    }
}
