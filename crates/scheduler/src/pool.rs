//! The one pool of workers that every policy runs on.

use crate::{Error, memory::Memory, serial::Overlay, spares::Spares};

/// Workers that a pool may have, at most.
pub const WORKERS_MAX: usize = 256;

/// Stack of a worker, in bytes. Calls inside the machine do not recurse; this is ample.
const STACK_BYTES: usize = 8 << 20;

/// A fixed number of workers. The thread that starts a run is one of them.
#[derive(Debug)]
pub struct WorkerPool {
    workers: usize,
    /// The other workers; `None` if there is but one.
    threads: Option<rayon::ThreadPool>,
    pub(crate) memories: Spares<Memory>,
    pub(crate) overlays: Spares<Overlay>,
}

impl WorkerPool {
    /// A pool of `workers` workers, the calling thread included.
    pub fn new(workers: usize) -> Result<Self, Error> {
        if !(1..=WORKERS_MAX).contains(&workers) {
            return Err(Error::WorkerCount(workers));
        }
        let threads = (workers > 1)
            .then(|| {
                rayon::ThreadPoolBuilder::new()
                    .num_threads(workers - 1)
                    .thread_name(|index| format!("worker-{}", index + 1))
                    .stack_size(STACK_BYTES)
                    .build()
                    .map_err(|error| Error::Threads { workers, reason: error.to_string() })
            })
            .transpose()?;
        Ok(Self { workers, threads, memories: Spares::default(), overlays: Spares::default() })
    }

    /// Number of workers, the calling thread included.
    pub fn workers(&self) -> usize {
        self.workers
    }

    /// Runs `work(worker)` on up to `workers` workers at once and returns when all have returned.
    pub(crate) fn run(&self, workers: usize, work: impl Fn(usize) + Sync) {
        match &self.threads {
            Some(threads) if workers > 1 => threads.in_place_scope(|scope| {
                let work = &work;
                for worker in 1..workers.min(self.workers) {
                    scope.spawn(move |_| work(worker));
                }
                work(0);
            }),
            _ => work(0),
        }
    }
}
