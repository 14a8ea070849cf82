//! How the threads of a transaction were run, for whoever wants to know: which ran ahead, which again, and why.
//!
//! It is no part of a result. Where nobody asks, nothing is noted.

use super::thread_state::ThreadState;
use access_list::StateKey;
use primitives::{Address, U256};

/// One thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadNote {
    /// The numbers of the threads around it, the outermost first, and its own: each among those that the parent has
    /// settled, in the order of their spawns.
    pub path: Vec<u64>,
    /// The name that the contract gave it.
    pub name: U256,
    /// The contract whose function it runs.
    pub contract: Address,
    /// Which function, if its call data says so.
    pub selector: Option<[u8; 4]>,
    /// The number of the settlement among those of its parent: which threads were merged together.
    pub group: u64,
    /// Gas that its parent's frame had used when it was spawned, open threads left out.
    pub spawned: u64,
    /// The same when it was settled.
    pub settled: u64,
    /// The thread that an ordering control had it wait for, by its number; of several the latest.
    pub waits_for: Option<u64>,
    /// Whether it was run before the threads spawned before it were merged.
    pub ahead: bool,
    /// The run that came to nothing, if there was one.
    pub vain: Option<VainRun>,
    /// Gas that it used.
    pub gas: u64,
    /// `Return` or `Revert`.
    pub state: ThreadState,
    /// It was withdrawn, and never run.
    pub withdrawn: bool,
}

/// A run on a state that was not the one that the thread had to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VainRun {
    /// Gas that it used. Nobody pays for it.
    pub gas: u64,
    /// Where it met an earlier thread.
    pub met: Meeting,
}

/// A location at which a thread had found something else than the threads before it left there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meeting {
    /// Of the state. Of several the first by address.
    State(StateKey),
    /// Of transient storage.
    Transient(Address, U256),
    /// The state could not be read.
    Unreadable,
}

impl std::fmt::Display for Meeting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::State(key) => key.fmt(f),
            Self::Transient(address, slot) => write!(f, "transient {address}[{slot:#x}]"),
            Self::Unreadable => f.write_str("state that could not be read"),
        }
    }
}

/// The notes of one interpreter.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// Threads that were settled.
    settled: u64,
    /// Settlements.
    groups: u64,
    pub(crate) list: Vec<ThreadNote>,
}

impl Notes {
    /// Begins a settlement of so many threads. Gives its number, and that of the first thread.
    pub(crate) fn begin(&mut self, threads: usize) -> (u64, u64) {
        let begun = (self.groups, self.settled);
        self.groups += 1;
        self.settled += threads as u64;
        begun
    }

    /// A thread was settled, and these are its own threads.
    pub(crate) fn push(&mut self, note: ThreadNote, inner: Vec<ThreadNote>) {
        let number = note.path.clone();
        self.list.push(note);
        self.list.extend(inner.into_iter().map(|mut note| {
            note.path.splice(0..0, number.iter().copied());
            note
        }));
    }
}
