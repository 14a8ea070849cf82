//! Whether a node can do its work.

use node::Chain;
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// What is asked of it by those who watch a process.
#[derive(Clone, Debug)]
pub struct Health {
    chain: Arc<Chain>,
    stopping: Arc<AtomicBool>,
}

impl Health {
    /// Of this chain.
    pub fn new(chain: Arc<Chain>) -> Self {
        Self { chain, stopping: Arc::default() }
    }

    /// From now on it is not ready any more.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Why it cannot take transactions and make blocks; nothing if it can.
    pub fn reasons(&self) -> Vec<String> {
        let stopping = self.stopping.load(Ordering::Relaxed).then(|| "the node is stopping".to_owned());
        self.chain.failure().map(str::to_owned).into_iter().chain(stopping).collect()
    }

    /// The answer to `/readyz`.
    pub(crate) fn document(&self) -> Value {
        let reasons = self.reasons();
        json!({ "ready": reasons.is_empty(), "block": self.chain.number(), "reasons": reasons })
    }

    pub(crate) fn chain(&self) -> &Chain {
        &self.chain
    }
}
