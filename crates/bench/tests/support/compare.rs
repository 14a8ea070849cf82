//! Every policy with every number of workers, compared with serial execution.

use super::{
    case::Case,
    content::{Before, Content, content},
    trace::{Trace, trace},
};
use access_list::{AccessSet, BlockAccessList, ListIndex};
use evm::Outcome;
use executor::{BlockExecution, Engine, Error, Known, Plan, Policy, PreparedBlock};
use scheduler::Executed;

/// Worker counts that everything is compared with.
pub(crate) const WORKERS: [usize; 5] = [1, 2, 3, 8, 32];

/// Worker counts of the engines that cut blocks.
const CUTTING: [usize; 4] = [2, 3, 8, 32];

/// An engine for each worker count, and some that cut every block into chunks; they serve any number of blocks.
#[derive(Debug)]
pub(crate) struct Engines {
    sharing: Vec<Engine>,
    cutting: Vec<Engine>,
}

/// One way to execute a block.
pub(crate) struct Way<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) policy: Policy,
    /// For messages.
    pub(crate) name: String,
}

/// The result of serial execution with what other policies want to know of it.
#[derive(Debug)]
pub(crate) struct Serial {
    pub(crate) execution: BlockExecution,
    pub(crate) content: Content,
    pub(crate) traces: Vec<Option<Trace>>,
    pub(crate) list: BlockAccessList,
    pub(crate) index: ListIndex,
    pub(crate) sets: Vec<AccessSet>,
}

impl Engines {
    pub(crate) fn new() -> Self {
        let sharing = WORKERS.map(|workers| Engine::sharing_all(workers).expect("threads can be had"));
        let cutting = CUTTING.map(|workers| Engine::cutting_all(workers).expect("threads can be had"));
        Self { sharing: sharing.into(), cutting: cutting.into() }
    }

    /// The engine with one worker.
    pub(crate) fn one(&self) -> &Engine {
        &self.sharing[0]
    }

    /// One for each of [`WORKERS`].
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Engine> {
        self.sharing.iter()
    }

    /// Every policy with every worker count, and `optimistic` in chunks.
    pub(crate) fn ways(&self) -> impl Iterator<Item = Way<'_>> {
        let shared = self.sharing.iter().flat_map(|engine| Policy::ALL.map(|policy| (engine, policy, "")));
        let cut = self.cutting.iter().map(|engine| (engine, Policy::Optimistic, " in chunks"));
        shared.chain(cut).map(|(engine, policy, how)| {
            let name = format!("{policy}{how} x{}", engine.workers());
            Way { engine, policy, name }
        })
    }

    /// Executes serially, with the list recorded and compared with everything that can be read off it.
    pub(crate) fn serial(&self, prepared: &PreparedBlock<'_>, state: &dyn Before) -> Result<Serial, Error> {
        let plan = Plan { record_list: true, ..Plan::default() };
        let execution = self.one().execute(prepared, state, &plan)?;
        let list = execution.list.clone().expect("it was recorded");
        let content = content(&execution.diff, state);
        assert_eq!(BlockAccessList::decode(&list.encode()).as_ref(), Ok(&list), "the list does not read back");
        list.check_indices(prepared.transactions().len()).expect("positions are those of the block");
        let listed = list.diff(|address| state.account(address).expect("the state is whole"));
        content.assert_same(&self::content(&listed, state), "read off the list");
        let sets = access_sets(&execution.executed);
        let (traces, index) = (trace(&execution.executed), ListIndex::new(&list));
        Ok(Serial { execution, content, traces, list, index, sets })
    }

    /// Executes under every policy with every worker count, and compares.
    pub(crate) fn check(&self, name: &str, prepared: &PreparedBlock<'_>, state: &dyn Before, serial: &Serial) {
        for way in self.ways() {
            let known = Known { list: Some(&serial.index), sets: Some(&serial.sets) };
            let what = format!("{name}: {}", way.name);
            let plan = Plan { policy: way.policy, known, record_list: true, ..Plan::default() };
            let execution = way.engine.execute(prepared, state, &plan);
            let execution = execution.unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_same(serial, &execution, state, &what);
        }
    }

    /// The error that every policy gives with every worker count.
    ///
    /// A list of the block does not exist, as it is invalid: `list_driven` gets the list of the transactions before
    /// the one that is refused, and has to refuse the block for whatever reason it finds first.
    pub(crate) fn refused(&self, case: &Case) -> Error {
        let prepared = case.prepared();
        let expected = self.one().execute(&prepared, &case.state, &Plan::default()).map(|_| ());
        let expected = expected.expect_err(&format!("{}: the block is not valid", case.name));
        let sets = vec![AccessSet::default(); prepared.transactions().len()];
        let index = self.index_of_prefix(case, &expected);
        for Way { engine, policy, name } in self.ways() {
            let known = Known { list: Some(&index), sets: Some(&sets) };
            let what = format!("{}: {name}", case.name);
            let plan = Plan { policy, known, record_list: true, ..Plan::default() };
            let error = engine.execute(&prepared, &case.state, &plan).map(|_| ()).expect_err(&what);
            if policy.needs_list() {
                assert!(matches!(error, Error::Invalid(_)), "{what}: {error}");
            } else {
                assert_eq!(error, expected, "{what}");
            }
        }
        expected
    }

    fn index_of_prefix(&self, case: &Case, refusal: &Error) -> ListIndex {
        let Error::Invalid(executor::InvalidBlock::Transaction { index, .. }) = refusal else {
            return ListIndex::new(&BlockAccessList::default());
        };
        let mut prefix = case.clone();
        prefix.block.body.transactions.truncate(*index);
        prefix.senders.truncate(*index);
        let serial = self.serial(&prefix.prepared(), &prefix.state);
        serial.unwrap_or_else(|error| panic!("{}: transactions below {index}: {error}", case.name)).index
    }
}

/// What each transaction touched, as a hint.
pub(crate) fn access_sets(executed: &[Option<Executed<Outcome>>]) -> Vec<AccessSet> {
    let set = |executed: &Executed<Outcome>| AccessSet::from_record(&executed.record);
    executed.iter().map(|executed| executed.as_ref().map(set).unwrap_or_default()).collect()
}

/// Compares everything that a result has, statistics apart.
pub(crate) fn assert_same(serial: &Serial, other: &BlockExecution, state: &dyn Before, what: &str) {
    let expected = &serial.execution;
    assert!(expected.receipts == other.receipts, "{what}: receipts");
    assert_eq!(expected.gas_used, other.gas_used, "{what}: gas");
    assert!(expected.logs_bloom == other.logs_bloom, "{what}: bloom");
    assert_eq!(expected.requests, other.requests, "{what}: requests");
    for (index, (expected, trace)) in serial.traces.iter().zip(trace(&other.executed)).enumerate() {
        assert_eq!(*expected, trace, "{what}: transaction {index}");
    }
    assert_eq!(serial.traces.len(), other.executed.len(), "{what}: number of transactions");
    serial.content.assert_same(&content(&other.diff, state), what);
    if let Some(list) = &other.list {
        assert_eq!(serial.list, *list, "{what}: list");
    }
}
