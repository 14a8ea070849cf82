//! The seam to whatever runs the threads of one frame at the same time.

/// Runs pieces of work that do not depend on each other.
///
/// Duties of the implementor: either runs `work(0)` to `work(count - 1)`, each exactly once, on any threads and in any
/// order, has them all finished when it returns and says so; or runs none. It does not wait for anything but the work.
/// Duties of the caller: the result does not depend on which of the two it is.
pub trait ForkJoin: Sync {
    /// Runs the work, or refuses to.
    fn run(&self, count: usize, work: &(dyn Fn(usize) + Sync)) -> bool;

    /// How many threads of the system may take part: so many queues are made.
    fn processors(&self) -> usize {
        1
    }
}

/// Refuses always: threads run one after another, in the order in which they were spawned. This is the specification.
#[derive(Clone, Copy, Debug, Default)]
pub struct Inline;

impl ForkJoin for Inline {
    fn run(&self, _count: usize, _work: &(dyn Fn(usize) + Sync)) -> bool {
        false
    }
}
