//! The machine that the command runs on.

use parking_lot::Mutex;
use std::{
    collections::TryReserveError,
    io,
    sync::{Arc, mpsc},
    thread,
};

/// How many processors this process may use; 1 if that cannot be told.
#[expect(clippy::disallowed_methods, reason = "the binary is where parallelism gets its default")]
pub(crate) fn processors() -> usize {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    processors.min(scheduler::WORKERS_MAX)
}

/// Asks for memory in small pages, as far as the system has others. A node takes and gives back memory with each block;
/// in huge pages the system would clear many times of what is used, which costs time and stays resident.
pub(crate) fn use_small_pages() {
    // Where it is refused everything works as well, with more memory.
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

/// Asks for as many open files as this process may have, and tells how many that are.
pub(crate) fn open_files() -> u64 {
    use rustix::process::{Resource, getrlimit, setrlimit};
    /// More than a node ever has use for.
    const WANTED_MAX: u64 = 8192;
    let mut limit = getrlimit(Resource::Nofile);
    let had = limit.current;
    limit.current = limit.maximum.map_or(Some(WANTED_MAX), |maximum| Some(maximum.min(WANTED_MAX)).max(had));
    // Where that is refused there are as many as there were.
    let is_granted = setrlimit(Resource::Nofile, limit).is_ok();
    let limit = if is_granted { limit.current } else { had };
    limit.unwrap_or(u64::MAX)
}

/// Starts so many threads at once and lets them go again. Libraries take it for a bug of theirs where a thread cannot be
/// had, and panic in the middle of something; so it is found out before anything is begun.
pub(crate) fn check_threads(count: usize) -> io::Result<()> {
    let (end, ended) = mpsc::channel::<()>();
    let ended = Arc::new(Mutex::new(ended));
    let mut threads = Vec::with_capacity(count);
    let mut started = Ok(());
    for _ in 0..count {
        let ended = Arc::clone(&ended);
        // Each waits until nobody can send any more, which is what it is told: then all have been there together.
        match thread::Builder::new().spawn(move || ended.lock().recv()) {
            Ok(thread) => threads.push(thread),
            Err(error) => {
                started = Err(error);
                break;
            }
        }
    }
    drop(end);
    for thread in threads {
        // It does nothing that could panic.
        let _ = thread.join();
    }
    started
}

/// Reserves so many bytes at once and gives them back, without touching them. A program that finds no memory in the midst
/// of something is ended by a signal; so it is found out before anything is begun.
pub(crate) fn check_memory(bytes: usize) -> Result<(), TryReserveError> {
    Vec::<u8>::new().try_reserve_exact(bytes)
}
