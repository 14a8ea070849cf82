//! How large the experiments are.

use crate::{
    measure::Passes,
    workload::{Settings, ThreadedContract},
};
use primitives::Fork;
use std::time::Duration;

/// Sizes and repeats.
#[derive(Clone, Debug)]
pub struct Setting {
    /// How often each time is measured.
    pub passes: Passes,
    /// Serial passes from which the cost of a transaction or thread is taken.
    pub cost_passes: usize,
    /// Real workers.
    pub workers: usize,
    /// Workers of the projection.
    pub projected_workers: usize,
    /// Transactions of a block where they do not vary.
    pub transactions: usize,
    /// Threads of a call.
    pub parts: u64,
    /// Schedules under which operation roots are compared, for each kind of call.
    pub schedules: usize,
    /// Sizes are divided by this, and only the first and the last are kept.
    pub shrink: Option<u64>,
}

impl Setting {
    /// The paper's sizes.
    pub fn published() -> Self {
        Self {
            passes: Passes { repeats: 30, budget: Some(Duration::from_secs(15)) },
            cost_passes: 3,
            workers: 2,
            projected_workers: 40,
            transactions: 300,
            parts: 40,
            schedules: 1_000,
            shrink: None,
        }
    }

    /// A small part of them, for a look and for tests.
    pub fn quick() -> Self {
        Self {
            passes: Passes::new(3),
            cost_passes: 1,
            transactions: 24,
            parts: 8,
            schedules: 28,
            shrink: Some(20),
            ..Self::published()
        }
    }

    /// So many measurements of each time, however long that takes.
    #[must_use]
    pub fn repeat(mut self, repeats: usize) -> Self {
        self.passes = Passes::new(repeats);
        self
    }

    /// The sizes that are measured of those that are published.
    pub(super) fn sizes(&self, published: &[u64]) -> Vec<u64> {
        let Some(shrink) = self.shrink else { return published.to_vec() };
        let ends = published.first().into_iter().chain(published.last());
        let mut sizes: Vec<u64> = ends.map(|size| (size / shrink).max(2)).collect();
        sizes.dedup();
        sizes
    }

    /// The same for numbers of transactions or groups.
    pub(super) fn counts(&self, published: &[usize]) -> Vec<usize> {
        let published: Vec<u64> = published.iter().map(|count| *count as u64).collect();
        self.sizes(&published).into_iter().map(|count| count as usize).collect()
    }

    /// The sizes of one call of a contract with threads.
    pub(super) fn call_sizes(&self, contract: ThreadedContract) -> Vec<u64> {
        self.sizes(match contract {
            ThreadedContract::MatrixAdd => &[90, 120, 150, 180, 210],
            ThreadedContract::MatrixMul => &[40, 50, 60, 70, 80],
            ThreadedContract::Substring => &[12_000, 16_000, 20_000, 24_000, 28_000],
            ThreadedContract::Histogram => &[30_000, 40_000, 50_000, 60_000, 70_000],
            ThreadedContract::Genes => &[40, 400],
            ThreadedContract::WordCount => &[1_000, 4_000],
        })
    }

    /// The rules: Cancun's, the last without a bound to a transaction's gas, which calls of this size pass.
    pub(super) fn settings(&self) -> Settings {
        Settings { fork: Fork::Cancun, ..Settings::new(1) }
    }
}
