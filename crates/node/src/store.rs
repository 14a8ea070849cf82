//! The blocks of the chain: on disk all of them, in memory the last ones.

use crate::{NodeError, overlay::Overlay, record};
use parking_lot::Mutex;
use primitives::{B256, alloy_consensus::ReceiptEnvelope, map::B256Map};
use rpc::backend::ChainBlock;
use state::disk::Disk;
use std::{collections::VecDeque, sync::Arc};

/// Blocks in memory, at most.
const RECENT_MAX: usize = 512;
/// Transactions of the blocks in memory, at most; the last block stays whatever it has.
const RECENT_TRANSACTIONS_MAX: usize = 100_000;

pub(crate) type Receipts = Arc<Vec<ReceiptEnvelope>>;

/// A block with its receipts and the overlay that it stands on.
#[derive(Clone)]
pub(crate) struct Stored {
    pub(crate) block: Arc<ChainBlock>,
    pub(crate) receipts: Receipts,
    pub(crate) overlay: Arc<Overlay>,
}

/// The store with a window of decoded blocks.
pub(crate) struct Store {
    pub(crate) disk: Disk,
    recent: Mutex<Recent>,
}

#[derive(Default)]
struct Recent {
    blocks: B256Map<Stored>,
    order: VecDeque<B256>,
    transactions: usize,
}

impl Store {
    pub(crate) fn new(disk: Disk) -> Self {
        Self { disk, recent: Mutex::default() }
    }

    /// The block of a hash. One that has left the chain is known for as long as it stays in memory.
    pub(crate) fn by_hash(&self, hash: B256) -> Result<Option<Stored>, NodeError> {
        if let Some(stored) = self.recent.lock().blocks.get(&hash) {
            return Ok(Some(stored.clone()));
        }
        // All parts are of one moment: a rollback between two of them would join parts of two blocks.
        let Some(parts) = self.disk.parts(hash)? else { return Ok(None) };
        let (block, overlay) = record::decode_body(hash, &parts.body)?;
        let receipts = Arc::new(record::decode_receipts(&parts.receipts)?);
        let stored = Stored { block: Arc::new(block), receipts, overlay: Arc::new(overlay) };
        self.keep(stored.clone());
        Ok(Some(stored))
    }

    /// The canonical block of a number.
    pub(crate) fn by_number(&self, number: u64) -> Result<Option<Stored>, NodeError> {
        match self.disk.block(number)? {
            Some(summary) => self.by_hash(summary.hash),
            None => Ok(None),
        }
    }

    /// Keeps a block in memory.
    pub(crate) fn keep(&self, stored: Stored) {
        let mut recent = self.recent.lock();
        let (hash, size) = (stored.block.hash, stored.block.senders.len());
        if recent.blocks.insert(hash, stored).is_some() {
            return;
        }
        recent.order.push_back(hash);
        recent.transactions += size;
        while recent.order.len() > RECENT_MAX
            || (recent.order.len() > 1 && recent.transactions > RECENT_TRANSACTIONS_MAX)
        {
            let Some(oldest) = recent.order.pop_front() else { break };
            if let Some(gone) = recent.blocks.remove(&oldest) {
                recent.transactions -= gone.block.senders.len();
            }
        }
    }
}
