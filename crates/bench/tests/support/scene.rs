//! A small block with a story: who owns what, which contracts there are, who sends what, and who is late.
//!
//! A late transaction is held back by the state that it reads until all others were executed once. So whoever runs
//! ahead of it runs on a state in which it has not happened, which is just what a scenario wants to see survived.

use super::{
    case::Case,
    code::Code,
    compare::{Engines, Serial, assert_same},
    held::Held,
    plain::assert_like_plain,
};
use access_list::AccessSet;
use bench::workload::{Actor, Generator as _, Settings, Signing, Transfers, TransfersPattern};
use evm::Outcome;
use executor::{Engine, Error, Known, Plan, Policy};
use primitives::{
    Account, Address, Bytes, ChainSpec, Fork, Header, ThreadActivation, ThreadGas, Transaction, U256,
    alloy_consensus::{SignableTransaction as _, TxEip1559, TxEip4844, TxEip7702, TxLegacy},
    alloy_eips::eip7702::{Authorization, SignedAuthorization},
    alloy_primitives::{Signature, TxKind},
};
use state::{MemoryState, StateReader as _, StateTrie, StateWriter as _};
use std::collections::BTreeMap;

/// Price of a unit of gas, in wei: twice the base fee of generated blocks.
const GAS_PRICE: u128 = 2_000_000_000;

/// So many ether in wei.
pub(crate) fn ether(count: u64) -> U256 {
    U256::from(count) * U256::from(1_000_000_000_000_000_000_u64)
}

/// A block in the making.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    pub(crate) fork: Fork,
    pub(crate) state: MemoryState,
    pub(crate) header: Header,
    nonces: BTreeMap<Address, u64>,
    transactions: Vec<Transaction>,
    senders: Vec<Address>,
    late: Vec<Address>,
    holds: Vec<(Address, Address)>,
    actors: u64,
    contracts: u64,
    threads: bool,
}

/// What somebody sends.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) to: TxKind,
    pub(crate) value: U256,
    pub(crate) input: Bytes,
    pub(crate) gas: u64,
    pub(crate) price: u128,
    pub(crate) authorizations: Vec<SignedAuthorization>,
    pub(crate) blobs: usize,
}

/// What came of a scene, the same under all policies.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) serial: Serial,
    /// The state after the block.
    pub(crate) state: MemoryState,
    /// Executions that were thrown away in the runs in which transactions were late.
    pub(crate) stale: usize,
}

impl Checked {
    /// Says so where no transaction ran ahead of what it depended on: on a busy machine the second worker may come late,
    /// and then the run was right and showed nothing.
    pub(crate) fn report_raced(&self) {
        if self.stale == 0 {
            eprintln!("nothing was executed on a state that it should not have seen");
        }
    }

    /// An account after the block.
    pub(crate) fn account(&self, address: Address) -> Option<Account> {
        self.state.account(address).expect("the state is whole")
    }

    /// A slot after the block, which holds a small number.
    pub(crate) fn slot(&self, address: Address, slot: u64) -> u64 {
        self.state.storage(address, U256::from(slot)).expect("the state is whole").to()
    }

    /// Gas that one of the transactions used.
    pub(crate) fn gas(&self, index: usize) -> u64 {
        match &self.serial.traces[index].as_ref().expect("included").outcome {
            Outcome::Included(result) => result.gas_used,
            Outcome::Invalid(invalid) => panic!("transaction {index}: {invalid}"),
        }
    }
}

impl Message {
    /// A call with so many zero bytes as input.
    pub(crate) fn call(to: Address, length: usize) -> Self {
        Self {
            to: TxKind::Call(to),
            value: U256::ZERO,
            input: vec![0; length].into(),
            gas: 1_000_000,
            price: GAS_PRICE,
            authorizations: Vec::new(),
            blobs: 0,
        }
    }

    /// A transfer.
    pub(crate) fn pay(to: Address, value: U256) -> Self {
        Self { value, gas: 21_000, ..Self::call(to, 0) }
    }

    /// A creation.
    pub(crate) fn create(input: Bytes) -> Self {
        Self { to: TxKind::Create, input, ..Self::call(Address::ZERO, 0) }
    }

