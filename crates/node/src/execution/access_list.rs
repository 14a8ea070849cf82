//! The access list (EIP-2930) of a call, by geth's algorithm: run, list what was touched, run with the list, until the
//! list stays as it is. A list changes the gas that is left, so a contract may touch something else with it.

use super::{
    Base, outcome, prepare,
    stage::{Ran, Rules, Stage},
    words,
};
use alloy_rpc_types_eth::{AccessList, AccessListItem, AccessListResult};
use evm::FrameThreads;
use primitives::{Address, B256, U256};
use revm::{context::TxEnv, state::Account};
use revm_inspectors::access_list::AccessListInspector;
use rpc::{
    RpcError,
    backend::{Budget, CallOutcome, CallRequest},
};

/// Runs until the list is given up. A list only grows from run to run, so it mostly takes two.
const RUNS_MAX: usize = 32;

/// The access list with which a call is cheapest, and the gas that it then uses.
pub fn create_access_list(
    base: &Base<'_>,
    request: &CallRequest,
    budget: &Budget,
) -> Result<AccessListResult, RpcError> {
    let (stage, mut transaction) = prepare(base, request, budget)?;
    // Legacy calls have no place for a list.
    transaction.tx_type = transaction.tx_type.max(1);
    for _ in 0..RUNS_MAX {
        budget.check()?;
        let (list, result) = run(&stage, &transaction, budget)?;
        if list == transaction.access_list {
            return Ok(result);
        }
        transaction.access_list = list;
    }
    Err(RpcError::invalid_input("the access list does not settle"))
}

fn run(stage: &Stage<'_>, transaction: &TxEnv, budget: &Budget) -> Result<(AccessList, AccessListResult), RpcError> {
    let mut inspector = AccessListInspector::new(transaction.access_list.clone());
    let ran = stage
        .run(transaction.clone(), Rules::Call, budget, &mut inspector)
        .map_err(|failure| words::error(&failure, transaction, &stage.block))?;
    let slots = if stage.has_threads() { touched(&ran) } else { Vec::new() };
    let gas_used = U256::from(ran.outcome.result.gas().tx_gas_used());
    let error = match outcome(ran) {
        CallOutcome::Success(_) => None,
        CallOutcome::Revert(_) => Some("execution reverted".to_owned()),
        CallOutcome::Halt(reason) => Some(reason),
    };
    let mut list = inspector.into_access_list();
    if stage.has_threads() {
        list = with_threads(list, &slots);
    }
    let result = AccessListResult { access_list: list.clone(), gas_used, error };
    Ok((list, result))
}

/// The slots that a run has looked at.
fn touched(ran: &Ran) -> Vec<AccessListItem> {
    let slots = |(address, account): (&Address, &Account)| AccessListItem {
        address: *address,
        storage_keys: account.storage.keys().map(|slot| B256::from(*slot)).collect(),
    };
    ran.outcome.state.iter().map(slots).filter(|item| !item.storage_keys.is_empty()).collect()
}

/// The list of an inspector that knows Ethereum's instructions, where there are those of threads: a call to their system
/// contract touches no account, and `RDR` and `WTR` touch slots.
fn with_threads(mut list: AccessList, slots: &[AccessListItem]) -> AccessList {
    list.0.retain(|item| !FrameThreads::is_instruction(item.address));
    list.0.extend_from_slice(slots);
    list.dedup();
    list.sort();
    list
}
