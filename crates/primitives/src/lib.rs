//! What blocks commit to: headers, transactions, receipts, certificates, identifiers.
//!
//! Ethereum's own types come from alloy and are re-exported here, so that the other rooms name one source.

mod account;
mod chain_spec;
mod fork;
mod signature;
mod thread_gas;

pub use account::Account;
pub use alloy_consensus::{self, Header};
pub use alloy_eips;
pub use alloy_primitives::{self, Address, B256, Bloom, Bytes, KECCAK256_EMPTY, Log, U256, keccak256, map};
pub use alloy_rlp;
pub use chain_spec::{
    Activation, BlobActivation, ChainSpec, ChainSpecError, MAINNET_DEPOSIT_CONTRACT, ThreadActivation,
};
pub use fork::{Fork, UnknownFork};
pub use signature::SIGNATURE_S_MAX;
pub use thread_gas::{ThreadGas, ThreadGasError};

/// A signed transaction of any of the five types, blob sidecars left out.
pub type Transaction = alloy_consensus::EthereumTxEnvelope<alloy_consensus::TxEip4844>;

/// A block: header, transactions, uncles, withdrawals.
pub type Block = alloy_consensus::Block<Transaction>;