    pub(crate) fn value(self, value: U256) -> Self {
        Self { value, ..self }
    }

    pub(crate) fn gas(self, gas: u64) -> Self {
        Self { gas, ..self }
    }

    pub(crate) fn price(self, price: u128) -> Self {
        Self { price, ..self }
    }

    pub(crate) fn blobs(self, blobs: usize) -> Self {
        Self { blobs, ..self }
    }

    pub(crate) fn authorize(self, authorization: SignedAuthorization) -> Self {
        Self { authorizations: [self.authorizations, vec![authorization]].concat(), ..self }
    }
}

impl Scene {
    /// An empty block of a fork, on a state that has the protocol's own contracts.
    pub(crate) fn new(fork: Fork) -> Self {
        let empty = Transfers { transactions: 0, pattern: TransfersPattern::OneSender };
        let empty = empty.build(Settings { fork, ..Settings::new(1) });
        let mut header = empty.block.header;
        header.beneficiary = Address::repeat_byte(0xbe);
        Self {
            fork,
            state: empty.state,
            header,
            nonces: BTreeMap::new(),
            transactions: Vec::new(),
            senders: Vec::new(),
            late: Vec::new(),
            holds: Vec::new(),
            actors: 0,
            contracts: 0,
            threads: false,
        }
    }

    /// The same on a chain whose contracts may have threads.
    pub(crate) fn with_threads(fork: Fork) -> Self {
        Self { threads: true, ..Self::new(fork) }
    }

    /// An account with a key and a hundred ether.
    pub(crate) fn rich(&mut self) -> Actor {
        let actor = self.poor();
        self.state.set_account(actor.address, Account::with_balance(ether(100)));
        actor
    }

    /// An account with a key that does not exist yet.
    pub(crate) fn poor(&mut self) -> Actor {
        self.actors += 1;
        Actor::new(Signing::Real, 7, self.actors)
    }

    /// A contract without ether.
    pub(crate) fn contract(&mut self, code: &Code) -> Address {
        self.contracts += 1;
        let address = Address::from_word(U256::from(0xc0de_0000 + self.contracts).into());
        self.install(address, code, U256::ZERO);
        address
    }

    /// A contract at this address.
    pub(crate) fn install(&mut self, address: Address, code: &Code, balance: U256) {
        let code_hash = self.state.insert_code(code.bytes());
        self.state.set_account(address, Account { balance, nonce: 1, code_hash });
    }

    /// Lets an account delegate to another before the block.
    pub(crate) fn delegated(&mut self, actor: &Actor, target: Address) {
        let code_hash = self.state.insert_code([&[0xef, 1, 0], target.as_slice()].concat().into());
        self.state.set_account(actor.address, Account { balance: ether(100), nonce: 1, code_hash });
        self.nonces.insert(actor.address, 1);
    }

    /// The nonce of an account's next transaction or authorization, counted up.
    pub(crate) fn nonce(&mut self, address: Address) -> u64 {
        let nonce = self.nonces.entry(address).or_default();
        *nonce += 1;
        *nonce - 1
    }

    /// An authorization with the authority's next nonce.
    pub(crate) fn authorize(&mut self, authority: &Actor, target: Address) -> SignedAuthorization {
        let nonce = self.nonce(authority.address);
        authorization(authority, target, nonce)
    }

    /// Adds a transaction with the sender's next nonce.
    pub(crate) fn send(&mut self, actor: &Actor, message: Message) {
        let nonce = self.nonce(actor.address);
        self.send_with_nonce(actor, nonce, message);
    }

    /// Adds a transaction of a fresh account.
    pub(crate) fn say(&mut self, message: Message) {
        let actor = self.rich();
        self.send(&actor, message);
    }

    /// Adds a transaction of a fresh account that is held back until all others were executed once.
    pub(crate) fn say_late(&mut self, message: Message) {
        let actor = self.rich();
        self.send(&actor, message);
        self.late.push(actor.address);
    }

    /// Lets the first who reads an account wait until somebody has read the other.
    pub(crate) fn hold(&mut self, address: Address, until: Address) {
        self.holds.push((address, until));
    }

