//! Run one transaction: revm with parallel-thread opcodes, recording every access.
//!
//! The room knows no block and no ledger: it is given an [`Environment`] and a state reader, and returns what the
//! transaction touched and what came of it. Start at [`Machine`].

mod code_cache;
mod database;
mod environment;
mod handler;
mod hash_memo;
mod instructions;
mod interpreter;
mod intrinsic_gas;
mod journal;
mod machine;
mod net_metering;
mod observations;
pub mod operation;
mod outcome;
mod record;
mod spare;
mod sync;
mod threads;
mod transaction;
mod transfer;

pub use code_cache::CodeCache;
pub use environment::{BlobValues, BlockValues, Environment, spec_id};
pub use machine::{Machine, SystemCall};
pub use outcome::{Execution, Outcome, Status, TransactionResult};
pub use revm;
pub use revm::context_interface::result::{HaltReason, InvalidTransaction};
pub use threads::{
    ForkJoin, FrameContext, FrameThreads, Inline, Meeting, QueuePolicy, SYSTEM_CONTRACT, ThreadEvent, ThreadNote,
    ThreadState, VainRun,
};
pub use transaction::PreparedTransaction;
