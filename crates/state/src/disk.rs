//! A state on disk, with its history, its tries and its blocks.
//!
//! ```text
//!              root_of(diff) ─▶ RootUpdate {root, leaves, nodes} ─▶ commit(block) ── one batch, synced ──▶ head
//!   latest(), at(n) ─▶ DiskState: StateReader                       rollback_to(n) ◀── history
//!   prove(n, ..)    ─▶ Proof, root_after(n, diff)                   verify(), Disk::repair(), snapshots
//! ```
//!
//! Laws. A block is there as a whole or not at all, whenever the process or the machine stops. What a reader sees
//! belongs to one block, and stays. Nothing that comes from disk is believed: the engine checks its blocks, each value
//! ends with a checksum over its place and itself, each node of a trie has to have the hash that its parent names. A
//! directory that is not whole, not ours, or too new is refused, and then nothing in it is changed but what the engine
//! does to a torn journal.
//!
//! It knows no rules of blocks: their parts are bytes, their hashes are taken on trust. There is one writer at a time,
//! and a second one waits. Nothing here is asynchronous. `specs/0004-state-on-disk.md` draws the bytes.

mod back;
mod batch;
mod block_commit;
mod change;
mod contents;
mod directory;
mod disk_state;
mod error;
mod flat;
mod import;
mod journal;
mod ledger;
mod logs;
mod memo;
mod open;
mod options;
mod proof;
mod record;
mod repair;
mod rollback;
mod root_after;
mod root_update;
mod seal;
mod snapshot;
mod space;
mod stats;
mod store;
mod tip;
mod tries;
mod undo;
mod verify;
mod view;

pub use block_commit::{BlockCommit, LogKey};
pub use contents::StoredAccount;
pub use disk_state::DiskState;
pub use error::DiskError;
pub use ledger::{BlockParts, BlockSummary};
pub use logs::{LogBlocks, LogQuery};
pub use options::{Durability, Options};
pub use proof::{Proof, SlotProof};
pub use repair::Repaired;
pub use root_update::RootUpdate;
pub use stats::{KeyspaceSize, Stats};
pub use verify::{Progress, Stage};
pub use view::Head;

use access_list::StateDiff;
use batch::Batch;
use block_commit::{batch_of, check_next};
use parking_lot::{Mutex, MutexGuard, RwLock};
use primitives::B256;
use space::Space;
use std::sync::Arc;
use store::Store;
use tip::TipFile;
use tries::Tries;
use view::View;

/// An open store. Shared by reference: readers, and one writer at a time.
pub struct Disk {
    current: RwLock<Current>,
    writer: Mutex<Writer>,
    options: Options,
    store: Arc<Store>,
}

/// What stands now: the last view, and the tries' nodes that are in memory for it.
struct Current {
    view: Arc<View>,
    tries: Tries,
}

/// What only the writer needs.
struct Writer {
    tip: TipFile,
    /// Blocks committed since the last sync.
    unsynced: u64,
    /// A write has failed; nobody knows what of it is on disk.
    stopped: bool,
}

impl Disk {
    /// The head; `None` if there is no block yet.
    pub fn head(&self) -> Option<Head> {
        self.view().head
    }

    /// The state after the head.
    pub fn latest(&self) -> DiskState {
        let view = self.view();
        let number = view.head.map(|head| head.number);
        DiskState::new(view, number)
    }

    /// The state after block `number`: [`DiskError::NoBlock`] if there is no such block,
    /// [`DiskError::HistoryWindow`] if it is too long ago.
    pub fn at(&self, number: u64) -> Result<DiskState, DiskError> {
        state_in(self.view(), number)
    }

    /// The state after the block of this hash, whatever is rolled back meanwhile; `None` if there is no such block.
    /// [`DiskError::HistoryWindow`] if it is too long ago.
    pub fn after(&self, block: B256) -> Result<Option<DiskState>, DiskError> {
        let view = self.view();
        match view.number_of(&block)? {
            Some(number) => state_in(view, number).map(Some),
            None => Ok(None),
        }
    }

    /// Works out what `diff` makes of the state after the head, and the root it has then. Writes nothing. Runs in the
    /// rayon pool that it is called from.
    pub fn root_of(&self, diff: &StateDiff) -> Result<RootUpdate, DiskError> {
        let (view, tries) = self.current();
        root_update::root_of(&view, tries, diff)
    }