    /// Holds back whoever reads an account first until the last transaction runs.
    pub(crate) fn hold_back(&mut self, address: Address) {
        self.late.push(address);
    }

    pub(crate) fn send_with_nonce(&mut self, actor: &Actor, nonce: u64, message: Message) {
        let transaction = self.envelope(nonce, message);
        self.transactions.push(transaction);
        self.senders.push(actor.address);
    }

    fn envelope(&self, nonce: u64, message: Message) -> Transaction {
        let Message { to, value, input, gas: gas_limit, price, authorizations, blobs } = message;
        let signature = Signature::new(U256::ONE, U256::ONE, false);
        let tip = price.min(GAS_PRICE);
        let call = || *to.to().expect("creations have none of these types");
        if !authorizations.is_empty() {
            let transaction = TxEip7702 {
                chain_id: 1,
                nonce,
                gas_limit,
                max_fee_per_gas: price,
                max_priority_fee_per_gas: tip,
                to: call(),
                value,
                input,
                authorization_list: authorizations,
                ..TxEip7702::default()
            };
            return transaction.into_signed(signature).into();
        }
        if blobs > 0 {
            let mut hash = primitives::B256::ZERO;
            hash.0[0] = 1;
            let transaction = TxEip4844 {
                chain_id: 1,
                nonce,
                gas_limit,
                max_fee_per_gas: price,
                max_priority_fee_per_gas: tip,
                to: call(),
                value,
                input,
                max_fee_per_blob_gas: 10,
                blob_versioned_hashes: vec![hash; blobs],
                ..TxEip4844::default()
            };
            return transaction.into_signed(signature).into();
        }
        if self.fork >= Fork::London {
            let transaction = TxEip1559 {
                chain_id: 1,
                nonce,
                gas_limit,
                max_fee_per_gas: price,
                max_priority_fee_per_gas: tip,
                to,
                value,
                input,
                ..TxEip1559::default()
            };
            return transaction.into_signed(signature).into();
        }
        let chain_id = (self.fork >= Fork::SpuriousDragon).then_some(1);
        let transaction = TxLegacy { chain_id, nonce, gas_price: price, gas_limit, to, value, input };
        transaction.into_signed(signature).into()
    }

    /// Executes the block in every way there is, with late transactions and without, and compares.
    pub(crate) fn check(mut self) -> Checked {
        let last = self.fill();
        self.check_as_it_is(last, true)
    }

    /// The same where revm's own loop cannot tell what is right.
    pub(crate) fn check_without_revm(mut self) -> Checked {
        let last = self.fill();
        self.check_as_it_is(last, false)
    }

    /// The same without adding anything to the block.
    pub(crate) fn check_without_filling(self) -> Checked {
        let last = self.senders.last().copied().unwrap_or_default();
        self.check_as_it_is(last, true)
    }

    fn check_as_it_is(mut self, last: Address, is_plain: bool) -> Checked {
        let holds = self.take_holds(last);
        // revm has no rules of Constantinople.
        let is_plain = is_plain && self.fork != Fork::Constantinople;
        let case = self.case();
        let engines = Engines::new();
        let prepared = case.prepared();
        let serial = engines.serial(&prepared, &case.state).unwrap_or_else(|error| panic!("serial: {error}"));
        engines.check(&case.name, &prepared, &case.state, &serial);
        if is_plain {
            assert_like_plain(&case, engines.one());
        }
        let stale = if holds.is_empty() { 0 } else { check_held(&case, &holds, &serial) };
        let mut state = case.state.clone();
        let root = StateTrie::from(&state).apply(&serial.execution.diff);
        state.commit(&serial.execution.diff).expect("it can be committed");
        assert_eq!(root, Ok(state::state_root(&state)), "state root");
        Checked { serial, state, stale }
    }

    /// Executes the block, valid or not, in every way there is.
    pub(crate) fn outcome(self) -> Result<Checked, Error> {
        let again = self.clone();
        let engine = Engine::sharing_all(1).expect("threads can be had");
        let case = self.case();
        match engine.execute(&case.prepared(), &case.state, &Plan::default()) {
            Ok(_) => Ok(again.check()),
            Err(_) => Err(again.refused()),
        }
    }

