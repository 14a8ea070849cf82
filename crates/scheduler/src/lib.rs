//! Decide which transactions run together; the result always equals serial order.
//!
//! The room knows no EVM: it runs whatever implements [`TransactionExecutor`], under a [`Policy`], on a [`WorkerPool`].

mod assumption;
mod batch;
mod chunks;
mod cores;
mod disjoint_sets;
mod dispatch;
mod error;
mod exact;
mod footprint;
mod forks;
mod key_hash;
mod list_check;
mod list_driven;
mod machine;
mod memory;
mod optimistic;
mod plan;
mod planned;
mod policy;
mod pool;
mod ready;
mod run;
mod sequence;
mod serial;
mod sharing;
mod spares;
mod speculation;
mod stamps;
mod static_split;
mod sync;
mod view;

pub use error::Error;
pub use list_check::{ListCheck, ListMismatch, Tally};
pub use machine::{Executed, Hint, TransactionExecutor};
pub use policy::{Policy, UnknownPolicy};
pub use pool::{WORKERS_MAX, WorkerPool};
pub use run::{Admission, Gate, Job, Known, Run, Stats};
