//! What executing a block gives, and the comparison with what its header says.

use crate::{
    Error, InvalidBlock, PreparedBlock, deposits,
    engine::Diff,
    receipts,
    steps::{Steps, requests_hash},
};
use access_list::{AccessRecord, AccessSet, BlockAccessList};
use evm::Outcome;
use primitives::{B256, Bloom, Bytes, Fork, alloy_consensus::ReceiptEnvelope};
use scheduler::{Executed, Run, Stats};

/// The result of a block. Law: the same for every policy and any number of workers, statistics apart.
#[derive(Clone, Debug)]
pub struct BlockExecution {
    /// Included transactions in block order; in a block that is being built `None` stands for one that was left out.
    pub executed: Vec<Option<Executed<Outcome>>>,
    /// Everything the block changes in the state.
    pub diff: Diff,
    /// Receipts in block order. Before Byzantium they lack the state root that belongs in them.
    pub receipts: Vec<ReceiptEnvelope>,
    /// Gas used by all transactions.
    pub gas_used: u64,
    /// Union of the receipts' blooms.
    pub logs_bloom: Bloom,
    /// Requests to the consensus layer, by type (EIP-7685).
    pub requests: Vec<Bytes>,
    /// The block access list, where it was recorded.
    pub list: Option<BlockAccessList>,
    /// What the steps before and after the transactions touched.
    pub steps: [Vec<AccessRecord>; 2],
    /// What it took.
    pub stats: Stats,
}

impl BlockExecution {
    pub(crate) fn new(
        run: Run<Outcome>,
        [before, after]: [Steps; 2],
        list: Option<BlockAccessList>,
        block: &PreparedBlock<'_>,
    ) -> Result<Self, Error> {
        let mut execution = Self::without_steps(run, block);
        execution.list = list;
        if block.fork >= Fork::Prague {
            let deposits = deposits::requests(block, &execution.receipts)?;
            execution.requests = deposits.into_iter().chain(after.requests).collect();
        }
        execution.steps = [before.records, after.records];
        Ok(execution)
    }

    fn without_steps(run: Run<Outcome>, block: &PreparedBlock<'_>) -> Self {
        let transactions = &block.block.body.transactions;
        let included = transactions
            .iter()
            .zip(&run.executed)
            .filter_map(|(transaction, executed)| executed.as_ref().map(|executed| (transaction, &executed.output)));
        let receipts = receipts::receipts(included, None);
        Self {
            gas_used: receipts.last().map_or(0, ReceiptEnvelope::cumulative_gas_used),
            logs_bloom: receipts::bloom(&receipts),
            receipts,
            executed: run.executed,
            diff: run.diff,
            requests: Vec::new(),
            list: None,
            steps: Default::default(),
            stats: run.stats,
        }
    }

    /// The root of the receipts' trie, from Byzantium on.
    pub fn receipts_root(&self) -> B256 {
        receipts::receipts_root(&self.receipts)
    }

    /// The root of the receipts' trie before Byzantium, given the state root after each transaction.
    pub fn receipts_root_with(&self, block: &PreparedBlock<'_>, roots: &[B256]) -> B256 {
        receipts::receipts_root(&self.receipts_with(block, roots))
    }

    /// The receipts before Byzantium, given the state root after each transaction.
    pub fn receipts_with(&self, block: &PreparedBlock<'_>, roots: &[B256]) -> Vec<ReceiptEnvelope> {
        let included = block.block.body.transactions.iter().zip(self.executed.iter().flatten());
        let included = included.map(|(transaction, executed)| (transaction, &executed.output));
        receipts::receipts(included, Some(roots))
    }

    /// What each transaction touched, as keys.
    pub fn access_sets(&self) -> Vec<AccessSet> {
        self.executed.iter().flatten().map(|executed| AccessSet::from_record(&executed.record)).collect()
    }

    /// Compares with the header everything that needs no state root: gas used, logs bloom, receipts root (from
    /// Byzantium on), requests hash (from Prague on), and the access list's hash where header and execution have one.
    pub fn check(&self, block: &PreparedBlock<'_>) -> Result<(), InvalidBlock> {
        self.check_receipts(block)?;
        self.check_commitments(block)
    }

    /// The part of [`Self::check`] that looks at receipts: gas used, logs bloom, receipts root.
    pub fn check_receipts(&self, block: &PreparedBlock<'_>) -> Result<(), InvalidBlock> {
        let header = &block.block.header;
        if self.gas_used != header.gas_used {
            return Err(InvalidBlock::GasUsed { computed: self.gas_used, header: header.gas_used });
        }
        if self.logs_bloom != header.logs_bloom {
            let (computed, header) = (Box::new(self.logs_bloom), Box::new(header.logs_bloom));
            return Err(InvalidBlock::LogsBloom { computed, header });
        }
        if block.fork >= Fork::Byzantium {
            same("receipts root", self.receipts_root(), header.receipts_root)?;
        }
        Ok(())
    }

    /// The part of [`Self::check`] that does not: requests hash and access list's hash.
    pub fn check_commitments(&self, block: &PreparedBlock<'_>) -> Result<(), InvalidBlock> {
        let header = &block.block.header;
        if block.fork >= Fork::Prague {
            same("requests hash", requests_hash(&self.requests), header.requests_hash.unwrap_or_default())?;
        }
        if let (Some(list), Some(hash)) = (&self.list, header.block_access_list_hash) {
            check_items(list, header.gas_limit)?;
            same("block access list hash", list.hash(), hash)?;
        }
        Ok(())
    }
}

/// A verdict if a commitment is not what the header says.
pub(crate) fn same(what: &'static str, computed: B256, header: B256) -> Result<(), InvalidBlock> {
    if computed == header { Ok(()) } else { Err(InvalidBlock::Root { what, computed, header }) }
}

/// A verdict if the list has more items than the block's gas pays for (EIP-7928).
pub(crate) fn check_items(list: &BlockAccessList, gas_limit: u64) -> Result<(), InvalidBlock> {
    /// Gas that an account or a slot costs at least in a block.
    const ITEM_COST: u64 = 2_000;
    let (items, max) = (list.items(), gas_limit / ITEM_COST);
    if items <= max { Ok(()) } else { Err(InvalidBlock::ListItems { items, max }) }
}
