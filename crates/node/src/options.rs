//! How a node is set up.

use crate::GenesisOptions;
use std::path::PathBuf;

/// Everything that a development node is told at its start.
#[derive(Clone, Debug)]
pub struct Options {
    /// What the chain starts with.
    pub genesis: GenesisOptions,
    /// Where blocks and state are kept; `None` for a directory that is removed at the end.
    pub datadir: Option<PathBuf>,
    /// When blocks are made.
    pub mining: Mining,
    /// Workers that execute blocks, the miner's thread included.
    pub workers: usize,
    /// Whether each block is executed a second time, from its access list, before it is committed.
    pub shadow: bool,
}

/// When blocks are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mining {
    /// As soon as there is something to put into one. What comes in while a block is made goes into the next together.
    Instant,
    /// Every so many seconds, empty or not.
    Interval(u64),
    /// When a client asks for one.
    Manual,
}
