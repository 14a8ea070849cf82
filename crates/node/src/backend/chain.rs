//! Reads of blocks.

use super::forks;
use crate::{Chain, error::of_disk};
use access_list::BlockAccessList;
use executor::rules;
use primitives::{
    B256, Header,
    alloy_consensus::ReceiptEnvelope,
    alloy_eips::{BlockId, BlockNumberOrTag, eip7840::BlobParams, eip7910::EthConfig},
};
use rpc::{
    RpcError,
    backend::{Availability, BlockRef, ChainBlock, SyncStatus},
};
use std::sync::{Arc, atomic::Ordering};

/// What wallets offer beyond the base fee: 1 gwei, as other development nodes say. Anything at all would do.
const SUGGESTED_TIP: u128 = 1_000_000_000;

impl rpc::backend::Chain for Chain {
    fn chain_id(&self) -> u64 {
        self.head_now().overlay.chain_id.unwrap_or(self.spec.chain_id)
    }

    fn head(&self) -> BlockRef {
        let head = self.head_now();
        BlockRef { number: head.header().number, hash: head.block.hash }
    }

    fn resolve(&self, block: BlockId) -> Result<Option<BlockRef>, RpcError> {
        // Nothing is taken back while the head is held, so what is read of the disk belongs to it.
        let held = self.head.read();
        let head = BlockRef { number: held.header().number, hash: held.block.hash };
        let number = match block {
            BlockId::Hash(wanted) => {
                drop(held);
                return self.resolve_hash(wanted.block_hash, wanted.require_canonical == Some(true));
            }
            BlockId::Number(BlockNumberOrTag::Latest | BlockNumberOrTag::Pending) => return Ok(Some(head)),
            BlockId::Number(BlockNumberOrTag::Number(number)) => number,
            BlockId::Number(BlockNumberOrTag::Earliest) => 0,
            BlockId::Number(BlockNumberOrTag::Safe) => self.settled(head.number, self.epoch_blocks),
            BlockId::Number(BlockNumberOrTag::Finalized) => {
                self.settled(head.number, self.epoch_blocks.saturating_mul(2))
            }
        };
        if number >= head.number {
            return Ok((number == head.number).then_some(head));
        }
        let summary = self.store.disk.block(number).map_err(|error| of_disk(&error))?;
        Ok(summary.map(|summary| BlockRef { number, hash: summary.hash }))
    }

    fn pending(&self) -> Result<BlockRef, RpcError> {
        Ok(self.pending_block()?)
    }

    fn block(&self, hash: B256) -> Result<Option<Arc<ChainBlock>>, RpcError> {
        let head = self.head_now();
        if head.block.hash == hash {
            return Ok(Some(Arc::clone(&head.block)));
        }
        Ok(self.stored(hash)?.map(|stored| stored.block))
    }

    fn receipts(&self, hash: B256) -> Result<Option<Arc<Vec<ReceiptEnvelope>>>, RpcError> {
        let head = self.head_now();
        if head.block.hash == hash {
            return Ok(Some(Arc::clone(&head.receipts)));
        }
        Ok(self.stored(hash)?.map(|stored| stored.receipts))
    }

    fn position(&self, transaction: B256) -> Result<Option<(B256, usize)>, RpcError> {
        let Some((number, index)) = self.store.disk.transaction(transaction).map_err(|error| of_disk(&error))? else {
            return Ok(None);
        };
        // A block is on disk a moment before the pool has followed it; until then it is not to be seen.
        let Some(block) = self.resolve(BlockId::number(number))? else { return Ok(None) };
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        let there = self.block(block.hash)?.ok_or_else(RpcError::header_not_found)?;
        match there.block.body.transactions.get(index) {
            Some(found) if *found.tx_hash() == transaction => Ok(Some((block.hash, index))),
            // The chain went back between the two looks at it.
            _ => Err(RpcError::header_not_found()),
        }
    }

    fn block_access_list(&self, hash: B256) -> Result<Option<Arc<BlockAccessList>>, RpcError> {
        let bytes = self.store.disk.access_list_of(hash).map_err(|error| of_disk(&error))?;
        let Some(bytes) = bytes else { return Ok(None) };
        let list = BlockAccessList::decode(&bytes).map_err(|error| RpcError::internal(error.to_string()))?;
        Ok(Some(Arc::new(list)))
    }

    fn turns(&self) -> u64 {
        self.turns.load(Ordering::Acquire)
    }

    fn blob_params(&self, timestamp: u64) -> Option<BlobParams> {
        self.spec.blob_params_at(timestamp)
    }

    fn next_base_fee(&self, parent: &Header) -> Option<u64> {
        Some(rules::base_fee(&self.spec, parent))
    }

    fn suggested_tip(&self) -> u128 {
        SUGGESTED_TIP.max(self.pool.lock().head().min_tip)
    }

    fn fork_config(&self) -> EthConfig {
        forks::config(&self.spec_now(), (self.genesis, self.genesis_time), self.head_now().header().timestamp)
    }

    fn sync_status(&self) -> SyncStatus {
        SyncStatus::Synced
    }

    fn availability(&self) -> Availability {
        let proofs = self.head().number.saturating_sub(self.store.disk.options().proof_blocks);
        Availability { blocks: Some(0), receipts: Some(0), state: Some(0), proofs: Some(proofs) }
    }
}

impl Chain {
    /// The last block that is so far below the head, or was taken over from a chain that had settled it.
    fn settled(&self, head: u64, distance: u64) -> u64 {
        head.saturating_sub(distance).max(self.imported.load(Ordering::Acquire)).min(head)
    }

    fn head(&self) -> BlockRef {
        rpc::backend::Chain::head(self)
    }

    fn resolve_hash(&self, hash: B256, is_canonical: bool) -> Result<Option<BlockRef>, RpcError> {
        let Some(stored) = self.stored(hash)? else { return Ok(None) };
        let number = stored.block.block.header.number;
        let head = self.head.read();
        let on_chain = self.store.disk.block(number).map_err(|error| of_disk(&error))?;
        let stands = number <= head.header().number && on_chain.is_some_and(|summary| summary.hash == hash);
        Ok((stands || !is_canonical).then_some(BlockRef { number, hash }))
    }
}
