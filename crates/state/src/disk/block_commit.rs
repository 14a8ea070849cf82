//! A block as it is committed, and the batch that it becomes.

use super::{
    DiskError, Head, RootUpdate,
    ledger::{BlockSummary, Part},
    space::{self, HEAD, Space},
    store::Batch,
    undo::Undo,
    view::View,
};
use primitives::{Address, B256, Bytes};
use std::collections::BTreeSet;

/// How many old blocks a commit drops from the history, at most.
const DROPPED_BLOCKS: u64 = 4;

/// A block with its results. The parts are opaque bytes: whoever encodes them decodes them.
#[derive(Debug)]
pub struct BlockCommit {
    /// The block's number. The first block may have any, each further one the next.
    pub number: u64,
    /// The block's hash. Taken on trust.
    pub hash: B256,
    /// The hash of the block before; compared with the head's.
    pub parent_hash: B256,
    /// The header, encoded.
    pub header: Bytes,
    /// Transactions and what else the block holds, encoded.
    pub body: Bytes,
    /// The receipts, encoded.
    pub receipts: Bytes,
    /// The block access list, encoded, if there is one.
    pub access_list: Option<Bytes>,
    /// The hashes of the transactions, in their order.
    pub transactions: Vec<B256>,
    /// What the block's logs can be found by. Repetitions do no harm.
    pub logs: Vec<LogKey>,
    /// Values for the node's notes, written with the block or not at all; see [`Disk::note`](super::Disk::note).
    pub notes: Vec<(String, Vec<u8>)>,
    /// What [`Disk::root_of`](super::Disk::root_of) made of the block's diff. It has the diff in it, so that no other
    /// diff than the one that the root belongs to can be committed.
    pub update: RootUpdate,
}

/// Something that logs are found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LogKey {
    /// The contract that logged.
    Address(Address),
    /// The first topic: what kind of event it is.
    Topic(B256),
}

impl LogKey {
    /// What its keys in the index begin with.
    pub(super) fn prefix(&self) -> Vec<u8> {
        match self {
            Self::Address(address) => space::log_address(address),
            Self::Topic(topic) => space::log_topic(topic),
        }
    }
}

/// Checks that the block follows on the head.
pub(super) fn check_next(view: &View, block: &BlockCommit) -> Result<(), DiskError> {
    if let Some(head) = view.head
        && (head.number.checked_add(1) != Some(block.number) || block.parent_hash != head.hash)
    {
        let head = Some((head.number, head.hash));
        return Err(DiskError::NotNext { number: block.number, parent_hash: block.parent_hash, head });
    }
    if block.update.base != view.head.map(|head| head.hash) {
        return Err(DiskError::Stale);
    }
    Ok(())
}

/// All writes of a block, and the head that it makes.
pub(super) fn batch_of(view: &View, block: &BlockCommit, history_blocks: u64) -> Result<(Batch, Head), DiskError> {
    let mut batch = Batch::default();
    let mut undo = Undo::default();
    let number = block.number;
    write_leaves(&mut batch, &block.update);
    write_block(&mut batch, &mut undo, block);
    // The first block cannot be taken back: there is nothing before it to return to.
    if view.head.is_some() {
        write_history(&mut batch, &mut undo, number, &block.update);
        batch.put(Space::Undo, number.to_be_bytes(), undo.encode());
    }
    let mut head = Head {
        number,
        hash: block.hash,
        state_root: block.update.root,
        first_block: view.head.map_or(number, |head| head.first_block),
        oldest_state: view.head.map_or(number, |head| head.oldest_state),
    };
    let wanted = number.saturating_sub(history_blocks.max(1)).max(head.oldest_state);
    for _ in 0..DROPPED_BLOCKS {
        if head.oldest_state == wanted {
            break;
        }
        head.oldest_state += 1;
        drop_history(&mut batch, view, head.oldest_state)?;
    }
    batch.put(Space::Meta, HEAD, head.encode());
    batch.stamp(Some(number));
    Ok((batch, head))
}

