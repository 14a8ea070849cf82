//! Contracts on a chain with threads.

use evm::{
    BlobValues, BlockValues, CodeCache, Environment, ForkJoin, Machine, Outcome, PreparedTransaction,
    TransactionResult,
    revm::{context::TxEnv, primitives::TxKind},
};
use primitives::{Account, Address, Bytes, Fork, ThreadGas, U256};
use scheduler::WorkerPool;
use state::MemoryState;
use std::sync::atomic::{AtomicUsize, Ordering};

const SENDER: Address = Address::repeat_byte(1);
const CONTRACT: Address = Address::repeat_byte(2);

/// Runs pieces of work on two workers, and counts them.
#[derive(Debug)]
pub(crate) struct Workers {
    pool: WorkerPool,
    ran: AtomicUsize,
}

impl Default for Workers {
    fn default() -> Self {
        Self { pool: WorkerPool::sharing_all(2).expect("threads can be had"), ran: AtomicUsize::new(0) }
    }
}

impl Workers {
    /// Threads that were run ahead.
    pub(crate) fn ran(&self) -> usize {
        self.ran.load(Ordering::Relaxed)
    }
}

impl ForkJoin for Workers {
    fn run(&self, count: usize, work: &(dyn Fn(usize) + Sync)) -> bool {
        let shared = self.pool.fork(count, work);
        self.ran.fetch_add(if shared { count } else { 0 }, Ordering::Relaxed);
        shared
    }
}

/// Calls a contract with this code, under Osaka's rules with threads.
pub(crate) fn call(code: &Bytes, input: Bytes, fork_join: &dyn ForkJoin) -> TransactionResult {
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
    let mut environment = Environment::new(Fork::Osaka, 1, &values);
    environment.enable_threads(ThreadGas::default());
    let mut state = MemoryState::new();
    state.set_account(SENDER, Account::with_balance(U256::from(1_000_000_000)));
    let code_hash = state.insert_code(code.clone());
    state.set_account(CONTRACT, Account { code_hash, nonce: 1, balance: U256::ZERO });
    let transaction = TxEnv {
        caller: SENDER,
        kind: TxKind::Call(CONTRACT),
        data: input,
        gas_limit: 10_000_000,
        chain_id: None,
        ..TxEnv::default()
    };
    let codes = CodeCache::default();
    let mut machine = Machine::new(&environment, &codes, &state).with_fork_join(fork_join);
    let execution = machine.execute(&PreparedTransaction::from_env(transaction)).expect("the state is whole");
    match execution.outcome {
        Outcome::Included(result) => result,
        Outcome::Invalid(invalid) => panic!("{invalid}"),
    }
}

/// The instructions of a code, without what is pushed.
pub(crate) fn instructions(code: &[u8]) -> Vec<u8> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(byte) = code.get(at) {
        found.push(*byte);
        at += 1 + usize::from(byte.saturating_sub(0x5f)).min(32) * usize::from((0x60..=0x7f).contains(byte));
    }
    found
}
