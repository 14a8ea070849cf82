//! What a trace holds in memory, roughly, so that a contract cannot have it hold too much.

use super::RECORDED_BYTES_MAX;
use revm::{
    Inspector,
    interpreter::{
        CallInput, CallInputs, CallOutcome, CreateInputs, CreateOutcome, InstructionResult, Interpreter,
        interpreter::EthInterpreter,
    },
};
use rpc::RpcError;

/// Bytes that a tracer keeps of a call, apart from its input.
const CALL_BYTES: usize = 1024;

/// Bytes that a tracer keeps of an instruction, apart from the stack.
const STEP_BYTES: usize = 320;

/// Bytes of a word on the stack.
const WORD_BYTES: usize = 32;

/// Counts what the tracer beside it keeps, over all transactions of a request, and ends every frame once it is too much.
#[derive(Debug)]
pub(super) struct Meter {
    bytes_left: usize,
    steps: Steps,
    /// Instructions of this transaction that are still to be kept.
    steps_left: u64,
    exceeded: bool,
}

/// What a tracer keeps of instructions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Steps {
    /// How many of a transaction.
    pub(super) max: u64,
    /// Whether with the stack.
    pub(super) with_stack: bool,
}

impl Steps {
    /// It keeps none.
    pub(super) const NONE: Self = Self { max: 0, with_stack: false };
}

impl Meter {
    pub(super) fn new(steps: Steps) -> Self {
        Self { bytes_left: RECORDED_BYTES_MAX, steps, steps_left: steps.max, exceeded: false }
    }

    /// Another transaction begins.
    pub(super) fn next(&mut self) {
        self.steps_left = self.steps.max;
    }

    /// The error, if it was too much.
    pub(super) fn check(&self) -> Result<(), RpcError> {
        if self.exceeded { Err(too_large()) } else { Ok(()) }
    }

    fn take(&mut self, bytes: usize) {
        match self.bytes_left.checked_sub(bytes) {
            Some(left) => self.bytes_left = left,
            None => self.exceeded = true,
        }
    }
}

/// The error for a trace that would hold too much.
pub(super) fn too_large() -> RpcError {
    RpcError::limit(format!("the trace holds more than {RECORDED_BYTES_MAX} bytes"))
}

impl<C> Inspector<C, EthInterpreter> for Meter {
    fn step(&mut self, interpreter: &mut Interpreter<EthInterpreter>, _: &mut C) {
        if self.steps_left > 0 {
            self.steps_left -= 1;
            let words = if self.steps.with_stack { interpreter.stack.len() } else { 0 };
            self.take(STEP_BYTES + words * WORD_BYTES);
        }
        if self.exceeded {
            interpreter.halt(InstructionResult::OutOfGas);
        }
    }

    fn call(&mut self, _: &mut C, inputs: &mut CallInputs) -> Option<CallOutcome> {
        let input = match &inputs.input {
            CallInput::Bytes(bytes) => bytes.len(),
            CallInput::SharedBuffer(range) => range.len(),
        };
        self.take(CALL_BYTES + input);
        None
    }

    fn create(&mut self, _: &mut C, inputs: &mut CreateInputs) -> Option<CreateOutcome> {
        self.take(CALL_BYTES + inputs.init_code().len());
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::execution::{
        Overlay,
        stage::{Rules, Stage},
    };
    use primitives::{Account, Address, ChainSpec, Fork, Header, alloy_primitives::TxKind};
    use revm::context::TxEnv;
    use rpc::backend::Budget;
    use std::time::Duration;

    /// Runs a loop of `JUMPDEST PUSH1 0 JUMP` with gas for ten thousand turns.
    fn exceeds(bytes_left: usize, steps: Steps) -> bool {
        let mut state = state::MemoryState::new();
        let code_hash = state.insert_code([0x5b, 0x60, 0, 0x56].into());
        let contract = Address::repeat_byte(1);
        state.set_account(contract, Account { code_hash, ..Account::EMPTY });
        let codes = evm::CodeCache::default();
        let header = Header { gas_limit: 30_000_000, ..Header::default() };
        let stage = Stage::new(&ChainSpec::at_fork(Fork::Paris), &header, Overlay::new(&state), &codes);
        let gas_limit = 21_000 + 12 * 10_000;
        let call = TxEnv { kind: TxKind::Call(contract), gas_limit, gas_price: 0, ..TxEnv::default() };
        let mut meter = Meter { bytes_left, ..Meter::new(steps) };
        let (budget, _client) = Budget::new(gas_limit, Duration::from_secs(60));
        stage.run(call, Rules::Call, &budget, &mut meter).expect("the budget suffices");
        meter.check().is_err()
    }

    #[test]
    fn what_is_kept_is_counted() {
        let all = Steps { max: u64::MAX, with_stack: false };
        assert!(!exceeds(CALL_BYTES + 30_001 * STEP_BYTES, all));
        assert!(exceeds(CALL_BYTES + 29_000 * STEP_BYTES, all));
        assert!(exceeds(CALL_BYTES + 30_001 * STEP_BYTES, Steps { with_stack: true, ..all }));
        assert!(!exceeds(CALL_BYTES + 10 * STEP_BYTES, Steps { max: 10, ..all }));
        assert!(!exceeds(CALL_BYTES, Steps::NONE));
        assert!(exceeds(CALL_BYTES - 1, Steps::NONE));
    }
}
