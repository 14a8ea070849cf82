//! Which transaction a free worker takes next. A dispatch decides about time only, never about a result.

/// A schedule under [`crate::speculation`].
pub(crate) trait Dispatch: Sync {
    /// The next transaction for a worker that is free, given that all transactions below `head` are committed.
    ///
    /// A transaction that is handed out twice is run once. The committing worker takes the head itself where nobody has, so a
    /// schedule that never hands out a transaction costs time and nothing else.
    fn next(&self, head: usize) -> Next;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Execute this transaction.
    Run(usize),
    /// Nothing now; ask again.
    Wait,
    /// Nothing any more in this block.
    Done,
}
