//! Making a store whole again from the parts of it that are.

use super::{
    Disk, DiskError, Head, Options,
    directory::Directory,
    import::{self, Entry, Imported},
    ledger::Part,
    seal::damaged,
    space::{HEAD, Space},
    store::{Frozen, Store},
    tip,
    verify::verify_history,
    view::View,
};
use std::{path::Path, sync::Arc};

/// What a repair did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repaired {
    /// The head now.
    pub head: Head,
    /// The last block that had been acknowledged, if the file that remembers it could be read. Blocks after the head
    /// have to be fetched again.
    pub acknowledged: Option<u64>,
    /// Whether the history had to be given up: then only the state after the head can be read.
    pub history_dropped: bool,
}

impl Disk {
    /// Makes the store in `dir` whole again, if its accounts, code, blocks and indexes can be read: the tries are made
    /// anew, what is after the last block of the accounts is dropped, the history too if it is not whole, and blocks
    /// that were acknowledged and are lost are no longer missed. The root that the accounts make has to be that of their
    /// last block; otherwise, and on every other error, nothing is changed.
    ///
    /// The files as they were are kept as `db.damaged`, for people to look at and to remove; while they are there,
    /// another repair fails with [`DiskError::Exists`]. Needs as much room again as the store takes.
    pub fn repair(dir: impl AsRef<Path>, options: &Options) -> Result<Repaired, DiskError> {
        let directory = Directory::own(dir.as_ref(), false)?;
        directory.undo_swap()?;
        if !directory.check(options)? {
            return Err(DiskError::NoStore { dir: dir.as_ref().to_owned() });
        }
        if directory.db_damaged().exists() {
            return Err(DiskError::Exists { path: directory.db_damaged() });
        }
        let acknowledged = tip::TipFile::open(&directory.tip()).ok().and_then(|file| file.tip());
        let store = Arc::new(Store::open(directory, options)?);
        let frozen = store.freeze();
        let (head, history_dropped) = plan(&store, &frozen)?;
        let copy = Copy { frozen: &frozen, number: head.number, with_history: !history_dropped };
        let imported = Imported { head, oldest_state: head.oldest_state };
        store.directory().clear()?;
        let made = import::fill_beside(&store, options, &mut copy.entries(), imported);
        drop(frozen);
        let store = Arc::into_inner(store).ok_or(DiskError::Stopped)?;
        let directory = store.close();
        if let Err(error) = made {
            directory.clear()?;
            return Err(error);
        }
        directory.swap()?;
        tip::create(&directory.tip(), Some((head.number, head.hash)))?;
        Ok(Repaired { head, acknowledged: acknowledged.map(|(number, _)| number), history_dropped })
    }
}

/// The head that the store can have, and whether the history has to go.
fn plan(store: &Arc<Store>, frozen: &Frozen) -> Result<(Head, bool), DiskError> {
    let nothing = || DiskError::damaged("keyspace state", "it does not say which block it belongs to");
    let number = frozen.stamp(Space::State)?.ok_or_else(nothing)?;
    let first = frozen.all(Space::Blocks).next().transpose()?;
    let first_block = first.and_then(|(key, _)| Some(u64::from_be_bytes(*key.first_chunk()?))).unwrap_or(number);
    let key = Part::Summary.key(number);
    let old = frozen.get(Space::Meta, HEAD).ok().flatten().and_then(|bytes| Head::decode(&bytes));
    let view = View::with_head(store, frozen.clone(), None);
    let summary = view.summary(number)?.ok_or_else(|| damaged(Space::Blocks, &key, "it is missing"))?;
    let (hash, state_root) = (summary.hash, summary.state_root);
    let oldest_state = old.map_or(number, |old| old.oldest_state).clamp(first_block.min(number), number);
    let head = Head { number, hash, state_root, first_block, oldest_state };
    let is_whole = |space| frozen.stamp(space).is_ok_and(|stamp| stamp.is_some_and(|stamp| stamp >= number));
    let is_exact = old.is_some() && is_whole(Space::History) && is_whole(Space::Undo);
    let checked = View::with_head(store, frozen.clone(), Some(head));
    if is_exact && verify_history(&checked, &mut |_| ()).is_ok() {
        return Ok((head, false));
    }
    Ok((Head { oldest_state: number, ..head }, true))
}

/// What is taken over.
struct Copy<'a> {
    frozen: &'a Frozen,
    number: u64,
    with_history: bool,
}

impl Copy<'_> {
    fn entries(&self) -> impl Iterator<Item = Result<Entry, DiskError>> {
        let spaces = [Space::State, Space::Code, Space::Blocks, Space::Index, Space::Meta];
        let history = [Space::History, Space::Undo].into_iter().filter(|_| self.with_history);
        let number = self.number;
        spaces.into_iter().chain(history).flat_map(move |space| {
            let entries = self.frozen.all(space);
            entries.filter_map(move |entry| match entry {
                Ok((key, value)) => (block_of(space, &key, &value).is_none_or(|block| block <= number))
                    .then_some(Ok((space, key, value))),
                Err(error) => Some(Err(error)),
            })
        })
    }
}

/// The block that an entry came with, where it goes when the block does.
fn block_of(space: Space, key: &[u8], value: &[u8]) -> Option<u64> {
    let number = match (space, key.first()) {
        (Space::Blocks | Space::Undo, _) => key.first_chunk(),
        (Space::History, _) => key.last_chunk(),
        (Space::Index, Some(b'b' | b't')) => value.first_chunk(),
        (Space::Index, _) => key.last_chunk(),
        _ => None,
    };
    number.map(|number| u64::from_be_bytes(*number))
}
