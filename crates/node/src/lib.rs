//! Wire the rooms into a running process.
//!
//! ```text
//!  rpc ──▶ Chain: Backend ──▶ Pool ──▶ miner ──▶ Engine::build ──▶ shadow ──▶ Disk::commit ──▶ rpc's subscribers
//!             │  reads                            (optimistic)    (list-driven)
//!             └──────────────▶ Disk, at any block
//! ```
//!
//! [`Node::start`] opens a [`Chain`] and starts its miner; the chain is what an `rpc::Server` stands in front of. There
//! is one process, one miner and no network: what it makes is final at once. Nothing here is asynchronous.
//!
//! Law: a transaction whose receipt was answered is on disk; every block that is committed was executed twice with the
//! same result, unless that was switched off; nothing that the pool offers stays behind.

mod audience;
mod backend;
mod blobs;
mod chain;
mod clock;
pub mod console;
mod datadir;
mod dev;
mod error;
pub mod execution;
mod genesis;
mod genesis_file;
mod import;
mod keys;
pub mod keystore;
pub mod maintenance;
mod miner;
mod mnemonic;
mod observer;
mod options;
mod overlay;
mod pending;
mod produce;
mod record;
mod schedule;
mod signal;
mod store;
mod submit;
mod thread_prices;
pub mod trace;

pub use audience::{Audience, MadeBlock, Narration};
pub use chain::{Chain, OnFailure};
pub use error::NodeError;
pub use genesis::{FORK, Genesis, GenesisOptions, Start};
pub use genesis_file::{Findings, GenesisError, GenesisFile, template as genesis_template};
pub use import::ImportError;
pub use keys::{ACCOUNTS_MAX, DERIVATION_PATH, Key, KeyError, Keys, TEST_MNEMONIC};
pub use miner::Node;
pub use mnemonic::{random_mnemonic, seeded_mnemonic};
pub use observer::{BlockReport, Observer};
pub use options::{Mining, Options};
pub use thread_prices::ThreadPrices;
pub use txpool::{Limits, Order};
