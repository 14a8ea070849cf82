//! Decide which transactions run together; the result always equals serial order.
//!
//! The room knows no EVM: it runs whatever implements [`TransactionExecutor`], under a [`Policy`], on a [`WorkerPool`].

mod dispatch;
mod error;
mod list_check;
mod list_driven;
mod machine;
mod memory;
mod optimistic;
mod policy;
mod pool;
mod run;
mod serial;
mod speculation;
mod view;

pub use error::Error;
pub use list_check::{ListCheck, ListMismatch, Tally};
pub use machine::{Executed, Hint, TransactionExecutor};
pub use policy::Policy;
pub use pool::{WORKERS_MAX, WorkerPool};
pub use run::{Admission, Gate, Job, Known, Run, Stats};
