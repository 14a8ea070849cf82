//! The arguments that both commands take.

use crate::{exit::Failure, machine};
use clap::Args;
use executor::{Engine, Policy};
use primitives::{Activation, ChainSpec, Fork};
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
