//! Which transactions a free worker takes next. A dispatch decides about time only, never about a result.

use std::ops::Range;

/// A schedule under [`crate::speculation`].
pub(crate) trait Dispatch: Sync {
    /// The next transactions for a worker that is free, given that all transactions below `head` are committed.
    ///
    /// A transaction that is handed out twice is run once. The committing worker takes the head itself where nobody has, so a
    /// schedule that never hands out a transaction costs time and nothing else.
    fn next(&self, head: usize) -> Next;

    /// Whether what a worker has executed is better committed by itself, as it lies in the cache of its core. It waits there
    /// until the worker is done with the next one, which is too long where others wait for it.
    fn leaves_commits_to_makers(&self) -> bool {
        false
    }

    /// The transaction was executed speculatively and its writes are visible.
    fn executed(&self, _index: usize) {}

    /// The transaction turned out stale and is being executed again.
    fn stale(&self, _index: usize) {}

    /// The speculative execution turned out right.
    fn confirmed(&self, _index: usize) {}

    /// The transaction is decided.
    fn committed(&self, _index: usize) {}

    /// Whether sharing has brought nothing for so long that one worker had better do the rest alone.
    fn is_hopeless(&self) -> bool {
        false
    }

    /// How often a transaction was put off because of a hint.
    fn deferred(&self) -> usize {
        0
    }
}

/// What a free worker does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Execute these transactions, one after another.
    Run(Range<usize>),
    /// Nothing now; ask again.
    Wait,
    /// Nothing any more in this block.
    Done,
}
