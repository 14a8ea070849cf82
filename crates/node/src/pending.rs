//! The block that would be made now: what `pending` names.
//!
//! It is built as the next one will be, from the pool's best, by the engine of readers; nothing is committed. As long as
//! neither the head nor what the pool offers changes it is the same block, whatever the clock says.

use crate::{
    Chain, NodeError,
    chain::spec_with,
    overlay::{Overlay, StateView},
    produce::{Candidates, Sealed},
    store::Stored,
};
use primitives::B256;
use rpc::backend::{BlockRef, ChainBlock};
use std::{collections::VecDeque, sync::Arc};

/// Pending blocks that are remembered, for those who have just been told the hash of one.
const RECENT_MAX: usize = 4;

/// The last pending blocks, newest last.
#[derive(Default)]
pub(crate) struct Recent(VecDeque<Pending>);

/// A block that is not made yet.
pub(crate) struct Pending {
    parent: B256,
    /// What developers had changed when it was built.
    on: Arc<Overlay>,
    candidates: Candidates,
    pub(crate) stored: Stored,
    /// The state after it.
    pub(crate) after: StateView,
}

impl Recent {
    /// The one of this hash.
    pub(crate) fn of(&self, hash: B256) -> Option<&Pending> {
        self.0.iter().find(|pending| pending.stored.block.hash == hash)
    }
}

impl Chain {
    /// Builds the pending block, unless it is known.
    pub(crate) fn pending_block(&self) -> Result<BlockRef, NodeError> {
        let settings = self.work.lock().settings.clone();
        let head = self.head_now();
        let header = self.header_on(head.header(), &settings);
        let candidates = self.choose(&header);
        if let Some(known) = self.pending.lock().0.back() {
            let is_same = known.parent == head.block.hash && Arc::ptr_eq(&known.on, &head.overlay);
            if is_same && known.candidates == candidates && known.is_made_with(&header) {
                return Ok(known.reference());
            }
        }
        let disk = self.store.disk.after(head.block.hash)?.ok_or(NodeError::NoBlock(head.block.hash))?;
        let view = StateView { disk: disk.clone(), overlay: Arc::clone(&head.overlay) };
        let spec = spec_with(&self.spec, &head.overlay);
        let Sealed { built, hash, diff, .. } = self.seal((&self.reader, &spec), &view, header, &candidates)?;
        let block = ChainBlock { hash, block: built.block, senders: built.senders };
        let on = Arc::clone(&head.overlay);
        let stored =
            Stored { block: Arc::new(block), receipts: Arc::new(built.execution.receipts), overlay: Arc::clone(&on) };
        let after = StateView { disk, overlay: Arc::new(on.with(&diff)) };
        let pending = Pending { parent: head.block.hash, on, candidates, stored, after };
        let reference = pending.reference();
        let mut recent = self.pending.lock();
        if recent.0.len() == RECENT_MAX {
            recent.0.pop_front();
        }
        recent.0.push_back(pending);
        Ok(reference)
    }
}

impl Pending {
    fn reference(&self) -> BlockRef {
        BlockRef { number: self.stored.block.block.header.number, hash: self.stored.block.hash }
    }

    /// Whether a developer has set nothing else for the next block since.
    fn is_made_with(&self, header: &primitives::Header) -> bool {
        let own = &self.stored.block.block.header;
        (own.beneficiary, own.gas_limit, own.base_fee_per_gas, own.mix_hash)
            == (header.beneficiary, header.gas_limit, header.base_fee_per_gas, header.mix_hash)
    }
}
