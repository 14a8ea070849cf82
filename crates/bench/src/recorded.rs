//! Blocks of real chains, recorded with the state they ran on, as workloads.
//!
//! Four forms of data are read; which one it is shows in the names of the files, or in the keys of a single file:
//!
//! ```text
//! <n>/block.json, pre_state.json                 signed block and what it reads   folder
//!    code.json, block_hashes.json, uncles.json,  beside them, or one folder up
//!    genesis.json                                (bytecodes.json, block_hashes.json)
//! <n>/block.json, txs.json, pre_state.json       no signatures, no header roots   unsigned
//! <file>.json with full_blocks, proofs           Merkle proofs before and after   rpc_cache
//! <file>.json with blocks, witness               trie nodes                       prover_input
//! ```
//!
//! Any file may be plain, `.zst` or `.gz`. Law: a block that loads is what it claims to be: the header hashes to
//! the block hash, transactions and withdrawals to their roots, each code to its key. Senders are taken
//! as recorded, which saves a signature recovery per transaction; [`RecordedBlock::check_senders`] does not trust them.

mod folder;
mod pre_state;
mod prover_input;
mod rpc_block;
mod rpc_cache;
mod sender;
mod unsigned;
mod witness;

use std::path::{Path, PathBuf};

use primitives::{Account, Address, B256, Block, Bytes, ChainSpec, Fork, Header, U256};
use serde::{Deserialize, de::IgnoredAny};
use state::{MemoryState, StateError, StateReader, WitnessState};

use crate::{LoadError, files};
use folder::Companions;

/// A block, the state it ran on and what its result can be compared with.
#[derive(Clone, Debug)]
pub struct RecordedBlock {
    /// The number, or the file's name: what to call it in a table.
    pub name: String,
    /// The rules of its chain.
    pub chain: ChainSpec,
    /// The block. In the unsigned form its transactions carry a signature that means nothing.
    pub block: Block,
    /// The block's hash; zero if the header is not known.
    pub hash: B256,
    /// Whether the header is the chain's own. If not, only what execution reads of it is filled in.
    pub header_known: bool,
    /// Whether the uncles' headers are there. If not, their rewards cannot be paid and no state root can be compared.
    pub ommers_known: bool,
    /// Who sent each transaction, in their order.
    pub senders: Vec<Address>,
    /// The parent's header, where it was recorded.
    pub parent: Option<Header>,
    /// The state before the block.
    pub state: RecordedState,
    /// What can be compared after execution.
    pub roots: Roots,
}

/// The roots with which a result can be compared; `None` where the recording does not allow it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Roots {
    /// The state's root before the block.
    pub parent_state: Option<B256>,
    /// The state's root after the block.
    pub state: Option<B256>,
    /// The receipts' root. Before Byzantium a receipt holds a state root, so only a witness allows to build it.
    pub receipts: Option<B256>,
}

/// The state before a recorded block.
#[derive(Clone, Debug)]
pub enum RecordedState {
    /// Accounts and slots that the block reads. What is not listed counts as not existing.
    Listed(MemoryState),
    /// Partial tries under the parent's state root. What is not proven is an error.
    Witness(WitnessState),
}

/// Loads blocks one after another; what several of them share is read once.
#[derive(Debug, Default)]
pub struct Loader {
    companions: Companions,
}

impl Loader {
    /// Loads one block: a folder, or a file of one of the two witness forms.
    pub fn load(&mut self, path: impl AsRef<Path>) -> Result<RecordedBlock, LoadError> {
        load_one(path.as_ref(), &mut self.companions)
    }
}

impl RecordedBlock {
    /// Loads one block: a folder, or a file of one of the two witness forms.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, LoadError> {
        Loader::default().load(path)
    }

    /// Loads a block, or every block that lies in a folder, sorted by number. It is an error if there is none.
    pub fn load_all(path: impl AsRef<Path>) -> Result<Vec<Self>, LoadError> {
        let mut loader = Loader::default();
        let mut blocks = find(path.as_ref())?.iter().map(|path| loader.load(path)).collect::<Result<Vec<_>, _>>()?;
        blocks.sort_by_key(Self::number);
        Ok(blocks)
    }

    /// The block's number.
    pub fn number(&self) -> u64 {
        self.block.header.number
    }

    /// The rules that hold in this block.
    pub fn fork(&self) -> Fork {
        self.chain.fork_of(&self.block.header)
    }

    /// Recovers every sender from its signature and compares it with the recorded one. An unsigned recording has
    /// nothing to check and passes.
    pub fn check_senders(&self) -> Result<(), LoadError> {
        if !self.header_known {
            return Ok(());
        }
        let path = Path::new(&self.name);
        let recovered = sender::recover_all(path, &self.block.body.transactions, self.fork())?;
        for (index, (found, expected)) in recovered.iter().zip(&self.senders).enumerate() {
            LoadError::check(path, format!("the sender of transaction {index}"), found, expected)?;
        }
        Ok(())
    }
}

