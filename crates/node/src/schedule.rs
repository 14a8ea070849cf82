//! How this node ran its last blocks: kept in memory for who asks, and forgotten when the process ends.

use access_list::{AccessSet, Conflict, ConflictGraph, ConflictKind};
use executor::{Policy, TimedRun, Timeline};
use primitives::{B256, map::HashMap};
use rpc::backend::{BlockSchedule, ScheduledRun, StaleOn, TransactionSchedule};
use std::{collections::VecDeque, time::Duration};

/// Blocks that are remembered, at most.
const BLOCKS_MAX: usize = 256;

/// Runs of all remembered blocks, at most; the last block stays whatever it has.
const RUNS_MAX: usize = 50_000;

/// Conflicts that are looked through for the reasons of one block.
const CONFLICTS_MAX: usize = 1_000_000;

/// The last blocks that this node made.
#[derive(Debug, Default)]
pub(crate) struct Schedules {
    blocks: VecDeque<(B256, Schedule)>,
    runs: usize,
}

/// How one block was run.
#[derive(Debug)]
pub(crate) struct Schedule {
    policy: Policy,
    workers: usize,
    runs: Vec<TimedRun>,
}

impl Schedules {
    /// Remembers a block.
    pub(crate) fn keep(&mut self, block: B256, schedule: Schedule) {
        self.runs += schedule.runs.len();
        self.blocks.push_back((block, schedule));
        while self.blocks.len() > BLOCKS_MAX || (self.blocks.len() > 1 && self.runs > RUNS_MAX) {
            let Some((_, gone)) = self.blocks.pop_front() else { break };
            self.runs -= gone.runs.len();
        }
    }

    /// What is remembered of a block.
    pub(crate) fn get(&self, block: B256) -> Option<&Schedule> {
        self.blocks.iter().rev().find(|(hash, _)| *hash == block).map(|(_, schedule)| schedule)
    }
}

impl Schedule {
    /// From the notes that were taken while the block was built.
    pub(crate) fn new(policy: Policy, workers: usize, timeline: Timeline) -> Self {
        Self { policy, workers, runs: timeline.into_runs() }
    }

    /// The schedule as it is told, with the reasons that follow from what the transactions touched.
    pub(crate) fn schedule(&self, sets: &[AccessSet], gas: &[u64]) -> BlockSchedule {
        let first = self.runs.iter().map(|run| run.start).min().unwrap_or_default();
        let last = self.runs.iter().map(|run| run.end).max().unwrap_or_default();
        let counted = self.counted(sets.len());
        let waits = if self.runs.len() > sets.len() { waits(sets, gas) } else { HashMap::default() };
        let run = |(at, run): (usize, &TimedRun)| {
            let stale = counted.get(run.transaction as usize) != Some(&Some(at));
            let unseen = |conflict: &&Conflict| {
                let before = counted.get(conflict.before as usize).copied().flatten();
                before.is_some_and(|before| self.runs[before].end > run.start)
            };
            let of = waits.get(&run.transaction).filter(|_| stale).into_iter().flatten();
            let reason = of.filter(unseen).max_by_key(|conflict| (conflict.before, conflict.key));
            ScheduledRun {
                transaction: run.transaction,
                worker: run.worker,
                start_ns: nanoseconds(run.start - first),
                end_ns: nanoseconds(run.end - first),
                stale,
                stale_on: reason.map(|conflict| StaleOn { transaction: conflict.before, key: conflict.key }),
            }
        };
        let runs: Vec<ScheduledRun> = self.runs.iter().enumerate().map(run).collect();
        BlockSchedule {
            policy: self.policy.to_string(),
            workers: self.workers,
            duration_ns: nanoseconds(last.saturating_sub(first)),
            transactions: transactions(&runs, sets.len()),
            runs,
        }
    }

    /// For each transaction the run that counted: its last one.
    fn counted(&self, transactions: usize) -> Vec<Option<usize>> {
        let mut counted = vec![None; transactions];
        for (at, run) in self.runs.iter().enumerate() {
            if let Some(last) = counted.get_mut(run.transaction as usize) {
                *last = Some(at);
            }
        }
        counted
    }
}

/// For each transaction the neighbours whose changes it reads.
fn waits(sets: &[AccessSet], gas: &[u64]) -> HashMap<u32, Vec<Conflict>> {
    let mut waits: HashMap<u32, Vec<Conflict>> = HashMap::default();
    let graph = ConflictGraph::from_sets(sets, gas);
    for conflict in graph.conflicts().take(CONFLICTS_MAX).filter(|conflict| conflict.kind == ConflictKind::WriteRead) {
        waits.entry(conflict.after).or_default().push(conflict);
    }
    waits
}

fn transactions(runs: &[ScheduledRun], count: usize) -> Vec<TransactionSchedule> {
    let mut transactions = vec![TransactionSchedule { incarnations: 0, waited_on: Vec::new() }; count];
    for run in runs {
        let Some(transaction) = transactions.get_mut(run.transaction as usize) else { continue };
        transaction.incarnations += 1;
        transaction.waited_on.extend(run.stale_on.iter().map(|reason| reason.transaction));
    }
    transactions
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
