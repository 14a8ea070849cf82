//! Building and validating agree: what a proposer builds, under any policy, every validator accepts, under any policy;
//! and a header that lies about anything is refused.

use access_list::{AccessSet, BlockAccessList, StateDiff};
use bench::workload::{Generator, RandomBlock, Settings, Workload};
use executor::{
    Attributes, BlockExecution, BuiltBlock, Engine, Error, InvalidBlock, Plan, Policy, PreparedBlock, Proposal,
    Validation,
    rules::{BodyError, HeaderError},
    template,
};
use primitives::{B256, Block, Bloom, Bytes, ChainSpec, Fork, Header, U256};
use scheduler::Known;
use state::{StateError, StateTrie};

/// A generated block on a chain whose rules are its fork's from genesis on.
struct Case {
    workload: Workload,
    chain: ChainSpec,
    parent: Header,
    trie: StateTrie,
}

impl Case {
    fn new(fork: Fork, seed: u64, transactions: usize) -> Self {
        let settings = Settings { fork, ..Settings::new(seed) };
        let workload = RandomBlock { transactions, invalid: true }.build(settings);
        let chain = ChainSpec::at_fork(fork);
        let header = &workload.block.header;
        let parent = Header {
            number: header.number - 1,
            timestamp: header.timestamp - 12,
            gas_limit: header.gas_limit,
            gas_used: header.gas_limit / 2,
            difficulty: header.difficulty,
            base_fee_per_gas: header.base_fee_per_gas,
            blob_gas_used: header.blob_gas_used.map(|_| 0),
            excess_blob_gas: header.excess_blob_gas,
            ..Header::default()
        };
        let trie = StateTrie::from(&workload.state);
        Self { workload, chain, parent, trie }
    }

    fn proposal(&self) -> Proposal<'_> {
        let Block { header, body } = &self.workload.block;
        let attributes = Attributes {
            timestamp: header.timestamp,
            beneficiary: header.beneficiary,
            gas_limit: header.gas_limit,
            prevrandao: header.mix_hash,
            parent_beacon_block_root: header.parent_beacon_block_root,
            extra_data: header.extra_data.clone(),
        };
        Proposal {
            chain: &self.chain,
            header: template(&self.chain, &self.parent, &attributes),
            transactions: &body.transactions,
            senders: &self.workload.senders,
            ommers: Vec::new(),
            withdrawals: body.withdrawals.clone(),
            record_operations: false,
        }
    }

    fn build(&self, engine: &Engine, plan: &Plan<'_>) -> BuiltBlock {
        let mut built = engine
            .build(&self.proposal(), &self.workload.state, plan)
            .unwrap_or_else(|error| panic!("{} {}: {error}", self.workload.name, plan.policy));
        built.seal(self.state_root(&built.execution.diff).expect("a whole state"));
        built
    }

    fn state_root(&self, diff: &StateDiff) -> Result<B256, StateError> {
        self.trie.clone().apply(diff)
    }

    fn validate(
        &self,
        (engine, plan): (&Engine, Plan<'_>),
        built: &BuiltBlock,
        block: &Block,
        list: Option<&BlockAccessList>,
    ) -> Result<BlockExecution, Error> {
        let prepared = PreparedBlock::new(&self.chain, block, &built.senders);
        let validation = Validation { parent: &self.parent, ancestors: &[], list, plan };
        let mut root = |diff: &StateDiff| self.state_root(diff);
        engine.validate(&prepared, &self.workload.state, &validation, Some(&mut root))
    }
}

fn assert_same_result(what: &str, left: &BlockExecution, right: &BlockExecution) {
    assert!(left.receipts == right.receipts, "{what}: receipts");
    assert!(left.requests == right.requests, "{what}: requests");
    let outcomes = |execution: &BlockExecution| -> Vec<_> {
        execution.executed.iter().map(|executed| executed.as_ref().map(|one| (one.output.clone(), one.fee))).collect()
    };
    assert!(outcomes(left) == outcomes(right), "{what}: outcomes");
}

const WITHOUT_LIST: [Policy; 6] = [
    Policy::Serial,
    Policy::StaticSplit,
    Policy::StaticSplitQuadratic,
    Policy::DisjointSets,
    Policy::Sequence,
    Policy::Optimistic,
];

fn forks() -> impl Iterator<Item = Fork> {
    Fork::ALL.into_iter().filter(|fork| (Fork::Byzantium..Fork::Amsterdam).contains(fork))
}

