//! A state that makes one reader wait for another: it brings about interleavings that are rare by themselves.

use primitives::{Account, Address, B256, Bytes, U256};
use state::{MemoryState, StateError, StateReader};
use std::{
    collections::BTreeSet,
    sync::{Condvar, Mutex, PoisonError},
    time::Duration,
};

/// How long somebody waits at most. A schedule may never bring what is waited for; then it has made no use of the
/// freedom that is tested, and its result is compared all the same.
const PATIENCE: Duration = Duration::from_secs(3);

/// A state in which the first reader of some accounts waits until somebody has read another.
#[derive(Debug)]
pub(crate) struct Held<'a> {
    base: &'a MemoryState,
    /// Who waits for whom.
    holds: &'a [(Address, Address)],
    progress: Mutex<Progress>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Progress {
    read: BTreeSet<Address>,
    waited: BTreeSet<Address>,
    in_vain: usize,
}

impl<'a> Held<'a> {
    pub(crate) fn new(base: &'a MemoryState, holds: &'a [(Address, Address)]) -> Self {
        Self { base, holds, progress: Mutex::default(), changed: Condvar::new() }
    }

    /// Whether everybody who waited got what they waited for.
    pub(crate) fn is_kept(&self) -> bool {
        let progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        progress.in_vain == 0 && progress.waited.len() == self.holds.len()
    }

    fn wait(&self, address: Address) {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        progress.read.insert(address);
        self.changed.notify_all();
        let Some((_, until)) = self.holds.iter().find(|(held, _)| *held == address) else { return };
        if !progress.waited.insert(address) {
            return;
        }
        let waiting = self.changed.wait_timeout_while(progress, PATIENCE, |progress| !progress.read.contains(until));
        let (mut progress, timeout) = waiting.unwrap_or_else(PoisonError::into_inner);
        progress.in_vain += usize::from(timeout.timed_out());
    }
}

impl StateReader for Held<'_> {
    fn account(&self, address: Address) -> Result<Option<Account>, StateError> {
        self.wait(address);
        self.base.account(address)
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        self.base.storage(address, slot)
    }

    fn code(&self, hash: B256) -> Result<Bytes, StateError> {
        self.base.code(hash)
    }

    fn block_hash(&self, number: u64) -> Result<B256, StateError> {
        self.base.block_hash(number)
    }

    fn had_only_storage(&self, address: Address) -> Result<bool, StateError> {
        self.base.had_only_storage(address)
    }
}
