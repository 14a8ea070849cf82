//! How large an experiment is.

use crate::{
    measure::{Case, Passes},
    workload::{Generator, Mix, Settings, Variable, Workload},
};
use access_list::{AccessSet, StateKey};

/// Sizes and repeats of an experiment.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Transactions of a block where they do not vary.
    pub transactions: usize,
    /// Transactions of a block where they vary.
    pub sizes: Vec<usize>,
    /// Shared variables of a transaction where they vary.
    pub variables: Vec<usize>,
    /// How often each time is measured.
    pub passes: Passes,
    /// Real workers.
    pub workers: usize,
    /// Workers of the projection.
    pub projected_workers: usize,
}

impl Setting {
    /// The paper's sizes.
    pub fn published() -> Self {
        Self {
            transactions: Mix::default().transactions,
            sizes: (1..=8).map(|step| step * 500).collect(),
            variables: (1..=10).collect(),
            passes: Passes::new(30),
            workers: 2,
            projected_workers: 12,
        }
    }

    /// A tenth of them, for a look and for tests.
    pub fn quick() -> Self {
        Self {
            transactions: 200,
            sizes: vec![50, 100, 200, 300, 400],
            variables: vec![1, 2, 5, 10],
            passes: Passes::new(3),
            ..Self::published()
        }
    }

    /// A block of the paper's mix, and what each of its transactions declares to share.
    pub(super) fn block(&self, transactions: usize, variables: usize) -> (Case, Vec<AccessSet>) {
        let mix = Mix { transactions, variables, ..Mix::default() };
        let workload = mix.build(Settings::new(1));
        let declared = declared(&workload);
        (Case::generated(workload), declared)
    }
}

/// The variables as sets: each may be changed.
fn declared(workload: &Workload) -> Vec<AccessSet> {
    let key = |variable: &Variable| match variable {
        Variable::Account(address) => StateKey::Balance(*address),
        Variable::Slot(address, slot) => StateKey::Slot(*address, *slot),
    };
    workload.touches.iter().map(|variables| AccessSet::new([], variables.iter().map(key), [])).collect()
}
