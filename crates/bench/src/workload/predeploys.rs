//! The contracts that the protocol itself calls around a block, as they stand on the main chain.

use primitives::{
    Account, Address, Bytes, Fork, U256,
    alloy_eips::{eip2935, eip4788, eip7002, eip7251},
};
use state::MemoryState;

/// Puts those that a fork's system calls need into the state.
pub(super) fn install(state: &mut MemoryState, fork: Fork) {
    for (first, address, code) in predeploys() {
        if fork >= first {
            let code_hash = state.insert_code(code);
            state.set_account(address, Account { balance: U256::ZERO, nonce: 1, code_hash });
        }
    }
}

fn predeploys() -> [(Fork, Address, Bytes); 4] {
    [
        (Fork::Cancun, eip4788::BEACON_ROOTS_ADDRESS, eip4788::BEACON_ROOTS_CODE.clone()),
        (Fork::Prague, eip2935::HISTORY_STORAGE_ADDRESS, eip2935::HISTORY_STORAGE_CODE.clone()),
        (
            Fork::Prague,
            eip7002::WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS,
            eip7002::WITHDRAWAL_REQUEST_PREDEPLOY_CODE.clone(),
        ),
        (
            Fork::Prague,
            eip7251::CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS,
            eip7251::CONSOLIDATION_REQUEST_PREDEPLOY_CODE.clone(),
        ),
    ]
}
