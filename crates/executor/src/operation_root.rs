//! The operation root: a commitment to every operation of every transaction of a block. Spec 0002.
//!
//! ```text
//!                       root = H_root(count, top)
//!                                 │
//!                 ┌───────────── top ─────────────┐
//!         H_node(a, b)                          H_node(c, d)          a pair's hash; one left over goes up as it is
//!          ┌─────┴─────┐                      ┌─────┴─────┐
//!  a = H_leaf(0, d0)   b = H_leaf(1, d1)      …                       d: hash over a transaction's operations, in order
//! ```
//!
//! Source: paper P, receipts from operations. There each operation is hashed, and all hashes are summed up as the
//! receipt; since a root over states in between would depend on the schedule, and one over operations does not.
//!
//! Deviations: an operation is not hashed alone; a transaction's are hashed in one go, in an encoding that can be read in
//! one way only. It binds the same and costs a fraction. Ethereum's receipt stays as it is, and this root stands
//! beside it.

use crate::BlockExecution;
use evm::Outcome;
use primitives::B256;

/// The keys that set the three hashes apart from each other and from all others. 32 bytes each.
const LEAF_KEY: &[u8; 32] = b"parallax/0002/leaf-of-operations";
const NODE_KEY: &[u8; 32] = b"parallax/0002/node-of-operations";
const ROOT_KEY: &[u8; 32] = b"parallax/0002/root-of-operations";

/// Levels that a tree may have: positions have 32 bits.
const LEVELS_MAX: usize = 32;

/// That a transaction's operations stand in a block at a certain position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationProof {
    /// The transaction's position in the block, counted from 0.
    pub position: u32,
    /// Number of transactions in the block.
    pub count: u32,
    /// The hashes beside the way from the leaf to the top, leaf first.
    pub siblings: Vec<B256>,
}

impl BlockExecution {
    /// The operation root, if operations were recorded.
    ///
    /// In a block that is being built, transactions that were left out do not count.
    pub fn operation_root(&self) -> Option<B256> {
        Some(operation_root(&self.operation_digests()?))
    }

    /// The hash over each transaction's operations, if they were recorded.
    pub fn operation_digests(&self) -> Option<Vec<B256>> {
        let included = self.executed.iter().flatten();
        included
            .map(|executed| match &executed.output {
                Outcome::Included(result) => Some(result.operations.as_ref()?.digest()),
                Outcome::Invalid(_) => None,
            })
            .collect()
    }
}

/// The operation root over the hashes of the transactions' operations.
pub fn operation_root(digests: &[B256]) -> B256 {
    let mut level = leaves(digests);
    while level.len() > 1 {
        level = above(&level);
    }
    let count = u32::try_from(digests.len()).expect("gas bounds the transactions of a block");
    root(count, level.first().copied().unwrap_or_default())
}

/// The proof for the transaction at `position`; `None` if there is none.
pub fn operation_proof(digests: &[B256], position: usize) -> Option<OperationProof> {
    digests.get(position)?;
    let mut siblings = Vec::new();
    let (mut level, mut at) = (leaves(digests), position);
    while level.len() > 1 {
        siblings.extend(level.get(at ^ 1));
        (level, at) = (above(&level), at / 2);
    }
    let number = |number: usize| u32::try_from(number).expect("gas bounds the transactions of a block");
    Some(OperationProof { position: number(position), count: number(digests.len()), siblings })
}

impl OperationProof {
    /// Whether the transaction with this hash over its operations stands where the proof says, under `root_expected`.
    pub fn verify(&self, digest: B256, root_expected: B256) -> bool {
        if self.position >= self.count || self.siblings.len() > LEVELS_MAX {
            return false;
        }
        let (mut at, mut width) = (self.position, self.count);
        let mut hash = leaf(self.position, digest);
        let mut siblings = self.siblings.iter();
        while width > 1 {
            // The last of an odd number has nobody beside it.
            if at ^ 1 < width {
                let Some(sibling) = siblings.next() else { return false };
                hash = if at.is_multiple_of(2) { node(hash, *sibling) } else { node(*sibling, hash) };
            }
            (at, width) = (at / 2, width.div_ceil(2));
        }
        siblings.next().is_none() && root(self.count, hash) == root_expected
    }
}

fn leaves(digests: &[B256]) -> Vec<B256> {
    (0..).zip(digests).map(|(position, digest)| leaf(position, *digest)).collect()
}

fn above(level: &[B256]) -> Vec<B256> {
    level.chunks(2).map(|pair| if let [left, right] = pair { node(*left, *right) } else { pair[0] }).collect()
}

fn leaf(position: u32, digest: B256) -> B256 {
    numbered(LEAF_KEY, position, digest)
}

fn root(count: u32, top: B256) -> B256 {
    numbered(ROOT_KEY, count, top)
}

fn node(left: B256, right: B256) -> B256 {
    let mut both = [0; 64];
    both[..32].copy_from_slice(left.as_slice());
    both[32..].copy_from_slice(right.as_slice());
    hash(NODE_KEY, &both)
}

fn numbered(key: &[u8; 32], number: u32, value: B256) -> B256 {
    let mut bytes = [0; 36];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    bytes[4..].copy_from_slice(value.as_slice());
    hash(key, &bytes)
}

fn hash(key: &[u8; 32], bytes: &[u8]) -> B256 {
    B256::new(*blake3::keyed_hash(key, bytes).as_bytes())
}

#[cfg(test)]
mod tests;
