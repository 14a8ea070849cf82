//! The binary in the hands of an operator: its starts, its ends, its files, and what it refuses.

#[path = "../support/ci.rs"]
mod ci;
#[path = "../support/command.rs"]
#[expect(dead_code, reason = "no recorded data is needed here")]
mod command;
mod dev;
mod flags;
mod limits;
mod load;
mod node;
mod operations;
mod output;
mod running;
mod sharing;
mod storage;
mod threads;

/// The exit codes of the table, by what they say.
mod code {
    pub(crate) const VERDICT: i32 = 1;
    pub(crate) const USAGE: i32 = 2;
    pub(crate) const INPUT: i32 = 3;
    pub(crate) const MACHINE: i32 = 4;
    pub(crate) const PORT: i32 = 5;
    pub(crate) const LOCKED: i32 = 6;
    pub(crate) const NEWER: i32 = 7;
    pub(crate) const DAMAGED: i32 = 8;
    pub(crate) const FULL: i32 = 9;
}
