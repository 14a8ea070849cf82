//! A reorganisation that is made up, to test how users of a chain follow one.

use crate::{
    Chain, NodeError,
    produce::{Candidates, Work},
};
use primitives::{
    Address, B256, Transaction,
    alloy_consensus::{SignableTransaction, TypedTransaction},
    alloy_eips::eip2718::Decodable2718,
    keccak256,
};
use rpc::{
    RpcError,
    backend::{Accounts, Dev},
};

impl Chain {
    /// Takes the last blocks back and makes as many others, each with the transactions that are meant for it. What
    /// the old blocks held is gone, as on other development nodes. Readers see the blocks come one by one.
    pub(super) fn replace_blocks(&self, blocks: Vec<Candidates>) -> Result<(), RpcError> {
        let mut work = self.work.lock();
        let number = self.head_now().header().number;
        let target = number.checked_sub(blocks.len() as u64);
        let target = target.ok_or_else(|| RpcError::invalid_params("deeper than the chain"))?;
        let replaced = self.head_now().block.hash;
        self.go_back(&mut work, target, None)?;
        for candidates in &blocks {
            self.produce_instead(&mut work, candidates, replaced)?;
        }
        self.signal.pending();
        Ok(())
    }

    /// A block that differs from any that stood at its height before, even if both are empty and of one second.
    fn produce_instead(&self, work: &mut Work, candidates: &Candidates, replaced: B256) -> Result<(), NodeError> {
        self.check_running()?;
        let mut header = self.header_on(self.head_now().header(), &work.settings);
        header.mix_hash = keccak256([header.mix_hash, replaced].concat());
        self.guard(self.produce_of(work, header, candidates))
    }

    /// Adds a transaction that is signed, whoever signed it.
    pub(super) fn include_raw(&self, candidates: &mut Candidates, bytes: &[u8]) -> Result<(), RpcError> {
        let wrong = |error: &dyn std::fmt::Display| RpcError::invalid_input(format!("invalid transaction: {error}"));
        let transaction = Transaction::decode_2718_exact(bytes).map_err(|error| wrong(&error))?;
        let sender = executor::recover_sender(crate::FORK, &transaction).map_err(|error| wrong(&error))?;
        candidates.transactions.push(transaction);
        candidates.senders.push(sender);
        Ok(())
    }

    /// Adds a transaction that the node signs, or that comes from an impersonated account.
    pub(super) fn include_unsigned(
        &self,
        candidates: &mut Candidates,
        sender: Address,
        typed: TypedTransaction,
    ) -> Result<(), RpcError> {
        let transaction = if self.is_impersonated(sender) {
            super::unsigned::marked(sender, typed)
        } else {
            let signature = self.sign(sender, typed.signature_hash())?;
            super::unsigned::with_signature(typed, signature)
        };
        candidates.transactions.push(transaction);
        candidates.senders.push(sender);
        Ok(())
    }
}
