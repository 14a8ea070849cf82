//! A signed block in a folder of its own, with the state that it reads.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use primitives::{B256, Bytes, ChainSpec, Fork, Header, alloy_primitives::U64, map::B256Map};
use state::MemoryState;

use super::{BLOCK, RecordedBlock, RecordedState, Roots, name_of, pre_state, rpc_block::RpcBlock, sender};
use crate::{LoadError, files};

/// Files that many blocks share, each read once.
#[derive(Debug, Default)]
pub(super) struct Companions {
    codes: BTreeMap<PathBuf, Arc<B256Map<Bytes>>>,
    block_hashes: BTreeMap<PathBuf, Arc<BTreeMap<U64, B256>>>,
}

/// Loads `block.json` and `pre_state.json` and what lies beside them or in the folder above.
pub(super) fn load(folder: &Path, companions: &mut Companions) -> Result<RecordedBlock, LoadError> {
    let block_path = files::require(folder, BLOCK)?;
    let state_path = files::require(folder, "pre_state.json")?;
    let rpc_block: RpcBlock = files::read_json(&block_path)?;
    let uncles: Option<Vec<Header>> =
        files::find(folder, "uncles.json").map(|path| files::read_json(&path)).transpose()?;
    let chain = chain_spec(folder)?;
    let checked = rpc_block.check(&block_path, uncles)?;
    let header = &checked.block.header;
    let fork = chain.fork_of(header);
    let senders = match checked.senders {
        Some(senders) => senders,
        None => sender::recover_all(&block_path, &checked.block.body.transactions, fork)?,
    };

    let codes = companions.codes(folder)?;
    let codes: Vec<_> = codes.iter().map(Arc::as_ref).collect();
    let mut state = pre_state::build(&state_path, files::read_json(&state_path)?, &codes)?;
    insert_block_hashes(&block_path, &companions.block_hashes(folder)?, header, &mut state)?;
    let roots = Roots { receipts: (fork >= Fork::Byzantium).then_some(header.receipts_root), ..Roots::default() };
    Ok(RecordedBlock {
        name: name_of(folder),
        chain,
        hash: checked.hash,
        block: checked.block,
        header_known: true,
        ommers_known: checked.ommers_known,
        senders,
        parent: None,
        state: RecordedState::Listed(state),
        roots,
    })
}

/// Lets the state know the recorded hashes and the parent's, of which the header and the recording must say the same.
fn insert_block_hashes(
    path: &Path,
    recorded: &[Arc<BTreeMap<U64, B256>>],
    header: &Header,
    state: &mut MemoryState,
) -> Result<(), LoadError> {
    let parent = header.number.checked_sub(1);
    for (number, hash) in recorded.iter().flat_map(|hashes| hashes.iter()) {
        let number = number.to();
        if parent == Some(number) {
            LoadError::check(path, format!("the recorded hash of block {number}"), hash, &header.parent_hash)?;
        }
        state.insert_block_hash(number, *hash);
    }
    if let Some(parent) = parent {
        state.insert_block_hash(parent, header.parent_hash);
    }
    Ok(())
}

/// The chain that `genesis.json` describes; mainnet without one.
fn chain_spec(folder: &Path) -> Result<ChainSpec, LoadError> {
    let Some(path) = files::find(folder, "genesis.json") else { return Ok(ChainSpec::mainnet()) };
    let json = String::from_utf8(files::read(&path)?).map_err(|error| LoadError::invalid(&path, error))?;
    ChainSpec::from_genesis_json(&json).map_err(|error| LoadError::invalid(&path, error))
}

impl Companions {
    fn codes(&mut self, folder: &Path) -> Result<Vec<Arc<B256Map<Bytes>>>, LoadError> {
        load_each(&mut self.codes, folder, &["code.json", "codes.json", "bytecodes.json"])
    }

    fn block_hashes(&mut self, folder: &Path) -> Result<Vec<Arc<BTreeMap<U64, B256>>>, LoadError> {
        load_each(&mut self.block_hashes, folder, &["block_hashes.json"])
    }
}

/// The files of these names in the folder; if there are none, those in the folder above, which other blocks may need.
fn load_each<T: serde::de::DeserializeOwned>(
    shared: &mut BTreeMap<PathBuf, Arc<T>>,
    folder: &Path,
    names: &[&str],
) -> Result<Vec<Arc<T>>, LoadError> {
    let find_in = |folder: &Path| names.iter().filter_map(|name| files::find(folder, name)).collect::<Vec<_>>();
    let own = find_in(folder);
    if !own.is_empty() {
        return own.iter().map(|path| files::read_json(path).map(Arc::new)).collect();
    }
    let paths = folder.canonicalize().ok().and_then(|folder| folder.parent().map(find_in)).unwrap_or_default();
    // Those of one folder at a time: a long way through many folders needs no more memory than one of them.
    shared.retain(|path, _| paths.contains(path));
    let load = |path: PathBuf| {
        if let Some(content) = shared.get(&path) {
            return Ok(content.clone());
        }
        let content = Arc::new(files::read_json(&path)?);
        shared.insert(path, Arc::clone(&content));
        Ok(content)
    };
    paths.into_iter().map(load).collect()
}
