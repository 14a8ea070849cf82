//! The policies by name.

use crate::{
    Error, Gate, Job, Run, TransactionExecutor, WorkerPool, list_driven, optimistic::InOrder, serial, speculation,
};

/// A scheduling algorithm. Law: the output equals `serial` byte for byte, for any number of workers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Policy {
    /// One after another: the specification.
    #[default]
    Serial,
    /// Nothing is known: execute ahead, commit in order, execute again what was stale.
    Optimistic,
    /// The block access list is known: every transaction on its own.
    ListDriven,
}

impl Policy {
    /// Every policy, `serial` first.
    pub const ALL: [Self; 3] = [Self::Serial, Self::Optimistic, Self::ListDriven];

    /// The policy's name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Serial => "serial",
            Self::Optimistic => "optimistic",
            Self::ListDriven => "list_driven",
        }
    }

    /// Executes a block.
    pub fn run<M: TransactionExecutor>(
        self,
        job: &Job<'_, M>,
        pool: &WorkerPool,
        gate: &mut dyn Gate<M::Output>,
    ) -> Result<Run<M::Output>, Error> {
        match self {
            Self::Serial => serial::run(job, gate),
            Self::Optimistic => speculation::run(job, pool, &InOrder::new(job.machine.len()), gate),
            Self::ListDriven => {
                let needs = Error::Needs { policy: self.name(), what: "a block access list" };
                list_driven::run(job, job.known.list.ok_or(needs)?, pool, gate)
            }
        }
    }
}
