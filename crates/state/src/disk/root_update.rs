//! What a diff makes of state and tries: worked out before anything is written.
//!
//! ```text
//! diff ─▶ hash the keys ─▶ read what was there, update each storage trie ─▶ update the account trie ─▶ RootUpdate
//!           (parallel)                    (parallel)                        (load, hash: parallel)
//! ```

use super::{
    DiskError,
    batch::Write,
    change::{Change, changes},
    record::{AccountRecord, SlotRecord},
    space::{self, Space},
    tries::Tries,
    view::{AccountNodes, StorageNodes, View},
};
use crate::{
    Trie, TrieError,
    trie::{Fork, NodeStore, Wanted},
};
use access_list::StateDiff;
use alloy_trie::{EMPTY_ROOT_HASH, Nibbles};
use fjall::Slice;
use primitives::{B256, Bytes, keccak256, map::B256Map};
use rayon::prelude::*;
use std::collections::BTreeSet;

/// The result of [`Disk::root_of`](super::Disk::root_of): the new state root, and all that a commit has to write for it.
/// Good for a commit on the head that it was made on, and no other.
#[derive(Debug)]
pub struct RootUpdate {
    /// The hash of the head it was made on; `None` if there was none.
    pub(super) base: Option<B256>,
    pub(super) root: B256,
    pub(super) accounts: Vec<AccountWork>,
    /// As they are written.
    pub(super) nodes: Vec<Write>,
    pub(super) code: Vec<(B256, Bytes)>,
    pub(super) account_trie: Trie,
}

impl RootUpdate {
    /// The state root after the diff.
    pub fn root(&self) -> B256 {
        self.root
    }

    /// How many accounts and how many slots are other than before.
    pub fn changed(&self) -> (usize, usize) {
        let accounts = self.accounts.iter().filter(|work| work.old != work.new).count();
        (accounts, self.accounts.iter().map(|work| work.slots.len()).sum())
    }
}

/// One account before and after, with those of its slots that differ.
#[derive(Debug)]
pub(super) struct AccountWork {
    pub(super) key: B256,
    pub(super) old: Option<AccountRecord>,
    pub(super) new: Option<AccountRecord>,
    pub(super) slots: Vec<SlotWork>,
    /// Its storage trie afterwards, if it was looked at.
    pub(super) trie: Option<Trie>,
    nodes: Vec<Write>,
}

/// One slot before and after, under its hash.
#[derive(Clone, Copy, Debug)]
pub(super) struct SlotWork {
    pub(super) key: B256,
    pub(super) old: Option<SlotRecord>,
    pub(super) new: Option<SlotRecord>,
}

/// Works out what `diff` makes of the state of `view`.
pub(super) fn root_of(view: &View, tries: Tries, diff: &StateDiff) -> Result<RootUpdate, DiskError> {
    let wrong = diff.code.par_iter().find_any(|(hash, code)| keccak256(code) != *hash);
    if let Some((hash, _)) = wrong {
        return Err(DiskError::DiffCode(*hash));
    }
    let mut update = root_of_changes(view, tries, changes(view, diff)?)?;
    update.code.clone_from(&diff.code);
    Ok(update)
}

/// As [`root_of`], for changes that are sorted already.
pub(super) fn root_of_changes(view: &View, tries: Tries, changes: Vec<Change>) -> Result<RootUpdate, DiskError> {
    let accounts: Result<Vec<_>, _> =
        changes.into_par_iter().with_min_len(8).map(|change| work(view, &tries, change)).collect();
    let mut accounts = accounts?;
    let mut account_trie = tries.accounts;
    let writes: Vec<_> = accounts
        .iter()
        .filter(|work| work.old != work.new)
        .map(|work| LeafWrite { key: work.key, old: leaf(&work.old), new: leaf(&work.new) })
        .collect();
    let (root, mut nodes) = write_trie(&mut account_trie, writes, &AccountNodes(view), None)?;
    nodes.extend(accounts.iter_mut().flat_map(|work| std::mem::take(&mut work.nodes)));
    let base = view.head.map(|head| head.hash);
    Ok(RootUpdate { base, root, accounts, nodes, code: Vec::new(), account_trie })
}

fn leaf(record: &Option<AccountRecord>) -> Option<Vec<u8>> {
    record.as_ref().map(AccountRecord::leaf)
}