    /// Commits a block in one batch. When it returns, the block is the head, and on stable storage as
    /// [`Options::durability`] has it.
    ///
    /// [`DiskError::NotNext`], [`DiskError::Stale`] and [`DiskError::Full`] change nothing, and a later commit may
    /// succeed. After a write has failed, the store is [`DiskError::Stopped`] until it is opened again.
    pub fn commit(&self, mut block: BlockCommit) -> Result<(), DiskError> {
        let mut writer = self.writer()?;
        let view = self.view();
        check_next(&view, &block)?;
        self.check_space()?;
        let (batch, head) = batch_of(&view, &block, self.options.history_blocks)?;
        drop(view);
        writer.unsynced += 1;
        let sync = match self.options.durability {
            Durability::EachBlock => true,
            Durability::Blocks(blocks) => writer.unsynced >= blocks,
        };
        writer.guard(self.store.write(batch, sync))?;
        if sync {
            writer.synced(head)?;
        }
        let view = writer.guard(View::of(&self.store))?;
        let mut current = self.current.write();
        current.view = Arc::new(view);
        current.tries.advance(head.number, &mut block.update);
        drop(block);
        current.tries.shrink(head.number, self.options.trie_nodes);
        Ok(())
    }

    /// Puts everything committed on stable storage.
    pub fn sync(&self) -> Result<(), DiskError> {
        let mut writer = self.writer()?;
        writer.guard(self.store.sync())?;
        match self.head() {
            Some(head) => writer.synced(head),
            None => Ok(()),
        }
    }

    /// Writes one of the node's notes (see [`Self::note`]), synced.
    pub fn set_note(&self, name: &str, value: &[u8]) -> Result<(), DiskError> {
        let mut writer = self.writer()?;
        self.check_space()?;
        let mut batch = Batch::default();
        batch.put(Space::Meta, space::note(name), value);
        writer.guard(self.store.write(batch, true))?;
        if let Some(head) = self.head() {
            writer.synced(head)?;
        }
        let view = writer.guard(View::of(&self.store))?;
        self.current.write().view = Arc::new(view);
        Ok(())
    }

    /// How the store was opened.
    pub fn options(&self) -> &Options {
        &self.options
    }

    fn store(&self) -> &Arc<Store> {
        &self.store
    }

    fn view(&self) -> Arc<View> {
        self.current.read().view.clone()
    }

    fn current(&self) -> (Arc<View>, Tries) {
        let current = self.current.read();
        (current.view.clone(), current.tries.clone())
    }

    fn set_current(&self, view: View, tries: Tries) {
        *self.current.write() = Current { view: Arc::new(view), tries };
    }

    fn writer(&self) -> Result<MutexGuard<'_, Writer>, DiskError> {
        let writer = self.writer.lock();
        if writer.stopped { Err(DiskError::Stopped) } else { Ok(writer) }
    }

    /// Refuses to go on where the file system is nearly full, while nothing is half done.
    fn check_space(&self) -> Result<(), DiskError> {
        let (free_bytes, reserve_bytes) = (self.store.directory().free_bytes()?, self.options.reserve_bytes);
        if free_bytes < reserve_bytes { Err(DiskError::Full { free_bytes, reserve_bytes }) } else { Ok(()) }
    }
}

impl Writer {
    /// Stops the store for good if a write failed, or if what was written cannot be read.
    fn guard<T>(&mut self, written: Result<T, DiskError>) -> Result<T, DiskError> {
        self.stopped |= written.is_err();
        written
    }

    /// Notes that everything up to `head` is on stable storage.
    fn synced(&mut self, head: Head) -> Result<(), DiskError> {
        self.unsynced = 0;
        let tip: (u64, B256) = (head.number, head.hash);
        if self.tip.tip() == Some(tip) {
            return Ok(());
        }
        let set = self.tip.set(Some(tip), false);
        self.guard(set)
    }
}

/// The state after a block, as it was in a moment of the store.
fn state_in(view: Arc<View>, number: u64) -> Result<DiskState, DiskError> {
    let head = view.head_for(number)?;
    if number < head.first_block {
        return Err(DiskError::NoBlock { number, range: Some((head.first_block, head.number)) });
    }
    if number < head.oldest_state {
        return Err(DiskError::HistoryWindow { number, oldest: head.oldest_state });
    }
    Ok(DiskState::new(view, Some(number)))
}

/// Readers and the store are shared between threads.
const _: () = {
    const fn is_shared<T: Send + Sync>() {}
    is_shared::<Disk>();
    is_shared::<DiskState>();
    is_shared::<RootUpdate>();
};