    /// Executes the block, which is not valid, in every way there is, and gives the reason.
    pub(crate) fn refused(mut self) -> Error {
        let last = self.fill();
        let holds = self.take_holds(last);
        let case = self.case();
        let expected = Engines::new().refused(&case);
        let sets = vec![AccessSet::default(); case.senders.len()];
        for (engine, policy, name) in held_runs(holds.len()) {
            let held = Held::new(&case.state, &holds);
            let known = Known { list: None, sets: Some(&sets) };
            let plan = Plan { policy, known, record_list: true, ..Plan::default() };
            let error = engine.execute(&case.prepared(), &held, &plan).map(|_| ());
            assert_eq!(error, Err(expected.clone()), "late: {name}");
        }
        expected
    }

    /// Adds transactions that have nothing to do with the story, so that there is work enough to share; gives the
    /// sender of the last.
    fn fill(&mut self) -> Address {
        let idle = self.contract(&Code::new().op(&[super::op::STOP]));
        for _ in 0..6 {
            self.say(Message::call(idle, 4));
        }
        *self.senders.last().expect("some were added")
    }

    fn take_holds(&mut self, last: Address) -> Vec<(Address, Address)> {
        let late = std::mem::take(&mut self.late);
        self.holds.drain(..).chain(late.into_iter().map(|address| (address, last))).collect()
    }

    fn case(self) -> Case {
        let name = format!("{}", self.fork);
        let mut block = primitives::Block { header: self.header, body: Default::default() };
        block.body.transactions = self.transactions;
        block.body.withdrawals = (self.fork >= Fork::Shanghai).then(Default::default);
        let mut chain = ChainSpec::at_fork(self.fork);
        chain.threads = self.threads.then(|| ThreadActivation { timestamp: 0, gas: ThreadGas::default() });
        Case { name, chain, block, senders: self.senders, state: self.state }
    }
}

/// An authorization (EIP-7702) with any nonce.
pub(crate) fn authorization(authority: &Actor, address: Address, nonce: u64) -> SignedAuthorization {
    let authorization = Authorization { chain_id: U256::ONE, address, nonce };
    let signature = authority.sign(authorization.signature_hash());
    authorization.into_signed(signature.expect("the actors of scenes have keys"))
}

/// Engine, policy and name of each run with late transactions.
fn held_runs(holds: usize) -> impl Iterator<Item = (Engine, Policy, String)> {
    let policies = [Policy::Optimistic, Policy::DisjointSets, Policy::Sequence, Policy::StaticSplit];
    let shared = policies.into_iter().flat_map(move |policy| [holds + 1, 8].map(|workers| (policy, workers, false)));
    // With fewer workers the one that is waited for is too far ahead in most scenes.
    let runs = shared.chain([(Policy::Optimistic, 8, true)]).map(|(policy, workers, cuts)| {
        let engine = if cuts { Engine::cutting_all(workers) } else { Engine::sharing_all(workers) };
        let how = if cuts { " in chunks" } else { "" };
        (engine.expect("threads can be had"), policy, format!("{policy}{how} x{workers}"))
    });
    runs.filter(move |_| holds > 0)
}

/// Executes with late transactions and compares; gives the number of executions that were thrown away.
fn check_held(case: &Case, holds: &[(Address, Address)], serial: &Serial) -> usize {
    let (mut stale, mut kept) = (0, 0);
    // They say that nothing conflicts.
    let sets = vec![AccessSet::default(); case.senders.len()];
    for (engine, policy, name) in held_runs(holds.len()) {
        let held = Held::new(&case.state, holds);
        let known = Known { list: None, sets: Some(&sets) };
        let what = format!("{}, late: {name}", case.name);
        let execution =
            engine.execute(&case.prepared(), &held, &Plan { policy, known, record_list: true, ..Plan::default() });
        let execution = execution.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_same(serial, &execution, &case.state, &what);
        stale += execution.stats.stale;
        kept += usize::from(held.is_kept());
    }
    assert!(kept > 0, "{}: no schedule ran ahead of what was late", case.name);
    stale
}
