//! The measure of all speed-ups: revm's own loop over a block, on one core, with its own database.

use evm::revm::{
    Context, ExecuteCommitEvm, MainBuilder, MainContext,
    context_interface::result::ExecutionResult,
    database::{CacheDB, EmptyDB},
    state::{AccountInfo, Bytecode},
};
use executor::PreparedBlock;
use primitives::U256;
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
    let environment = block.environment();
    let mut evm = Context::mainnet()
        .with_db(state)
        .with_cfg(environment.revm_cfg().clone())
        .with_block(environment.revm_block().clone())
        .build_mainnet();
    block
        .transactions()
        .iter()
        .map(|transaction| evm.transact_commit(transaction.revm_env().clone()).expect("a valid transaction"))
        .collect()
}