impl StateReader for RecordedState {
    fn account(&self, address: Address) -> Result<Option<Account>, StateError> {
        match self {
            Self::Listed(state) => state.account(address),
            Self::Witness(state) => state.account(address),
        }
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        match self {
            Self::Listed(state) => state.storage(address, slot),
            Self::Witness(state) => state.storage(address, slot),
        }
    }

    fn code(&self, hash: B256) -> Result<Bytes, StateError> {
        match self {
            Self::Listed(state) => state.code(hash),
            Self::Witness(state) => state.code(hash),
        }
    }

    fn block_hash(&self, number: u64) -> Result<B256, StateError> {
        match self {
            Self::Listed(state) => state.block_hash(number),
            Self::Witness(state) => state.block_hash(number),
        }
    }

    fn had_only_storage(&self, address: Address) -> Result<bool, StateError> {
        match self {
            Self::Listed(state) => state.had_only_storage(address),
            Self::Witness(state) => state.had_only_storage(address),
        }
    }

    fn lend(&self, work: &mut dyn FnMut(&(dyn StateReader + Sync))) -> bool {
        work(self);
        true
    }
}

/// Where the recorded blocks under a path lie: the path itself, or what is directly in it.
pub fn find(path: impl AsRef<Path>) -> Result<Vec<PathBuf>, LoadError> {
    let path = path.as_ref();
    if path.is_file() || files::find(path, BLOCK).is_some() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in files::list(path)? {
        let is_block = if entry.is_dir() { files::find(&entry, BLOCK).is_some() } else { is_witness(&entry)? };
        if is_block {
            found.push(entry);
        }
    }
    if found.is_empty() { Err(foreign(path)) } else { Ok(found) }
}

const BLOCK: &str = "block.json";

/// Files that lie beside recorded blocks and are none.
const COMPANIONS: [&str; 7] =
    ["index.json", "code.json", "codes.json", "bytecodes.json", "block_hashes.json", "uncles.json", "genesis.json"];

fn is_witness(path: &Path) -> Result<bool, LoadError> {
    let name = files::plain_name(path);
    if !name.ends_with(".json") || COMPANIONS.contains(&name) {
        return Ok(false);
    }
    Ok(WitnessForm::of(path, &files::read(path)?)?.is_some())
}

fn foreign(path: &Path) -> LoadError {
    LoadError::Foreign {
        path: path.to_owned(),
        expected: "a recorded block (a folder with block.json, or a JSON file with full_blocks and proofs or with \
                   blocks and witness) nor a folder of such",
    }
}

fn load_one(path: &Path, companions: &mut Companions) -> Result<RecordedBlock, LoadError> {
    if path.is_dir() {
        return match (files::find(path, BLOCK), files::find(path, unsigned::TRANSACTIONS)) {
            (Some(_), Some(_)) => unsigned::load(path),
            (Some(_), None) => folder::load(path, companions),
            (None, _) => Err(LoadError::MissingFile { folder: path.to_owned(), name: BLOCK.to_owned() }),
        };
    }
    let json = files::read(path)?;
    match WitnessForm::of(path, &json)? {
        Some(WitnessForm::RpcCache) => rpc_cache::load(path, &json),
        Some(WitnessForm::ProverInput) => prover_input::load(path, &json),
        None => Err(foreign(path)),
    }
}

enum WitnessForm {
    RpcCache,
    ProverInput,
}

impl WitnessForm {
    fn of(path: &Path, json: &[u8]) -> Result<Option<Self>, LoadError> {
        #[derive(Deserialize)]
        struct Keys {
            full_blocks: Option<IgnoredAny>,
            proofs: Option<IgnoredAny>,
            blocks: Option<IgnoredAny>,
            witness: Option<IgnoredAny>,
        }
        if json.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
            return Ok(None);
        }
        let keys: Keys = files::parse(path, json)?;
        Ok(if keys.full_blocks.is_some() && keys.proofs.is_some() {
            Some(Self::RpcCache)
        } else if keys.blocks.is_some() && keys.witness.is_some() {
            Some(Self::ProverInput)
        } else {
            None
        })
    }
}

/// The name to give a block: that of its folder or file.
fn name_of(path: &Path) -> String {
    files::plain_name(path).trim_end_matches(".json").to_owned()
}

#[cfg(test)]
mod tests;
