//! The state on disk: against the state in memory, through crashes, damage and misuse.

mod crash;
mod damage;
mod directory;
#[cfg(target_os = "linux")]
mod faults;
mod ledger;
mod model;
mod proofs;
mod snapshot;
mod support;
