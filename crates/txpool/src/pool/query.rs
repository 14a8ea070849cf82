//! What the pool holds, as it is asked over RPC.

use super::Pool;
use crate::Pooled;
use primitives::{Address, B256};
use std::sync::Arc;

/// How much the pool holds: `txpool_status`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Transactions that can be executed.
    pub pending: usize,
    /// Transactions that wait for a nonce or for funds.
    pub queued: usize,
    /// Memory of both, estimated from above.
    pub bytes: usize,
}

/// The transactions of one sender: `txpool_contentFrom`. Both lists are in nonce order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// Those that can be executed.
    pub pending: Vec<Arc<Pooled>>,
    /// Those that wait.
    pub queued: Vec<Arc<Pooled>>,
}

impl Pool {
    /// How much it holds.
    pub fn status(&self) -> Status {
        Status { pending: self.index.pending.len(), queued: self.index.queued.len(), bytes: self.index.bytes }
    }

    /// Everything, by sender in the order of addresses: `txpool_content`, `txpool_inspect`.
    pub fn content(&self) -> Vec<(Address, Content)> {
        let mut signers: Vec<Address> = self.senders.keys().copied().collect();
        signers.sort_unstable();
        signers.into_iter().map(|signer| (signer, self.content_from(signer))).collect()
    }

    /// The transactions of one sender.
    pub fn content_from(&self, signer: Address) -> Content {
        let mut content = Content::default();
        let Some(sender) = self.senders.get(&signer) else { return content };
        for (nonce, slot) in &sender.slots {
            let list = if sender.pending().contains(nonce) { &mut content.pending } else { &mut content.queued };
            list.push(Arc::clone(&slot.transaction));
        }
        content
    }

    /// The transaction with this hash.
    pub fn get(&self, hash: &B256) -> Option<&Arc<Pooled>> {
        self.index.by_hash.get(hash)
    }

    /// The transaction of this sender with this nonce.
    pub fn get_by_nonce(&self, signer: Address, nonce: u64) -> Option<&Arc<Pooled>> {
        self.senders.get(&signer)?.slots.get(&nonce).map(|slot| &slot.transaction)
    }

    /// Whether a transaction can be executed; `None` if it is not held.
    pub fn is_pending(&self, hash: &B256) -> Option<bool> {
        let transaction = self.get(hash)?;
        self.senders.get(&transaction.signer).map(|sender| sender.pending().contains(&transaction.nonce()))
    }

    /// The nonce after a sender's pending transactions: `eth_getTransactionCount` at `pending`. `None` if none of its
    /// transactions is held: then the state knows.
    pub fn next_nonce(&self, signer: Address) -> Option<u64> {
        self.senders.get(&signer).map(|sender| sender.end)
    }
}
