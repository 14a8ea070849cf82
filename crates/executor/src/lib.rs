//! Turn a block into receipts, an access list and a state root.
//!
//! ```text
//!  Block + senders ──▶ PreparedBlock ──▶ Engine::execute ──▶ BlockExecution ──▶ check against the header
//!                                        steps before, transactions under a policy, steps after
//! ```
//!
//! [`Engine::build`] proposes a block, [`Engine::validate`] judges one with all that its header claims. Beside the block
//! may travel its access list (spec 0001) and a [`ScheduleHint`] (spec 0003); [`operation_root`] (spec 0002) commits to
//! what each transaction did step by step.

mod adapter;
mod build;
mod dao;
mod deposits;
mod engine;
mod execution;
mod gate;
mod layer;
mod listing;
mod log_blooms;
mod operation_root;
mod prepared;
mod receipts;
mod replay;
mod roots;
pub mod rules;
mod schedule_hint;
mod senders;
mod steps;
mod timeline;
mod validation;
mod verdict;

pub use adapter::{BlockMachine, BlockWorker};
pub use build::{Attributes, BuiltBlock, Proposal, template};
pub use engine::{Engine, Plan};
pub use execution::BlockExecution;
pub use gate::Rejection;
pub use operation_root::{OperationProof, operation_proof, operation_root};
pub use prepared::PreparedBlock;
pub use receipts::transactions_root;
pub use schedule_hint::{HintError, PREDECESSORS_MAX, ScheduleHint};
pub use scheduler::{Known, ListCheck, ListMismatch, Policy, Stats};
pub use senders::{BadSignatures, SignatureError, recover_sender};
pub use steps::StepError;
pub use timeline::{TimedRun, Timeline};
pub use validation::{StateRoot, Validation};
pub use verdict::{Error, InvalidBlock};