/// Reads what was there and brings the storage trie of one account up to date.
fn work(view: &View, tries: &Tries, change: Change) -> Result<AccountWork, DiskError> {
    let key = change.key;
    let old = view.account_of(&key, change.address)?;
    let account = change.account.unwrap_or(old.map(|old| old.account));
    if account.is_none() && change.slots.iter().any(|slot| !slot.value.is_zero()) {
        return Err(DiskError::Diff { what: "leaves storage without the account", address: change.address });
    }
    let slots = slot_works(view, &change, old.is_some())?;
    let old_root = old.map_or(EMPTY_ROOT_HASH, |old| old.storage_root);
    let is_wiped = (change.wiped || account.is_none()) && old_root != EMPTY_ROOT_HASH;
    let mut work = AccountWork { key, old, new: None, slots, trie: None, nodes: Vec::new() };
    let mut storage_root = old_root;
    if is_wiped {
        for entry in view.frozen.prefix(Space::Nodes, &space::node_prefix(Some(&key))) {
            work.nodes.push((entry?.0.into(), None));
        }
    }
    if is_wiped || !work.slots.is_empty() {
        let mut trie = if is_wiped { Trie::new() } else { tries.storage(&key, old_root) };
        let writes = work.slots.iter().filter(|slot| !is_wiped || slot.new.is_some()).map(|slot| LeafWrite {
            key: slot.key,
            old: slot.old.as_ref().filter(|_| !is_wiped).map(SlotRecord::leaf),
            new: slot.new.as_ref().map(SlotRecord::leaf),
        });
        let nodes = StorageNodes { view, owner: key };
        let (root, forks) = write_trie(&mut trie, writes.collect(), &nodes, Some(&key))?;
        (storage_root, work.trie) = (root, Some(trie));
        work.nodes.extend(forks);
        if is_wiped {
            work.slots.retain(|slot| slot.old != slot.new);
        }
    }
    let address = change.address;
    work.new = account.map(|account| AccountRecord { address, account, storage_root });
    Ok(work)
}

/// The slots of a change before and after. Those that stay as they are are left out, unless the storage is wiped: then
/// the trie is made anew and needs them.
fn slot_works(view: &View, change: &Change, existed: bool) -> Result<Vec<SlotWork>, DiskError> {
    let new = |value, slot| (value != primitives::U256::ZERO).then_some(SlotRecord { slot, value });
    if change.wiped && existed {
        let mut works = B256Map::default();
        for entry in view.slots(&change.key) {
            let (key, record) = entry?;
            works.insert(key, SlotWork { key, old: Some(record), new: None });
        }
        for slot in &change.slots {
            let work = works.entry(slot.key).or_insert(SlotWork { key: slot.key, old: None, new: None });
            work.new = new(slot.value, slot.slot);
        }
        let mut works: Vec<_> = works.into_values().filter(|work| work.old.is_some() || work.new.is_some()).collect();
        works.sort_unstable_by_key(|work| work.key);
        return Ok(works);
    }
    let owner = view.name_of(&change.key, change.address);
    let read = |slot: &super::change::SlotWrite| {
        let old = if existed { view.slot_of((&change.key, owner), (&slot.key, slot.slot))? } else { None };
        Ok(SlotWork { key: slot.key, old, new: new(slot.value, slot.slot) })
    };
    let works: Result<Vec<_>, DiskError> = change.slots.par_iter().with_min_len(32).map(read).collect();
    Ok(works?.into_iter().filter(|work| work.old != work.new).collect())
}

/// A leaf before and after; they differ.
struct LeafWrite {
    key: B256,
    old: Option<Vec<u8>>,
    new: Option<Vec<u8>>,
}

/// Writes leaves, in the order of their keys, into a trie that is partly in memory. Gives the root, and the keys and
/// values of the nodes that have to be stored or removed.
fn write_trie<S: NodeStore<Error = DiskError>>(
    trie: &mut Trie,
    writes: Vec<LeafWrite>,
    store: &S,
    owner: Option<&B256>,
) -> Result<(B256, Vec<Write>), DiskError> {
    let mut leaves = Vec::with_capacity(writes.len());
    let mut wanted: Vec<Wanted> = Vec::with_capacity(writes.len());
    for write in writes {
        wanted.push((write.key, write.old));
        leaves.push((Nibbles::unpack(write.key), write.new));
    }
    trie.load(&wanted, store)?;
    let mut may_go = BTreeSet::new();
    for (key, _) in leaves.iter().filter(|(_, leaf)| leaf.is_none()) {
        may_go.extend(trie.forks_beside(key));
    }
    for (key, leaf) in &leaves {
        if let Some(leaf) = leaf {
            trie.insert(key, leaf)?;
        }
    }
    for (key, _) in leaves.iter().filter(|(_, leaf)| leaf.is_none()) {
        while let Err(error) = trie.remove(key) {
            let TrieError::Missing { path } = error else { return Err(error.into()) };
            trie.load_at(&path, store)?;
            may_go.insert(path);
        }
    }
    let (root, forks) = trie.root_and_forks();
    let gone = may_go.into_iter().filter(|path| !trie.has_fork_at(path)).map(|path| Fork { path, node: None });
    let write = |fork: Fork| (space::node(owner, &fork.path).into(), fork.node.map(Slice::from));
    let mut nodes: Vec<Write> = gone.map(write).collect();
    nodes.par_extend(forks.into_par_iter().with_min_len(512).map(write));
    Ok((root, nodes))
}
