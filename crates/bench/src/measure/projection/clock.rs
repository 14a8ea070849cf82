//! The core of all policies that may run a transaction before those in front of it are done, on a virtual clock.
//!
//! It follows `scheduler::speculation`: a free worker first commits what is ready, in block order and one worker at a
//! time, executing the first open transaction itself where nobody has started it; then it asks the schedule for the next
//! transaction. A transaction is stale if what it read was changed by a transaction in front of it after it started;
//! then the committing worker executes it again.

use super::{Model, Overheads, Projection, freshness::Sources};
use std::{cmp::Reverse, collections::BinaryHeap};

/// The order in which transactions are handed out; what `scheduler::dispatch` is to real workers.
pub(super) trait Schedule {
    /// The next transaction for a free worker, given that all below `head` are committed.
    fn next(&mut self, head: usize) -> Next;

    /// A transaction was executed and its changes can be seen.
    fn executed(&mut self, _index: usize) {}

    /// A transaction turned out stale.
    fn stale(&mut self, _index: usize) {}

    /// The speculative execution turned out right.
    fn confirmed(&mut self, _index: usize) {}

    /// A transaction was committed.
    fn committed(&mut self, _index: usize) {}
}

/// What a free worker does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Execute this transaction.
    Run(usize),
    /// Nothing now; ask again when something has happened.
    Wait,
    /// Nothing any more.
    Done,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Pending,
    Running,
    Executed,
    Committed,
}

/// What a worker has finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Joined,
    Executed(usize),
    Committed(usize),
}

struct Clock<'a> {
    model: &'a Model,
    overheads: &'a Overheads,
    schedule: &'a mut dyn Schedule,
    sources: Sources,
    status: Vec<Status>,
    started: Vec<u64>,
    /// When the changes that stand now were shown.
    shown: Vec<u64>,
    head: usize,
    is_committing: bool,
    /// Time, then number of the event so that ties are broken alike everywhere, worker, step.
    events: BinaryHeap<Reverse<(u64, u64, usize, Step)>>,
    numbers: u64,
    waiting: Vec<usize>,
    stale: usize,
}

/// Runs a block.
pub(super) fn run(model: &Model, workers: usize, overheads: &Overheads, schedule: &mut dyn Schedule) -> Projection {
    let len = model.len();
    let mut clock = Clock {
        model,
        overheads,
        schedule,
        sources: Sources::of(model),
        status: vec![Status::Pending; len],
        started: vec![0; len],
        shown: vec![u64::MAX; len],
        head: 0,
        is_committing: false,
        events: BinaryHeap::new(),
        numbers: 0,
        waiting: Vec::new(),
        stale: 0,
    };
    let start = round(overheads.setup_ns);
    for worker in 0..workers {
        let joins = if worker == 0 { 0.0 } else { overheads.join_ns };
        clock.push(start + round(joins), worker, Step::Joined);
    }
    let end = clock.run(start);
    Projection { ns: end + round(overheads.finish_ns), stale: clock.stale }
}

impl Clock<'_> {
    /// Until everything is committed; gives the time of the last commit.
    fn run(&mut self, start: u64) -> u64 {
        let mut now = start;
        while self.head < self.model.len() {
            let Some(Reverse((time, _, worker, step))) = self.events.pop() else {
                unreachable!("the committing worker takes the first open transaction where nobody has");
            };
            now = time;
            self.finish(step, now);
            self.act(worker, now);
            for worker in std::mem::take(&mut self.waiting) {
                self.act(worker, now);
            }
        }
        now
    }

    fn push(&mut self, time: u64, worker: usize, step: Step) {
        self.numbers += 1;
        self.events.push(Reverse((time, self.numbers, worker, step)));
    }

    fn finish(&mut self, step: Step, now: u64) {
        match step {
            Step::Joined => {}
            Step::Executed(index) => {
                self.status[index] = Status::Executed;
                self.shown[index] = now;
                self.schedule.executed(index);
            }
            Step::Committed(index) => {
                if self.status[index] == Status::Running {
                    self.shown[index] = now;
                }
                self.status[index] = Status::Committed;
                self.head = index + 1;
                self.is_committing = false;
                self.schedule.committed(index);
            }
        }
    }

    fn act(&mut self, worker: usize, now: u64) {
        if self.commit_head(worker, now) {
            return;
        }
        loop {
            match self.schedule.next(self.head) {
                Next::Run(index) if self.status[index] == Status::Pending => {
                    self.status[index] = Status::Running;
                    self.started[index] = now;
                    let time = self.overheads.dispatch_ns + self.cost(index);
                    return self.push(now + round(time), worker, Step::Executed(index));
                }
                Next::Run(_) => {}
                // A worker that has nothing left to start may still be the one that commits.
                Next::Wait | Next::Done => return self.waiting.push(worker),
            }
        }
    }

    /// Begins to commit the first open transaction, unless another worker is at it or still executes it.
    fn commit_head(&mut self, worker: usize, now: u64) -> bool {
        let index = self.head;
        if self.is_committing || index >= self.model.len() {
            return false;
        }
        let mut time = self.overheads.commit_ns;
        match self.status[index] {
            Status::Executed if self.is_fresh(index) => self.schedule.confirmed(index),
            Status::Executed => {
                self.stale += 1;
                self.schedule.stale(index);
                self.status[index] = Status::Running;
                time += self.cost(index);
            }
            Status::Pending => {
                self.status[index] = Status::Running;
                time += self.cost(index);
            }
            Status::Running | Status::Committed => return false,
        }
        self.is_committing = true;
        self.push(now + round(time), worker, Step::Committed(index));
        true
    }

    /// Whether nothing that the transaction read was changed after it started.
    fn is_fresh(&self, index: usize) -> bool {
        self.sources.of_transaction(index).iter().all(|source| self.shown[*source as usize] <= self.started[index])
    }

    fn cost(&self, index: usize) -> f64 {
        self.model.costs[index] as f64 * self.overheads.slow_down
    }
}

fn round(ns: f64) -> u64 {
    ns.round() as u64
}
