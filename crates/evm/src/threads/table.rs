//! The threads of the frames that are open, by frame: those that have yet to run, and the results that wait to be asked for.
//!
//! A frame is known by its depth. Only the innermost frame executes instructions, and before it calls another its open
//! threads have run; so whatever is deeper than the frame that asks belongs to frames that have ended.

use super::{
    record_data::RecordData,
    temporary_data::TemporaryData,
    thread_data::ThreadData,
    thread_state::{ThreadEvent, ThreadState},
};
use primitives::{Bytes, U256, map::HashMap};

/// Threads that one frame may have, open ones and results together.
pub(crate) const THREADS_MAX: usize = 1024;

/// A thread that has not been joined.
#[derive(Clone, Debug)]
pub(crate) struct Thread {
    pub(crate) id: U256,
    pub(crate) data: ThreadData,
    /// Its slice of the frame's gas.
    pub(crate) gas: u64,
    pub(crate) is_static: bool,
    /// Entries of the frame's journal at the spawn.
    pub(crate) mark: usize,
    /// The latest of the earlier threads that it waits for, by position. When that one is merged all before it are.
    pub(crate) after: Option<usize>,
    /// Steps of logical delay.
    pub(crate) sleep: u64,
    /// Gas that the frame had used at the spawn; told only where threads are noted.
    pub(crate) spawned: u64,
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

/// A result that has not been joined. The call data is not kept.
#[derive(Debug)]
struct Ended {
    status: JoinStatus,
    data: ThreadData,
}

#[derive(Debug, Default)]
struct Frame {
    depth: usize,
    /// In the order of their spawns.
    open: Vec<Thread>,
    /// Their positions by their names: a frame with many threads finds one as fast as a frame with few.
    positions: HashMap<U256, usize>,
    results: HashMap<U256, Ended>,
    temporary: TemporaryData,
    record: Option<Box<RecordData>>,
}

impl Frame {
    fn is_empty(&self) -> bool {
        self.open.is_empty() && self.results.is_empty() && self.record.is_none()
    }

