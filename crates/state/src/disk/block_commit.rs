//! A block as it is committed, and the batch that it becomes.

use super::{
    DiskError, Head, RootUpdate,
    batch::{Batch, Write, sealed},
    ledger::{BlockSummary, Part},
    root_update::{AccountWork, SlotWork},
    space::{self, HEAD, Space},
    undo::Undo,
    view::View,
};
use primitives::{Address, B256, Bytes};
use rayon::prelude::*;
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
    let of_account = |work: &AccountWork| leaf(work.key.as_slice(), work.new.map(|new| new.encode()));
    let of_slot = |work: &AccountWork, slot: &SlotWork| {
        leaf(&space::slot(&work.key, &slot.key), slot.new.map(|new| new.encode()))
    };
    batch.extend(Space::State, update.accounts.iter().filter(|work| work.old != work.new).map(of_account));
    batch.extend(Space::State, of_slots(update, of_slot));
    batch.extend(Space::Nodes, update.nodes.iter().cloned());
    for (hash, code) in &update.code {
        batch.put(Space::Code, hash, code);
    }
}

/// Writes what was there before, for readers of earlier blocks and for the way back.
fn write_history(batch: &mut Batch, undo: &mut Undo, number: u64, update: &RootUpdate) {
    for work in update.accounts.iter().filter(|work| work.old != work.new || !work.slots.is_empty()) {
        let before = work.old.map(|old| old.encode()).unwrap_or_default();
        batch.put(Space::History, space::account_before(&work.key, number), before);
        undo.accounts.push((work.key, work.slots.iter().map(|slot| slot.key).collect()));
    }
    let of_slot = |work: &AccountWork, slot: &SlotWork| {
        let before = slot.old.map(|old| old.encode()).unwrap_or_default();
        sealed(Space::History, &space::slot_before(&work.key, &slot.key, number), &before)
    };
    batch.extend(Space::History, of_slots(update, of_slot));
}

fn leaf(key: &[u8], value: Option<Vec<u8>>) -> Write {
    match value {
        Some(value) => sealed(Space::State, key, &value),
        None => (key.into(), None),
    }
}

/// What `make` makes of each slot; of accounts with many slots on several workers.
fn of_slots(update: &RootUpdate, make: impl Fn(&AccountWork, &SlotWork) -> Write + Sync) -> Vec<Write> {
    /// Fewer slots are not worth waking another worker for.
    const PARALLEL_MIN: usize = 1024;
    let mut writes = Vec::with_capacity(update.accounts.iter().map(|work| work.slots.len()).sum());
    for work in &update.accounts {
        if work.slots.len() < PARALLEL_MIN {
            writes.extend(work.slots.iter().map(|slot| make(work, slot)));
        } else {
            writes.par_extend(work.slots.par_iter().map(|slot| make(work, slot)));
        }
    }
    writes
}

fn write_block(batch: &mut Batch, undo: &mut Undo, block: &BlockCommit) {
    let number = block.number;
    let summary = BlockSummary {
        hash: block.hash,
        parent_hash: block.parent_hash,
        state_root: block.update.root,
        transactions: block.transactions.len() as u64,
    };
    let summary = summary.encode();
    let parts: [(Part, Option<&[u8]>); 5] = [
        (Part::Summary, Some(&summary)),
        (Part::Header, Some(&block.header)),
        (Part::Body, Some(&block.body)),
        (Part::Receipts, Some(&block.receipts)),
        (Part::AccessList, block.access_list.as_ref().map(|list| &list[..])),
    ];
    for (part, bytes) in parts {
        if let Some(bytes) = bytes {
            batch.put(Space::Blocks, part.key(number), bytes);
        }
    }
    batch.put(Space::Index, space::block_hash(&block.hash), number.to_be_bytes());
    for (index, hash) in block.transactions.iter().enumerate() {
        let mut place = [0; 16];
        place[..8].copy_from_slice(&number.to_be_bytes());
        place[8..].copy_from_slice(&(index as u64).to_be_bytes());
        batch.put(Space::Index, space::transaction_hash(hash), place);
    }
    undo.transactions.clone_from(&block.transactions);
    let keys: BTreeSet<&LogKey> = block.logs.iter().collect();
    for key in keys {
        let prefix = key.prefix();
        batch.put(Space::Index, [prefix.as_slice(), &number.to_be_bytes()].concat(), []);
        undo.logs.push(prefix);
    }
    for (name, value) in &block.notes {
        batch.put(Space::Meta, space::note(name), value);
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
