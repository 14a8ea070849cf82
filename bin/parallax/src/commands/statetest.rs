//! `parallax statetest`: official state tests.

use crate::{
    conformance::{Options, StateRunner, Suite},
    exit::Failure,
};
use bench::vectors;
use clap::Args;
use primitives::Fork;

const EXAMPLES: &str = "\
Examples:
  parallax statetest data/fixtures/eest-v5.4.0-state-tests.tar.zst
  parallax statetest data/fixtures/eest-v5.4.0-state-tests.tar.zst --fork prague
  parallax statetest data/fixtures/eest-v5.4.0-state-tests.tar.zst --threads";

/// Runs official state tests: one transaction each, under every fork that a test has results for.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    options: Options,
    /// Only results under this fork.
    #[arg(long)]
    fork: Option<Fork>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let options = &arguments.options;
    let runner = StateRunner::new(options.engine()?, options.policy, arguments.fork, options.threads);
    Suite::new(options).run(|path| vectors::state_tests(path), |name, test| runner.run(name, &test))
}
