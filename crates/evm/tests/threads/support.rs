//! Programs of threads, and machines to run them on.

use access_list::AccessRecord;
use evm::{
    BlobValues, BlockValues, CodeCache, Environment, Execution, ForkJoin, Machine, Outcome, PreparedTransaction,
    ThreadNote, TransactionResult,
    revm::{context::TxEnv, primitives::TxKind},
};
use primitives::{Account, Address, Bytes, Fork, ThreadGas, U256};
use state::MemoryState;
use std::sync::atomic::{AtomicUsize, Ordering};

pub(crate) const SENDER: Address = Address::repeat_byte(1);
pub(crate) const CONTRACT: Address = Address::repeat_byte(2);

/// Bytes of code.
#[derive(Clone, Debug, Default)]
pub(crate) struct Code {
    bytes: Vec<u8>,
    labels: Vec<(usize, usize)>,
    places: Vec<usize>,
}

impl Code {
    pub(crate) fn op(&mut self, byte: u8) -> &mut Self {
        self.bytes.push(byte);
        self
    }

    pub(crate) fn push(&mut self, number: u64) -> &mut Self {
        let bytes = number.to_be_bytes();
        let bytes = &bytes[(number.leading_zeros() as usize / 8).min(7)..];
        self.bytes.push(0x5f + bytes.len() as u8);
        self.bytes.extend_from_slice(bytes);
        self
    }

    pub(crate) fn push_address(&mut self, address: Address) -> &mut Self {
        self.bytes.push(0x73);
        self.bytes.extend_from_slice(address.as_slice());
        self
    }

    /// A place to jump to.
    pub(crate) fn label(&mut self) -> usize {
        self.places.push(0);
        self.places.len() - 1
    }

    pub(crate) fn push_label(&mut self, label: usize) -> &mut Self {
        self.bytes.push(0x61);
        self.labels.push((self.bytes.len(), label));
        self.bytes.extend([0, 0]);
        self
    }

    pub(crate) fn place(&mut self, label: usize) -> &mut Self {
        self.places[label] = self.bytes.len();
        self.op(0x5b)
    }

    pub(crate) fn finish(mut self) -> Vec<u8> {
        for (at, label) in self.labels {
            let place = u16::try_from(self.places[label]).expect("test programs are short");
            self.bytes[at..at + 2].copy_from_slice(&place.to_be_bytes());
        }
        self.bytes
    }
}

/// Runs pieces of work on so many threads, always.
#[derive(Debug, Default)]
pub(crate) struct Workers {
    pub(crate) count: usize,
    /// Pieces that were run.
    pub(crate) ran: AtomicUsize,
}

/// Takes pieces of work, of which there are `count`, until none is left. Whoever takes part draws numbers from the same
/// counter.
pub(crate) fn take_all(count: usize, next: impl Fn() -> usize, work: &(dyn Fn(usize) + Sync)) {
    std::iter::repeat_with(next).take_while(|task| *task < count).for_each(work);
}

impl Workers {
    pub(crate) fn new(count: usize) -> Self {
        Self { count, ran: AtomicUsize::new(0) }
    }
}

impl ForkJoin for Workers {
    fn run(&self, count: usize, work: &(dyn Fn(usize) + Sync)) -> bool {
        self.ran.fetch_add(count, Ordering::Relaxed);
        let next = AtomicUsize::new(0);
        let take_all = || take_all(count, || next.fetch_add(1, Ordering::Relaxed), work);
        std::thread::scope(|scope| {
            for _ in 1..self.count.min(count) {
                scope.spawn(take_all);
            }
            take_all();
        });
        true
    }

    fn processors(&self) -> usize {
        self.count
    }
}

pub(crate) fn environment(fork: Fork) -> Environment {
    let values = BlockValues {
        number: 1,
        timestamp: 1,
        beneficiary: Address::repeat_byte(3),
        gas_limit: u64::MAX,
        base_fee: 0,
        difficulty: U256::ZERO,
        prevrandao: Some(Default::default()),
        blobs: Some(BlobValues {
            excess_gas: 0,
            update_fraction: 5_007_716,
            blobs_max: 9,
            blobs_per_transaction_max: 6,
        }),
    };
    let mut environment = Environment::new(fork, 1, &values);
    environment.enable_threads(ThreadGas::default());
    environment
}

/// A state with a rich sender and contracts that own something.
pub(crate) fn state(codes: &[(Address, &[u8])]) -> MemoryState {
    let mut state = MemoryState::new();
    state.set_account(SENDER, Account::with_balance(U256::from(1_000_000_000)));
    for (address, code) in codes {
        let code_hash = state.insert_code(Bytes::copy_from_slice(code));
        state.set_account(*address, Account { code_hash, nonce: 1, balance: U256::from(1000) });
        state.set_storage(*address, U256::from(1), U256::from(5));
    }
    state
}

/// Calls [`CONTRACT`] with one word.
pub(crate) fn execute(environment: &Environment, state: &MemoryState, gas: u64, fork_join: &dyn ForkJoin) -> Execution {
    execute_noting(environment, state, gas, fork_join).0
}

/// The same, with how its threads were run.
pub(crate) fn execute_noting(
    environment: &Environment,
    state: &MemoryState,
    gas: u64,
    fork_join: &dyn ForkJoin,
) -> (Execution, Vec<ThreadNote>) {
    let data = Bytes::from(U256::ZERO.to_be_bytes::<32>());
    let kind = TxKind::Call(CONTRACT);
    let transaction = TxEnv { caller: SENDER, kind, data, gas_limit: gas, chain_id: None, ..TxEnv::default() };
    let codes = CodeCache::default();
    let mut machine = Machine::new(environment, &codes, state).with_fork_join(fork_join);
    let execution = machine.execute(&PreparedTransaction::from_env(transaction)).expect("the state is whole");
    (execution, machine.take_threads())
}

pub(crate) fn result(execution: &Execution) -> &TransactionResult {
    match &execution.outcome {
        Outcome::Included(result) => result,
        Outcome::Invalid(invalid) => panic!("{invalid}"),
    }
}

/// A record in an order of its own: the one it comes in is that of a hash table.
pub(crate) fn sorted(record: &AccessRecord) -> Vec<String> {
    let mut lines = Vec::new();
    for (account, slots) in record.iter() {
        let mut account = *account;
        account.slots_end = 0;
        lines.push(format!("{account:?}"));
        lines.extend(slots.iter().map(|slot| format!("{} {slot:?}", account.address)));
    }
    lines.extend(record.deployed.iter().map(|(hash, _)| format!("{hash}")));
    lines.sort();
    lines
}

/// What the system tells of this process's memory, in KiB: `VmRSS:` now, `VmHWM:` at most. `None` where it does not tell.
pub(crate) fn process_status(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}
