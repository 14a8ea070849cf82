//! Looking after the data directory of a chain, while no node has it open.
//!
//! ```text
//!  data directory ──▶ stats, verify ──▶ repair
//!        │  create          ▲ restore
//!        ▼                  │
//!     snapshot ──▶ verify ──┘
//! ```
//!
//! Law: a directory is changed by [`repair`] and [`restore_snapshot`] only, and by these as a whole or not at all.

use crate::{NodeError, datadir};
use primitives::{B256, Header, alloy_rlp::Decodable};
use state::disk::{Disk, Head, Options, Progress, Repaired, Stats};
use std::path::{Path, PathBuf};

/// Which chain a directory or a snapshot is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainId {
    /// The chain's identifier.
    pub chain_id: u64,
    /// The hash of its first block.
    pub genesis: B256,
}

/// The chain of a data directory.
pub fn chain_of(datadir: &Path) -> Result<ChainId, NodeError> {
    let (chain_id, genesis) = Disk::chain_of(store(datadir))?;
    Ok(ChainId { chain_id, genesis })
}

/// What a data directory holds and takes.
pub fn stats(datadir: &Path) -> Result<Stats, NodeError> {
    Ok(open(datadir)?.stats()?)
}

/// Reads and checks everything; the first fault is the error.
pub fn verify(datadir: &Path, progress: impl FnMut(Progress)) -> Result<Option<Head>, NodeError> {
    let disk = open(datadir)?;
    disk.verify(progress)?;
    Ok(disk.head())
}

/// Makes a damaged directory whole again, as far as its accounts, code, blocks and indexes can be read.
pub fn repair(datadir: &Path) -> Result<Repaired, NodeError> {
    let options = options(chain_of(datadir)?);
    Ok(Disk::repair(store(datadir), &options)?)
}

/// Writes all of a directory into a file that is not there yet.
pub fn create_snapshot(datadir: &Path, file: &Path) -> Result<Head, NodeError> {
    Ok(open(datadir)?.snapshot(file)?)
}

/// Makes a new data directory from a snapshot.
pub fn restore_snapshot(file: &Path, datadir: &Path) -> Result<Head, NodeError> {
    let chain = snapshot_chain(file)?;
    // The snapshot is checked while it is read; what has failed leaves a directory that holds no chain.
    let disk = Disk::restore(file, store(datadir), options(chain))?;
    let head = disk.head().ok_or_else(|| NodeError::Record("the snapshot has no block".to_owned()))?;
    datadir::mark(datadir, first_time(&disk)?)?;
    Ok(head)
}

/// Checks a snapshot: every sum, every code, and the state root against the accounts.
pub fn verify_snapshot(file: &Path) -> Result<Head, NodeError> {
    Ok(Disk::verify_snapshot(file, &options(snapshot_chain(file)?))?)
}

/// The chain that a snapshot is of.
pub fn snapshot_chain(file: &Path) -> Result<ChainId, NodeError> {
    let (chain_id, genesis) = Disk::snapshot_chain(file)?;
    Ok(ChainId { chain_id, genesis })
}

/// Where the store of a data directory lies.
pub fn store(datadir: &Path) -> PathBuf {
    datadir.join(datadir::STORE)
}

fn options(chain: ChainId) -> Options {
    Options { create: false, history_blocks: u64::MAX, ..Options::new(chain.chain_id, chain.genesis) }
}

fn open(datadir: &Path) -> Result<Disk, NodeError> {
    let options = options(chain_of(datadir)?);
    Ok(Disk::open(store(datadir), options)?)
}

/// The time of the first block, which a node takes its genesis to be of.
fn first_time(disk: &Disk) -> Result<u64, NodeError> {
    let header = disk.header(0)?.ok_or_else(|| NodeError::Record("there is no first block".to_owned()))?;
    let header = Header::decode(&mut header.as_ref());
    header.map(|header| header.timestamp).map_err(|error| NodeError::Record(error.to_string()))
}
