//! A machine that knows no EVM: transactions are small programs over accounts and slots.
//!
//! It keeps the law of the record to the letter and uses its freedoms: balances that are only paid into and out of are
//! not observed, existence is observed only where it mattered, accesses depend on values that were read.

mod journal;
mod machine;
mod program;
mod world;

pub(crate) use machine::{Mock, Output};
pub(crate) use program::{Block, Op, Transaction, blocks};
pub(crate) use world::{World, address, slot};
