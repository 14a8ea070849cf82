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
pub(crate) use shuttle::{sync::atomic, thread::yield_now};
#[cfg(not(feature = "shuttle"))]
pub(crate) use std::{sync::atomic, thread::yield_now};
#[cfg(not(feature = "shuttle"))]
pub(crate) use threads::{Helpers, Threads};

#[cfg(feature = "shuttle")]
use shuttle::hint::spin_loop;
#[cfg(not(feature = "shuttle"))]
use std::hint::spin_loop;

/// Waits a little for another worker, for the `times`-th time in a row.
pub(crate) fn wait(times: u32) {
    /// A worker that has waited so often leaves its core to others.
    const SPINS: u32 = 64;
    if times < SPINS { spin_loop() } else { yield_now() }
}
