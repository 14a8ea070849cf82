//! Shuttle's locks and threads in the form that the rest of the crate knows.

use shuttle::sync::{MutexGuard, RwLockReadGuard, RwLockWriteGuard};

/// As `parking_lot::Mutex`.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(shuttle::sync::Mutex<T>);

/// As `parking_lot::RwLock`.
#[derive(Debug, Default)]
pub(crate) struct RwLock<T>(shuttle::sync::RwLock<T>);

/// Threads that are started for each run.
#[derive(Debug)]
pub(crate) struct Threads;

impl<T> Mutex<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(shuttle::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        self.0.try_lock().ok()
    }

    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.0.get_mut().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub(crate) fn into_inner(self) -> T {
        self.0.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl<T> RwLock<T> {
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, T> {
        self.0.read().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, T> {
        self.0.write().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.0.get_mut().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Threads {
    pub(crate) fn start(_count: usize) -> Result<Self, String> {
        Ok(Self)
    }

    pub(crate) fn run(&self, workers: usize, work: impl Fn(usize) + Sync) {
        shuttle::thread::scope(|scope| {
            let work = &work;
            for worker in 1..workers {
                scope.spawn(move || work(worker));
            }
            work(0);
        });
    }
}

/// Threads that are started for each fork.
#[derive(Debug)]
pub(crate) struct Helpers;

impl Helpers {
    pub(crate) fn new(_count: usize) -> Self {
        Self
    }

    pub(crate) fn run_beside(&self, helpers: usize, work: impl Fn() + Sync) {
        shuttle::thread::scope(|scope| {
            for _ in 0..helpers {
                scope.spawn(&work);
            }
            work();
        });
    }
}