#[test]
fn every_policy_builds_the_same_block_and_accepts_it() {
    let engines = [1, 2, 3].map(|workers| Engine::sharing_all(workers).expect("threads"));
    for (fork, seed) in forks().flat_map(|fork| (0..3).map(move |seed| (fork, seed))) {
        let case = Case::new(fork, seed, 40);
        let serial = case.build(&engines[0], &Plan::default());
        let left_out: Vec<usize> = serial.rejected.iter().map(|(index, _)| *index).collect();
        assert_eq!(left_out, case.workload.invalid, "{}", case.workload.name);
        assert_eq!(serial.block.body.transactions.len() + left_out.len(), 40);
        let candidate_sets = vec![AccessSet::default(); 40];
        let sets = serial.execution.access_sets();
        for engine in &engines {
            for policy in WITHOUT_LIST {
                let what = format!("{} {policy} x{}", case.workload.name, engine.workers());
                let known = Known { sets: Some(&candidate_sets), list: None };
                let built = case.build(engine, &Plan { policy, known, ..Plan::default() });
                assert!(built.block == serial.block, "{what}: block");
                assert!(built.list == serial.list, "{what}: list");
                assert_eq!(built.rejected, serial.rejected, "{what}");
                assert_same_result(&what, &built.execution, &serial.execution);

                let known = Known { sets: Some(&sets), list: None };
                let plan = Plan { policy, known, ..Plan::default() };
                let judged = case.validate((engine, plan), &serial, &serial.block, None);
                assert_same_result(&what, &judged.unwrap_or_else(|error| panic!("{what}: {error}")), &serial.execution);
            }
            let list = Some(&serial.list);
            let judged = case.validate((engine, Plan::default()), &serial, &serial.block, list);
            let what = format!("{} by the list x{}", case.workload.name, engine.workers());
            assert_same_result(&what, &judged.unwrap_or_else(|error| panic!("{what}: {error}")), &serial.execution);
        }
    }
}

#[test]
fn a_policy_that_needs_a_list_builds_nothing() {
    let case = Case::new(Fork::Osaka, 1, 5);
    let plan = Plan { policy: Policy::ListDriven, ..Plan::default() };
    let error = Engine::sharing_all(1).expect("threads").build(&case.proposal(), &case.workload.state, &plan).err();
    assert!(matches!(error, Some(Error::Failed(scheduler::Error::Needs { .. }))), "{error:?}");
}

#[test]
fn blocks_with_state_roots_in_their_receipts_are_not_built() {
    let case = Case::new(Fork::Homestead, 1, 5);
    let error =
        Engine::sharing_all(1).expect("threads").build(&case.proposal(), &case.workload.state, &Plan::default()).err();
    assert_eq!(error, Some(Error::TooOld(Fork::Homestead)));
}

