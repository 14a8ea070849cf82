//! The way of a transaction from its bytes into the pool. It runs on the reactor, so it is short: decoding and
//! recovering the signer before any lock, one look at the state inside.

use crate::{Chain, clock, overlay::StateView};
use executor::recover_sender;
use primitives::{
    B256, Bytes, Transaction,
    alloy_consensus::{EthereumTxEnvelope, Signed, TxEip4844WithSidecar},
    alloy_eips::{Decodable2718, eip7594::BlobTransactionSidecarVariant},
    map::B256Map,
};
use rpc::{RpcError, backend::PoolTransaction};
use std::sync::Arc;
use txpool::{AddError, Event, Incoming, Origin, Sidecar, verify_sidecar};

/// A transaction as it travels: one with blobs brings them along.
type Travelling = EthereumTxEnvelope<TxEip4844WithSidecar<BlobTransactionSidecarVariant>>;

/// Blobs by the hash of the transaction that they came with.
pub(crate) type Sidecars = B256Map<Arc<Sidecar>>;

/// The type byte of a transaction with blobs.
const BLOB_TYPE: u8 = 3;

impl Chain {
    /// Takes a transaction as EIP-2718 bytes.
    pub(crate) fn submit_raw(&self, bytes: &Bytes) -> Result<B256, RpcError> {
        let (transaction, sidecar) = decode(bytes)?;
        if let Some(sidecar) = &sidecar {
            let hashes = primitives::alloy_consensus::Transaction::blob_versioned_hashes(&transaction);
            let verified = verify_sidecar(sidecar, hashes.unwrap_or_default());
            verified.map_err(|error| RpcError::invalid_input(error.to_string()))?;
        }
        let signer = recover_sender(crate::FORK, &transaction).map_err(|_| refused(&AddError::Signature))?;
        self.add(Incoming::signed_by(signer, transaction, sidecar), Origin::Local)
    }

    /// Puts a transaction into the pool, and wakes the miner if it can be executed.
    pub(crate) fn add(&self, incoming: Incoming, origin: Origin) -> Result<B256, RpcError> {
        self.check_running()?;
        let hash = *incoming.transaction.tx_hash();
        let sidecar = incoming.sidecar.clone();
        let added = {
            let mut pool = self.pool.lock();
            // Looked at inside the pool's lock: a block that comes after it is told to the pool after it, too.
            let head = self.head_now();
            let disk = self.store.disk.at(head.header().number).map_err(|error| crate::error::of_disk(&error))?;
            let state = StateView { disk, overlay: Arc::clone(&head.overlay) };
            pool.add(incoming, origin, &state, clock::now_ms()).map_err(|error| refused(&error))?
        };
        if let Some(sidecar) = sidecar {
            self.blobs.lock().keep(hash, sidecar);
        }
        self.publish_pending(&added.events);
        if added.is_pending {
            self.signal.pending();
        }
        Ok(hash)
    }

    /// Tells subscribers what can be executed from now on.
    pub(crate) fn publish_pending(&self, events: &[Event]) {
        if !self.events.has_pending_listener() {
            return;
        }
        for event in events.iter().filter(|event| event.is_announcement()) {
            let (transaction, sender) = (event.transaction.transaction.clone(), event.transaction.signer);
            self.events.publish_pending(Arc::new(PoolTransaction { transaction, sender }));
        }
    }
}

/// A transaction with its blobs apart from it. One with blobs may also come without them: a development node has nobody
/// to send them to.
pub(crate) fn decode(bytes: &Bytes) -> Result<(Transaction, Option<Arc<Sidecar>>), RpcError> {
    let wrong = |error: &dyn std::fmt::Display| RpcError::invalid_input(format!("invalid transaction: {error}"));
    if bytes.first() == Some(&BLOB_TYPE)
        && let Ok(Travelling::Eip4844(signed)) = Travelling::decode_2718_exact(bytes)
    {
        let (inner, signature, hash) = signed.into_parts();
        let signed = Signed::new_unchecked(inner.tx, signature, hash);
        return Ok((Transaction::Eip4844(signed), Some(Arc::new(inner.sidecar))));
    }
    let transaction = Transaction::decode_2718_exact(bytes).map_err(|error| wrong(&error))?;
    Ok((transaction, None))
}

/// The pool's texts are geth's; they go out as they are.
fn refused(error: &AddError) -> RpcError {
    match error {
        AddError::State(error) => crate::error::of_state(error),
        error => RpcError::invalid_input(error.to_string()),
    }
}
