//! Threads inside one contract (spec 0005).

mod areas;
mod bad_input;
mod contract;
mod frames;
#[cfg(feature = "shuttle")]
mod interleavings;
mod notes;
mod programs;
mod records;
mod rules;
mod scenes;
mod support;
