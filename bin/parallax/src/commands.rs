//! The commands, one file each.

pub(crate) mod bench;
pub(crate) mod blocktest;
pub(crate) mod dev;
pub(crate) mod explain;
pub(crate) mod fetch_block;
pub(crate) mod replay;
pub(crate) mod statetest;
