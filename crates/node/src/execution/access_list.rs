//! The access list (EIP-2930) of a call, by geth's algorithm: run, list what was touched, run with the list, until the
//! list stays as it is. A list changes the gas that is left, so a contract may touch something else with it.

use super::{
    Base, outcome, prepare,
    stage::{Rules, Stage},
    words,
};
use alloy_rpc_types_eth::{AccessList, AccessListResult};
use primitives::U256;
use revm::context::TxEnv;
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
    let gas_used = U256::from(ran.outcome.result.gas().tx_gas_used());
    let error = match outcome(ran) {
        CallOutcome::Success(_) => None,
        CallOutcome::Revert(_) => Some("execution reverted".to_owned()),
        CallOutcome::Halt(reason) => Some(reason),
    };
    let list = inspector.into_access_list();
    let result = AccessListResult { access_list: list.clone(), gas_used, error };
    Ok((list, result))
}
