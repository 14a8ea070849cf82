//! Which transactions may stand in the block: the rules that look at more than one of them.

use crate::rules::TransactionError;
use evm::{InvalidTransaction, Outcome, PreparedTransaction};
use scheduler::{Admission, Executed, Gate};

/// Why a transaction may not stand where it stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// The transaction is not valid on the state before it.
    #[error("{0}")]
    Invalid(Box<InvalidTransaction>),
    /// Its gas limit is more than the block has left.
    #[error("gas limit {limit} exceeds the {left} gas left in the block")]
    GasLimit {
        /// Gas that the transaction may use.
        limit: u64,
        /// Gas that earlier transactions left.
        left: u64,
    },
    /// Its blobs are more than the block has room for.
    #[error("{blobs} blobs exceed the room for {left} left in the block")]
    Blobs {
        /// Blobs that it carries.
        blobs: u64,
        /// Blobs that earlier transactions left room for.
        left: u64,
    },
    /// Its form is not one of the fork. Only a block that is being built has it looked at here.
    #[error("{0}")]
    Form(TransactionError),
    /// It is larger than what the block has room for (EIP-7934).
    #[error("{bytes} bytes exceed the room for {left} left in the block")]
    Size {
        /// Its bytes in RLP.
        bytes: usize,
        /// Bytes that earlier transactions left.
        left: usize,
    },
}

/// What a rejected transaction means for its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnRejection {
    /// The block is invalid.
    Stop,
    /// The block is being built: leave it out.
    Exclude,
}

/// Keeps the block's sums while transactions are admitted in order.
pub(crate) struct BlockGate<'b> {
    transactions: &'b [PreparedTransaction],
    on_rejection: OnRejection,
    gas_left: u64,
    blobs_left: u64,
    pub(crate) rejected: Vec<(usize, Rejection)>,
}

impl<'b> BlockGate<'b> {
    pub(crate) fn new(
        transactions: &'b [PreparedTransaction],
        gas_limit: u64,
        blobs_max: u64,
        on_rejection: OnRejection,
    ) -> Self {
        Self { transactions, on_rejection, gas_left: gas_limit, blobs_left: blobs_max, rejected: Vec::new() }
    }

    fn judge(&self, transaction: &PreparedTransaction, outcome: &Outcome) -> Result<u64, Rejection> {
        let limit = transaction.gas_limit();
        if limit > self.gas_left {
            return Err(Rejection::GasLimit { limit, left: self.gas_left });
        }
        let blobs = transaction.blobs() as u64;
        if blobs > self.blobs_left {
            return Err(Rejection::Blobs { blobs, left: self.blobs_left });
        }
        match outcome {
            Outcome::Included(result) => Ok(result.gas_used),
            Outcome::Invalid(invalid) => Err(Rejection::Invalid(invalid.clone())),
        }
    }
}

impl Gate<Outcome> for BlockGate<'_> {
    fn admit(&mut self, index: usize, executed: &Executed<Outcome>) -> Admission {
        let transaction = &self.transactions[index];
        match self.judge(transaction, &executed.output) {
            Ok(gas_used) => {
                self.gas_left -= gas_used;
                self.blobs_left -= transaction.blobs() as u64;
                Admission::Include
            }
            Err(rejection) => {
                self.rejected.push((index, rejection));
                match self.on_rejection {
                    OnRejection::Stop => Admission::Stop,
                    OnRejection::Exclude => Admission::Exclude,
                }
            }
        }
    }
}
