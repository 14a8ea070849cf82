//! Wire the rooms into a running process.

pub mod execution;
pub mod trace;
