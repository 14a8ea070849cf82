//! Running a block under a policy and comparing with `serial`.

use crate::mock::{Block, Mock, Output, World};
use access_list::{
    AccessRecord, AccessSet, AccountAccess, BlockAccessList, BlockAccessListBuilder, ListIndex, StateDiff,
};
use primitives::{Account, Address, U256};
use scheduler::{
    Admission, Error, Executed, Gate, Job, Known, ListCheck, Policy, Run, TransactionExecutor, WorkerPool,
};
use std::collections::BTreeMap;

/// What a gate does, by transaction; where it says nothing, valid transactions are included and others excluded.
pub(crate) type Verdicts = Vec<(usize, Admission)>;

/// A block with everything that may be said about it.
pub(crate) struct Case {
    pub(crate) machine: Mock,
    pub(crate) world: World,
    pub(crate) verdicts: Verdicts,
    /// Nobody wants the records.
    pub(crate) drop_records: bool,
}

/// A gate that keeps what it was asked and what it said.
struct Judge<'a> {
    verdicts: &'a Verdicts,
    said: Vec<(usize, Admission)>,
}

/// What must be the same under every policy.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) executed: Vec<Option<Executed<Output>>>,
    /// The world after the block.
    pub(crate) world: World,
    said: Verdicts,
}

impl Gate<Output> for Judge<'_> {
    fn admit(&mut self, index: usize, executed: &Executed<Output>) -> Admission {
        let honest = if executed.output.rejected { Admission::Exclude } else { Admission::Include };
        let said = self.verdicts.iter().find(|(at, _)| *at == index).map_or(honest, |(_, verdict)| *verdict);
        self.said.push((index, said));
        said
    }
}

impl Case {
    pub(crate) fn new(block: Block) -> Self {
        let machine = Mock::new(block.transactions, block.beneficiary, block.clears_empty);
        Self { machine, world: block.world, verdicts: Vec::new(), drop_records: false }
    }

    /// Runs the block; the run is given beside the outcome.
    pub(crate) fn run(
        &self,
        policy: Policy,
        pool: &WorkerPool,
        known: Known<'_>,
    ) -> Result<(Outcome, Run<Output>), Error> {
        let clears_empty = self.machine.clears_empty();
        let job =
            Job { machine: &self.machine, state: &self.world, clears_empty, known, drop_records: self.drop_records };
        let mut judge = Judge { verdicts: &self.verdicts, said: Vec::new() };
        let run = policy.run(&job, pool, &mut judge)?;
        assert_unique(&run.diff);
        let outcome = Outcome { executed: run.executed.clone(), world: self.world.after(&run.diff), said: judge.said };
        Ok((outcome, run))
    }

    /// The outcome that all others must have.
    pub(crate) fn serial(&self) -> Result<Outcome, Error> {
        let pool = WorkerPool::sharing_all(1).expect("one worker needs no thread");
        self.run(Policy::Serial, &pool, Known::default()).map(|(outcome, _)| outcome)
    }

    /// Runs the block under a policy that needs no list and compares.
    pub(crate) fn check(
        &self,
        serial: &Result<Outcome, Error>,
        policy: Policy,
        pool: &WorkerPool,
        sets: &[AccessSet],
    ) -> Option<Run<Output>> {
        self.machine.take_executions();
        let result = self.run(policy, pool, Known { sets: Some(sets), list: None });
        let workers = pool.workers();
        for (index, executions) in self.machine.take_executions().into_iter().enumerate() {
            assert!(executions <= 3, "{policy} x{workers}: transaction {index} was executed {executions} times");
        }
        match (serial, result) {
            (Ok(serial), Ok((outcome, run))) => {
                assert_same(serial, &outcome, &format!("{policy} x{workers}"));
                return Some(run);
            }
            (Err(serial), Err(error)) => assert_eq!(serial, &error, "{policy} x{workers}"),
            (serial, other) => panic!("{policy} x{workers}: {:?}, serial: {:?}", other.err(), serial.as_ref().err()),
        }
        None
    }

    /// Validates the block against a list, as a node does.
    pub(crate) fn validate(&self, list: &BlockAccessList, pool: &WorkerPool) -> Result<Outcome, Error> {
        let index = ListIndex::new(list);
        let known = Known { list: Some(&index), sets: None };
        let (outcome, run) = self.run(Policy::ListDriven, pool, known)?;
        let tally = run.listed.expect("the policy counts what is listed");
        ListCheck::new(&index, self.machine.len()).finish(&tally).map_err(Error::List)?;
        Ok(outcome)
    }

