//! Blocks that somebody else made: judged in full, then taken over.
//!
//! Law: a block becomes part of the chain only if everything that its header commits to is what its execution here gives.
//! Proof of work is not looked at.

use crate::{
    Chain, NodeError,
    chain::spec_with,
    overlay::{Overlay, StateView},
    produce::{Candidates, commit},
    store::Stored,
};
use access_list::{AccountChange, SlotChange, StateDiff};
use executor::{BadSignatures, BlockExecution, Plan, Policy, PreparedBlock, Validation, rules::Ancestor};
use primitives::{B256, Block, Bytes, Fork, alloy_consensus::ReceiptEnvelope};
use rpc::backend::{ChainBlock, HeadEvent};
use state::{StateTrie, disk::Disk};
use std::sync::{Arc, atomic::Ordering};

/// Ancestors that the rules of ommers look at.
const ANCESTORS: u64 = 7;

/// Why a block was not taken over. The chain is as it was before.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// It follows another block than the head.
    #[error("block {number} does not follow the head, block {head}")]
    NotNext {
        /// Its number.
        number: u64,
        /// The head's.
        head: u64,
    },
    /// A transaction has no sender.
    #[error("block {number}: {error}")]
    Signatures {
        /// The block's number.
        number: u64,
        /// Which.
        error: BadSignatures,
    },
    /// A value of the header is not what execution gives.
    #[error("block {number}: its {what} is {computed}, the header says {header}")]
    Differs {
        /// The block's number.
        number: u64,
        /// Which value.
        what: &'static str,
        /// What execution gives.
        computed: B256,
        /// What the header says.
        header: B256,
    },
    /// It is invalid otherwise, or could not be judged.
    #[error("block {number}: {error}")]
    Judged {
        /// The block's number.
        number: u64,
        /// Why.
        error: executor::Error,
    },
    /// The node could not.
    #[error(transparent)]
    Node(#[from] NodeError),
}

impl Chain {
    /// Executes a block on the head, compares everything that its header commits to, and makes it the head. What a
    /// developer changed since the last block is gone.
    pub fn import(&self, block: Block) -> Result<(), ImportError> {
        let mut work = self.work.lock();
        self.check_running()?;
        let head = self.head_now();
        let number = block.header.number;
        if block.header.parent_hash != head.block.hash {
            return Err(ImportError::NotNext { number, head: head.header().number });
        }
        let spec = spec_with(&self.spec, &head.overlay);
        let senders = self.engine.recover_senders(spec.fork_of(&block.header), &block.body.transactions);
        let senders = senders.map_err(|error| ImportError::Signatures { number, error })?;
        let disk = &self.store.disk;
        let state = disk.at(head.header().number).map_err(NodeError::from)?;
        let view = StateView { disk: state, overlay: Arc::new(head.overlay.after_block()) };
        let prepared = PreparedBlock::new(&spec, &block, &senders);
        let mut ancestors = Vec::new();
        for at in (number.saturating_sub(ANCESTORS)..number).rev() {
            ancestors.extend(self.store.by_number(at)?);
        }
        let ancestors: Vec<Ancestor<'_>> = ancestors.iter().map(|stored| Ancestor::from(&stored.block.block)).collect();
        let plan = Plan { policy: Policy::Optimistic, record_list: true, ..Plan::default() };
        let validation = Validation { parent: head.header(), ancestors: &ancestors, list: None, plan };
        let judged = self.engine.validate(&prepared, &view, &validation, None);
        let execution = judged.map_err(|error| ImportError::Judged { number, error })?;
        let update = disk.root_of(&execution.diff).map_err(NodeError::from)?;
        same(number, "state root", update.root(), block.header.state_root)?;
        let receipts = match prepared.fork >= Fork::Byzantium {
            true => execution.receipts.clone(),
            false => receipts_with_roots(disk, &prepared, &execution)?,
        };
        let hash = block.header.hash_slow();
        let list = execution.list.as_ref().map(|list| Bytes::from(list.encode()));
        let block = ChainBlock { hash, block, senders };
        let written = commit(&block, &receipts, &Overlay::default(), list, update)?;
        self.guard(disk.commit(written).map_err(NodeError::from))?;
        self.imported.store(number, Ordering::Release);
        work.settings.gas_limit = block.block.header.gas_limit;
        let stored = Stored { block: Arc::new(block), receipts: Arc::new(receipts), overlay: Arc::default() };
        self.store.keep(stored.clone());
        self.follow(&stored, &execution.diff.accounts, &Candidates::default(), &[], &work.settings);
        let Stored { block, receipts, .. } = stored;
        self.events.publish_head(HeadEvent { block, receipts, removed: false });
        Ok(())
    }
}

/// The receipts before Byzantium hold the state root after each transaction. The whole state is read for each such
/// block: chains that have any are short, or replayed by other means.
fn receipts_with_roots(
    disk: &Disk,
    prepared: &PreparedBlock<'_>,
    execution: &BlockExecution,
) -> Result<Vec<ReceiptEnvelope>, ImportError> {
    let number = prepared.block.header.number;
    let judged = |error| ImportError::Judged { number, error: executor::Error::State(error) };
    let mut whole = StateDiff::default();
    for stored in disk.accounts() {
        let stored = stored.map_err(NodeError::from)?;
        let address = stored.address;
        whole.slots.extend(stored.slots.into_iter().map(|(slot, value)| SlotChange { address, slot, value }));
        whole.accounts.push(AccountChange { address, account: Some(stored.account), wiped: false });
    }
    let mut trie = StateTrie::new();
    trie.apply(&whole).map_err(judged)?;
    let roots = execution.roots_after_each(prepared, &mut trie).map_err(judged)?;
    let receipts = execution.receipts_with(prepared, &roots);
    let root = execution.receipts_root_with(prepared, &roots);
    same(number, "receipts root", root, prepared.block.header.receipts_root)?;
    Ok(receipts)
}

fn same(number: u64, what: &'static str, computed: B256, header: B256) -> Result<(), ImportError> {
    if computed == header { Ok(()) } else { Err(ImportError::Differs { number, what, computed, header }) }
}
