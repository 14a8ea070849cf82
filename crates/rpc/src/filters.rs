//! Filters that clients ask again and again.
//!
//! A filter remembers how far its client has been told, as a block's number *and hash*. When it is asked, the chain is
//! compared with that: blocks that have left it since are told as removed, highest first, as far back as the node still
//! knows them; then those that have come. So nothing runs between two questions, and a forgotten filter costs a few
//! words until it expires. A filter of pending transactions holds a place in their ring instead; if its client stays
//! away until the ring has come round, it is told so, once, and the filter is gone.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use parking_lot::Mutex;
use primitives::{U256, keccak256};
use tokio::sync::broadcast;

use crate::{
    RpcError,
    backend::{BlockRef, PoolTransaction},
    limits::{FILTER_TIME_MAX, FILTERS_MAX},
    methods::LogFilter,
};

/// What a filter looks for, and how far it has been told.
#[derive(Debug)]
pub(crate) enum Watch {
    /// Logs.
    Logs { filter: Arc<LogFilter>, told: BlockRef },
    /// Hashes of blocks.
    Blocks { told: BlockRef },
    /// Pending transactions, whole or their hashes.
    Pending { queue: broadcast::Receiver<Arc<PoolTransaction>>, full: bool },
}

struct Installed {
    watch: Arc<Mutex<Watch>>,
    used: Instant,
}

impl Installed {
    fn lives(&self, now: Instant) -> bool {
        now.duration_since(self.used) < FILTER_TIME_MAX
    }
}

/// All filters.
pub(crate) struct FilterStore {
    filters: Mutex<BTreeMap<U256, Installed>>,
    identifiers: Arc<Identifiers>,
}

/// Makes identifiers that cannot be guessed without the seed.
#[derive(Debug)]
pub(crate) struct Identifiers {
    seed: u64,
    next: AtomicU64,
}

impl Identifiers {
    pub(crate) fn next(&self) -> U256 {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.seed.to_be_bytes());
        bytes[8..].copy_from_slice(&next.to_be_bytes());
        U256::from_be_slice(&keccak256(bytes)[..16])
    }
}

impl FilterStore {
    pub(crate) fn new(seed: u64) -> Self {
        Self { filters: Mutex::default(), identifiers: Arc::new(Identifiers { seed, next: AtomicU64::new(0) }) }
    }

    pub(crate) fn identifiers(&self) -> Arc<Identifiers> {
        Arc::clone(&self.identifiers)
    }

    /// Installs a filter. Those that nobody has asked for are thrown out first.
    pub(crate) fn install(&self, watch: Watch) -> Result<U256, RpcError> {
        let mut filters = self.filters.lock();
        expire(&mut filters);
        if filters.len() >= FILTERS_MAX {
            return Err(RpcError::limit("too many filters"));
        }
        let identifier = self.identifiers.next();
        filters.insert(identifier, Installed { watch: Arc::new(Mutex::new(watch)), used: Instant::now() });
        Ok(identifier)
    }

    /// The filter of an identifier.
    pub(crate) fn get(&self, identifier: U256) -> Result<Arc<Mutex<Watch>>, RpcError> {
        let mut filters = self.filters.lock();
        let now = Instant::now();
        let installed = filters.get_mut(&identifier).filter(|installed| installed.lives(now));
        let installed = installed.ok_or_else(|| RpcError::invalid_input("filter not found"))?;
        installed.used = now;
        Ok(Arc::clone(&installed.watch))
    }

    /// Takes a filter out. False if there is none.
    pub(crate) fn uninstall(&self, identifier: U256) -> bool {
        self.filters.lock().remove(&identifier).is_some()
    }
}

fn expire(filters: &mut BTreeMap<U256, Installed>) {
    let now = Instant::now();
    filters.retain(|_, installed| installed.lives(now));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_bounded_and_forgotten() {
        let store = FilterStore::new(7);
        let watch = || Watch::Blocks { told: BlockRef { number: 0, hash: primitives::B256::ZERO } };
        let first = store.install(watch()).unwrap();
        for _ in 1..FILTERS_MAX {
            store.install(watch()).unwrap();
        }
        assert_eq!(store.install(watch()).unwrap_err().code, crate::error::LIMIT_EXCEEDED);
        assert!(store.get(first).is_ok());
        assert!(store.uninstall(first) && !store.uninstall(first));
        assert_eq!(store.get(first).unwrap_err().message, "filter not found");
        store.install(watch()).unwrap();
        let mut filters = store.filters.lock();
        let Some(then) = Instant::now().checked_sub(FILTER_TIME_MAX) else { return };
        filters.values_mut().for_each(|installed| installed.used = then);
        expire(&mut filters);
        assert!(filters.is_empty());
    }

    #[test]
    fn identifiers_differ_between_seeds() {
        let identifiers = |seed| FilterStore::new(seed).identifiers().next();
        assert_ne!(identifiers(1), identifiers(2));
        assert!(identifiers(1) < U256::from(1) << 128);
    }
}
