//! Generated blocks for benchmarks and tests, with the state they start from.
//!
//! A [`Generator`] says which block; [`Settings`] say under which rules, from which seed and how it is signed. Law: the
//! same generator with the same settings gives the same workload, on every machine.
//!
//! ```text
//! Generator + Settings ──▶ Draft: accounts, code and slots put straight into the state; transactions one by one
//!                            └──▶ Workload: state, block, senders, what each transaction touches by design
//! ```
//!
//! Nothing here executes a transaction, so the header fields that only execution knows (state root, receipts root, logs
//! bloom, gas used, requests hash) are those of an empty block.

mod actor;
mod artefact;
mod call;
mod correlation;
mod counter;
mod cpu;
mod draft;
mod empty_threads;
mod erc20;
mod header;
mod holders;
mod meeting_threads;
mod mix;
mod pools;
mod predeploys;
mod random;
mod slot;
mod splitmix;
mod spread;
mod storage;
mod suite;
mod threaded;
mod threaded_contract;
mod transfers;
mod validated;
mod variable;
mod zipf;

#[cfg(test)]
mod plain;

pub use actor::Actor;
pub use artefact::Contract;
pub use call::Call;
pub use correlation::correlated_count;
pub use counter::CounterChain;
pub use cpu::{Cpu, CpuWork};
pub use empty_threads::EmptyThreads;
pub use erc20::{Erc20, Erc20Pattern};
pub use holders::{Holders, Transfer};
pub use meeting_threads::meeting_threads;
pub use mix::Mix;
pub use pools::Pools;
pub use random::RandomBlock;
pub use slot::{mapping_slot, nested_mapping_slot};
pub use splitmix::SplitMix;
pub use spread::Spread;
pub use storage::Storage;
pub use suite::suite;
pub use threaded::{Form, Threaded};
pub use threaded_contract::ThreadedContract;
pub use transfers::{Transfers, TransfersPattern};
pub use validated::{Validated, ValidatedCall};
pub use variable::Variable;
pub use zipf::Zipf;

use primitives::{Address, Block, Fork};
use state::MemoryState;

/// Gas that one transaction may ask for from Osaka on (EIP-7825).
pub const TRANSACTION_GAS_MAX: u64 = 16_777_216;

/// The chain that generated transactions are signed for.
pub const CHAIN_ID: u64 = 1;

/// Makes blocks of one kind.
pub trait Generator {
    /// What the block is, in the form `operation/key=value`.
    fn name(&self) -> String;

    /// Makes the block. Law: a function of the generator and the settings.
    fn build(&self, settings: Settings) -> Workload;
}

/// What is common to all generators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where all choices come from.
    pub seed: u64,
    /// The rules that the block is made for.
    pub fork: Fork,
    /// How transactions are signed.
    pub signing: Signing,
}

impl Settings {
    /// Osaka rules and dummy signatures.
    pub const fn new(seed: u64) -> Self {
        Self { seed, fork: Fork::Osaka, signing: Signing::Dummy }
    }
}

/// How transactions are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signing {
    /// A placeholder from which no sender can be recovered: for runs in which the senders are known.
    Dummy,
    /// A true signature with a key derived from the seed; the recovered signer is the sender.
    Real,
}

/// One generated block and everything that is needed to run it.
#[derive(Debug)]
pub struct Workload {
    /// What it is, in the form `operation/key=value`.
    pub name: String,
    /// The rules it was made for. Number and timestamp of the header fit the main chain's schedule.
    pub fork: Fork,
    /// The state before the block.
    pub state: MemoryState,
    /// The block.
    pub block: Block,
    /// Who sent each transaction.
    pub senders: Vec<Address>,
    /// The shared variables that each transaction reads and writes by design; its sender's own account, which every
    /// transaction changes, is named only where several transactions share it. Empty for random blocks.
    pub touches: Vec<Vec<Variable>>,
    /// Indices of the transactions that are invalid where they stand. Empty unless a generator was asked for them.
    pub invalid: Vec<usize>,
}
