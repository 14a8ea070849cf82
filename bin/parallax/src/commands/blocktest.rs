//! `parallax blocktest`: official blockchain tests.

use crate::{
    conformance::{ChainRunner, Options, Rules, Suite},
    exit::Failure,
};
use bench::vectors;
use clap::Args;
use primitives::Fork;

const EXAMPLES: &str = "\
Examples:
  parallax blocktest vectors.tar.zst
  parallax blocktest vectors.tar.zst --rules prague
  parallax blocktest vectors.tar.zst --policy optimistic --threads";

/// Runs official blockchain tests: blocks, valid and invalid, and the chain that must come out.
///
/// Under a policy that has to know what a block touches, each block is executed serially first, or the test's own
/// access list (EIP-7928) is taken, and both results are compared.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    options: Options,
    /// The newest rules to execute by. Blocks of a later fork are executed by these; what their gas and receipts come
    /// to is then not compared, but their access lists and state roots are.
    #[arg(long, value_name = "FORK", default_value_t = Fork::Osaka)]
    rules: Fork,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let options = &arguments.options;
    let runner = ChainRunner::new(options.engine()?, options.policy, Rules(arguments.rules), options.threads);
    Suite::new(options).run(|path| vectors::blockchain_tests(path), |name, test| runner.run(name, &test))
}