    /// The list of a block whose transactions were all included.
    pub(crate) fn list(&self, serial: &Outcome) -> Option<BlockAccessList> {
        let mut builder = BlockAccessListBuilder::new();
        let beneficiary = self.machine.beneficiary();
        let mut account = self.world.accounts.get(&beneficiary).copied();
        let is_destroyed = |access: &AccountAccess| access.address == beneficiary && access.wiped;
        let mut records = serial.executed.iter().flatten().map(|executed| &executed.record);
        // Before EIP-161 a fee of nothing brings the destroyed one back empty, which a list cannot say.
        if !self.machine.clears_empty() && records.any(|record| record.accounts.iter().any(is_destroyed)) {
            return None;
        }
        if self.world.unreadable_accounts.contains(&beneficiary) || serial.executed.len() != self.machine.len() {
            return None;
        }
        for (position, executed) in (1..).zip(&serial.executed) {
            let executed = executed.as_ref()?;
            builder.record(position, &executed.record);
            if let Some(own) = executed.record.accounts.iter().find(|access| access.address == beneficiary) {
                account = own.after;
            }
            if let Some(fee) = executed.fee {
                let mut access = AccountAccess::untouched(beneficiary, account);
                account = credited(account, fee, self.machine.clears_empty());
                access.after = account;
                let mut record = AccessRecord::default();
                record.push(access, []);
                builder.record(position, &record);
            }
        }
        Some(builder.build())
    }
}

impl Outcome {
    /// What each transaction touched.
    pub(crate) fn sets(&self) -> Vec<AccessSet> {
        let set = |executed: &Executed<Output>| AccessSet::from_record(&executed.record);
        self.executed.iter().map(|executed| executed.as_ref().map(set).unwrap_or_default()).collect()
    }
}

/// The outcomes are equal; if not, only what differs is shown.
pub(crate) fn assert_same(serial: &Outcome, other: &Outcome, what: &str) {
    assert_eq!(serial.said, other.said, "{what}: gate");
    for (index, (expected, found)) in serial.executed.iter().zip(&other.executed).enumerate() {
        let accounts = |executed: &Option<Executed<Output>>| -> BTreeMap<Address, AccountAccess> {
            let accounts = executed.iter().flat_map(|executed| &executed.record.accounts);
            accounts.map(|access| (access.address, *access)).collect()
        };
        let (ours, theirs) = (accounts(expected), accounts(found));
        assert_eq!(unlike(&ours, &theirs), unlike(&theirs, &ours), "{what}: transaction {index}");
        assert_eq!(expected, found, "{what}: transaction {index}");
    }
    assert_eq!(serial.executed.len(), other.executed.len(), "{what}: transactions");
    let (expected, found) = (&serial.world, &other.world);
    assert_eq!(unlike(&expected.accounts, &found.accounts), unlike(&found.accounts, &expected.accounts), "{what}");
    assert_eq!(unlike(&expected.slots, &found.slots), unlike(&found.slots, &expected.slots), "{what}");
    assert_eq!(unlike(&expected.codes, &found.codes), unlike(&found.codes, &expected.codes), "{what}");
    assert_eq!(serial, other, "{what}");
}

/// The entries of one map that the other does not have.
fn unlike<'a, K: Ord, V: PartialEq>(of: &'a BTreeMap<K, V>, other: &BTreeMap<K, V>) -> Vec<(&'a K, &'a V)> {
    of.iter().filter(|(key, value)| other.get(key) != Some(value)).collect()
}

fn credited(account: Option<Account>, fee: U256, clears_empty: bool) -> Option<Account> {
    let account = account.unwrap_or_default();
    let account = Account { balance: account.balance.saturating_add(fee), ..account };
    (!clears_empty || !account.is_empty()).then_some(account)
}

/// Every account and every slot stands at most once in a diff.
fn assert_unique(diff: &StateDiff) {
    let mut sorted = diff.clone();
    sorted.sort();
    assert!(sorted.accounts.array_windows().all(|[a, b]| a.address < b.address), "{diff:?}");
    assert!(sorted.slots.array_windows().all(|[a, b]| (a.address, a.slot) < (b.address, b.slot)), "{diff:?}");
}
