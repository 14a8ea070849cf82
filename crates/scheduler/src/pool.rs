//! The one pool of workers that every policy runs on.

use crate::{
    Error,
    cores::{Cores, Shift},
    forks::Forks,
    memory::Memory,
    serial::Overlay,
    sharing::{Content, Sharing},
    spares::Spares,
    sync::Threads,
};

/// Workers that a pool may have, at most.
pub const WORKERS_MAX: usize = 256;

/// A fixed number of workers. The thread that starts a run is one of them.
#[derive(Debug)]
pub struct WorkerPool {
    workers: usize,
    /// The other workers; `None` if there is but one.
    threads: Option<Threads>,
    pub(crate) memories: Spares<Memory>,
    pub(crate) overlays: Spares<Overlay>,
    /// For blocks that are built, and for those that come with a list.
    pub(crate) sharing: Sharing,
    pub(crate) listed: Sharing,
    forks: Forks,
    /// `None` if blocks are shared whether there are cores or not.
    cores: Option<Cores>,
}

impl WorkerPool {
    /// A pool of `workers` workers, the calling thread included.
    pub fn new(workers: usize) -> Result<Self, Error> {
        Self::with(workers, [Sharing::worthwhile(), Sharing::worthwhile()], Some(Cores::default()))
    }

    /// A pool that shares whatever can be shared, worth it or not: so that tests reach what takes place between workers
    /// with blocks of any size.
    pub fn sharing_all(workers: usize) -> Result<Self, Error> {
        Self::with(workers, [Sharing::all(), Sharing::all()], None)
    }

    /// The same, with every block that `optimistic` shares cut into chunks. Of those of [`sharing_all`](Self::sharing_all) every
    /// second one is.
    pub fn cutting_all(workers: usize) -> Result<Self, Error> {
        Self::with(workers, [Sharing::all_in_chunks(), Sharing::all()], None)
    }

    /// A pool that shares by what it has learnt, however small blocks are and whether there are cores or not.
    #[cfg(all(test, not(feature = "shuttle")))]
    pub(crate) fn sharing_small(workers: usize) -> Result<Self, Error> {
        Self::with(workers, [Sharing::least(1), Sharing::least(1)], None)
    }

    fn with(workers: usize, [sharing, listed]: [Sharing; 2], cores: Option<Cores>) -> Result<Self, Error> {
        if !(1..=WORKERS_MAX).contains(&workers) {
            return Err(Error::WorkerCount(workers));
        }
        let threads = (workers > 1)
            .then(|| Threads::start(workers - 1).map_err(|reason| Error::Threads { workers, reason }))
            .transpose()?;
        let forks = Forks::new(workers, cores.is_none());
        let (memories, overlays) = (Spares::default(), Spares::default());
        Ok(Self { workers, threads, memories, overlays, sharing, listed, forks, cores })
    }

    /// Number of workers, the calling thread included.
    pub fn workers(&self) -> usize {
        self.workers
    }

    /// Runs `work(0)` to `work(count - 1)` inside a transaction, each once, on the calling thread and on workers that are
    /// idle; returns when all have returned. Where nobody is idle, or it is not worth it, runs nothing and says so.
    pub fn fork(&self, count: usize, work: &(dyn Fn(usize) + Sync)) -> bool {
        self.forks.run(count, work)
    }

    /// How often [`fork`](Self::fork) has shared work with idle workers.
    pub fn forks(&self) -> u64 {
        self.forks.shared()
    }

    /// Whether a block with this content is worth more than one worker, by what `sharing` knows and if there are cores.
    pub(crate) fn is_worth_it(&self, sharing: &Sharing, content: Content) -> bool {
        self.workers > 1 && sharing.is_worth_it(content) && self.cores.as_ref().is_none_or(Cores::are_there)
    }

    /// Runs `work(worker)` on up to `workers` workers at once and returns when all have returned.
    pub(crate) fn run(&self, workers: usize, work: impl Fn(usize) + Sync) {
        match &self.threads {
            Some(threads) if workers > 1 => {
                let workers = workers.min(self.workers);
                self.forks.occupy(workers - 1);
                let shift = Shift::default();
                threads.run(workers, |worker| {
                    shift.run(|| work(worker));
                    if worker > 0 {
                        self.forks.release(1);
                    }
                });
                if let Some(cores) = &self.cores {
                    cores.learn(workers, &shift);
                }
            }
            _ => self.run_alone(|| work(0)),
        }
    }

    /// Runs `work` on the calling thread.
    pub(crate) fn run_alone<R>(&self, work: impl FnOnce() -> R) -> R {
        // What one alone gets matters only where several got little.
        let Some(cores) = self.cores.as_ref().filter(|cores| !cores.are_there()) else { return work() };
        let shift = Shift::default();
        let result = shift.run(work);
        cores.learn(1, &shift);
        result
    }
}

#[cfg(all(test, not(feature = "shuttle")))]
mod tests {
    use super::*;
    use std::{sync::mpsc, time::Duration};

    const CALLS: Content = Content { cheap: 0, costly: 1_000 };

    /// What gets nothing of a processor.
    fn sleep() {
        let (_open, silent) = mpsc::channel::<()>();
        _ = silent.recv_timeout(Duration::from_millis(10));
    }

    #[test]
    fn a_block_is_left_to_one_worker_where_several_get_no_more_than_one() {
        let pool = WorkerPool::new(2).expect("a thread");
        assert!(pool.is_worth_it(&pool.sharing, CALLS), "nothing is known");
        // Longer than a block would be left to one worker, however slow the test is.
        (0..6).for_each(|_| pool.run(2, |_| sleep()));
        assert!(!pool.is_worth_it(&pool.sharing, CALLS));
        (0..10).for_each(|_| pool.run(1, |_| sleep()));
        assert!(pool.is_worth_it(&pool.sharing, CALLS), "one alone gets nothing either");
    }

    #[test]
    fn who_shares_all_shares_it_on_one_core_too() {
        let pool = WorkerPool::sharing_all(2).expect("a thread");
        (0..6).for_each(|_| pool.run(2, |_| sleep()));
        assert!(pool.is_worth_it(&pool.sharing, CALLS));
    }
}
