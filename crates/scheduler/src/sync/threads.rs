//! The operating system's threads.

/// Stack of a thread, in bytes. Calls inside the machine do not recurse; this is ample.
const STACK_BYTES: usize = 8 << 20;

/// Threads that wait for work.
#[derive(Debug)]
pub(crate) struct Threads(rayon::ThreadPool);

impl Threads {
    /// Starts `count` threads; if that fails, says why.
    pub(crate) fn start(count: usize) -> Result<Self, String> {
        rayon::ThreadPoolBuilder::new()
            .num_threads(count)
            .thread_name(|index| format!("worker-{}", index + 1))
            .stack_size(STACK_BYTES)
            .build()
            .map(Self)
            .map_err(|error| error.to_string())
    }

    /// Runs `work(0)` on the calling thread and the rest, up to `work(workers - 1)`, on the others; returns when all
    /// have returned.
    pub(crate) fn run(&self, workers: usize, work: impl Fn(usize) + Sync) {
        self.0.in_place_scope(|scope| {
            let work = &work;
            for worker in 1..workers {
                scope.spawn(move |_| work(worker));
            }
            work(0);
        });
    }
}

/// Runs `work` on the calling thread and on so many new ones, and returns when all have returned. Where the system gives
/// fewer threads, fewer run it.
pub(crate) fn run_beside(helpers: usize, work: impl Fn() + Sync) {
    std::thread::scope(|scope| {
        for helper in 1..=helpers {
            let thread = std::thread::Builder::new().name(format!("helper-{helper}")).stack_size(STACK_BYTES);
            // One that cannot be started leaves its part to the others.
            _ = thread.spawn_scoped(scope, &work);
        }
        work();
    });
}
