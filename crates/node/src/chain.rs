//! The chain of a node: what it owns, how it starts, and what it shows to readers.
//!
//! ```text
//!  work   one at a time: building a block, editing the head's state, going back     (Mutex<Work>)
//!    └─▶ pool   what waits; its lock is held for the time of one transaction          (Mutex<Pool>)
//!          └─▶ head   the block that readers see, with the overlay on its state       (RwLock<Arc<Head>>)
//! ```
//!
//! Law: locks are taken in this order. A reader sees a block only after the pool has followed it, so whoever has seen a
//! receipt finds the pool behind it, never before.

use crate::{
    Audience, Genesis, Keys, Mining, NodeError, Observer, Options, clock,
    console::Console,
    datadir,
    overlay::{Overlay, StateView},
    produce::{CLASSES_MAX, Producer, Work},
    signal::Signal,
    store::{Receipts, Store, Stored},
};
use access_list::Compiled;
use executor::{Engine, rules};
use parking_lot::{Mutex, RwLock};
use primitives::{B256, ChainSpec, Fork, Header, keccak256};
use rpc::{
    RpcError,
    backend::{BlockAccess, ChainBlock, EventHub},
};
use state::disk::{Disk, DiskState, Durability};
use std::{
    collections::VecDeque,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};
use txpool::{HintTable, Pool};

/// What a node does when it cannot go on: called once, with the reason.
pub type OnFailure = Box<dyn FnOnce(&NodeError) + Send>;

/// A running chain.
pub struct Chain {
    pub(crate) spec: ChainSpec,
    pub(crate) genesis: B256,
    pub(crate) genesis_time: u64,
    pub(crate) store: Store,
    pub(crate) engine: Engine,
    /// Executes blocks again for readers, so that they do not wait for the miner nor it for them.
    pub(crate) reader: Engine,
    pub(crate) shadow: bool,
    /// Blocks of an epoch.
    pub(crate) epoch_blocks: u64,
    pub(crate) work: Mutex<Work>,
    pub(crate) pool: Mutex<Pool>,
    /// What calls touched in the blocks that were made; its lock is taken last.
    pub(crate) hints: Mutex<HintTable>,
    pub(crate) head: RwLock<Arc<Head>>,
    pub(crate) impersonation: Mutex<crate::dev::Impersonation>,
    pub(crate) access: Mutex<VecDeque<(B256, Arc<BlockAccess>)>>,
    pub(crate) schedules: Mutex<crate::schedule::Schedules>,
    pub(crate) pending: Mutex<crate::pending::Recent>,
    pub(crate) blobs: Mutex<crate::blobs::Blobs>,
    /// Contracts whose storage has names.
    pub(crate) layouts: Vec<Arc<Compiled>>,
    /// Held by the only snapshot that is being made.
    pub(crate) snapshots: Mutex<()>,
    pub(crate) signal: Signal,
    pub(crate) events: EventHub,
    pub(crate) instance: B256,
    pub(crate) observer: Option<Arc<dyn Observer>>,
    audience: Option<Arc<dyn Audience>>,
    pub(crate) hears_console: bool,
    /// Whether the audience is told.
    pub(crate) is_loud: AtomicBool,
    /// How often blocks have been taken back.
    pub(crate) turns: AtomicU64,
    /// The last block that was taken over from somebody else: it is final.
    pub(crate) imported: AtomicU64,
    keys: Keys,
    failure: OnceLock<String>,
    on_failure: Mutex<Option<OnFailure>>,
    /// Removed when the chain is dropped; after the store, for fields are dropped in order.
    _temporary: Option<tempfile::TempDir>,
}

/// The last block, as readers see it.
pub(crate) struct Head {
    pub(crate) block: Arc<ChainBlock>,
    pub(crate) receipts: Receipts,
    /// What developers have changed since.
    pub(crate) overlay: Arc<Overlay>,
}

impl Head {
    pub(crate) fn header(&self) -> &Header {
        &self.block.block.header
    }
}

impl std::fmt::Debug for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chain").field("genesis", &self.genesis).finish_non_exhaustive()
    }
}

