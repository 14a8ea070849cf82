//! The state on disk: against the state in memory, through crashes, damage and misuse.

mod model;
mod support;
