//! The policies by name.

use crate::{
    Error, Gate, Job, Run, TransactionExecutor, WorkerPool, disjoint_sets, list_driven, optimistic, plan::Plan,
    planned::Planned, sequence, serial, speculation, static_split,
};
use access_list::AccessSet;
use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    str::FromStr,
    time::Instant,
};

/// A scheduling algorithm. Law: the output equals `serial` byte for byte, for any number of workers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Policy {
    /// One after another: the specification.
    #[default]
    Serial,
    /// Access sets are known: classes without a conflict inside, a barrier between.
    StaticSplit,
    /// The same classes, made by the quadratic algorithm of the literature; for comparison only.
    StaticSplitQuadratic,
    /// Access sets are known: connected components, parallel between, serial inside.
    DisjointSets,
    /// Access sets are known: each location in block order, whatever else is going on.
    Sequence,
    /// Nothing is known: execute ahead, commit in order, execute again what was stale.
    Optimistic,
    /// The block access list is known: every transaction on its own.
    ListDriven,
}

/// No policy has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no policy {0:?}: expected one of {list}", list = Policy::ALL.map(Policy::name).join(", "))]
pub struct UnknownPolicy(pub String);

impl Policy {
    /// Every policy, `serial` first.
    pub const ALL: [Self; 7] = [
        Self::Serial,
        Self::StaticSplit,
        Self::StaticSplitQuadratic,
        Self::DisjointSets,
        Self::Sequence,
        Self::Optimistic,
        Self::ListDriven,
    ];

    /// The policy's name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Serial => "serial",
            Self::StaticSplit => "static_split",
            Self::StaticSplitQuadratic => "static_split_quadratic",
            Self::DisjointSets => "disjoint_sets",
            Self::Sequence => "sequence",
            Self::Optimistic => "optimistic",
            Self::ListDriven => "list_driven",
        }
    }

    /// Whether the policy needs [`Known::sets`](crate::Known::sets).
    pub const fn needs_sets(self) -> bool {
        matches!(self, Self::StaticSplit | Self::StaticSplitQuadratic | Self::DisjointSets | Self::Sequence)
    }

    /// Whether the policy needs [`Known::list`](crate::Known::list).
    pub const fn needs_list(self) -> bool {
        matches!(self, Self::ListDriven)
    }

    /// Executes a block. A panic of the machine or of the gate, on whatever worker, is an error.
    pub fn run<M: TransactionExecutor>(
        self,
        job: &Job<'_, M>,
        pool: &WorkerPool,
        gate: &mut dyn Gate<M::Output>,
    ) -> Result<Run<M::Output>, Error> {
        catch_unwind(AssertUnwindSafe(|| self.run_unguarded(job, pool, gate)))
            .unwrap_or_else(|payload| Err(Error::Panicked(speculation::message(&*payload))))
    }

    fn run_unguarded<M: TransactionExecutor>(
        self,
        job: &Job<'_, M>,
        pool: &WorkerPool,
        gate: &mut dyn Gate<M::Output>,
    ) -> Result<Run<M::Output>, Error> {
        match self {
            Self::Serial => serial::run(job, pool, gate),
            Self::StaticSplit => self.run_planned(job, pool, gate, static_split::plan),
            Self::StaticSplitQuadratic => self.run_planned(job, pool, gate, static_split::quadratic_plan),
            Self::DisjointSets => {
                let costs = || (0..job.machine.len()).map(|index| job.machine.hint(index).gas).collect::<Vec<_>>();
                self.run_planned(job, pool, gate, |sets| disjoint_sets::plan(sets, &costs()))
            }
            Self::Sequence => self.run_planned(job, pool, gate, sequence::plan),
            Self::Optimistic => optimistic::run(job, pool, gate),
            Self::ListDriven => {
                let needs = Error::Needs { policy: self.name(), what: "a block access list" };
                list_driven::run(job, job.known.list.ok_or(needs)?, pool, gate)
            }
        }
    }

    /// Executes a block as a plan over its access sets says. Sets that are not one for each transaction tell nothing.
    fn run_planned<M: TransactionExecutor>(
        self,
        job: &Job<'_, M>,
        pool: &WorkerPool,
        gate: &mut dyn Gate<M::Output>,
        plan: impl FnOnce(&[AccessSet]) -> Plan,
    ) -> Result<Run<M::Output>, Error> {
        let needs = Error::Needs { policy: self.name(), what: "one access set for each transaction" };
        let sets = job.known.sets.ok_or(needs)?;
        let start = Instant::now();
        let len = job.machine.len();
        let planned = Planned::new(if sets.len() == len { plan(sets) } else { Plan::without_barriers(len) });
        let planning = start.elapsed();
        let mut run = speculation::run(job, pool, &planned, gate)?;
        run.stats.planning_ns = u64::try_from(planning.as_nanos()).unwrap_or(u64::MAX);
        Ok(run)
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Policy {
    type Err = UnknownPolicy;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let named = Self::ALL.into_iter().find(|policy| policy.name() == name);
        named.ok_or_else(|| UnknownPolicy(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for policy in Policy::ALL {
            assert_eq!(policy.to_string().parse(), Ok(policy));
        }
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = "Serial".parse::<Policy>().unwrap_err().to_string();
        assert!(Policy::ALL.iter().all(|policy| error.contains(policy.name())), "{error}");
    }
}
