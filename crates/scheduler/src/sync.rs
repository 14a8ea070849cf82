//! Locks, atomics and waiting, from one place.

pub(crate) use parking_lot::{Mutex, RwLock};
pub(crate) use std::sync::atomic;
