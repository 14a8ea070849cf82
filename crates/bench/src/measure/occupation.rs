//! How busy each worker is while a block is executed.

use super::{
    Subject,
    timed::{Event, Trace, trace},
};
use evm::CodeCache;
use executor::{Known, Policy};
use primitives::map::HashMap;
use scheduler::WorkerPool;
use std::time::{Duration, Instant};

/// One run of a block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Occupation {
    /// What share of the time each worker executed transactions, the busiest first.
    pub busy: Vec<f64>,
    /// What share of that went into executions that counted.
    pub useful: f64,
}

impl Occupation {
    /// Runs a block under a policy, once to warm up and then once for each pass.
    pub fn passes(
        subject: &Subject<'_>,
        policy: Policy,
        workers: usize,
        passes: usize,
    ) -> Result<Vec<Self>, scheduler::Error> {
        /// Passes end after this time, once there is one that counts.
        const BUDGET: Duration = Duration::from_secs(3);
        let (codes, pool, start) = (CodeCache::default(), WorkerPool::new(workers)?, Instant::now());
        let mut all = Vec::new();
        for pass in 0..=passes.max(1) {
            if pass > 1 && start.elapsed() > BUDGET {
                break;
            }
            let index = policy.needs_list().then(|| pool.index(&subject.list));
            let known = Known { list: index.as_ref(), sets: policy.needs_sets().then_some(&subject.sets) };
            let trace = trace(&subject.prepared, &codes, &subject.case.state, (policy, known, &pool))?;
            if pass == 0 {
                continue;
            }
            all.push(Self::read(&trace, workers));
        }
        Ok(all)
    }

    fn read(trace: &Trace, workers: usize) -> Self {
        let whole = trace.end.duration_since(trace.start).as_secs_f64();
        let mut last: HashMap<usize, (Instant, f64)> = HashMap::default();
        let mut busy: Vec<f64> = Vec::new();
        for events in &trace.workers {
            let mut sum = 0.0;
            for event in events {
                let Event::Executed { index, start, end } = event else { continue };
                let time = end.duration_since(*start).as_secs_f64();
                sum += time;
                let counted = last.entry(*index).or_insert((*start, time));
                if *start > counted.0 {
                    *counted = (*start, time);
                }
            }
            busy.push(sum / whole);
        }
        busy.sort_by(|a, b| b.total_cmp(a));
        busy.resize(workers, 0.0);
        let (all_time, counted): (f64, f64) =
            (busy.iter().sum::<f64>() * whole, last.values().map(|(_, time)| time).sum());
        Self { busy, useful: if all_time > 0.0 { counted / all_time } else { 1.0 } }
    }
}
