//! Turn a block into receipts, an access list and a state root.
//!
//! ```text
//!  Block + senders ──▶ PreparedBlock ──▶ Engine::execute ──▶ BlockExecution ──▶ check against the header
//!                                        steps before, transactions under a policy, steps after
//! ```

mod adapter;
mod dao;
mod deposits;
mod engine;
mod execution;
mod gate;
mod layer;
mod listing;
mod prepared;
mod receipts;
pub mod rules;
mod steps;
mod verdict;

pub use engine::{Engine, Plan};
pub use execution::BlockExecution;
pub use gate::Rejection;
pub use prepared::PreparedBlock;
pub use receipts::transactions_root;
pub use scheduler::{Known, ListCheck, ListMismatch, Policy, Stats};
pub use steps::StepError;
pub use verdict::{Error, InvalidBlock};
