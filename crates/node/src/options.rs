//! How a node is set up.

use crate::{Audience, Observer, Start};
use access_list::Compiled;
use primitives::Address;
use std::{path::PathBuf, sync::Arc, time::Duration};
use txpool::Limits;

/// Everything that a node is told at its start.
#[derive(Clone, Debug)]
pub struct Options {
    /// What the chain starts with.
    pub start: Start,
    /// Where blocks and state are kept; `None` for a directory that is removed at the end.
    pub datadir: Option<PathBuf>,
    /// When blocks are made.
    pub mining: Mining,
    /// Workers that execute blocks, the miner's thread included.
    pub workers: usize,
    /// Whether each block is executed a second time, from its access list, before it is committed.
    pub shadow: bool,
    /// Blocks of an epoch: `safe` is so far behind the head, `finalized` twice as far.
    pub epoch_blocks: u64,
    /// What the pool takes and keeps, and the order of its offers.
    pub pool: Limits,
    /// Who gets the fees.
    pub coinbase: Address,
    /// The least tip, in wei per gas, that clients are told to offer. A lesser one is taken all the same.
    pub min_tip: u128,
    /// Bytes of blobs that are remembered for developers who ask for them.
    pub blob_bytes_max: usize,
    /// Bytes of the file system that are left alone: with less, no block is made.
    pub reserve_bytes: u64,
    /// Files of the store that stay open.
    pub files_max: usize,
    /// Contracts whose storage has names, for reports.
    pub layouts: Vec<Compiled>,
    /// Who is told of each block.
    pub observer: Option<Arc<dyn Observer>>,
    /// Who is told of each block with its transactions, and of what calls write to the console.
    pub audience: Option<Arc<dyn Audience>>,
    /// Whether what contracts write to the console is heard, where there is an audience.
    pub console: bool,
}

impl Options {
    /// A development node in a directory of its own, with one worker and the shadow.
    pub fn new(start: impl Into<Start>) -> Self {
        Self {
            start: start.into(),
            datadir: None,
            mining: Mining::Instant,
            workers: 1,
            shadow: true,
            epoch_blocks: 32,
            pool: Limits::dev(),
            coinbase: Address::ZERO,
            min_tip: 0,
            blob_bytes_max: 64 << 20,
            reserve_bytes: 256 << 20,
            files_max: 900,
            layouts: Vec::new(),
            observer: None,
            audience: None,
            console: false,
        }
    }
}

/// When blocks are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mining {
    /// As soon as there is something to put into one. What comes in while a block is made goes into the next together.
    Instant,
    /// Each time that so much time has passed, empty or not.
    Interval(Duration),
    /// As soon as there is something, and besides each time that so much time has passed.
    Mixed(Duration),
    /// When a client asks for one.
    Manual,
}

impl Mining {
    /// Whether a transaction is put into a block as soon as it comes.
    pub const fn is_instant(self) -> bool {
        matches!(self, Self::Instant | Self::Mixed(_))
    }

    /// The time between blocks that are made by time.
    pub const fn interval(self) -> Option<Duration> {
        match self {
            Self::Interval(time) | Self::Mixed(time) => Some(time),
            Self::Instant | Self::Manual => None,
        }
    }
}
