//! The machine that the command runs on.

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
