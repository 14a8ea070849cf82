//! The machine that the command runs on.

/// How many processors this process may use; 1 if that cannot be told.
#[expect(clippy::disallowed_methods, reason = "the binary is where parallelism gets its default")]
pub(crate) fn processors() -> usize {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    processors.min(scheduler::WORKERS_MAX)
}
