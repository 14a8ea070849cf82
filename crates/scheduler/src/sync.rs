//! Locks, atomics, threads and waiting, from one place.
//!
//! The feature `shuttle` replaces all of them by shuttle's, which run one thread at a time and choose at each operation
//! which one goes on. Nothing works outside a shuttle test then; the feature is for such tests alone.

#[cfg(feature = "shuttle")]
mod controlled;
#[cfg(not(feature = "shuttle"))]
mod threads;

#[cfg(feature = "shuttle")]
pub(crate) use controlled::{Helpers, Mutex, RwLock, Threads};
#[cfg(not(feature = "shuttle"))]
pub(crate) use parking_lot::{Mutex, RwLock};
#[cfg(feature = "shuttle")]
pub(crate) use shuttle::{hint::spin_loop, sync::atomic, thread::yield_now};
#[cfg(not(feature = "shuttle"))]
pub(crate) use std::{hint::spin_loop, sync::atomic, thread::yield_now};
#[cfg(not(feature = "shuttle"))]
pub(crate) use threads::{Helpers, Threads};
