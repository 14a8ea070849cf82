//! The threads of the frames that are open, by frame: those that have yet to run, and the results that wait to be asked for.
//!
//! A frame is known by its depth. Only the innermost frame executes instructions, and before it calls another its open
//! threads have run; so whatever is deeper than the frame that asks belongs to frames that have ended.

use super::thread_state::{ThreadEvent, ThreadState};
use primitives::{Bytes, U256};

/// Threads that one frame may have, open ones and results together.
pub(crate) const THREADS_MAX: usize = 1024;

/// A thread that has not been joined.
#[derive(Clone, Debug)]
pub(crate) struct Thread {
    pub(crate) id: U256,
    /// Selector and arguments.
    pub(crate) input: Bytes,
    /// Its slice of the frame's gas.
    pub(crate) gas: u64,
    pub(crate) is_static: bool,
    /// Entries of the frame's journal at the spawn.
    pub(crate) mark: usize,
    /// Earlier threads, by position, that it waits for.
    pub(crate) waits: Vec<usize>,
    /// Steps of logical delay.
    pub(crate) sleep: u64,
    pub(crate) state: ThreadState,
}

impl Thread {
    /// Takes a step that the rules allow.
    pub(crate) fn step(&mut self, event: ThreadEvent) {
        self.state = self.state.after(event).expect("the group keeps to the rules of states");
    }
}

/// What came of a thread.
#[derive(Clone, Debug)]
pub(crate) struct Finished {
    pub(crate) id: U256,
    pub(crate) status: JoinStatus,
    pub(crate) output: Bytes,
}

/// How a thread ended, as `JOIN` tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum JoinStatus {
    /// It reverted, or the machine stopped it.
    Failed = 0,
    /// It ended well.
    Succeeded = 1,
    /// It was withdrawn.
    Withdrawn = 2,
    /// There is no such thread.
    Unknown = 3,
}

#[derive(Debug, Default)]
struct Frame {
    depth: usize,
    open: Vec<Thread>,
    finished: Vec<Finished>,
}

/// The threads of one interpreter.
#[derive(Debug, Default)]
pub(crate) struct ThreadTable {
    /// Outermost first; only frames that have any.
    frames: Vec<Frame>,
}

impl ThreadTable {
    pub(crate) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.frames.clear();
    }

    /// Forgets frames that have ended: those deeper than `depth`.
    pub(crate) fn leave_deeper_than(&mut self, depth: usize) {
        while self.frames.last().is_some_and(|frame| frame.depth > depth) {
            self.frames.pop();
        }
    }

    fn frame(&mut self, depth: usize) -> Option<&mut Frame> {
        self.leave_deeper_than(depth);
        self.frames.last_mut().filter(|frame| frame.depth == depth)
    }

    /// Whether the frame may have another thread, of this name.
    pub(crate) fn has_room_for(&mut self, depth: usize, id: U256) -> bool {
        self.frame(depth).is_none_or(|frame| {
            frame.open.len() + frame.finished.len() < THREADS_MAX
                && frame.open.iter().all(|thread| thread.id != id)
                && frame.finished.iter().all(|finished| finished.id != id)
        })
    }

    /// Adds a thread, for which there must be room.
    pub(crate) fn push(&mut self, depth: usize, thread: Thread) {
        match self.frame(depth) {
            Some(frame) => frame.open.push(thread),
            None => self.frames.push(Frame { depth, open: vec![thread], finished: Vec::new() }),
        }
    }

    /// The frame's open thread of this name, and its position.
    pub(crate) fn open(&mut self, depth: usize, id: U256) -> Option<(usize, &mut Thread)> {
        self.frame(depth)?.open.iter_mut().enumerate().find(|(_, thread)| thread.id == id)
    }

    /// Takes the frame's open threads, to run them.
    pub(crate) fn take_open(&mut self, depth: usize) -> Vec<Thread> {
        self.frame(depth).map(|frame| std::mem::take(&mut frame.open)).unwrap_or_default()
    }

    /// Keeps a result.
    pub(crate) fn finish(&mut self, depth: usize, finished: Finished) {
        match self.frame(depth) {
            Some(frame) => frame.finished.push(finished),
            None => self.frames.push(Frame { depth, open: Vec::new(), finished: vec![finished] }),
        }
    }

    /// Hands a result out. Its name is free again.
    pub(crate) fn collect(&mut self, depth: usize, id: U256) -> Option<Finished> {
        let frame = self.frame(depth)?;
        let at = frame.finished.iter().position(|finished| finished.id == id)?;
        let finished = frame.finished.remove(at);
        if frame.open.is_empty() && frame.finished.is_empty() {
            self.frames.pop();
        }
        Some(finished)
    }

    /// Forgets the frame, which is about to end, and gives the output of its first thread that failed and was never asked
    /// for.
    pub(crate) fn end(&mut self, depth: usize) -> Option<Bytes> {
        self.frame(depth)?;
        let frame = self.frames.pop()?;
        frame
            .finished
            .into_iter()
            .find(|finished| finished.status == JoinStatus::Failed)
            .map(|finished| finished.output)
    }

    /// Forgets the frame, which is about to be undone, and says how much gas its open threads were given.
    pub(crate) fn abandon(&mut self, depth: usize) -> u64 {
        if self.frame(depth).is_none() {
            return 0;
        }
        let frame = self.frames.pop().unwrap_or_default();
        frame.open.iter().map(|thread| thread.gas).sum()
    }
}
