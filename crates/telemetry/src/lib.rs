//! Show what a running node does: logs, metrics, health.
//!
//! ```text
//!  Chain ──▶ Observer::block ──┐
//!  Server ─▶ Observer::call ───┴▶ Metrics ──▶ Endpoint: /metrics, /livez, /readyz
//!                                   └──▶ tracing ──▶ Logs: a bounded queue ──▶ standard error
//! ```
//!
//! Law: nothing here holds a node up. A counter is an atomic addition; a line that finds the queue full is dropped; the
//! endpoint answers a bounded number of clients, each within a bounded time.

mod endpoint;
mod health;
mod logs;
mod metrics;
mod process;

pub use endpoint::Endpoint;
pub use health::Health;
pub use logs::{Format, Logs, LogsError};
pub use metrics::Metrics;
