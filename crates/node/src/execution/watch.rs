//! The eye on a running call: stops it when its budget is exhausted, and remembers its last instruction.

use super::stage::StageContext;
use revm::{
    Inspector,
    interpreter::{
        CallInputs, CallOutcome, InstructionResult, Interpreter, interpreter::EthInterpreter, interpreter_types::Jumps,
    },
};
use rpc::backend::Budget;

/// Instructions between two looks at the budget.
const STEPS_BETWEEN: u32 = 2_048;

/// Instructions that a call counts as: it may run a precompile, which takes long.
const STEPS_OF_CALL: u32 = 64;

/// Ends every frame once the budget is exhausted. What ran then counts for nothing.
#[derive(Debug)]
pub(crate) struct Watch<'b> {
    budget: &'b Budget,
    steps_left: u32,
    /// Whether it has stopped the call.
    pub(crate) stopped: bool,
    /// The instruction that ran last, with the words that were on the stack before it.
    pub(crate) last: Option<(u8, usize)>,
}

impl<'b> Watch<'b> {
    pub(crate) fn new(budget: &'b Budget) -> Self {
        Self { budget, steps_left: STEPS_BETWEEN, stopped: false, last: None }
    }

    fn count(&mut self, steps: u32) {
        match self.steps_left.checked_sub(steps) {
            Some(left) => self.steps_left = left,
            None => {
                self.steps_left = STEPS_BETWEEN;
                self.stopped = self.stopped || self.budget.exhausted();
            }
        }
    }
}

/// It looks first of all, and so has whoever looks after it find a frame whose thread has ended as it was before.
impl Inspector<StageContext<'_>, EthInterpreter> for Watch<'_> {
    fn step(&mut self, interpreter: &mut Interpreter<EthInterpreter>, context: &mut StageContext<'_>) {
        context.chain.resume(interpreter);
        self.last = Some((interpreter.bytecode.opcode(), interpreter.stack.len()));
        self.count(1);
        if self.stopped {
            interpreter.halt(InstructionResult::OutOfGas);
        }
    }

    fn call(&mut self, _: &mut StageContext<'_>, _: &mut CallInputs) -> Option<CallOutcome> {
        self.count(STEPS_OF_CALL);
        None
    }
}
