//! The operating system's threads.

use std::sync::OnceLock;

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

/// Threads that help inside a transaction. They are started when the first of them is wanted.
#[derive(Debug)]
pub(crate) struct Helpers {
    count: usize,
    threads: OnceLock<Option<Threads>>,
}

impl Helpers {
    /// So many, at most.
    pub(crate) fn new(count: usize) -> Self {
        Self { count, threads: OnceLock::new() }
    }

    /// Runs `work` on the calling thread and on so many helpers, and returns when all have returned. Each helper wakes two
    /// more, so that forty are awake soon after the first.
    ///
    /// One that forks itself would, while it waits, take up another fork's part on top of its own; so for those, and where
    /// the system gives no threads to keep, threads are started for this call alone.
    pub(crate) fn run_beside(&self, helpers: usize, work: impl Fn() + Sync) {
        let threads = self.threads.get_or_init(|| Threads::start(self.count).ok());
        match threads {
            Some(Threads(threads)) if helpers > 0 && threads.current_thread_index().is_none() => {
                threads.in_place_scope(|scope| {
                    let work = &work;
                    scope.spawn(move |scope| help(scope, (1, helpers), work));
                    work();
                });
            }
            _ => run_beside(helpers, work),
        }
    }
}

/// Has the helpers behind this one begin, and begins.
fn help<'s>(scope: &rayon::Scope<'s>, (number, helpers): (usize, usize), work: &'s (impl Fn() + Sync)) {
    for next in [2 * number, 2 * number + 1].into_iter().filter(|next| *next <= helpers) {
        scope.spawn(move |scope| help(scope, (next, helpers), work));
    }
    work();
}

/// Runs `work` on the calling thread and on so many new ones, and returns when all have returned. Where the system gives
/// fewer threads, fewer run it.
fn run_beside(helpers: usize, work: impl Fn() + Sync) {
    std::thread::scope(|scope| {
        for helper in 1..=helpers {
            let thread = std::thread::Builder::new().name(format!("helper-{helper}")).stack_size(STACK_BYTES);
            // One that cannot be started leaves its part to the others.
            _ = thread.spawn_scoped(scope, &work);
        }
        work();
    });
}
