//! The schedule hint: for each transaction of a block the earlier ones that it should wait for. Spec 0003.
//!
//! ```text
//!  tx   waits for          bits
//!   0   -                  1
//!   1   -                  1
//!   2   1                  010  1          two preds less one; one back
//!   3   2, 0               011  1  010     one back, two further back
//! ```
//!
//! Source: paper P sends the groups of a block along, about 1 % of its bytes. Groups of 200 transactions fit in that; the
//! read and write set that P says it sends does not. So there are two objects: this hint, which only helps, and the
//! block access list, which is complete and committed to.
//!
//! Law: a hint may schedule; it never decides a result. Nobody commits to it, and whoever takes one from a peer loses at
//! worst the time that it was to save. It becomes access sets of made-up keys ([`ScheduleHint::access_sets`]), which the
//! policies over access sets take as they take any.

mod bits;
mod predecessors;

use crate::BuiltBlock;
use access_list::{AccessSet, StateKey};
use bits::{BitReader, BitWriter};
use primitives::{Address, U256};

/// Who waits for whom, for the transactions of one block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScheduleHint {
    /// For each transaction those that it waits for, the nearest first.
    predecessors: Vec<Vec<u32>>,
}

/// Transactions that one transaction may wait for. Of more, the nearest are named.
pub const PREDECESSORS_MAX: usize = 16;

/// Why bytes are no hint for a block. It says nothing of the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HintError {
    /// The bytes end too early.
    #[error("the hint ends too early")]
    End,
    /// It is for a block of another size.
    #[error("the hint is for {hint} transactions, the block has {block}")]
    Transactions {
        /// What the hint says.
        hint: u64,
        /// What the block has.
        block: usize,
    },
    /// A transaction waits for more than [`PREDECESSORS_MAX`] others.
    #[error("transaction {0} waits for too many others")]
    Predecessors(usize),
    /// A transaction waits for one before the first.
    #[error("transaction {0} waits for one before the first")]
    Range(usize),
    /// Something follows after the last transaction.
    #[error("the hint goes on after its last transaction")]
    Trailing,
}

impl ScheduleHint {
    /// The hint for transactions that access this, in block order. What follows by way of others is left out.
    pub fn new(sets: &[AccessSet]) -> Self {
        Self { predecessors: predecessors::predecessors(sets) }
    }

    /// Reads a hint for a block of so many transactions. Time and memory are at most linear in the bytes given and in
    /// the transactions.
    pub fn decode(bytes: &[u8], transactions: usize) -> Result<Self, HintError> {
        let mut reader = BitReader::new(bytes);
        let count = reader.number()? - 1;
        if usize::try_from(count) != Ok(transactions) {
            return Err(HintError::Transactions { hint: count, block: transactions });
        }
        let mut predecessors = Vec::with_capacity(transactions);
        for transaction in 0..transactions {
            predecessors.push(decode_one(&mut reader, transaction)?);
        }
        if reader.is_finished() { Ok(Self { predecessors }) } else { Err(HintError::Trailing) }
    }

    /// The encoding: bits, the first one highest in its byte, filled up with zeros.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = BitWriter::default();
        writer.number(self.predecessors.len() as u64 + 1);
        for (transaction, predecessors) in self.predecessors.iter().enumerate() {
            writer.number(predecessors.len() as u64 + 1);
            let mut at = transaction as u64;
            for predecessor in predecessors {
                writer.number(at - u64::from(*predecessor));
                at = u64::from(*predecessor);
            }
        }
        writer.finish()
    }

    /// For each transaction those that it waits for, the nearest first.
    pub fn predecessors(&self) -> &[Vec<u32>] {
        &self.predecessors
    }

    /// The hint as access sets, for the policies over such: a transaction that others wait for writes a key of its own,
    /// and they read it. The keys are made up and name no state.
    pub fn access_sets(&self) -> Vec<AccessSet> {
        let mut is_awaited = vec![false; self.predecessors.len()];
        for predecessor in self.predecessors.iter().flatten() {
            is_awaited[*predecessor as usize] = true;
        }
        let sets = self.predecessors.iter().zip(0_u32..).zip(is_awaited);
        sets.map(|((predecessors, transaction), is_awaited)| {
            AccessSet::new(predecessors.iter().map(|one| key(*one)), is_awaited.then(|| key(transaction)), [])
        })
        .collect()
    }
}

impl BuiltBlock {
    /// The hint for validators that want to run in parallel without the access list.
    pub fn schedule_hint(&self) -> ScheduleHint {
        ScheduleHint::new(&self.execution.access_sets())
    }
}

fn decode_one(reader: &mut BitReader<'_>, transaction: usize) -> Result<Vec<u32>, HintError> {
    let count = reader.number()? - 1;
    if count > PREDECESSORS_MAX as u64 {
        return Err(HintError::Predecessors(transaction));
    }
    let mut at = transaction as u64;
    (0..count)
        .map(|_| {
            at = at.checked_sub(reader.number()?).ok_or(HintError::Range(transaction))?;
            u32::try_from(at).map_err(|_| HintError::Range(transaction))
        })
        .collect()
}

/// The made-up key of a transaction.
fn key(transaction: u32) -> StateKey {
    StateKey::Slot(Address::ZERO, U256::from(transaction))
}

#[cfg(test)]
mod tests;
