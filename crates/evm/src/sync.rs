//! Locks and atomics of what threads share, from one place.
//!
//! The feature `shuttle` replaces them by shuttle's, which run one thread at a time and choose at each operation which one
//! goes on. Nothing works outside a shuttle test then; the feature is for such tests alone. What no two threads of one
//! transaction wait for, such as the cache of code, stays as it is.

#[cfg(not(feature = "shuttle"))]
pub(crate) use parking_lot::Mutex;
#[cfg(feature = "shuttle")]
pub(crate) use shuttle::sync::atomic;
#[cfg(not(feature = "shuttle"))]
pub(crate) use std::sync::atomic;

#[cfg(feature = "shuttle")]
pub(crate) use controlled::Mutex;

#[cfg(feature = "shuttle")]
mod controlled {
    use shuttle::sync::MutexGuard;

    /// As `parking_lot::Mutex`.
    #[derive(Debug, Default)]
    pub(crate) struct Mutex<T>(shuttle::sync::Mutex<T>);

    impl<T> Mutex<T> {
        pub(crate) const fn new(value: T) -> Self {
            Self(shuttle::sync::Mutex::new(value))
        }

        pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
        }

        pub(crate) fn into_inner(self) -> T {
            self.0.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner())
        }
    }
}