impl Chain {
    /// Opens the chain in the data directory, or makes a new one.
    pub fn open(options: &Options, keys: Keys, on_failure: OnFailure) -> Result<Self, NodeError> {
        let (place, temporary) = datadir::prepare(options.datadir.as_deref(), options.start.timestamp())?;
        let genesis = options.start.genesis(place.genesis_time);
        let disk_options = state::disk::Options {
            reserve_bytes: options.reserve_bytes,
            files_max: options.files_max,
            ..disk_options(&genesis, temporary.is_none())
        };
        if temporary.is_some() {
            datadir::make_store(&place.store, &disk_options);
        }
        let disk = Disk::open(&place.store, disk_options)?;
        if disk.head().is_none() {
            crate::produce::commit_genesis(&disk, &genesis)?;
        }
        let store = Store::new(disk);
        let head = head_of(&store)?;
        let gas_limit = head.header().gas_limit;
        let spec = spec_with(&genesis.spec, &head.overlay);
        let pool_head = pool_head(&spec, head.header(), gas_limit, options.min_tip, None);
        let pool = Pool::new(options.pool.clone(), pool_head);
        let now = clock::now_ms();
        Ok(Self {
            instance: keccak256(
                [genesis.hash.as_slice(), &now.to_be_bytes(), &std::process::id().to_be_bytes()].concat(),
            ),
            spec: genesis.spec,
            genesis: genesis.hash,
            genesis_time: genesis.block.header.timestamp,
            store,
            engine: Engine::new(options.workers)?,
            reader: Engine::new(1)?,
            shadow: options.shadow,
            epoch_blocks: options.epoch_blocks,
            work: Mutex::new(Work::new(gas_limit, Producer { coinbase: options.coinbase, min_tip: options.min_tip })),
            pool: Mutex::new(pool),
            hints: Mutex::new(HintTable::new(CLASSES_MAX)),
            head: RwLock::new(Arc::new(head)),
            impersonation: Mutex::default(),
            access: Mutex::default(),
            schedules: Mutex::default(),
            pending: Mutex::default(),
            blobs: Mutex::new(crate::blobs::Blobs::new(options.blob_bytes_max)),
            layouts: options.layouts.iter().cloned().map(Arc::new).collect(),
            snapshots: Mutex::default(),
            turns: AtomicU64::new(0),
            imported: AtomicU64::new(0),
            signal: Signal::new(options.mining),
            events: EventHub::default(),
            observer: options.observer.clone(),
            audience: options.audience.clone(),
            hears_console: options.console,
            is_loud: AtomicBool::new(true),
            keys,
            failure: OnceLock::new(),
            on_failure: Mutex::new(Some(on_failure)),
            _temporary: temporary,
        })
    }

    /// The rules of the chain.
    pub fn spec(&self) -> &ChainSpec {
        &self.spec
    }

    /// The number of the last block.
    pub fn number(&self) -> u64 {
        self.head_now().header().number
    }

    /// Why no block can be made any more, if so.
    pub fn failure(&self) -> Option<&str> {
        self.failure.get().map(String::as_str)
    }

    /// What it takes on disk.
    pub fn disk_usage(&self) -> Result<state::disk::Stats, NodeError> {
        Ok(self.store.disk.stats()?)
    }

    /// The rules of the last block.
    pub fn fork(&self) -> Fork {
        self.spec.fork_of(self.head_now().header())
    }

    /// The gas of the last block.
    pub fn gas_limit(&self) -> u64 {
        self.head_now().header().gas_limit
    }

    /// How many workers execute a block.
    pub fn workers(&self) -> usize {
        self.engine.workers()
    }

    /// The hash of the first block.
    pub fn genesis(&self) -> B256 {
        self.genesis
    }

    /// The keys of its development accounts.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// When blocks are made.
    pub fn mining(&self) -> Mining {
        self.signal.mining()
    }

    /// Puts everything on stable storage.
    pub fn sync(&self) -> Result<(), NodeError> {
        Ok(self.store.disk.sync()?)
    }

    /// The rules as they are now: those of the chain, with the identifier that a developer chose.
    pub(crate) fn spec_now(&self) -> ChainSpec {
        spec_with(&self.spec, &self.head_now().overlay)
    }

    pub(crate) fn head_now(&self) -> Arc<Head> {
        Arc::clone(&self.head.read())
    }

    /// The state that readers see after a block.
    pub(crate) fn state_at(&self, hash: B256) -> Result<StateView, RpcError> {
        if let Some(pending) = self.pending.lock().of(hash) {
            return Ok(pending.after.clone());
        }
        let head = self.head_now();
        let overlay = if head.block.hash == hash { Arc::clone(&head.overlay) } else { Arc::default() };
        Ok(StateView { disk: self.disk_after(hash)?, overlay })
    }

