//! One connection's subscriptions.

use std::{collections::BTreeMap, sync::Arc};

use parking_lot::Mutex;
use primitives::U256;

use crate::{
    Backend, RpcError,
    backend::{HeadEvent, PoolTransaction, SyncStatus},
    filters::Identifiers,
    limits::SUBSCRIPTIONS_MAX,
    params::Params,
    subscription::{Subscription, notifications_of_head, notifications_of_pending, notifications_of_sync},
};

/// What a connection has subscribed to.
pub struct Session {
    backend: Arc<dyn Backend>,
    identifiers: Arc<Identifiers>,
    subscriptions: Mutex<BTreeMap<U256, Subscription>>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("subscriptions", &self.subscriptions.lock().len()).finish_non_exhaustive()
    }
}

/// What a connection has to listen for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Interest {
    pub(crate) heads: bool,
    pub(crate) pending: bool,
    pub(crate) sync: bool,
}

impl Session {
    pub(crate) fn new(backend: Arc<dyn Backend>, identifiers: Arc<Identifiers>) -> Self {
        Self { backend, identifiers, subscriptions: Mutex::default() }
    }

    pub(crate) fn subscribe(&self, params: &mut Params<'_>) -> Result<U256, RpcError> {
        let subscription = Subscription::read(params)?;
        let mut subscriptions = self.subscriptions.lock();
        if subscriptions.len() >= SUBSCRIPTIONS_MAX {
            return Err(RpcError::limit("too many subscriptions"));
        }
        let identifier = self.identifiers.next();
        subscriptions.insert(identifier, subscription);
        Ok(identifier)
    }

    pub(crate) fn unsubscribe(&self, params: &mut Params<'_>) -> Result<bool, RpcError> {
        let identifier = params.required()?;
        match self.subscriptions.lock().remove(&identifier) {
            Some(_) => Ok(true),
            None => Err(RpcError::invalid_input("subscription not found")),
        }
    }

    /// What the subscriptions listen for.
    pub(crate) fn interest(&self) -> Interest {
        let mut interest = Interest::default();
        for subscription in self.subscriptions.lock().values() {
            match subscription {
                Subscription::Heads | Subscription::Logs(_) | Subscription::Receipts(_) => interest.heads = true,
                Subscription::Pending { .. } => interest.pending = true,
                Subscription::Sync => interest.sync = true,
            }
        }
        interest
    }

    pub(crate) fn backend(&self) -> &dyn Backend {
        &*self.backend
    }

    /// The messages that a block causes.
    pub(crate) fn on_head(&self, event: &HeadEvent) -> Vec<Vec<u8>> {
        notifications_of_head(self.backend(), &self.subscriptions.lock(), event)
    }

    /// The messages that a pending transaction causes.
    pub(crate) fn on_pending(&self, transaction: &PoolTransaction) -> Vec<Vec<u8>> {
        notifications_of_pending(&self.subscriptions.lock(), transaction)
    }

    /// The messages that a change of the node's progress causes.
    pub(crate) fn on_sync(&self, status: SyncStatus) -> Vec<Vec<u8>> {
        notifications_of_sync(&self.subscriptions.lock(), status)
    }
}
