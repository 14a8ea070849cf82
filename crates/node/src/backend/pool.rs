//! The pool as clients see it.

use crate::Chain;
use primitives::{Address, B256, Bytes};
use rpc::{
    RpcError,
    backend::{Pool, PoolContent, PoolTransaction},
};
use std::sync::Arc;
use txpool::{Content, Pooled};

impl Pool for Chain {
    fn submit(&self, transaction: Bytes) -> Result<B256, RpcError> {
        self.submit_raw(&transaction)
    }

    fn status(&self) -> (u64, u64) {
        let status = self.pool.lock().status();
        (status.pending as u64, status.queued as u64)
    }

    fn content(&self, sender: Option<Address>) -> PoolContent {
        let pool = self.pool.lock();
        let all = match sender {
            Some(sender) => vec![pool.content_from(sender)],
            None => pool.content().into_iter().map(|(_, content)| content).collect(),
        };
        drop(pool);
        let shown = |part: fn(Content) -> Vec<Arc<Pooled>>, all: &[Content]| -> Vec<Arc<PoolTransaction>> {
            all.iter().cloned().flat_map(part).map(|pooled| Arc::new(seen(&pooled))).collect()
        };
        PoolContent { pending: shown(|content| content.pending, &all), queued: shown(|content| content.queued, &all) }
    }

    fn pooled(&self, hash: B256) -> Option<Arc<PoolTransaction>> {
        self.pool.lock().get(&hash).map(|pooled| Arc::new(seen(pooled)))
    }

    fn pending_nonce(&self, sender: Address) -> Option<u64> {
        self.pool.lock().next_nonce(sender)
    }
}

fn seen(pooled: &Pooled) -> PoolTransaction {
    PoolTransaction { transaction: pooled.transaction.clone(), sender: pooled.signer }
}
