//! `SSTORE` in Constantinople: net gas metering without a minimum of gas (EIP-1283).
//!
//! revm knows Petersburg, which took EIP-1283 back, and Istanbul, which brought it again with other prices and a minimum
//! of gas (EIP-2200). Constantinople is Petersburg's rules with Istanbul's formula at its own prices. No block of mainnet
//! was ever executed by it; test vectors were.

use crate::machine::RevmContext;
use revm::{
    context_interface::{
        Host,
        cfg::{GasId, GasParams},
    },
    interpreter::{
        InstructionContext, InstructionExecResult, InstructionResult, instructions::host::sstore_with_gas_accounting,
        interpreter::EthInterpreter,
    },
};

const SLOAD: u64 = 200;
const SET: u64 = 20_000;
const RESET: u64 = 5_000;

/// Sets the prices; what they are subtracted from is paid by every `SSTORE`.
pub(crate) fn set_prices(gas: &mut GasParams) {
    gas.override_gas([
        (GasId::sstore_static(), SLOAD),
        (GasId::sstore_set_without_load_cost(), SET - SLOAD),
        (GasId::sstore_reset_without_cold_load_cost(), RESET - SLOAD),
        (GasId::sstore_set_refund(), SET - SLOAD),
        (GasId::sstore_reset_refund(), RESET - SLOAD),
    ]);
}

/// The instruction.
pub(crate) fn sstore(at: InstructionContext<'_, RevmContext<'_>, EthInterpreter>) -> InstructionExecResult {
    sstore_with_gas_accounting(at, |at, _, stored| {
        let gas = at.host.gas_params();
        let cost = gas.sstore_dynamic_gas(true, &stored.data, false);
        let refund = gas.sstore_refund(true, &stored.data);
        if !at.interpreter.gas.record_regular_cost(cost) {
            return Err(InstructionResult::OutOfGas);
        }
        at.interpreter.gas.record_refund(refund);
        Ok(())
    })
}
