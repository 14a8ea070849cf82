//! Which worker ran which transaction when: for pictures of a schedule, never for a result.
//!
//! A timeline is handed in with the [`Plan`](crate::Plan). Each worker notes its runs for itself and hands them over when
//! it is done with the block, so that taking notes costs two looks at the clock per run.

use parking_lot::Mutex;
use std::{
    thread::ThreadId,
    time::{Duration, Instant},
};

/// The runs of one block.
#[derive(Debug)]
pub struct Timeline {
    start: Instant,
    notes: Mutex<Notes>,
}

/// One execution of one transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimedRun {
    /// Position in the block.
    pub transaction: u32,
    /// Which worker, numbered in the order in which they came.
    pub worker: u32,
    /// When it began, after the timeline was made.
    pub start: Duration,
    /// When it ended.
    pub end: Duration,
}

#[derive(Debug, Default)]
struct Notes {
    threads: Vec<ThreadId>,
    runs: Vec<TimedRun>,
}

impl Timeline {
    /// A timeline that begins now.
    #[expect(clippy::new_without_default, reason = "it looks at the clock, which a default value does not")]
    pub fn new() -> Self {
        Self { start: Instant::now(), notes: Mutex::default() }
    }

    /// All runs by their beginning. Of several runs of one transaction, the last is the one that counted.
    pub fn into_runs(self) -> Vec<TimedRun> {
        let mut runs = self.notes.into_inner().runs;
        runs.sort_unstable_by_key(|run| (run.start, run.end, run.transaction));
        runs
    }

    /// Leaves out the transactions that were not included, and numbers the others anew.
    pub(crate) fn retain(&self, included: &[bool]) {
        let mut positions = Vec::with_capacity(included.len());
        let mut next = 0;
        for is_included in included {
            positions.push(is_included.then_some(next));
            next += u32::from(*is_included);
        }
        self.notes.lock().runs.retain_mut(|run| {
            let position = positions.get(run.transaction as usize).copied().flatten();
            run.transaction = position.unwrap_or_default();
            position.is_some()
        });
    }

    /// The place where the calling thread writes its runs down.
    pub(crate) fn lane(&self) -> Lane<'_> {
        let thread = std::thread::current().id();
        let mut notes = self.notes.lock();
        let known = notes.threads.iter().position(|known| *known == thread);
        let worker = known.unwrap_or_else(|| {
            notes.threads.push(thread);
            notes.threads.len() - 1
        });
        Lane { timeline: self, worker: u32::try_from(worker).unwrap_or(u32::MAX), runs: Vec::new() }
    }
}

/// The runs of one worker until it is done.
#[derive(Debug)]
pub(crate) struct Lane<'t> {
    timeline: &'t Timeline,
    worker: u32,
    runs: Vec<TimedRun>,
}

impl Lane<'_> {
    /// The time on the timeline's clock.
    pub(crate) fn now(&self) -> Duration {
        self.timeline.start.elapsed()
    }

    /// Notes a run that began then and ends now.
    pub(crate) fn note(&mut self, transaction: usize, start: Duration) {
        let (transaction, end) = (u32::try_from(transaction).unwrap_or(u32::MAX), self.now());
        self.runs.push(TimedRun { transaction, worker: self.worker, start, end });
    }
}

impl Drop for Lane<'_> {
    fn drop(&mut self) {
        self.timeline.notes.lock().runs.append(&mut self.runs);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_has_no_runs_and_leaves_no_gap() {
        let timeline = Timeline::new();
        {
            let mut lane = timeline.lane();
            for transaction in [0, 1, 2, 1] {
                let start = lane.now();
                lane.note(transaction, start);
            }
        }
        timeline.retain(&[false, true, true]);
        let runs = timeline.into_runs();
        assert_eq!(runs.iter().map(|run| run.transaction).collect::<Vec<_>>(), [0, 1, 0]);
        assert!(runs.iter().all(|run| run.worker == 0 && run.start <= run.end));
    }

    #[test]
    fn each_thread_has_a_lane_of_its_own_however_often_it_comes() {
        let timeline = Timeline::new();
        let note = || {
            let mut lane = timeline.lane();
            let start = lane.now();
            lane.note(0, start);
        };
        note();
        note();
        std::thread::scope(|scope| {
            scope.spawn(note);
        });
        let mut workers: Vec<u32> = timeline.into_runs().iter().map(|run| run.worker).collect();
        workers.sort_unstable();
        assert_eq!(workers, [0, 0, 1]);
    }
}