/// Writes the flat state, the nodes and the code of an update.
pub(super) fn write_leaves(batch: &mut Batch, update: &RootUpdate) {
    for work in &update.accounts {
        if work.old != work.new {
            put(batch, work.key.to_vec(), work.new.map(|new| new.encode()));
        }
        for slot in &work.slots {
            put(batch, space::slot(&work.key, &slot.key).to_vec(), slot.new.map(|new| new.encode()));
        }
    }
    for (key, node) in &update.nodes {
        match node {
            Some(node) => batch.put(Space::Nodes, key.clone(), node.clone()),
            None => batch.remove(Space::Nodes, key.clone()),
        }
    }
    for (hash, code) in &update.code {
        batch.put(Space::Code, hash.to_vec(), code.to_vec());
    }
}

/// Writes what was there before, for readers of earlier blocks and for the way back.
fn write_history(batch: &mut Batch, undo: &mut Undo, number: u64, update: &RootUpdate) {
    for work in &update.accounts {
        if work.old == work.new && work.slots.is_empty() {
            continue;
        }
        let before = work.old.map(|old| old.encode()).unwrap_or_default();
        batch.put(Space::History, space::account_before(&work.key, number), before);
        for slot in &work.slots {
            let before = slot.old.map(|old| old.encode()).unwrap_or_default();
            batch.put(Space::History, space::slot_before(&work.key, &slot.key, number), before);
        }
        undo.accounts.push((work.key, work.slots.iter().map(|slot| slot.key).collect()));
    }
}

fn put(batch: &mut Batch, key: Vec<u8>, value: Option<Vec<u8>>) {
    match value {
        Some(value) => batch.put(Space::State, key, value),
        None => batch.remove(Space::State, key),
    }
}

fn write_block(batch: &mut Batch, undo: &mut Undo, block: &BlockCommit) {
    let number = block.number;
    let summary = BlockSummary {
        hash: block.hash,
        parent_hash: block.parent_hash,
        state_root: block.update.root,
        transactions: block.transactions.len() as u64,
    };
    let parts = [
        (Part::Summary, Some(summary.encode())),
        (Part::Header, Some(block.header.to_vec())),
        (Part::Body, Some(block.body.to_vec())),
        (Part::Receipts, Some(block.receipts.to_vec())),
        (Part::AccessList, block.access_list.as_ref().map(|list| list.to_vec())),
    ];
    for (part, bytes) in parts {
        if let Some(bytes) = bytes {
            batch.put(Space::Blocks, part.key(number), bytes);
        }
    }
    batch.put(Space::Index, space::block_hash(&block.hash), number.to_be_bytes().to_vec());
    for (index, hash) in block.transactions.iter().enumerate() {
        let place = [number.to_be_bytes(), (index as u64).to_be_bytes()].concat();
        batch.put(Space::Index, space::transaction_hash(hash), place);
    }
    undo.transactions.clone_from(&block.transactions);
    let keys: BTreeSet<&LogKey> = block.logs.iter().collect();
    for key in keys {
        let prefix = key.prefix();
        batch.put(Space::Index, [prefix.as_slice(), &number.to_be_bytes()].concat(), Vec::new());
        undo.logs.push(prefix);
    }
    for (name, value) in &block.notes {
        batch.put(Space::Meta, space::note(name), value.clone());
    }
}

/// Forgets how to take block `number` back.
fn drop_history(batch: &mut Batch, view: &View, number: u64) -> Result<(), DiskError> {
    let undo = Undo::read(&view.frozen, number)?;
    remove_history(batch, &undo, number);
    Ok(())
}

/// Removes what the history holds from before block `number`.
pub(super) fn remove_history(batch: &mut Batch, undo: &Undo, number: u64) {
    for (account, slots) in &undo.accounts {
        batch.remove(Space::History, space::account_before(account, number));
        for slot in slots {
            batch.remove(Space::History, space::slot_before(account, slot, number));
        }
    }
    batch.remove(Space::Undo, number.to_be_bytes());
}
