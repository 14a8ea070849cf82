//! What only a development node offers: keys, and control over time, state and mining.

use std::sync::Arc;

use primitives::{
    Address, B256, Bytes, U256, alloy_consensus::TypedTransaction, alloy_eips::eip7594::BlobTransactionSidecarVariant,
    alloy_primitives::Signature,
};
use serde::Serialize;

use crate::RpcError;

/// Keys that sign for clients.
pub trait Accounts: Send + Sync {
    /// Their addresses.
    fn addresses(&self) -> Vec<Address>;

    /// Signs a digest. `unknown account` if the key is not here.
    fn sign(&self, address: Address, digest: B256) -> Result<Signature, RpcError>;
}

/// State that can be carried to another node, as bytes of the node's own form.
pub type DevState = Bytes;

/// What `anvil_nodeInfo` and `hardhat_metadata` tell.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ForkInfo {
    /// The name of the latest fork in force, in lower case.
    pub hard_fork: String,
    /// Whether a block is made for each transaction.
    pub automine: bool,
    /// Seconds between blocks, if they come by time; a part of one counts as a whole.
    pub interval_s: Option<u64>,
    /// The gas limit of the next block.
    pub gas_limit: u64,
    /// The time of the next block, if it were made now.
    pub timestamp: u64,
    /// An identifier of this run of the node.
    pub instance: B256,
}

/// Control over a development node. Each call is carried out whole before it returns, and a later read sees it.
pub trait Dev: Send + Sync {
    /// What tools ask to tell nodes apart.
    fn info(&self) -> ForkInfo;

    /// Makes `count` blocks, `interval_s` apart if that is given. An exhausted budget is an error, which says how many
    /// were made.
    fn mine(&self, count: u64, interval_s: Option<u64>, budget: &super::Budget) -> Result<(), RpcError>;

    /// Makes a block for each transaction, or not.
    fn set_automine(&self, on: bool) -> Result<(), RpcError>;

    /// Makes a block every so many seconds; 0 stops.
    fn set_interval(&self, seconds: u64) -> Result<(), RpcError>;

    /// Remembers everything.
    fn snapshot(&self) -> Result<u64, RpcError>;

    /// Goes back to what was remembered, and forgets it and all that was remembered later. False if it is not known.
    fn revert(&self, snapshot: u64) -> Result<bool, RpcError>;

    /// Moves the clock on. The sum of all moves is given back, in seconds.
    fn increase_time(&self, seconds: u64) -> Result<u64, RpcError>;

    /// The time of the next block.
    fn set_next_timestamp(&self, timestamp: u64) -> Result<(), RpcError>;

    /// The time from now on. The distance to the machine's clock is given back, in seconds.
    fn set_time(&self, timestamp: u64) -> Result<u64, RpcError>;

    /// Every block is so many seconds after its parent; `None` ends that.
    fn set_timestamp_interval(&self, seconds: Option<u64>) -> Result<(), RpcError>;

    /// The gas limit of blocks from the next on.
    fn set_gas_limit(&self, gas: u64) -> Result<(), RpcError>;

    /// The base fee of the next block.
    fn set_next_base_fee(&self, fee: u128) -> Result<(), RpcError>;

    /// The price below which the pool takes nothing.
    fn set_min_gas_price(&self, price: u128) -> Result<(), RpcError>;

    /// The beneficiary of blocks from the next on.
    fn set_coinbase(&self, address: Address) -> Result<(), RpcError>;

    /// The randomness of the next block.
    fn set_prev_randao(&self, randao: B256) -> Result<(), RpcError>;

    /// The chain's identifier from now on.
    fn set_chain_id(&self, chain_id: u64) -> Result<(), RpcError>;

    /// The balance of an account.
    fn set_balance(&self, address: Address, balance: U256) -> Result<(), RpcError>;

    /// The nonce of an account.
    fn set_nonce(&self, address: Address, nonce: u64) -> Result<(), RpcError>;

    /// The code of an account.
    fn set_code(&self, address: Address, code: Bytes) -> Result<(), RpcError>;

    /// A slot of an account.
    fn set_storage(&self, address: Address, slot: U256, value: B256) -> Result<(), RpcError>;

    /// Lets transactions of an account in without its signature.
    fn impersonate(&self, address: Address) -> Result<(), RpcError>;

    /// Ends [`Self::impersonate`].
    fn stop_impersonating(&self, address: Address) -> Result<(), RpcError>;

    /// Lets transactions of every account in without a signature, or not.
    fn auto_impersonate(&self, on: bool) -> Result<(), RpcError>;

    /// Tells of blocks and calls on the node's output, or not.
    fn set_logging(&self, on: bool) -> Result<(), RpcError>;

    /// Whether transactions of an account are let in without its signature.
    fn is_impersonated(&self, address: Address) -> bool;

    /// Takes a transaction without a signature into the pool.
    fn submit_unsigned(&self, sender: Address, transaction: TypedTransaction) -> Result<B256, RpcError>;

    /// Takes a transaction out of the pool. False if it is not there.
    fn drop_transaction(&self, hash: B256) -> Result<bool, RpcError>;

    /// Empties the pool, or takes out what one sender has there.
    fn drop_transactions(&self, sender: Option<Address>) -> Result<(), RpcError>;

    /// Everything that [`Self::load_state`] needs.
    fn dump_state(&self) -> Result<DevState, RpcError>;

    /// Adds accounts of a dump to the state.
    fn load_state(&self, state: DevState) -> Result<bool, RpcError>;

    /// The blobs that a transaction of the pool or the chain brought; `None` if it is not there, brought none, or came
    /// so long ago that they are forgotten.
    fn sidecar(&self, transaction: B256) -> Result<Option<Arc<BlobTransactionSidecarVariant>>, RpcError>;

    /// The transactions that brought a blob of this versioned hash, among those whose blobs are remembered.
    fn transactions_with_blob(&self, blob: B256) -> Vec<B256>;

    /// Back to genesis.
    fn reset(&self) -> Result<(), RpcError>;

    /// Takes the last `depth` blocks back.
    fn rollback(&self, depth: u64) -> Result<(), RpcError>;

    /// Builds a block on another and gives it back. Neither chain nor pool changes.
    fn build_block(&self, request: &super::PayloadRequest) -> Result<super::Payload, RpcError>;

    /// Replaces the last `depth` blocks by as many others; each transaction goes into the block at its offset.
    fn reorg(&self, depth: u64, transactions: Vec<(ReorgTransaction, u64)>) -> Result<(), RpcError>;
}

/// A transaction that a reorganisation puts into a block.
#[derive(Clone, Debug)]
pub enum ReorgTransaction {
    /// As EIP-2718 bytes.
    Raw(Bytes),
    /// Without a signature: the node signs for the sender, or the sender is impersonated.
    Unsigned(Address, Box<TypedTransaction>),
}
