//! What happened to a transaction, as a value for filters and subscriptions.

use crate::Pooled;
use primitives::B256;
use std::sync::Arc;

/// Something that happened to one transaction. Events stand in the order in which things happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// To which.
    pub transaction: Arc<Pooled>,
    /// What.
    pub kind: EventKind,
}

/// What happened to a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// It came into the pool, and can be executed or waits in the queue.
    Added {
        /// Whether it can be executed.
        is_pending: bool,
    },
    /// It left the queue: it can be executed now.
    Promoted,
    /// It went back into the queue: a nonce before it is missing, or the funds are.
    Demoted,
    /// It left the pool for one with the same nonce that pays more.
    Replaced {
        /// The one that came.
        by: B256,
    },
    /// It left the pool without being mined.
    Dropped(DropReason),
    /// It left the pool in a block.
    Mined,
}

/// Why a transaction was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DropReason {
    /// Another transaction in a block used its nonce.
    Stale,
    /// The pool was full, and this one paid least.
    Evicted,
    /// It was queued for too long.
    Expired,
    /// It came back from a block that was rolled back, and cannot be held any more.
    NotReturned,
    /// The owner of the pool asked for it.
    Removed,
}

impl Event {
    /// Whether from now on the transaction can be executed: what a subscription to pending transactions announces.
    pub fn is_announcement(&self) -> bool {
        matches!(self.kind, EventKind::Added { is_pending: true } | EventKind::Promoted)
    }

    /// Whether the transaction left the pool.
    pub fn is_departure(&self) -> bool {
        matches!(self.kind, EventKind::Replaced { .. } | EventKind::Dropped(_) | EventKind::Mined)
    }
}
