//! A state test: one transaction on one state, nothing before it and nothing after it.

use super::{
    Threads, reasons,
    report::{Refusal, Verdict},
    suite::Tried,
};
use access_list::ListIndex;
use bench::vectors::{Expectation, StateTest};
use evm::Outcome;
use executor::{Engine, Error, Known, ListCheck, Plan, Policy, PreparedBlock, recover_sender};
use primitives::{
    Address, B256, Block, ChainSpec, Fork, Log, Transaction, alloy_consensus::BlockBody, alloy_eips::Decodable2718,
    alloy_rlp, keccak256,
};
use scheduler::Run;
use state::{MemoryState, StateTrie};

/// Runs state tests under one policy.
pub(crate) struct StateRunner {
    engine: Engine,
    policy: Policy,
    fork: Option<Fork>,
    threads: bool,
}

/// A test with the state before it.
struct Before<'a> {
    test: &'a StateTest,
    state: MemoryState,
    trie: StateTrie,
}

/// What a variant came to: the state root and the hash of the logs, or why the transaction was refused.
type Judged = Result<(B256, B256), String>;

impl StateRunner {
    /// A runner; with a fork only the results under that fork are looked at.
    pub(crate) fn new(engine: Engine, policy: Policy, fork: Option<Fork>, threads: bool) -> Self {
        Self { engine, policy, fork, threads }
    }

    /// Runs every variant under every fork.
    pub(crate) fn run(&self, name: &str, test: &StateTest) -> Tried {
        let state = state_before(test);
        let trie = StateTrie::from(&state);
        let before = Before { test, state, trie };
        let mut tried = Vec::new();
        for (network, expectations) in &test.post {
            let chain = match test.chain_spec(network) {
                Ok(chain) => chain,
                Err(error) => {
                    tried.push((format!("{name} {network}"), Verdict::Failed(error.to_string())));
                    continue;
                }
            };
            if self.fork.is_some_and(|fork| chain.fork_at(test.env.number, test.env.timestamp) != fork) {
                continue;
            }
            for expectation in expectations {
                let at = expectation.indexes;
                let name = format!("{name} {network} data {} gas {} value {}", at.data, at.gas, at.value);
                let verdict = match self.threads {
                    false => self.variant(&before, &chain, expectation),
                    true => {
                        let variant = |threads: Threads| self.variant(&before, &threads.on(chain.clone()), expectation);
                        variant(Threads::On).with_threads(|| variant(Threads::OutOfReach))
                    }
                };
                tried.push((name, verdict));
            }
        }
        tried
    }

    fn variant(&self, before: &Before<'_>, chain: &ChainSpec, expected: &Expectation) -> Verdict {
        let test = before.test;
        let fork = chain.fork_at(test.env.number, test.env.timestamp);
        let judged = match transaction(test, expected, fork) {
            Ok((transaction, sender)) => self.execute(before, chain, transaction, sender),
            Err(refused) => Ok(Err(refused)),
        };
        match (judged, &expected.expect_exception) {
            (Err(broken), _) => Verdict::Failed(broken),
            (Ok(Err(reason)), Some(expected)) if reasons::fits(expected, &reason) => {
                Verdict::Passed(vec![Refusal { expected: expected.clone(), reason }])
            }
            (Ok(Err(reason)), Some(expected)) => {
                Verdict::Failed(format!("refused not for {expected} but for: {reason}"))
            }
            (Ok(Err(reason)), None) => Verdict::Failed(format!("refused a valid transaction: {reason}")),
            (Ok(Ok(_)), Some(exception)) => Verdict::Failed(format!("took a transaction with {exception}")),
            (Ok(Ok((root, logs))), None) => compare(expected, root, logs),
        }
    }

    fn execute(
        &self,
        before: &Before<'_>,
        chain: &ChainSpec,
        transaction: Transaction,
        sender: Address,
    ) -> Result<Judged, String> {
        let block = block(before.test, chain, transaction);
        let block = PreparedBlock::new(chain, &block, &[sender]);
        let run = match self.run_policy(&block, &before.state) {
            Ok(run) => run,
            Err(Error::Invalid(invalid)) => return Ok(Err(invalid.to_string())),
            Err(error) => return Err(error.to_string()),
        };
        let root = before.trie.clone().apply(&run.diff).map_err(|error| error.to_string())?;
        Ok(Ok((root, logs_hash(&run))))
    }

    fn run_policy(&self, block: &PreparedBlock<'_>, state: &MemoryState) -> Result<Run<Outcome>, Error> {
        if !self.policy.needs_list() && !self.policy.needs_sets() {
            return self.engine.execute_transactions(block, state, &Plan { policy: self.policy, ..Plan::default() });
        }
        let serial = self.engine.execute_transactions(block, state, &Plan::default())?;
        let list = ListIndex::new(&self.engine.list_of(block, &serial, state)?);
        let sets = [access_list::AccessSet::from_record(&executed(&serial).record)];
        let known = Known { list: Some(&list), sets: Some(&sets) };
        let plan = Plan { policy: self.policy, known, record_list: false, ..Plan::default() };
        let run = self.engine.execute_transactions(block, state, &plan)?;
        if let Some(tally) = &run.listed {
            ListCheck::new(&list, 1).finish(tally).map_err(executor::InvalidBlock::AccessList)?;
        }
        Ok(run)
    }
}

/// The state before a test. What `BLOCKHASH` gives is by convention the hash of the number's decimal digits.
fn state_before(test: &StateTest) -> MemoryState {
    let mut state = test.pre.state();
    for number in test.env.number.saturating_sub(256)..test.env.number {
        state.insert_block_hash(number, keccak256(number.to_string()));
    }
    state
}

/// The variant's transaction and its sender: the signed one where the fixture has it, else the described one.
fn transaction(test: &StateTest, expected: &Expectation, fork: Fork) -> Result<(Transaction, Address), String> {
    let Some(bytes) = &expected.txbytes else {
        return test.transaction(expected.indexes).map_err(|error| error.to_string());
    };
    let transaction = Transaction::decode_2718_exact(bytes).map_err(|error| error.to_string())?;
    let sender = recover_sender(fork, &transaction).map_err(|error| error.to_string())?;
    if sender != test.transaction.sender {
        return Err(format!("signed by {sender}, not by {}", test.transaction.sender));
    }
    Ok((transaction, sender))
}

fn block(test: &StateTest, chain: &ChainSpec, transaction: Transaction) -> Block {
    let mut header = test.env.header();
    if chain.fork_of(&header) < Fork::London {
        header.base_fee_per_gas = None;
    }
    Block { header, body: BlockBody { transactions: vec![transaction], ..BlockBody::default() } }
}

fn executed(run: &Run<Outcome>) -> &scheduler::Executed<Outcome> {
    run.executed[0].as_ref().expect("the only transaction was included, else the block is invalid")
}

fn logs_hash(run: &Run<Outcome>) -> B256 {
    let logs: &[Log] = match &executed(run).output {
        Outcome::Included(result) => &result.logs,
        Outcome::Invalid(_) => &[],
    };
    let mut bytes = Vec::new();
    alloy_rlp::encode_list(logs, &mut bytes);
    keccak256(bytes)
}

fn compare(expected: &Expectation, root: B256, logs: B256) -> Verdict {
    if root != expected.hash {
        return Verdict::Failed(format!("state root is {root}, expected {}", expected.hash));
    }
    if logs != expected.logs {
        return Verdict::Failed(format!("hash of the logs is {logs}, expected {}", expected.logs));
    }
    Verdict::Passed(Vec::new())
}
