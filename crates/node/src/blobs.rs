//! The blobs of the last transactions that carried any, for developers who ask for them.
//!
//! Blocks name blobs by their hashes and the pool forgets them with their transaction, so they are remembered here: in
//! memory, by the order of their coming, as many as there is room for. A restart forgets them.

use primitives::{B256, alloy_eips::eip4844::kzg_to_versioned_hash};
use std::{collections::VecDeque, sync::Arc};
use txpool::Sidecar;

/// What is remembered, oldest first.
#[derive(Debug)]
pub(crate) struct Blobs {
    /// By the hash of the transaction that brought them.
    sidecars: VecDeque<(B256, Arc<Sidecar>)>,
    bytes: usize,
    bytes_max: usize,
}

impl Blobs {
    /// Nothing, with room for so many bytes.
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self { sidecars: VecDeque::new(), bytes: 0, bytes_max }
    }

    /// Remembers what a transaction brought; what came first goes first.
    pub(crate) fn keep(&mut self, transaction: B256, sidecar: Arc<Sidecar>) {
        if self.of(transaction).is_some() {
            return;
        }
        self.bytes += sidecar.size();
        self.sidecars.push_back((transaction, sidecar));
        while self.bytes > self.bytes_max {
            let Some((_, gone)) = self.sidecars.pop_front() else { break };
            self.bytes -= gone.size();
        }
    }

    /// What a transaction brought.
    pub(crate) fn of(&self, transaction: B256) -> Option<Arc<Sidecar>> {
        self.sidecars.iter().find(|(hash, _)| *hash == transaction).map(|(_, sidecar)| Arc::clone(sidecar))
    }

    /// The transactions that brought a blob of this versioned hash, the last one first.
    pub(crate) fn transactions_with(&self, blob: B256) -> Vec<B256> {
        let has = |sidecar: &Sidecar| {
            sidecar.commitments().iter().any(|commitment| kzg_to_versioned_hash(commitment.as_slice()) == blob)
        };
        self.sidecars.iter().rev().filter(|(_, sidecar)| has(sidecar)).map(|(hash, _)| *hash).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use primitives::alloy_consensus::BlobTransactionSidecar;

    fn sidecar(commitment: u8) -> Arc<Sidecar> {
        let (blobs, commitments) = (vec![Default::default()], vec![[commitment; 48].into()]);
        Arc::new(Sidecar::Eip4844(BlobTransactionSidecar { blobs, commitments, proofs: vec![[0; 48].into()] }))
    }

    #[test]
    fn the_last_blobs_are_remembered_as_far_as_there_is_room() {
        let transaction = B256::with_last_byte;
        let mut blobs = Blobs::new(2 * sidecar(0).size());
        for number in 1..=3 {
            blobs.keep(transaction(number), sidecar(number));
            blobs.keep(transaction(number), sidecar(number));
        }
        assert!(blobs.of(transaction(1)).is_none(), "there is room for two");
        assert!(blobs.of(transaction(2)).is_some() && blobs.of(transaction(3)).is_some());
        let hash = |number: u8| kzg_to_versioned_hash(&[number; 48]);
        assert!(blobs.transactions_with(hash(1)).is_empty());
        assert_eq!(blobs.transactions_with(hash(3)), [transaction(3)]);
        blobs.keep(transaction(4), sidecar(3));
        assert_eq!(blobs.transactions_with(hash(3)), [transaction(4), transaction(3)]);
        let mut none = Blobs::new(0);
        none.keep(transaction(1), sidecar(1));
        assert!(none.of(transaction(1)).is_none());
    }
}
