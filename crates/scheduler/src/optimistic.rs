//! Policy `optimistic`: for a proposer that knows nothing of the transactions.

use crate::dispatch::{Dispatch, Next};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Transactions ahead of the first open one that are executed, at most.
const WINDOW: usize = 256;

/// Transactions in block order.
#[derive(Debug)]
pub(crate) struct InOrder {
    len: usize,
    cursor: AtomicUsize,
}

impl InOrder {
    pub(crate) fn new(len: usize) -> Self {
        Self { len, cursor: AtomicUsize::new(0) }
    }
}

impl Dispatch for InOrder {
    fn next(&self, head: usize) -> Next {
        // The committing worker may have run past the cursor.
        self.cursor.fetch_max(head, Ordering::Relaxed);
        let at = self.cursor.load(Ordering::Relaxed);
        if at >= self.len {
            return Next::Done;
        }
        if at >= head + WINDOW {
            return Next::Wait;
        }
        let at = self.cursor.fetch_add(1, Ordering::Relaxed);
        if at < self.len { Next::Run(at) } else { Next::Done }
    }
}
