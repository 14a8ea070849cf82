//! Checking everything that is stored.

use super::{
    Disk, DiskError,
    flat::{FlatVisitor, read_flat},
    ledger::Part,
    record::AccountRecord,
    seal::damaged,
    space::{self, Space},
    undo::Undo,
    view::View,
};
use alloy_trie::Nibbles;
use primitives::{B256, Bytes, keccak256, map::B256Set};

/// How often progress is told, in entries.
const TELL_EVERY: u64 = 10_000;

/// How far a verification is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being read.
    pub stage: Stage,
    /// Entries read in this stage.
    pub done: u64,
}

/// What is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Accounts, slots, their code, and the tries over them.
    State,
    /// The stored nodes of the tries.
    Nodes,
    /// What was there before each block that can be taken back.
    History,
    /// The parts of blocks and the chain of their hashes.
    Blocks,
    /// Indexes and notes.
    Index,
}

impl Disk {
    /// Reads everything and checks it: each checksum, each key against its content, the hash of each code, the state
    /// root against one computed from the accounts alone, each stored node against the one that the accounts make, each
    /// block's parent against the block before, each record of the history that the way back needs. The first fault
    /// found is the error. Reads one moment of the store; commits may go on meanwhile.
    pub fn verify(&self, mut progress: impl FnMut(Progress)) -> Result<(), DiskError> {
        verify(&self.view(), &mut progress)
    }
}

pub(super) fn verify(view: &View, progress: &mut dyn FnMut(Progress)) -> Result<(), DiskError> {
    let nodes = verify_state(view, progress)?;
    verify_nodes(view, nodes, progress)?;
    verify_history(view, progress)?;
    verify_blocks(view, progress)?;
    let mut tell = Tell::new(Stage::Index, progress);
    for space in [Space::Index, Space::Meta, Space::Code] {
        for entry in view.frozen.all(space) {
            let (key, value) = entry?;
            if space == Space::Code && keccak256(&value) != *key {
                return Err(damaged(space, &key, "the code has another hash"));
            }
            tell.one();
        }
    }
    Ok(())
}

/// Counts, and tells the count now and then.
struct Tell<'a> {
    stage: Stage,
    done: u64,
    progress: &'a mut dyn FnMut(Progress),
}

impl<'a> Tell<'a> {
    fn new(stage: Stage, progress: &'a mut dyn FnMut(Progress)) -> Self {
        progress(Progress { stage, done: 0 });
        Self { stage, done: 0, progress }
    }

    fn one(&mut self) {
        self.done += 1;
        if self.done.is_multiple_of(TELL_EVERY) {
            (self.progress)(Progress { stage: self.stage, done: self.done });
        }
    }
}

/// Compares what the flat state makes with what is stored.
struct Comparison<'a> {
    view: &'a View,
    tell: Tell<'a>,
    codes: B256Set,
    nodes: u64,
}

impl FlatVisitor for Comparison<'_> {
    fn account(&mut self, key: &B256, record: &AccountRecord) -> Result<(), DiskError> {
        self.tell.one();
        let hash = record.account.code_hash;
        if record.account.has_code() && self.codes.insert(hash) {
            let code = self.view.frozen.get(Space::Code, hash.as_slice())?.map(Bytes::from);
            if code.is_none_or(|code| keccak256(code) != hash) {
                return Err(damaged(Space::Code, hash.as_slice(), &format!("not the code of account {key}")));
            }
        }
        Ok(())
    }

    fn node(&mut self, owner: Option<&B256>, path: &Nibbles, node: &[u8]) -> Result<(), DiskError> {
        self.nodes += 1;
        let key = space::node(owner, path);
        match self.view.frozen.get(Space::Nodes, &key)? {
            Some(found) if found == node => Ok(()),
            Some(_) => Err(damaged(Space::Nodes, &key, "not the node that the accounts make")),
            None => Err(damaged(Space::Nodes, &key, "it is missing")),
        }
    }
}

/// The number of nodes that the tries have.
fn verify_state(view: &View, progress: &mut dyn FnMut(Progress)) -> Result<u64, DiskError> {
    let tell = Tell::new(Stage::State, progress);
    let mut comparison = Comparison { view, tell, codes: B256Set::default(), nodes: 0 };
    let root = read_flat(view.frozen.all(Space::State), &mut comparison)?;
    if root != view.root() {
        let reason = format!("the accounts make the root {root}, the head has {}", view.root());
        return Err(DiskError::damaged("keyspace state", reason));
    }
    Ok(comparison.nodes)
}

fn verify_nodes(view: &View, expected: u64, progress: &mut dyn FnMut(Progress)) -> Result<(), DiskError> {
    let mut tell = Tell::new(Stage::Nodes, progress);
    for entry in view.frozen.all(Space::Nodes) {
        entry?;
        tell.one();
    }
    if tell.done != expected {
        let reason = format!("it holds {} nodes, the tries have {expected}", tell.done);
        return Err(DiskError::damaged("keyspace nodes", reason));
    }
    Ok(())
}

pub(super) fn verify_history(view: &View, progress: &mut dyn FnMut(Progress)) -> Result<(), DiskError> {
    let mut tell = Tell::new(Stage::History, progress);
    let mut expected: u64 = 0;
    if let Some(head) = view.head {
        for number in head.oldest_state + 1..=head.number {
            let undo = Undo::read(&view.frozen, number)?;
            for (account, slots) in &undo.accounts {
                let keys = slots.iter().map(|slot| space::slot_before(account, slot, number));
                for key in keys.chain([space::account_before(account, number)]) {
                    if view.frozen.get(Space::History, &key)?.is_none() {
                        return Err(damaged(Space::History, &key, "it is missing"));
                    }
                    expected += 1;
                    tell.one();
                }
            }
        }
    }
    let mut found: u64 = 0;
    for entry in view.frozen.all(Space::History) {
        let (key, _) = entry?;
        let number = key.last_chunk().map(|number| u64::from_be_bytes(*number));
        found += u64::from(view.head.is_some_and(|head| number.is_some_and(|number| number <= head.number)));
    }
    if found != expected {
        let reason = format!("it holds {found} entries, the blocks changed {expected}");
        return Err(DiskError::damaged("keyspace history", reason));
    }
    Ok(())
}

fn verify_blocks(view: &View, progress: &mut dyn FnMut(Progress)) -> Result<(), DiskError> {
    let mut tell = Tell::new(Stage::Blocks, progress);
    let Some(head) = view.head else { return Ok(()) };
    let mut parent: Option<B256> = None;
    for number in head.first_block..=head.number {
        let key = Part::Summary.key(number);
        let summary = view.summary(number)?.ok_or_else(|| damaged(Space::Blocks, &key, "it is missing"))?;
        if parent.is_some_and(|parent| parent != summary.parent_hash) {
            return Err(damaged(Space::Blocks, &key, "the parent is not the block before"));
        }
        if view.number_of(&summary.hash)? != Some(number) {
            return Err(damaged(Space::Index, &space::block_hash(&summary.hash), "it does not lead to its block"));
        }
        for part in [Part::Header, Part::Body, Part::Receipts] {
            if view.frozen.get(Space::Blocks, &part.key(number))?.is_none() {
                return Err(damaged(Space::Blocks, &part.key(number), "it is missing"));
            }
        }
        view.frozen.get(Space::Blocks, &Part::AccessList.key(number))?;
        parent = Some(summary.hash);
        tell.one();
    }
    if parent != Some(head.hash) {
        return Err(damaged(Space::Meta, space::HEAD, "its hash is not that of the last block"));
    }
    Ok(())
}
