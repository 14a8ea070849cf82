//! What one transaction gives.

use crate::operation::Operations;
use access_list::AccessRecord;
use primitives::{Address, Bytes, Log, U256};
use revm::context_interface::result::{ExecutionResult, HaltReason, InvalidTransaction, Output, ResultGas};

/// The outcome of executing a transaction, with everything that it depended on and changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    /// What was touched; the beneficiary's fee is not in it.
    pub record: AccessRecord,
    /// The fee for the beneficiary; `None` if none is due (invalid transaction, or the beneficiary destroyed itself in
    /// this very transaction and the fee is burnt with it).
    pub fee: Option<U256>,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is part of the block, successful or not.
    Included(TransactionResult),
    /// It may not stand at this place of a block. Nothing changes.
    Invalid(Box<InvalidTransaction>),
}

/// The result of an included transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionResult {
    /// How it ended.
    pub status: Status,
    /// Gas paid for, after refunds.
    pub gas_used: u64,
    /// Log entries, in order; none unless it succeeded.
    pub logs: Vec<Log>,
    /// Return data, revert data or deployed code.
    pub output: Bytes,
    /// The address of the contract that a creating transaction made.
    pub created: Option<Address>,
    /// What it did step by step, where that was to be written down.
    pub operations: Option<Box<Operations>>,
}

/// How a transaction ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Ran to its end.
    Success,
    /// Reverted by the contract; unused gas was returned.
    Revert,
    /// Stopped by the machine (out of gas, invalid instruction, ...); all gas was used.
    Halt(HaltReason),
}

impl TransactionResult {
    /// The receipt's status bit (EIP-658).
    pub fn is_success(&self) -> bool {
        self.status == Status::Success
    }

    pub(crate) fn from_revm(result: ExecutionResult) -> Self {
        let used = |gas: &ResultGas| gas.tx_gas_used();
        match result {
            ExecutionResult::Success { gas, logs, output, .. } => {
                let created = match &output {
                    Output::Create(_, address) => *address,
                    Output::Call(_) => None,
                };
                Self {
                    status: Status::Success,
                    gas_used: used(&gas),
                    logs,
                    output: output.into_data(),
                    created,
                    operations: None,
                }
            }
            ExecutionResult::Revert { gas, output, .. } => Self {
                status: Status::Revert,
                gas_used: used(&gas),
                logs: Vec::new(),
                output,
                created: None,
                operations: None,
            },
            ExecutionResult::Halt { reason, gas, .. } => Self {
                status: Status::Halt(reason),
                gas_used: used(&gas),
                logs: Vec::new(),
                output: Bytes::new(),
                created: None,
                operations: None,
            },
        }
    }
}
