//! Where a frame waits for its threads without saying so.
//!
//! Between a spawn and the join a frame may compute, read and spawn. Before it changes anything, calls anybody or ends,
//! its open threads run and are merged. So the state at the spawn is the state in which a thread runs, and nothing of a
//! frame can come between its threads.

use super::{
    commands::revert,
    record_data::Database,
    recording::{self, When},
    system,
    threading::Threading,
};
use primitives::Address;
use revm::{
    bytecode::opcode::{
        CALL, CALLCODE, CREATE, CREATE2, DELEGATECALL, LOG0, LOG1, LOG2, LOG3, LOG4, RETURN, REVERT, SELFDESTRUCT,
        SLOAD, SSTORE, STATICCALL, STOP, TLOAD, TSTORE,
    },
    handler::instructions::EthInstructions,
    interpreter::{
        Instruction, InstructionContext, InstructionExecResult,
        instructions::{contract, control, gas_table_spec, host},
        interpreter::EthInterpreter,
        interpreter_types::InputsTr,
    },
    primitives::hardfork::SpecId,
};

pub(crate) type At<'a, H> = InstructionContext<'a, H, EthInterpreter>;

/// Makes the instructions that change state, call or end a frame wait, and those on slots write down what a frame wants
/// recorded.
pub(crate) fn add<H: Threading>(table: &mut EthInstructions<EthInterpreter, H>, spec: SpecId) {
    let gas = gas_table_spec(spec);
    let mut set = |byte: u8, instruction| table.insert_instruction(byte, instruction, gas[byte as usize]);
    set(SLOAD, Instruction::new(|at| recording::read(at, When::On, Database::Storage)));
    set(TLOAD, Instruction::new(|at| recording::read(at, When::On, Database::Transient)));
    set(SSTORE, Instruction::new(|at| recording::write(at, When::On, Database::Storage)));
    set(TSTORE, Instruction::new(|at| recording::write(at, When::On, Database::Transient)));
    set(LOG0, Instruction::new(|at| settled(at, host::log::<0, _>)));
    set(LOG1, Instruction::new(|at| settled(at, host::log::<1, _>)));
    set(LOG2, Instruction::new(|at| settled(at, host::log::<2, _>)));
    set(LOG3, Instruction::new(|at| settled(at, host::log::<3, _>)));
    set(LOG4, Instruction::new(|at| settled(at, host::log::<4, _>)));
    set(CREATE, Instruction::new(|at| settled(at, H::create::<false>)));
    set(CREATE2, Instruction::new(|at| settled(at, H::create::<true>)));
    set(CALL, Instruction::new(call::<H, CALL>));
    set(CALLCODE, Instruction::new(call::<H, CALLCODE>));
    set(DELEGATECALL, Instruction::new(call::<H, DELEGATECALL>));
    set(STATICCALL, Instruction::new(call::<H, STATICCALL>));
    set(STOP, Instruction::new(|at| ended(at, control::stop)));
    set(RETURN, Instruction::new(|at| ended(at, control::ret)));
    set(SELFDESTRUCT, Instruction::new(|at| ended(at, host::selfdestruct)));
    set(REVERT, Instruction::new(undone));
}

/// Carries out an instruction that charges and takes operands before it settles: where its threads are run as frames it
/// is taken back first.
pub(crate) fn whole<H: Threading>(
    at: &mut At<'_, H>,
    work: impl FnOnce(&mut At<'_, H>) -> InstructionExecResult,
) -> InstructionExecResult {
    H::begin(at);
    let done = work(at);
    at.host.end();
    done
}

fn settled<H: Threading>(
    mut at: At<'_, H>,
    then: impl FnOnce(At<'_, H>) -> InstructionExecResult,
) -> InstructionExecResult {
    H::settle(&mut at)?;
    then(at)
}

fn call<H: Threading, const KIND: u8>(mut at: At<'_, H>) -> InstructionExecResult {
    H::resume(&mut at);
    let stack = at.interpreter.stack.data();
    if matches!(KIND, CALL | STATICCALL)
        && let Some(to) = stack.len().checked_sub(2).map(|second| stack[second])
        && Address::from_word(to.into()) == system::ADDRESS
    {
        return system::call(at, KIND == STATICCALL);
    }
    if !at.host.is_idle() {
        H::settle(&mut at)?;
        // The frame that is about to begin must not find threads of one that was as deep and has ended.
        at.host.table().leave_deeper_than(at.interpreter.input.depth());
    }
    contract::call::<KIND, _, _>(at)
}

/// Ends a frame. A thread that failed and was never asked for takes the frame with it: no failure passes unseen.
fn ended<H: Threading>(
    mut at: At<'_, H>,
    then: impl FnOnce(At<'_, H>) -> InstructionExecResult,
) -> InstructionExecResult {
    if at.host.is_idle() {
        return then(at);
    }
    H::settle(&mut at)?;
    recording::end(&mut at);
    let depth = at.interpreter.input.depth();
    match at.host.table().end(depth) {
        Some(output) => Err(revert(&mut at, output)),
        None => then(at),
    }
}

/// Reverts a frame. Its open threads never run, and it gets their gas back.
fn undone<H: Threading>(at: At<'_, H>) -> InstructionExecResult {
    if !at.host.is_idle() {
        let unused = at.host.table().abandon(at.interpreter.input.depth());
        at.interpreter.gas.erase_cost(unused);
    }
    control::revert(at)
}
