//! The operation root: a commitment to every operation of every transaction of a block. Spec 0002.
//!
//! ```text
//!  root = H_root(stream, end of transaction 0, end of transaction 1, …)
//!                  │
//!            H_stream( operations of transaction 0 ‖ operations of transaction 1 ‖ … )
//!                       ╰── 1,024 bytes ──╯╰── 1,024 bytes ──╯                       BLAKE3's own tree of pieces
//! ```
//!
//! Source: paper P, receipts from operations. There each operation is hashed, and all hashes are summed up as the
//! receipt; since a root over states in between would depend on the schedule, and one over operations does not.
//!
//! Deviations: an operation is not hashed alone, nor a transaction. All are hashed in one go, in an encoding that can be
//! read in one way only. It binds the same and costs a fraction: BLAKE3 hashes many pieces of a long input at once, and
//! none of a short one. What proves one transaction are the hashes beside its pieces, in the tree that BLAKE3 makes of its
//! input anyway. Ethereum's receipt stays as it is, and this root stands beside it.

mod proof;

pub use proof::{OperationProof, operation_proof};

use crate::BlockExecution;
use evm::{Outcome, operation::Operations};
use primitives::B256;

/// The keys that set the two hashes apart from each other and from all others. 32 bytes each.
const STREAM_KEY: &[u8; 32] = b"parallax/0002/all-the-operations";
const ROOT_KEY: &[u8; 32] = b"parallax/0002/root-of-the-stream";

/// Bytes that are hashed at once: pieces enough for every lane of a processor, and few enough for its cache.
const BATCH: usize = 1 << 16;

impl BlockExecution {
    /// The operation root, if operations were recorded.
    ///
    /// In a block that is being built, transactions that were left out do not count.
    pub fn operation_root(&self) -> Option<B256> {
        Some(operation_root(self.operations()?))
    }

    /// Each transaction's operations, if they were recorded.
    pub fn operations(&self) -> Option<Vec<&Operations>> {
        let included = self.executed.iter().flatten();
        included
            .map(|executed| match &executed.output {
                Outcome::Included(result) => result.operations.as_deref(),
                Outcome::Invalid(_) => None,
            })
            .collect()
    }
}

/// The operation root over the transactions' operations, in block order.
pub fn operation_root<'a>(operations: impl IntoIterator<Item = &'a Operations>) -> B256 {
    let mut stream = Stream::new();
    for of_transaction in operations {
        stream.push(of_transaction.as_bytes());
    }
    let (hash, ends) = stream.end();
    root(hash, &ends)
}

/// Hashes transactions as they come.
struct Stream {
    hasher: blake3::Hasher,
    batch: Vec<u8>,
    length: u64,
    /// Where the operations of each transaction end.
    ends: Vec<u64>,
}

impl Stream {
    fn new() -> Self {
        let hasher = blake3::Hasher::new_keyed(STREAM_KEY);
        Self { hasher, batch: Vec::with_capacity(BATCH), length: 0, ends: Vec::new() }
    }

    fn push(&mut self, mut bytes: &[u8]) {
        self.length += bytes.len() as u64;
        self.ends.push(self.length);
        while self.batch.len() + bytes.len() >= BATCH {
            let (fits, rest) = bytes.split_at(BATCH - self.batch.len());
            self.batch.extend_from_slice(fits);
            self.hasher.update(&self.batch);
            self.batch.clear();
            bytes = rest;
        }
        self.batch.extend_from_slice(bytes);
    }

    fn end(mut self) -> (B256, Vec<u64>) {
        let hash = self.hasher.update(&self.batch).finalize();
        (B256::new(*hash.as_bytes()), self.ends)
    }
}

/// The root, given the stream's hash and where each transaction ends in it.
fn root(stream: B256, ends: &[u64]) -> B256 {
    let mut bytes = Vec::with_capacity(32 + 8 * ends.len());
    bytes.extend_from_slice(stream.as_slice());
    ends.iter().for_each(|end| bytes.extend_from_slice(&end.to_be_bytes()));
    B256::new(*blake3::keyed_hash(ROOT_KEY, &bytes).as_bytes())
}

#[cfg(test)]
mod tests;