    /// The state that the block of a hash left, which is an error if that has been taken back.
    pub(crate) fn disk_after(&self, hash: B256) -> Result<DiskState, RpcError> {
        let state = self.store.disk.after(hash).map_err(|error| crate::error::of_disk(&error))?;
        state.ok_or_else(RpcError::header_not_found)
    }

    /// The state that a block was executed on: that after its parent, with what developers had changed since.
    pub(crate) fn state_before(&self, stored: &Stored) -> Result<StateView, RpcError> {
        let disk = self.disk_after(stored.block.block.header.parent_hash)?;
        Ok(StateView { disk, overlay: Arc::clone(&stored.overlay) })
    }

    pub(crate) fn stored(&self, hash: B256) -> Result<Option<Stored>, RpcError> {
        if let Some(pending) = self.pending.lock().of(hash) {
            return Ok(Some(pending.stored.clone()));
        }
        Ok(self.store.by_hash(hash)?)
    }

    /// Who is told of blocks and calls, unless that was switched off.
    pub(crate) fn audience(&self) -> Option<&dyn Audience> {
        self.audience.as_deref().filter(|_| self.is_loud.load(Ordering::Relaxed))
    }

    /// A console that hears, if somebody wants to be told.
    pub(crate) fn console(&self) -> Console {
        if self.hears_console && self.audience().is_some() { Console::default() } else { Console::deaf() }
    }

    /// Fails if the node has stopped.
    pub(crate) fn check_running(&self) -> Result<(), NodeError> {
        match self.failure.get() {
            Some(reason) => Err(NodeError::Stopped(reason.clone())),
            None => Ok(()),
        }
    }

    /// Stops for good if the work failed: what waits would otherwise wait without a word.
    pub(crate) fn guard<T>(&self, result: Result<T, NodeError>) -> Result<T, NodeError> {
        if let Err(error) = &result {
            self.fail(error);
        }
        result
    }

    /// Makes no block any more, and tells why; the first time only.
    pub(crate) fn fail(&self, error: &NodeError) {
        if self.failure.set(error.to_string()).is_ok()
            && let Some(on_failure) = self.on_failure.lock().take()
        {
            on_failure(error);
        }
    }
}

/// The head that the store ends at.
pub(crate) fn head_of(store: &Store) -> Result<Head, NodeError> {
    let head = store.disk.head().ok_or_else(|| NodeError::Record("there is no block".to_owned()))?;
    let stored = store.by_number(head.number)?.ok_or(NodeError::NoBlock(head.hash))?;
    let overlay = Arc::new(stored.overlay.after_block());
    Ok(Head { block: stored.block, receipts: stored.receipts, overlay })
}

/// The rules with the identifier that a developer chose.
pub(crate) fn spec_with(spec: &ChainSpec, overlay: &Overlay) -> ChainSpec {
    let mut spec = spec.clone();
    spec.chain_id = overlay.chain_id.unwrap_or(spec.chain_id);
    spec
}

/// What the pool judges transactions by after a block.
pub(crate) fn pool_head(
    spec: &ChainSpec,
    parent: &Header,
    gas_limit: u64,
    min_tip: u128,
    base_fee: Option<u64>,
) -> txpool::Head {
    let (number, timestamp) = (parent.number.saturating_add(1), parent.timestamp.saturating_add(1));
    let params = spec.blob_params_at(timestamp);
    let blob_fee = params.map_or(0, |params| params.calc_blob_fee(rules::excess_blob_gas(&params, parent)));
    txpool::Head {
        chain_id: spec.chain_id,
        fork: spec.fork_at(number, timestamp),
        gas_limit,
        base_fee: base_fee.unwrap_or_else(|| rules::base_fee(spec, parent)),
        blob_fee,
        blob_params: params,
        min_tip,
    }
}

/// All history stays: a development chain is short, and any block of it may be asked for. What nobody keeps need not
/// survive a power failure.
fn disk_options(genesis: &Genesis, is_kept: bool) -> state::disk::Options {
    const MIB: u64 = 1 << 20;
    state::disk::Options {
        durability: if is_kept { Durability::EachBlock } else { Durability::Blocks(u64::MAX) },
        history_blocks: u64::MAX,
        proof_blocks: 10_000,
        cache_bytes: 64 * MIB,
        buffer_bytes: 64 * MIB,
        workers: 1,
        ..state::disk::Options::new(genesis.spec.chain_id, genesis.hash)
    }
}
