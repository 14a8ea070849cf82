//! The one pool of workers that every policy runs on.

use crate::{Error, forks::Forks, memory::Memory, serial::Overlay, sharing::Sharing, spares::Spares, sync::Threads};

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
}

impl WorkerPool {
    /// A pool of `workers` workers, the calling thread included.
    pub fn new(workers: usize) -> Result<Self, Error> {
        Self::with(workers, [Sharing::worthwhile(), Sharing::worthwhile()], false)
    }

    /// A pool that shares whatever can be shared, worth it or not: so that tests reach what takes place between workers
    /// with blocks of any size.
    pub fn sharing_all(workers: usize) -> Result<Self, Error> {
        Self::with(workers, [Sharing::all(), Sharing::all()], true)
    }

    fn with(workers: usize, [sharing, listed]: [Sharing; 2], forks_all: bool) -> Result<Self, Error> {
        if !(1..=WORKERS_MAX).contains(&workers) {
            return Err(Error::WorkerCount(workers));
        }
        let threads = (workers > 1)
            .then(|| Threads::start(workers - 1).map_err(|reason| Error::Threads { workers, reason }))
            .transpose()?;
        let forks = Forks::new(workers, forks_all);
        Ok(Self { workers, forks, threads, memories: Spares::default(), overlays: Spares::default(), sharing, listed })
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

    /// Runs `work(worker)` on up to `workers` workers at once and returns when all have returned.
    pub(crate) fn run(&self, workers: usize, work: impl Fn(usize) + Sync) {
        match &self.threads {
            Some(threads) if workers > 1 => {
                let workers = workers.min(self.workers);
                self.forks.occupy(workers - 1);
                threads.run(workers, |worker| {
                    work(worker);
                    if worker > 0 {
                        self.forks.release(1);
                    }
                });
            }
            _ => work(0),
        }
    }
}
