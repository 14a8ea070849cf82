//! Things that are emptied after a run and kept, with their allocations, for the next.

use crate::sync::Mutex;

/// Spare things that are kept at most; more runs at once than this allocate afresh.
const KEPT_MAX: usize = 2;

/// Emptied things of one kind.
#[derive(Debug, Default)]
pub(crate) struct Spares<T>(Mutex<Vec<T>>);

impl<T: Default> Spares<T> {
    /// A spare one, or a new one.
    pub(crate) fn take(&self) -> T {
        self.0.lock().pop().unwrap_or_default()
    }

    /// Keeps an emptied one.
    pub(crate) fn put(&self, spare: T) {
        let mut spares = self.0.lock();
        if spares.len() < KEPT_MAX {
            spares.push(spare);
        }
    }
}
