//! The arguments that both commands take.

use crate::{exit::Failure, machine};
use clap::Args;
use executor::{Engine, Policy};
use primitives::{Activation, ChainSpec, Fork, ThreadActivation, ThreadGas};
use std::path::PathBuf;

/// Where the vectors lie and how they are run.
#[derive(Clone, Debug, Args)]
pub(crate) struct Options {
    /// Folders, JSON files, or archives (.tar, .tar.zst, .tar.gz).
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The scheduling policy.
    #[arg(long, value_name = "POLICY", default_value_t)]
    pub(crate) policy: Policy,
    /// Workers, the calling thread included [default: as many as there are processors].
    #[arg(long)]
    workers: Option<usize>,
    /// Only tests whose file or name holds this text.
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Let contracts have threads (spec 0005) wherever the rules allow it. What the tests state must come out all the
    /// same; a test that executes an instruction of threads, which it takes for an invalid one, is listed as an exception.
    #[arg(long)]
    pub(crate) threads: bool,
    /// Print the report as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Options {
    /// The engine that they ask for.
    pub(crate) fn engine(&self) -> Result<Engine, Failure> {
        Ok(Engine::sharing_all(self.workers.unwrap_or_else(machine::processors))?)
    }

    /// Where the vectors lie.
    pub(crate) fn paths(&self) -> &[PathBuf] {
        &self.paths
    }

    /// Whether a test is to be run.
    pub(crate) fn wants(&self, file: &str, name: &str) -> bool {
        self.filter.as_deref().is_none_or(|text| file.contains(text) || name.contains(text))
    }
}

/// What instructions of threads cost in a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Threads {
    /// There are none.
    Off,
    /// What they cost by default.
    On,
    /// More than any transaction has. Whoever executes one ends as if there were none: out of gas, as an invalid
    /// instruction would have it. So a test that passes like this and not otherwise executes one.
    OutOfReach,
}

impl Threads {
    /// The chain with threads, or without.
    pub(crate) fn on(self, mut chain: ChainSpec) -> ChainSpec {
        let gas = match self {
            Self::Off => return chain,
            Self::On => ThreadGas::default(),
            Self::OutOfReach => ThreadGas::uniform(u64::MAX),
        };
        chain.threads = Some(ThreadActivation { timestamp: 0, gas });
        chain
    }
}

/// The newest rules to execute by. A block of a later fork is executed by these.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules(pub(crate) Fork);

impl Rules {
    /// A chain without the forks that come later.
    pub(crate) fn cap(self, chain: &ChainSpec) -> ChainSpec {
        let mut capped = chain.clone();
        for fork in Fork::ALL.into_iter().filter(|fork| *fork > self.0) {
            capped.set_activation(fork, Activation::Never);
        }
        capped
    }
}
