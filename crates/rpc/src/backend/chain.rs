//! Blocks, receipts, state, and what the chain's rules say about fees.

use std::sync::Arc;

use access_list::BlockAccessList;
use alloy_rpc_types_eth::EIP1186AccountProofResponse;
use primitives::{
    Account, Address, B256, Block, Bytes, Header, U256,
    alloy_consensus::ReceiptEnvelope,
    alloy_eips::{BlockId, eip7840::BlobParams, eip7910::EthConfig},
};

use crate::RpcError;

/// A block by number and hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockRef {
    /// Its height.
    pub number: u64,
    /// Its hash.
    pub hash: B256,
}

/// A block of the chain.
#[derive(Clone, Debug)]
pub struct ChainBlock {
    /// The hash of its header.
    pub hash: B256,
    /// Header and body.
    pub block: Block,
    /// The sender of each transaction, in block order; as many as transactions.
    pub senders: Vec<Address>,
}

/// How far this node is behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncStatus {
    /// It follows the head.
    Synced,
    /// It is catching up.
    Syncing {
        /// Where it started.
        starting: u64,
        /// Where it is.
        current: u64,
        /// Where it wants to be.
        highest: u64,
    },
}

/// The oldest block for which each kind of data is still there, `None` where there is none at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Availability {
    /// Headers and bodies.
    pub blocks: Option<u64>,
    /// Receipts and logs.
    pub receipts: Option<u64>,
    /// State that can be read.
    pub state: Option<u64>,
    /// State that can be proven.
    pub proofs: Option<u64>,
}

/// Reads of the chain.
pub trait Chain {
    /// The chain's identifier.
    fn chain_id(&self) -> u64;

    /// The latest block. Never goes back but by a reorganisation.
    fn head(&self) -> BlockRef;

    /// The canonical block that is meant, `None` if there is none. `pending` means the head: what may be in the next
    /// block is the pool's answer. A hash also names a block that has left the canonical chain, unless the request
    /// says that it must be canonical.
    fn resolve(&self, block: BlockId) -> Result<Option<BlockRef>, RpcError>;

    /// A number that changes before blocks leave the chain, and again once readers see it without them. A read that
    /// misses a block, or that reads more than once, and finds it changed is carried out again.
    fn turns(&self) -> u64 {
        0
    }

    /// The block that would be made now, which may have to be built first; the head where nothing waits. What is read
    /// of it is read by its hash, soon.
    fn pending(&self) -> Result<BlockRef, RpcError> {
        Ok(self.head())
    }

    /// The block of a hash, canonical or not. 4444 if it was forgotten.
    fn block(&self, hash: B256) -> Result<Option<Arc<ChainBlock>>, RpcError>;

    /// The receipts of a block, in block order.
    fn receipts(&self, hash: B256) -> Result<Option<Arc<Vec<ReceiptEnvelope>>>, RpcError>;

    /// The canonical block that holds a transaction, and its position there.
    fn position(&self, transaction: B256) -> Result<Option<(B256, usize)>, RpcError>;

    /// The block access list (EIP-7928) of a block, if it was kept.
    fn block_access_list(&self, hash: B256) -> Result<Option<Arc<BlockAccessList>>, RpcError>;

    /// How blobs are counted and priced at a time, `None` before Cancun.
    fn blob_params(&self, timestamp: u64) -> Option<BlobParams>;

    /// The base fee of the block after this one, `None` before London.
    fn next_base_fee(&self, parent: &Header) -> Option<u64>;

    /// The tip that gets a transaction into one of the next blocks.
    fn suggested_tip(&self) -> u128;

    /// The forks that hold, come next and come last (EIP-7910).
    fn fork_config(&self) -> EthConfig;

    /// How far this node is behind.
    fn sync_status(&self) -> SyncStatus;

    /// What history there is.
    fn availability(&self) -> Availability;
}

/// Reads of the state after a block.
pub trait State {
    /// An account; the empty one if there is none.
    fn account(&self, at: B256, address: Address) -> Result<Account, RpcError>;

    /// The code of an account.
    fn code(&self, at: B256, address: Address) -> Result<Bytes, RpcError>;

    /// One slot of an account.
    fn storage(&self, at: B256, address: Address, slot: U256) -> Result<U256, RpcError>;

    /// An account and some of its slots with their proofs. The keys in the answer are those of the question, as
    /// 32 bytes.
    fn proof(&self, at: B256, address: Address, slots: &[U256]) -> Result<EIP1186AccountProofResponse, RpcError>;
}
