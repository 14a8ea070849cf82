//! Logs of a call with one for each movement of ether, in the form of a token's.

use primitives::{Address, B256, Log, U256, alloy_primitives::LogData};
use revm::{
    Inspector,
    interpreter::{CallInputs, CallOutcome, CreateInputs, CreateOutcome, InstructionResult},
};
use revm_inspectors::transfer::{TRANSFER_EVENT_TOPIC, TRANSFER_LOG_EMITTER};

/// Collects logs by frame, since those of a frame that fails never were.
#[derive(Debug, Default)]
pub(super) struct TransferLogs {
    frames: Vec<Vec<Log>>,
    /// Those of frames that ended well.
    done: Vec<Log>,
}

impl TransferLogs {
    /// The logs of the whole call.
    pub(super) fn into_logs(self) -> Vec<Log> {
        self.done
    }

    fn push(&mut self, log: Log) {
        self.frames.last_mut().unwrap_or(&mut self.done).push(log);
    }

    fn transfer(&mut self, from: Address, to: Address, value: U256) {
        if !value.is_zero() {
            let topics = vec![TRANSFER_EVENT_TOPIC, from.into_word(), to.into_word()];
            let data = LogData::new_unchecked(topics, B256::from(value).into());
            self.push(Log { address: TRANSFER_LOG_EMITTER, data });
        }
    }

    fn close(&mut self, result: InstructionResult) {
        let logs = self.frames.pop().unwrap_or_default();
        if result.is_ok() {
            self.frames.last_mut().unwrap_or(&mut self.done).extend(logs);
        }
    }
}

impl<C> Inspector<C> for TransferLogs {
    fn log(&mut self, _: &mut C, log: Log) {
        self.push(log);
    }

    fn call(&mut self, _: &mut C, inputs: &mut CallInputs) -> Option<CallOutcome> {
        self.frames.push(Vec::new());
        if let Some(value) = inputs.transfer_value() {
            self.transfer(inputs.transfer_from(), inputs.transfer_to(), value);
        }
        None
    }

    fn call_end(&mut self, _: &mut C, _: &CallInputs, outcome: &mut CallOutcome) {
        self.close(outcome.result.result);
    }

    fn create(&mut self, _: &mut C, _: &mut CreateInputs) -> Option<CreateOutcome> {
        self.frames.push(Vec::new());
        None
    }

    /// The address of the new contract is known only now; its endowment came before all its logs.
    fn create_end(&mut self, _: &mut C, inputs: &CreateInputs, outcome: &mut CreateOutcome) {
        if let Some(address) = outcome.address.filter(|_| !inputs.value().is_zero()) {
            let logs = self.frames.last_mut().map(std::mem::take).unwrap_or_default();
            self.transfer(inputs.caller(), address, inputs.value());
            self.frames.last_mut().unwrap_or(&mut self.done).extend(logs);
        }
        self.close(outcome.result.result);
    }

    fn selfdestruct(&mut self, contract: Address, target: Address, value: U256) {
        self.transfer(contract, target, value);
    }
}