    /// Empties it and keeps its memory.
    fn clear(&mut self) {
        self.open.clear();
        self.positions.clear();
        self.results.clear();
        self.temporary.clear();
        self.record = None;
    }
}

/// Threads and results of which a frame's memory is kept for the next one that has any.
const KEPT_MAX: usize = 64;

/// The threads of one interpreter.
#[derive(Debug, Default)]
pub(crate) struct ThreadTable {
    /// Outermost first; only frames that have any.
    frames: Vec<Frame>,
    /// An empty one with memory.
    spare: Frame,
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
            self.leave();
        }
    }

    /// Forgets the innermost frame.
    fn leave(&mut self) {
        let Some(mut frame) = self.frames.pop() else { return };
        if frame.open.capacity() <= KEPT_MAX && frame.results.capacity() <= KEPT_MAX {
            frame.clear();
            self.spare = frame;
        }
    }

    fn frame(&mut self, depth: usize) -> Option<&mut Frame> {
        self.leave_deeper_than(depth);
        self.frames.last_mut().filter(|frame| frame.depth == depth)
    }

    /// Whether the frame may have another thread, of this name.
    pub(crate) fn has_room_for(&mut self, depth: usize, id: U256) -> bool {
        self.frame(depth).is_none_or(|frame| {
            frame.open.len() + frame.results.len() < THREADS_MAX
                && !frame.positions.contains_key(&id)
                && !frame.results.contains_key(&id)
        })
    }

    /// The frame, with nothing in it if there was none.
    fn frame_or_new(&mut self, depth: usize) -> &mut Frame {
        self.leave_deeper_than(depth);
        if self.frames.last().is_none_or(|frame| frame.depth != depth) {
            self.frames.push(Frame { depth, ..std::mem::take(&mut self.spare) });
        }
        self.frames.last_mut().expect("it is there or was just added")
    }

    /// Adds a thread, for which there must be room.
    pub(crate) fn push(&mut self, depth: usize, thread: Thread) {
        let frame = self.frame_or_new(depth);
        frame.positions.insert(thread.id, frame.open.len());
        frame.open.push(thread);
    }

    /// Gas that the frame's open threads were given.
    pub(crate) fn open_gas(&mut self, depth: usize) -> u64 {
        self.frame(depth).map_or(0, |frame| frame.open.iter().map(|thread| thread.gas).sum())
    }

    /// The frame's Record Data, if it has any.
    pub(crate) fn record(&mut self, depth: usize) -> Option<&RecordData> {
        self.frame(depth)?.record.as_deref()
    }

    /// The frame's Record Data, empty if it had none.
    pub(crate) fn record_or_new(&mut self, depth: usize) -> &mut RecordData {
        self.frame_or_new(depth).record.get_or_insert_default()
    }

    /// Puts Record Data that was taken back.
    pub(crate) fn put_record(&mut self, depth: usize, record: Box<RecordData>) {
        self.frame_or_new(depth).record = Some(record);
    }

    /// Takes the frame's Record Data.
    pub(crate) fn take_record(&mut self, depth: usize) -> Option<Box<RecordData>> {
        self.frame(depth)?.record.take()
    }

    /// The frame's open thread of this name, and its position.
    pub(crate) fn open(&mut self, depth: usize, id: U256) -> Option<(usize, &mut Thread)> {
        let frame = self.frame(depth)?;
        let position = *frame.positions.get(&id)?;
        Some((position, frame.open.get_mut(position)?))
    }

    /// Takes the frame's open threads, to run them.
    pub(crate) fn take_open(&mut self, depth: usize) -> Vec<Thread> {
        let Some(frame) = self.frame(depth) else { return Vec::new() };
        frame.positions.clear();
        std::mem::take(&mut frame.open)
    }

    /// Keeps a result: what was returned goes to Temporary Data, its place to the thread's own.
    pub(crate) fn finish(&mut self, depth: usize, finished: Finished) {
        let Finished { id, status, output } = finished;
        let frame = self.frame_or_new(depth);
        let data = ThreadData { call_data: Bytes::new(), returned: Some(frame.temporary.put(output)) };
        frame.results.insert(id, Ended { status, data });
    }

    /// Hands a result out. Its name is free again.
    pub(crate) fn collect(&mut self, depth: usize, id: U256) -> Option<(JoinStatus, Bytes)> {
        let frame = self.frame(depth)?;
        let Ended { status, data } = frame.results.remove(&id)?;
        let output = data.returned.map(|place| frame.temporary.take(place)).unwrap_or_default();
        if frame.is_empty() {
            self.leave();
        }
        Some((status, output))
    }

    /// Forgets the frame, which is about to end, and gives the output of its first thread that failed and was never asked
    /// for.
    pub(crate) fn end(&mut self, depth: usize) -> Option<Bytes> {
        let frame = self.frame(depth)?;
        let failed = frame.results.values().filter(|result| result.status == JoinStatus::Failed);
        let first = failed.filter_map(|result| result.data.returned).min_by_key(|place| place.number);
        let output = first.map(|place| frame.temporary.take(place));
        self.leave();
        output
    }

    /// Forgets the frame, which is about to be undone, and says how much gas its open threads were given.
    pub(crate) fn abandon(&mut self, depth: usize) -> u64 {
        let unused = self.open_gas(depth);
        if self.frame(depth).is_some() {
            self.leave();
        }
        unused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thread(id: u64) -> Thread {
        Thread {
            id: U256::from(id),
            data: ThreadData::new(Bytes::copy_from_slice(&[id as u8; 4])),
            gas: 10 * id,
            is_static: false,
            mark: 0,
            after: None,
            sleep: 0,
            spawned: 0,
            state: ThreadState::Preparing,
        }
    }

    fn finished(id: u64, status: JoinStatus) -> Finished {
        Finished { id: U256::from(id), status, output: thread(id).data.call_data }
    }

    /// The Thread State Table: what the frame's threads are, and of no other frame's.
    #[test]
    fn a_frame_sees_its_own_threads_and_their_states() {
        let mut table = ThreadTable::default();
        table.push(3, thread(1));
        table.push(3, thread(2));
        let state = |table: &mut ThreadTable, depth, id| {
            table.open(depth, U256::from(id)).map(|(_, thread)| (thread.state, thread.data.selector()))
        };
        table.open(3, U256::from(2)).expect("it is open").1.step(ThreadEvent::Wait);
        assert_eq!(state(&mut table, 3, 1), Some((ThreadState::Preparing, Some([1; 4]))));
        assert_eq!(state(&mut table, 3, 2), Some((ThreadState::Waiting, Some([2; 4]))));
        assert_eq!(table.open_gas(3), 30);
        assert_eq!(state(&mut table, 4, 1), None, "a frame further in has others");
        assert_eq!(state(&mut table, 2, 1), None, "one further out, which runs again, too: that frame has ended");
        assert!(table.is_empty());
    }

    #[test]
    fn results_are_taken_once_and_leave_nothing() {
        let mut table = ThreadTable::default();
        table.finish(1, finished(1, JoinStatus::Succeeded));
        table.finish(1, finished(2, JoinStatus::Failed));
        assert!(!table.has_room_for(1, U256::from(1)), "its name is not free yet");
        assert_eq!(table.collect(1, U256::from(1)), Some((JoinStatus::Succeeded, Bytes::from_static(&[1; 4]))));
        assert_eq!(table.collect(1, U256::from(1)), None);
        assert!(table.has_room_for(1, U256::from(1)));
        assert_eq!(table.end(1), Some(Bytes::from_static(&[2; 4])), "the failure that nobody asked for");
        assert!(table.is_empty());
    }

    #[test]
    fn a_frame_finds_nothing_of_one_that_has_ended() {
        let mut table = ThreadTable::default();
        for depth in [2, 3, 2] {
            table.push(depth, thread(1));
            table.finish(depth, finished(2, JoinStatus::Failed));
            table.record_or_new(depth).is_on = true;
        }
        assert_eq!(table.abandon(2), 20, "the gas of both threads that are open");
        for depth in [1, 5] {
            assert_eq!((table.open_gas(depth), table.abandon(depth)), (0, 0));
            table.push(depth, thread(9));
            assert!(table.has_room_for(depth, U256::from(1)) && table.has_room_for(depth, U256::from(2)));
            assert!(table.open(depth, U256::from(1)).is_none() && table.record(depth).is_none());
            assert_eq!(table.open(depth, U256::from(9)).map(|(position, _)| position), Some(0));
            table.finish(depth, finished(3, JoinStatus::Succeeded));
            assert_eq!(table.end(depth), None, "the failure was another frame's");
        }
        assert!(table.is_empty());
    }

    #[test]
    fn a_record_belongs_to_its_frame() {
        let mut table = ThreadTable::default();
        table.record_or_new(1).is_on = true;
        table.finish(1, finished(1, JoinStatus::Succeeded));
        assert!(table.collect(1, U256::from(1)).is_some());
        assert!(table.record(1).is_some_and(|record| record.is_on), "a join does not forget it");
        assert!(table.record(2).is_none());
        assert!(table.take_record(1).is_some() && table.record(1).is_none());
    }
}
