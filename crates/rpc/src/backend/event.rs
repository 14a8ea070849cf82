//! What subscribers are told, and the two queues that it goes through.
//!
//! Both queues are rings with a place for each of the last [`SUBSCRIBER_QUEUE_MAX`] events at least. An event lives until all
//! have seen it, or until the ring comes round; who has not seen it then has lost events and is disconnected. So a slow
//! subscriber costs no memory of its own, and nobody waits for it.

use std::sync::Arc;

use primitives::alloy_consensus::ReceiptEnvelope;
use tokio::sync::{broadcast, watch};

use super::{ChainBlock, PoolTransaction, SyncStatus};
use crate::limits::SUBSCRIBER_QUEUE_MAX;

/// A block became canonical, or stopped being so.
#[derive(Clone, Debug)]
pub struct HeadEvent {
    /// The block.
    pub block: Arc<ChainBlock>,
    /// Its receipts.
    pub receipts: Arc<Vec<ReceiptEnvelope>>,
    /// Whether it left the canonical chain. In a reorganisation the blocks that leave are told first, highest first,
    /// then those that come, lowest first.
    pub removed: bool,
}

/// The queues. The node publishes, subscribers listen.
#[derive(Debug)]
pub struct EventHub {
    heads: broadcast::Sender<HeadEvent>,
    pending: broadcast::Sender<Arc<PoolTransaction>>,
    sync: watch::Sender<SyncStatus>,
}

impl Default for EventHub {
    fn default() -> Self {
        Self {
            heads: broadcast::Sender::new(SUBSCRIBER_QUEUE_MAX),
            pending: broadcast::Sender::new(SUBSCRIBER_QUEUE_MAX),
            sync: watch::Sender::new(SyncStatus::Synced),
        }
    }
}

impl EventHub {
    /// Tells of a block. The chain must answer for it before this call.
    pub fn publish_head(&self, event: HeadEvent) {
        // An error means that nobody listens.
        let _ = self.heads.send(event);
    }

    /// Tells of a transaction that may be in the next block.
    pub fn publish_pending(&self, transaction: Arc<PoolTransaction>) {
        let _ = self.pending.send(transaction);
    }

    /// Whether anybody listens for pending transactions, so that a busy pool may spare itself the telling.
    pub fn has_pending_listener(&self) -> bool {
        self.pending.receiver_count() > 0
    }

    /// Tells how far the node is behind.
    pub fn publish_sync(&self, status: SyncStatus) {
        self.sync.send_replace(status);
    }

    /// Listens for blocks from now on.
    pub fn heads(&self) -> broadcast::Receiver<HeadEvent> {
        self.heads.subscribe()
    }

    /// Listens for pending transactions from now on.
    pub fn pending(&self) -> broadcast::Receiver<Arc<PoolTransaction>> {
        self.pending.subscribe()
    }

    /// Watches how far the node is behind.
    pub fn sync(&self) -> watch::Receiver<SyncStatus> {
        self.sync.subscribe()
    }
}
