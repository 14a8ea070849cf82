//! Logs of a call, on demand with one for each movement of ether, in the form of a token's.

use primitives::{Address, B256, Log, U256, alloy_primitives::LogData};
use revm::{
    Inspector,
    interpreter::{CallInputs, CallOutcome, CreateInputs, CreateOutcome, InstructionResult},
};
use revm_inspectors::transfer::{TRANSFER_EVENT_TOPIC, TRANSFER_LOG_EMITTER};

/// Collects logs by frame, since those of a frame that fails never were. Their numbers are used up all the same, as in
/// geth: each log of a block has the number of those that came before it, whatever became of them.
#[derive(Debug)]
pub(super) struct CallLogs {
    with_transfers: bool,
    next: u64,
    frames: Vec<Frame>,
    /// Those of frames that ended well.
    done: Vec<(u64, Log)>,
}

#[derive(Debug, Default)]
struct Frame {
    logs: Vec<(u64, Log)>,
    /// The number of the log that tells of a new contract's endowment.
    endowment: Option<u64>,
}

impl CallLogs {
    /// Of a call before which this many logs were numbered.
    pub(super) fn new(with_transfers: bool, next: u64) -> Self {
        Self { with_transfers, next, frames: Vec::new(), done: Vec::new() }
    }

    /// The logs of the whole call with their numbers, and the number of the next one.
    pub(super) fn finish(self) -> (Vec<(u64, Log)>, u64) {
        (self.done, self.next)
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next - 1
    }

    fn push(&mut self, log: Log) {
        let number = self.number();
        let logs = self.frames.last_mut().map_or(&mut self.done, |frame| &mut frame.logs);
        logs.push((number, log));
    }

    fn transfer(&mut self, from: Address, to: Address, value: U256) {
        if self.with_transfers && !value.is_zero() {
            self.push(transfer_log(from, to, value));
        }
    }

    fn close(&mut self, frame: Frame, result: InstructionResult) {
        if result.is_ok() {
            self.frames.last_mut().map_or(&mut self.done, |frame| &mut frame.logs).extend(frame.logs);
        }
    }
}

fn transfer_log(from: Address, to: Address, value: U256) -> Log {
    let topics = vec![TRANSFER_EVENT_TOPIC, from.into_word(), to.into_word()];
    Log { address: TRANSFER_LOG_EMITTER, data: LogData::new_unchecked(topics, B256::from(value).into()) }
}

impl<C> Inspector<C> for CallLogs {
    fn log(&mut self, _: &mut C, log: Log) {
        self.push(log);
    }

    fn call(&mut self, _: &mut C, inputs: &mut CallInputs) -> Option<CallOutcome> {
        self.frames.push(Frame::default());
        if let Some(value) = inputs.transfer_value() {
            self.transfer(inputs.transfer_from(), inputs.transfer_to(), value);
        }
        None
    }

    fn call_end(&mut self, _: &mut C, _: &CallInputs, outcome: &mut CallOutcome) {
        let frame = self.frames.pop().unwrap_or_default();
        self.close(frame, outcome.result.result);
    }

    fn create(&mut self, _: &mut C, inputs: &mut CreateInputs) -> Option<CreateOutcome> {
        let has_endowment = self.with_transfers && !inputs.value().is_zero();
        let endowment = has_endowment.then(|| self.number());
        self.frames.push(Frame { logs: Vec::new(), endowment });
        None
    }

    /// The address of the new contract is known only now; its endowment came before all its logs.
    fn create_end(&mut self, _: &mut C, inputs: &CreateInputs, outcome: &mut CreateOutcome) {
        let mut frame = self.frames.pop().unwrap_or_default();
        if let (Some(address), Some(number)) = (outcome.address, frame.endowment) {
            frame.logs.insert(0, (number, transfer_log(inputs.caller(), address, inputs.value())));
        }
        self.close(frame, outcome.result.result);
    }

    fn selfdestruct(&mut self, contract: Address, target: Address, value: U256) {
        self.transfer(contract, target, value);
    }
}