/// A lie, and whether the error that it meets is the right one.
type Lie = (&'static str, fn(&mut Header), fn(&Error) -> bool);

fn is_root(error: &Error, name: &str) -> bool {
    match error {
        Error::Invalid(InvalidBlock::Root { what, .. } | InvalidBlock::Body(BodyError::Root { what, .. })) => {
            *what == name
        }
        _ => false,
    }
}

macro_rules! header_error {
    ($pattern:pat) => {
        |error| matches!(error, Error::Invalid(InvalidBlock::Header($pattern)))
    };
}

const OTHER: B256 = B256::repeat_byte(7);

/// One for each field of a header of Osaka.
const LIES: [Lie; 24] = [
    ("parent hash", |h| h.parent_hash = OTHER, header_error!(HeaderError::ParentHash { .. })),
    ("ommers hash", |h| h.ommers_hash = OTHER, header_error!(HeaderError::Work("ommers"))),
    ("state root", |h| h.state_root = OTHER, |e| is_root(e, "state root")),
    ("transactions root", |h| h.transactions_root = OTHER, |e| is_root(e, "transactions root")),
    ("receipts root", |h| h.receipts_root = OTHER, |e| is_root(e, "receipts root")),
    (
        "logs bloom",
        |h| h.logs_bloom = Bloom::repeat_byte(1),
        |e| matches!(e, Error::Invalid(InvalidBlock::LogsBloom { .. })),
    ),
    ("difficulty", |h| h.difficulty = U256::ONE, header_error!(HeaderError::Difficulty { .. })),
    ("number", |h| h.number += 1, header_error!(HeaderError::Number { .. })),
    ("gas limit", |h| h.gas_limit *= 2, header_error!(HeaderError::GasLimitStep { .. })),
    ("gas used", |h| h.gas_used += 1, |e| matches!(e, Error::Invalid(InvalidBlock::GasUsed { .. }))),
    ("gas used above the limit", |h| h.gas_used = h.gas_limit + 1, header_error!(HeaderError::GasUsed { .. })),
    ("timestamp", |h| h.timestamp -= 12, header_error!(HeaderError::Timestamp { .. })),
    ("extra data", |h| h.extra_data = Bytes::from_static(&[0; 33]), header_error!(HeaderError::ExtraDataLength(33))),
    ("nonce", |h| h.nonce.0[0] = 1, header_error!(HeaderError::Work("nonce"))),
    ("base fee", |h| h.base_fee_per_gas = Some(1), header_error!(HeaderError::BaseFee { .. })),
    ("no base fee", |h| h.base_fee_per_gas = None, header_error!(HeaderError::Missing { .. })),
    ("withdrawals root", |h| h.withdrawals_root = Some(OTHER), |e| is_root(e, "withdrawals root")),
    (
        "blob gas used",
        |h| h.blob_gas_used = h.blob_gas_used.map(|gas| gas + (1 << 17)),
        |e| matches!(e, Error::Invalid(InvalidBlock::Body(BodyError::BlobGasUsed { .. }))),
    ),
    ("excess blob gas", |h| h.excess_blob_gas = Some(1), header_error!(HeaderError::ExcessBlobGas { .. })),
    ("no beacon root", |h| h.parent_beacon_block_root = None, header_error!(HeaderError::Missing { .. })),
    ("requests hash", |h| h.requests_hash = Some(OTHER), |e| is_root(e, "requests hash")),
    ("list hash", |h| h.block_access_list_hash = Some(OTHER), |e| is_root(e, "block access list hash")),
    // Those that only execution sees: whoever is paid, and what was known of the beacon chain.
    ("beneficiary", |h| h.beneficiary.0[0] ^= 1, |e| matches!(e, Error::Invalid(_))),
    ("beacon root", |h| h.parent_beacon_block_root = Some(OTHER), |e| matches!(e, Error::Invalid(_))),
];

#[test]
fn a_root_worked_out_beside_the_end_of_execution_is_the_block_s() {
    let engines = [1, 2, 3].map(|workers| Engine::sharing_all(workers).expect("threads"));
    for (fork, seed) in [(Fork::Byzantium, 7), (Fork::Shanghai, 8), (Fork::Osaka, 9)] {
        // On both sides of the length from which another worker makes receipts and lists meanwhile.
        for transactions in [20, 100] {
            let case = Case::new(fork, seed, transactions);
            let expected = case.build(&engines[0], &Plan::default());
            for engine in &engines {
                let what = format!("{} x{}", case.workload.name, engine.workers());
                let plan = Plan { policy: Policy::Optimistic, ..Plan::default() };
                let built =
                    engine.build_beside(&case.proposal(), &case.workload.state, &plan, |diff| case.state_root(diff));
                let (mut built, root) = built.unwrap_or_else(|error| panic!("{what}: {error}"));
                built.seal(root.expect("a whole state"));
                assert!(built.block == expected.block && built.list == expected.list, "{what}");
                let validated = case.validate((engine, Plan::default()), &built, &built.block, None);
                assert!(validated.is_ok(), "{what}: {:?}", validated.err());
            }
        }
    }
}

#[test]
fn a_header_that_lies_is_refused() {
    let engine = Engine::sharing_all(2).expect("threads");
    let case = Case::new(Fork::Osaka, 5, 40);
    let built = case.build(&engine, &Plan::default());
    for (field, lie, is_right) in LIES {
        let mut block = built.block.clone();
        lie(&mut block.header);
        let error = case.validate((&engine, Plan::default()), &built, &block, None).expect_err(field);
        assert!(is_right(&error), "{field}: {error}");
    }
}

#[test]
fn a_foreign_list_says_nothing_of_the_block() {
    let engine = Engine::sharing_all(2).expect("threads");
    let case = Case::new(Fork::Osaka, 6, 30);
    let built = case.build(&engine, &Plan::default());
    let other = BlockAccessList::default();
    let error = case.validate((&engine, Plan::default()), &built, &built.block, Some(&other)).expect_err("foreign");
    assert!(matches!(error, Error::ForeignList { .. }), "{error}");
    // The header that commits to the wrong list is another matter.
    let mut block = built.block.clone();
    block.header.block_access_list_hash = Some(other.hash());
    let error = case.validate((&engine, Plan::default()), &built, &block, Some(&other)).expect_err("lying");
    assert!(matches!(error, Error::Invalid(InvalidBlock::AccessList(_))), "{error}");
}
