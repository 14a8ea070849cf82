//! How much is run in vain.
//!
//! A thread that found a stale state is run again, and pays once. Whoever made threads for that purpose could have a
//! machine work for nothing, so threads are run ahead only as long as the gas that was used in vain is hardly more than
//! the gas that was used for good. It decides about time only, never about a result.

use crate::sync::atomic::{AtomicU64, Ordering};

/// So much is free: programs that conflict now and then are not slowed down.
const FREE: u64 = 1_000_000;

/// Gas used by threads of one machine, in vain and for good.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    vain: AtomicU64,
    good: AtomicU64,
}

impl Budget {
    /// Whether threads may be run ahead.
    pub(crate) fn allows(&self) -> bool {
        self.vain.load(Ordering::Relaxed) <= self.good.load(Ordering::Relaxed).saturating_add(FREE)
    }

    /// A thread was run in vain.
    pub(crate) fn waste(&self, gas: u64) {
        self.vain.fetch_add(gas, Ordering::Relaxed);
    }

    /// A thread of the transaction itself was merged.
    pub(crate) fn spend(&self, gas: u64) {
        self.good.fetch_add(gas, Ordering::Relaxed);
    }
}
