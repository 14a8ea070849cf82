//! A blockchain test: blocks one after another, and the head that must come out.

use super::{
    Rules, Threads,
    block_tree::BlockTree,
    import::{Importer, Rejected},
    reasons,
    report::{Refusal, Verdict},
    suite::Tried,
};
use bench::vectors::BlockchainTest;
use executor::{Engine, Policy};

/// Runs blockchain tests under one policy.
pub(crate) struct ChainRunner {
    engine: Engine,
    policy: Policy,
    rules: Rules,
    threads: bool,
}

impl ChainRunner {
    /// A runner that executes by `rules` whatever is later.
    pub(crate) fn new(engine: Engine, policy: Policy, rules: Rules, threads: bool) -> Self {
        Self { engine, policy, rules, threads }
    }

    /// Runs a test.
    pub(crate) fn run(&self, name: &str, test: &BlockchainTest) -> Tried {
        let verdict = match self.threads {
            false => self.judge(test, Threads::Off),
            true => self.judge(test, Threads::On).with_threads(|| self.judge(test, Threads::OutOfReach)),
        };
        vec![(name.to_owned(), verdict)]
    }

    fn judge(&self, test: &BlockchainTest, threads: Threads) -> Verdict {
        self.import(test, threads).map_or_else(Verdict::Failed, Verdict::Passed)
    }

    /// Imports all blocks; gives what was refused as it should be, or the first thing that differs.
    fn import(&self, test: &BlockchainTest, threads: Threads) -> Result<Vec<Refusal>, String> {
        let chain = &test.chain_spec().map_err(|error| error.to_string())?;
        let rules = &threads.on(self.rules.cap(chain));
        let importer = Importer { engine: &self.engine, policy: self.policy, chain, rules };
        let mut tree = BlockTree::genesis(test)?;
        let mut refusals = Vec::new();
        for (position, fixture) in test.blocks.iter().enumerate() {
            let block = position + 1;
            match (importer.import(&mut tree, fixture), &fixture.expect_exception) {
                (Ok(()), None) => {}
                (Err(Rejected::Refused(reason)), Some(expected)) => {
                    if !reasons::fits(expected, &reason) {
                        return Err(format!("block {block} was refused, not for {expected} but for: {reason}"));
                    }
                    refusals.push(Refusal { expected: expected.clone(), reason });
                }
                (Ok(()), Some(expected)) => return Err(format!("block {block} was taken in spite of {expected}")),
                (Err(Rejected::Refused(reason)), None) => return Err(format!("block {block} was refused: {reason}")),
                (Err(Rejected::Broken(reason)), _) => return Err(format!("block {block}: {reason}")),
            }
        }
        tree.check_head(test)?;
        Ok(refusals)
    }
}
