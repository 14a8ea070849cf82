//! The commands, one file each.

pub(crate) mod bench;
pub(crate) mod blocktest;
pub(crate) mod config;
pub(crate) mod db;
pub(crate) mod dev;
pub(crate) mod explain;
pub(crate) mod fetch_block;
pub(crate) mod genesis;
pub(crate) mod key;
pub(crate) mod manual;
pub(crate) mod node;
pub(crate) mod replay;
pub(crate) mod snapshot;
pub(crate) mod solc;
pub(crate) mod statetest;
mod threads;
