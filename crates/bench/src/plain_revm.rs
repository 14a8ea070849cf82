//! The measure of all speed-ups: revm's own loop over a block, on one core, with its own database.

use evm::{
    Environment, PreparedTransaction,
    revm::{
        Context, ExecuteCommitEvm, MainBuilder, MainContext,
        context::TxEnv,
        context_interface::result::ExecutionResult,
        database::{CacheDB, EmptyDB},
        state::{AccountInfo, Bytecode},
    },
};
use executor::PreparedBlock;
use primitives::{Bytes, U256};
use state::{MemoryState, StateReader};

/// A state as revm's in-memory database holds it, code analysed.
pub type PlainState = CacheDB<EmptyDB>;

/// Copies a state.
///
/// # Panics
///
/// If the state refers to code that it does not have.
pub fn plain_state(state: &MemoryState) -> PlainState {
    let mut database = CacheDB::new(EmptyDB::default());
    for (address, account) in state.accounts() {
        let code = account
            .has_code()
            .then(|| Bytecode::new_raw(state.code(account.code_hash).expect("the state has its code")));
        let info = AccountInfo {
            balance: account.balance,
            nonce: account.nonce,
            code_hash: account.code_hash,
            code: Some(code.unwrap_or_default()),
            ..AccountInfo::default()
        };
        database.insert_account_info(address, info);
        for (slot, value) in state.storage_of(address) {
            let Ok(()) = database.insert_account_storage(address, slot, value);
        }
    }
    for (number, hash) in state.block_hashes() {
        database.cache.block_hashes.insert(U256::from(number), hash);
    }
    database
}

/// Executes the block's transactions one after another and commits each.
///
/// # Panics
///
/// If one is not valid: blocks that are measured are valid.
pub fn execute(block: &PreparedBlock<'_>, state: &mut PlainState) -> Vec<ExecutionResult> {
    let transactions = block.transactions().iter().map(PreparedTransaction::revm_env);
    execute_all(block.environment(), transactions, state)
}

/// As [`execute`], with transactions that need not be the block's own.
pub(crate) fn execute_all<'t>(
    environment: &Environment,
    transactions: impl Iterator<Item = &'t TxEnv>,
    state: &mut PlainState,
) -> Vec<ExecutionResult> {
    let mut evm = Context::mainnet()
        .with_db(state)
        .with_cfg(environment.revm_cfg().clone())
        .with_block(environment.revm_block().clone())
        .build_mainnet();
    transactions.map(|transaction| evm.transact_commit(transaction.clone()).expect("a valid transaction")).collect()
}

/// A transaction that counts references to nothing of the other's.
pub(crate) fn detached(transaction: &TxEnv) -> TxEnv {
    TxEnv { data: Bytes::copy_from_slice(&transaction.data), ..transaction.clone() }
}
