//! What it costs to have pieces of work done by several workers, and what follows for more workers than there are cores.
//!
//! ```text
//!  caller   │start 1│ piece │ piece │ …                       │ join │
//!  helper 1         └ wake ┘│start 2│start 3│ piece │ …
//!  helper 2                         └ wake ┘│start 4│start 5│ piece │ …
//! ```
//!
//! The caller starts the first helper and then takes pieces; each helper, once awake, starts two more and takes pieces;
//! whoever is free takes the next. This follows the forks of `scheduler`; above the number of real cores it is a
//! projection, in which starting the fortieth helper costs what starting the first does.

use super::interval::median;
use scheduler::WorkerPool;
use serde::Serialize;
use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    hint::spin_loop,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

/// What a fork costs beside the pieces, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct ForkCosts {
    /// Starting one helper, for who starts it.
    pub start_ns: f64,
    /// From there until the helper takes its first piece.
    pub wake_ns: f64,
    /// From the end of the last piece until the caller goes on.
    pub join_ns: f64,
}

/// A fork on the virtual clock.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProjectedFork {
    /// From the call to the return.
    pub ns: f64,
    /// How long each worker works on pieces, the caller first.
    pub busy_ns: Vec<f64>,
}

impl ForkCosts {
    /// Measures forks of two pieces, one for each of two workers; the medians of so many.
    pub fn measure(runs: usize) -> Result<Self, scheduler::Error> {
        let pool = WorkerPool::sharing_all(2)?;
        let mut all: Vec<Self> = Vec::new();
        // Where the second worker comes late again and again, two cores are not to be had, and zeros are as good.
        for _ in 0..runs.max(1) * 4 {
            all.extend(once(&pool));
            if all.len() > runs {
                break;
            }
        }
        let of = |value: fn(&Self) -> f64| median(&all.iter().skip(1).map(value).collect::<Vec<_>>());
        Ok(Self { start_ns: of(|it| it.start_ns), wake_ns: of(|it| it.wake_ns), join_ns: of(|it| it.join_ns) })
    }

    /// Lays pieces out on `workers` workers, each taking `slow_down` times what it cost.
    pub fn project(&self, pieces: &[f64], slow_down: f64, workers: usize) -> ProjectedFork {
        let helpers = workers.saturating_sub(1).min(pieces.len().saturating_sub(1));
        let mut ready = vec![self.start_ns * helpers.min(1) as f64];
        for helper in 1..=helpers {
            let awake = match helper {
                1 => ready[0] + self.wake_ns,
                // Whoever starts two starts the even one first.
                _ => ready[helper / 2] + self.start_ns * (1 + helper % 2) as f64 + self.wake_ns,
            };
            ready.push(awake);
        }
        // Until then it starts those behind it.
        for (helper, ready) in ready.iter_mut().enumerate().skip(1) {
            let started = [2 * helper, 2 * helper + 1].into_iter().filter(|next| *next <= helpers).count();
            *ready += self.start_ns * started as f64;
        }
        let mut free: BinaryHeap<Reverse<(u64, usize)>> =
            ready.iter().enumerate().map(|(worker, ready)| Reverse((ready.round() as u64, worker))).collect();
        let mut busy_ns = vec![0.0; workers.max(1)];
        let mut end = 0;
        for piece in pieces {
            let Some(Reverse((now, worker))) = free.pop() else { break };
            let time = piece * slow_down;
            busy_ns[worker] += time;
            let done = now + time.round() as u64;
            end = end.max(done);
            free.push(Reverse((done, worker)));
        }
        ProjectedFork { ns: end as f64 + if helpers == 0 { 0.0 } else { self.join_ns }, busy_ns }
    }
}

/// One fork in which each of two workers takes one piece; `None` where one took both.
fn once(pool: &WorkerPool) -> Option<ForkCosts> {
    const PATIENCE: Duration = Duration::from_millis(5);
    let caller = thread::current().id();
    let arrivals = AtomicUsize::new(0);
    let times: [parking_lot::Mutex<Option<(bool, Instant, Instant)>>; 2] = Default::default();
    let start = Instant::now();
    let was_run = pool.fork(2, &|piece| {
        let began = Instant::now();
        arrivals.fetch_add(1, Ordering::SeqCst);
        while arrivals.load(Ordering::SeqCst) < 2 && began.elapsed() < PATIENCE {
            spin_loop();
        }
        *times[piece].lock() = Some((thread::current().id() == caller, began, Instant::now()));
    });
    let end = Instant::now();
    let [Some(first), Some(second)] = times.map(parking_lot::Mutex::into_inner) else { return None };
    if !was_run || first.0 == second.0 {
        return None;
    }
    let (own, helper) = if first.0 { (first, second) } else { (second, first) };
    let ns = |from: Instant, to: Instant| to.saturating_duration_since(from).as_secs_f64() * 1e9;
    let start_ns = ns(start, own.1);
    Some(ForkCosts {
        start_ns,
        wake_ns: (ns(start, helper.1) - start_ns).max(0.0),
        join_ns: ns(own.2.max(helper.2), end),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FREE: ForkCosts = ForkCosts { start_ns: 0.0, wake_ns: 0.0, join_ns: 0.0 };

    #[test]
    fn whoever_is_free_takes_the_next_piece() {
        let fork = FREE.project(&[5.0, 1.0, 1.0, 3.0], 1.0, 2);
        assert_eq!((fork.ns, fork.busy_ns), (5.0, vec![5.0, 5.0]));
        assert_eq!(FREE.project(&[5.0, 1.0, 1.0, 3.0], 2.0, 1).ns, 20.0);
        assert_eq!(FREE.project(&[1.0; 80], 1.0, 40).ns, 2.0);
        assert_eq!(FREE.project(&[], 1.0, 40).ns, 0.0);
    }

    #[test]
    fn helpers_start_those_behind_them() {
        let costs = ForkCosts { start_ns: 10.0, wake_ns: 5.0, join_ns: 2.0 };
        // The caller comes at 10; helper 1 is awake at 15 and comes at 35; helper 2 at 30, helper 3 at 40.
        let fork = costs.project(&[100.0; 4], 1.0, 4);
        assert_eq!((fork.ns, fork.busy_ns), (142.0, vec![100.0; 4]));
        assert_eq!(costs.project(&[100.0; 2], 1.0, 2).ns, 117.0);
        assert_eq!(costs.project(&[100.0; 2], 1.0, 1).ns, 200.0, "nobody to start, nobody to wait for");
    }

    #[test]
    fn never_more_helpers_than_pieces() {
        let costs = ForkCosts { start_ns: 10.0, ..FREE };
        assert_eq!(costs.project(&[100.0; 2], 1.0, 40).ns, 110.0);
    }
}
