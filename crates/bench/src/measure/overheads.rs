//! What a schedule costs beside the transactions themselves, read from runs of the engine.
//!
//! ```text
//!  run     start│ setup │tx 0│ │tx 2│‖‖‖│tx 5│ …      ‖│ finish │end      ‖ a commit
//!               │ join      │tx 1│ │tx 3│ │tx 4│ …
//!                                 └─┘ dispatch   ‖ to ‖: commit
//! ```
//!
//! Between two executions of one worker without a commit there is one hand-over (publishing, taking the next); between
//! two commits of one worker without an execution there is one commit. Where a run has too few of either, the time that
//! is left over is divided between them. Each is the mean of the gaps in which the worker was not waiting, and of the
//! means of several runs the median is taken.

use super::{
    Passes, Subject, interleaved,
    interval::median,
    timed::{Event, Trace, clock_ns, trace},
};
use evm::CodeCache;
use executor::{Known, Policy};
use scheduler::WorkerPool;
use serde::Serialize;
use std::time::{Duration, Instant};

/// What a schedule costs beside the transactions, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Overheads {
    /// From the call to the first execution: the plan or the index, allocations.
    pub setup_ns: f64,
    /// From the first worker's first execution to the other's: waking it.
    pub join_ns: f64,
    /// Handing over one transaction and showing its changes to the others. Side by side on all workers.
    pub dispatch_ns: f64,
    /// Committing one transaction. One worker at a time, except under `list_driven`, which has none.
    pub commit_ns: f64,
    /// From the last event to the return: collecting the result.
    pub finish_ns: f64,
    /// How much longer a transaction takes than its cost, beside another worker and on the state of this policy.
    pub slow_down: f64,
}

impl Overheads {
    /// The median of each, over several runs.
    pub fn median_of(runs: &[Self]) -> Self {
        let of = |value: fn(&Self) -> f64| median(&runs.iter().map(value).collect::<Vec<_>>());
        Self {
            setup_ns: of(|it| it.setup_ns),
            join_ns: of(|it| it.join_ns),
            dispatch_ns: of(|it| it.dispatch_ns),
            commit_ns: of(|it| it.commit_ns),
            finish_ns: of(|it| it.finish_ns),
            slow_down: of(|it| it.slow_down),
        }
    }
}

/// Runs of one block under one policy, from each of which overheads are read. What a pool learns from block to block it
/// learns here from run to run, as the measured engines do.
#[derive(Debug)]
pub struct Sampler<'s> {
    subject: &'s Subject<'s>,
    policy: Policy,
    codes: CodeCache,
    pool: WorkerPool,
}

impl<'s> Sampler<'s> {
    /// Nothing has run yet: what the first run reads is that of a cold start.
    pub fn new(subject: &'s Subject<'s>, policy: Policy, workers: usize) -> Result<Self, scheduler::Error> {
        Ok(Self { subject, policy, codes: CodeCache::default(), pool: WorkerPool::new(workers)? })
    }

    /// The medians of so many runs, after one that does not count.
    pub fn median(&self, passes: Passes) -> Result<Overheads, scheduler::Error> {
        let runs = interleaved(1, passes, |_| self.run())?;
        Ok(Overheads::median_of(&runs[0]))
    }

    /// Runs the block once.
    pub fn run(&self) -> Result<Overheads, scheduler::Error> {
        let Self { subject, policy, codes, pool } = self;
        let start = Instant::now();
        let index = policy.needs_list().then(|| pool.index(&subject.list));
        let indexing = start.elapsed();
        let known = Known { list: index.as_ref(), sets: policy.needs_sets().then_some(&subject.sets) };
        let trace = trace(&subject.prepared, codes, &subject.case.state, (*policy, known, pool))?;
        Ok(read(&trace, indexing, &subject.costs))
    }
}

fn read(trace: &Trace, indexing: Duration, costs: &[u64]) -> Overheads {
    let clock = clock_ns();
    let mut firsts: Vec<Instant> = trace.workers.iter().map(|events| events[0].start()).collect();
    firsts.sort_unstable();
    let last = trace.workers.iter().flatten().map(Event::end).max().unwrap_or(trace.end);
    let (mut hand_overs, mut commits, mut left_over) = (Vec::new(), Vec::new(), Vec::new());
    for [before, after] in trace.workers.iter().flat_map(|events| events.array_windows()) {
        let gap = (ns(after.start().saturating_duration_since(before.end())) - clock).max(0.0);
        match (before, after) {
            (Event::Executed { .. }, Event::Executed { .. }) => hand_overs.push(gap),
            (Event::Committed { .. }, Event::Committed { .. }) => commits.push(gap),
            // Half of a commit and half of a hand-over.
            _ => left_over.push(gap),
        }
    }
    let mixed = busy(&left_over) * left_over.len() as f64 / costs.len().max(1) as f64;
    let typical = |gaps: &[f64]| if gaps.len() >= 5 { busy(gaps) } else { mixed / 2.0 };
    Overheads {
        setup_ns: ns(indexing) + firsts.first().map_or(0.0, |first| ns(first.duration_since(trace.start))),
        join_ns: firsts.get(1).map_or(0.0, |second| ns(second.duration_since(firsts[0]))),
        dispatch_ns: typical(&hand_overs),
        commit_ns: if commits.is_empty() && left_over.is_empty() { 0.0 } else { typical(&commits) },
        finish_ns: ns(trace.end.saturating_duration_since(last)),
        slow_down: slow_down(trace, costs, clock),
    }
}

/// The mean of the gaps without those in which the worker had nothing to do: the virtual clock waits by itself.
fn busy(gaps: &[f64]) -> f64 {
    /// Times the median.
    const WAITING: f64 = 8.0;
    let most = if gaps.is_empty() { 0.0 } else { median(gaps) * WAITING };
    let (count, sum) = gaps.iter().filter(|gap| **gap <= most).fold((0_u32, 0.0), |(n, sum), gap| (n + 1, sum + gap));
    if count == 0 { 0.0 } else { sum / f64::from(count) }
}

/// The time of all executions over what the same transactions cost.
fn slow_down(trace: &Trace, costs: &[u64], clock: f64) -> f64 {
    let (mut time, mut cost) = (0.0, 0.0);
    for event in trace.workers.iter().flatten() {
        if let Event::Executed { index, start, end } = event {
            time += (ns(end.duration_since(*start)) - clock).max(1.0);
            cost += costs[*index] as f64;
        }
    }
    if cost > 0.0 { time / cost } else { 1.0 }
}

fn ns(time: Duration) -> f64 {
    time.as_secs_f64() * 1e9
}
