//! The least gas with which a call succeeds, by geth's algorithm.
//!
//! What a call used is not enough: a caller keeps 1/64 of its gas at each level (EIP-150), refunds come after the end,
//! and a contract may ask for what is left. So the limit is searched for by running the call again and again: first with
//! all the gas there may be, then with the guess that is mostly right, then by halving, skewed to the low side.

use super::{
    Base, outcome, prepare,
    stage::{Failure, Ran, Rules, Stage},
    words,
};
use crate::console::Console;
use primitives::{U256, alloy_eips::eip4844::DATA_GAS_PER_BLOB, alloy_primitives::TxKind};
use revm::{
    context::TxEnv,
    context_interface::{
        cfg::Cfg,
        result::{ExecutionResult, HaltReason, InvalidTransaction},
    },
};
use rpc::{
    RpcError,
    backend::{Budget, CallRequest},
};
use state::StateReader;

/// Gas of a plain transfer.
const TRANSFER_GAS: u64 = 21_000;

/// Gas that a call with value gives its callee for nothing.
const CALL_STIPEND: u64 = 2_300;

/// The answer may be too large by this many parts in a thousand.
const ERROR_PER_MILLE: u64 = 15;

/// The least gas with which a call succeeds, 1.5 % too much at most.
///
/// The console hears what the call writes when it has all the gas there may be, and nothing of the search.
pub fn estimate_gas(
    base: &Base<'_>,
    request: &CallRequest,
    budget: &Budget,
    console: &mut Console,
) -> Result<u64, RpcError> {
    let (stage, transaction) = prepare(base, request, budget)?;
    let search = Search { stage: &stage, transaction: &transaction, budget };
    let mut hi = match request.transaction.gas {
        Some(gas) if gas >= TRANSFER_GAS => gas,
        _ => stage.block.gas_limit,
    };
    hi = hi.min(search.affordable()?).min(budget.gas_max);
    if !stage.cfg.is_amsterdam_eip8037_enabled() {
        hi = hi.min(stage.cfg.tx_gas_limit_cap());
    }
    if search.is_transfer()? && matches!(search.run(TRANSFER_GAS), Ok(Some(ran)) if ran.outcome.result.is_success()) {
        return Ok(TRANSFER_GAS);
    }
    let exceeded = || RpcError::invalid_input(format!("gas required exceeds allowance ({hi})"));
    let ran = search.heard(hi, console)?.ok_or_else(exceeded)?;
    match &ran.outcome.result {
        ExecutionResult::Success { .. } => {}
        ExecutionResult::Halt { reason: HaltReason::OutOfGas(_), .. } => return Err(exceeded()),
        _ => {
            let failed = outcome(ran).into_output();
            return Err(failed.err().unwrap_or_else(exceeded));
        }
    }
    let gas = *ran.outcome.result.gas();
    search.between(gas.tx_gas_used().saturating_sub(1), hi, gas.total_gas_spent())
}

struct Search<'s> {
    stage: &'s Stage<'s>,
    transaction: &'s TxEnv,
    budget: &'s Budget,
}

impl Search<'_> {
    /// Halves the range between a limit that fails and one that succeeds. `spent`: gas before refunds in a run with
    /// plenty.
    fn between(&self, mut lo: u64, mut hi: u64, spent: u64) -> Result<u64, RpcError> {
        let likely = u128::from(spent.saturating_add(CALL_STIPEND)) * 64 / 63;
        if let Ok(likely) = u64::try_from(likely)
            && likely < hi
        {
            if self.succeeds(likely)? { hi = likely } else { lo = likely }
        }
        while lo + 1 < hi {
            if u128::from(hi - lo) * 1000 < u128::from(hi) * u128::from(ERROR_PER_MILLE) {
                break;
            }
            let middle = (lo + (hi - lo) / 2).min(lo.saturating_mul(2)).max(lo + 1);
            if self.succeeds(middle)? { hi = middle } else { lo = middle }
        }
        Ok(hi)
    }

    fn succeeds(&self, gas: u64) -> Result<bool, RpcError> {
        Ok(self.run(gas)?.is_some_and(|ran| ran.outcome.result.is_success()))
    }

    /// Runs the call; `None` if the gas does not even pay for its bytes.
    fn run(&self, gas_limit: u64) -> Result<Option<Ran>, RpcError> {
        self.heard(gas_limit, &mut Console::deaf())
    }

    /// The same with somebody who hears.
    fn heard(&self, gas_limit: u64, console: &mut Console) -> Result<Option<Ran>, RpcError> {
        let transaction = TxEnv { gas_limit, ..self.transaction.clone() };
        self.budget.check()?;
        match self.stage.run(transaction.clone(), Rules::Call, self.budget, console) {
            Ok(ran) => Ok(Some(ran)),
            Err(Failure::Invalid(
                InvalidTransaction::CallGasCostMoreThanGasLimit { .. }
                | InvalidTransaction::GasFloorMoreThanGasLimit { .. },
            )) => Ok(None),
            Err(failure) => Err(words::error(&failure, &transaction, &self.stage.block)),
        }
    }

    /// Gas that the sender can pay for.
    fn affordable(&self) -> Result<u64, RpcError> {
        let transaction = self.transaction;
        if transaction.gas_price == 0 {
            return Ok(u64::MAX);
        }
        let unreadable = |_| RpcError::internal("the state could not be read");
        let sender = self.stage.overlay.account(transaction.caller).map_err(unreadable)?;
        let balance = sender.unwrap_or_default().balance;
        let after_value = balance.checked_sub(transaction.value).filter(|left| !left.is_zero());
        let after_value = after_value.ok_or_else(words::insufficient_for_transfer)?;
        let blob_gas = transaction.blob_hashes.len() as u64 * DATA_GAS_PER_BLOB;
        let blob_fee = U256::from(blob_gas).saturating_mul(U256::from(transaction.max_fee_per_blob_gas));
        let left = after_value
            .checked_sub(blob_fee)
            .filter(|left| blob_gas == 0 || !left.is_zero())
            .ok_or_else(|| RpcError::invalid_input("insufficient funds for gas * price + value"))?;
        let gas = left / U256::from(transaction.gas_price);
        Ok(u64::try_from(gas).unwrap_or(u64::MAX))
    }

    /// Whether the call has no data and goes to an account without code.
    fn is_transfer(&self) -> Result<bool, RpcError> {
        let TxKind::Call(to) = self.transaction.kind else { return Ok(false) };
        if !self.transaction.data.is_empty() {
            return Ok(false);
        }
        let unreadable = |_| RpcError::internal("the state could not be read");
        let account = self.stage.overlay.account(to).map_err(unreadable)?;
        Ok(!account.is_some_and(|account| account.has_code()))
    }
}
