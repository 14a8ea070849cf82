//! A block's transactions, one after another, each on the state that it really had.

use crate::execution::{
    Overlay,
    stage::{DynInspector, Failure, Ran, Rules, Stage},
};
use evm::{CodeCache, PreparedTransaction};
use executor::PreparedBlock;
use primitives::{B256, ChainSpec};
use revm::context::TxEnv;
use rpc::{
    RpcError,
    backend::{Budget, ChainBlock},
};
use state::StateReader;

/// A block and what it was executed on.
#[derive(Clone, Copy)]
pub struct BlockBase<'a> {
    /// The rules.
    pub chain: &'a ChainSpec,
    /// The block, its senders and its hash.
    pub block: &'a ChainBlock,
    /// The state before the block: that after its parent. Knows the hashes of the block's ancestors.
    pub state: &'a (dyn StateReader + Sync),
    /// Code that was analysed before.
    pub codes: &'a CodeCache,
}

impl std::fmt::Debug for BlockBase<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BlockBase").field("hash", &self.block.hash).finish_non_exhaustive()
    }
}

/// A block between two of its transactions.
pub(super) struct Replay<'a> {
    pub(super) stage: Stage<'a>,
    transactions: Vec<TxEnv>,
    hashes: Vec<B256>,
    next: usize,
}

impl<'a> Replay<'a> {
    /// The block before its first transaction.
    pub(super) fn new(base: &BlockBase<'a>) -> Result<Self, RpcError> {
        let block = &base.block.block;
        if block.body.transactions.len() != base.block.senders.len() {
            return Err(RpcError::internal("the block's senders are not known"));
        }
        let prepared = PreparedBlock::with_transactions(base.chain, block, Vec::new());
        let records = prepared.steps_before(base.codes, base.state).map_err(|error| match error {
            executor::Error::Invalid(invalid) => RpcError::invalid_input(invalid.to_string()),
            _ => RpcError::internal("the state could not be read"),
        })?;
        let mut stage = Stage::new(base.chain, &block.header, Overlay::new(base.state), base.codes);
        for record in &records {
            stage.overlay.apply_record(record);
        }
        let transactions = block.body.transactions.iter().zip(&base.block.senders);
        Ok(Self {
            stage,
            transactions: transactions
                .map(|(transaction, sender)| PreparedTransaction::new(transaction, *sender).revm_env().clone())
                .collect(),
            hashes: block.body.transactions.iter().map(|transaction| *transaction.tx_hash()).collect(),
            next: 0,
        })
    }

    /// Number of transactions.
    pub(super) fn len(&self) -> usize {
        self.transactions.len()
    }

    /// Runs transactions without a tracer until this one is next.
    pub(super) fn forward(&mut self, position: usize, budget: &Budget) -> Result<(), RpcError> {
        while self.next < position {
            budget.check()?;
            let transaction = self.transaction(self.next)?.clone();
            let ran = self.stage.replay(transaction).map_err(|failure| self.failed(&failure))?;
            self.advance(&ran);
        }
        Ok(())
    }

    /// Runs a transaction under a tracer. Nothing is kept.
    pub(super) fn run<'s>(
        &'s self,
        position: usize,
        inspector: &mut DynInspector<'s, '_>,
        budget: &Budget,
    ) -> Result<Ran, RpcError> {
        budget.check()?;
        let transaction = self.transaction(position)?.clone();
        self.stage.run(transaction, Rules::Block, budget, inspector).map_err(|failure| self.failed(&failure))
    }

    /// Keeps what the next transaction changed.
    pub(super) fn advance(&mut self, ran: &Ran) {
        self.stage.commit(ran);
        self.next += 1;
    }

    /// A transaction in revm's form.
    pub(super) fn transaction(&self, position: usize) -> Result<&TxEnv, RpcError> {
        self.transactions.get(position).ok_or_else(RpcError::transaction_not_found)
    }

    /// A transaction's hash.
    pub(super) fn hash(&self, position: usize) -> Option<B256> {
        self.hashes.get(position).copied()
    }

    /// The error for a transaction of a block of the chain that gave no result: what was read is not what the block was
    /// executed on, or the budget is exhausted.
    fn failed(&self, failure: &Failure) -> RpcError {
        match failure {
            Failure::Invalid(reason) => RpcError::internal(format!("tracing failed: {reason}")),
            other => other.without_transaction(),
        }
    }
}
