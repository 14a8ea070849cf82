//! Where a frame waits for its threads without saying so.
//!
//! Between a spawn and the join a frame may compute, read and spawn. Before it changes anything, calls anybody or ends,
//! its open threads run and are merged. So the state at the spawn is the state in which a thread runs, and nothing of a
//! frame can come between its threads.

use super::{
    commands::{revert, used},
    record_data::Database,
    recording::{self, When},
    run::FrameFacts,
    system,
};
use crate::{
    Environment,
    database::DbError,
    instructions::{Instructions, create},
    machine::RevmContext,
};
use primitives::Address;
use revm::{
    bytecode::opcode::{
        CALL, CALLCODE, CREATE, CREATE2, DELEGATECALL, LOG0, LOG1, LOG2, LOG3, LOG4, RETURN, REVERT, SELFDESTRUCT,
        SLOAD, SSTORE, STATICCALL, STOP, TLOAD, TSTORE,
    },
    context_interface::context::ContextError,
    interpreter::{
        Instruction, InstructionContext, InstructionExecResult, InstructionResult,
        instructions::{contract, control, gas_table_spec, host},
        interpreter::EthInterpreter,
        interpreter_types::InputsTr,
    },
};

pub(crate) type At<'a, 'v> = InstructionContext<'a, RevmContext<'v>, EthInterpreter>;

/// Makes the instructions that change state, call or end a frame wait, and those on slots write down what a frame wants
/// recorded.
pub(crate) fn add(table: &mut Instructions<'_>, environment: &Environment) {
    let gas = gas_table_spec(environment.cfg.spec);
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
    set(CREATE, Instruction::new(|at| settled(at, create::<false>)));
    set(CREATE2, Instruction::new(|at| settled(at, create::<true>)));
    set(CALL, Instruction::new(call::<CALL>));
    set(CALLCODE, Instruction::new(call::<CALLCODE>));
    set(DELEGATECALL, Instruction::new(call::<DELEGATECALL>));
    set(STATICCALL, Instruction::new(call::<STATICCALL>));
    set(STOP, Instruction::new(|at| ended(at, control::stop)));
    set(RETURN, Instruction::new(|at| ended(at, control::ret)));
    set(SELFDESTRUCT, Instruction::new(|at| ended(at, host::selfdestruct)));
    set(REVERT, Instruction::new(undone));
}

/// Runs the frame's open threads and merges them.
pub(crate) fn settle(at: &mut At<'_, '_>) -> InstructionExecResult {
    if at.host.chain.table.is_empty() {
        return Ok(());
    }
    let depth = at.interpreter.input.depth();
    let used = if at.host.chain.notes.is_some() { used(at) } else { 0 };
    let threads = at.host.chain.table.take_open(depth);
    if threads.is_empty() {
        return Ok(());
    }
    let frame = facts(at, used);
    match super::group::settle(at.host, &frame, threads) {
        Ok(all) => {
            for ended in all {
                at.interpreter.gas.erase_cost(ended.unused);
                at.interpreter.gas.record_refund(ended.refund);
                at.host.chain.table.finish(depth, ended.finished);
            }
            Ok(())
        }
        Err(error) => {
            at.host.error = Err(ContextError::Db(DbError(error)));
            Err(InstructionResult::FatalExternalError)
        }
    }
}

fn facts(at: &mut At<'_, '_>, used: u64) -> FrameFacts {
    let address = at.interpreter.input.target_address();
    FrameFacts {
        address,
        code_address: at.interpreter.input.bytecode_address().copied().unwrap_or(address),
        code: (at.interpreter.bytecode.get_or_calculate_hash(), (*at.interpreter.bytecode).clone()),
        depth: at.interpreter.input.depth(),
        used,
    }
}

fn settled<'v>(mut at: At<'_, 'v>, then: impl FnOnce(At<'_, 'v>) -> InstructionExecResult) -> InstructionExecResult {
    settle(&mut at)?;
    then(at)
}

fn call<const KIND: u8>(mut at: At<'_, '_>) -> InstructionExecResult {
    let stack = at.interpreter.stack.data();
    if matches!(KIND, CALL | STATICCALL)
        && let Some(to) = stack.len().checked_sub(2).map(|second| stack[second])
        && Address::from_word(to.into()) == system::ADDRESS
    {
        return system::call(at, KIND == STATICCALL);
    }
    if !at.host.chain.table.is_empty() {
        settle(&mut at)?;
        // The frame that is about to begin must not find threads of one that was as deep and has ended.
        at.host.chain.table.leave_deeper_than(at.interpreter.input.depth());
    }
    contract::call::<KIND, _, _>(at)
}

/// Ends a frame. A thread that failed and was never asked for takes the frame with it: no failure passes unseen.
fn ended<'v>(mut at: At<'_, 'v>, then: impl FnOnce(At<'_, 'v>) -> InstructionExecResult) -> InstructionExecResult {
    if at.host.chain.table.is_empty() {
        return then(at);
    }
    settle(&mut at)?;
    recording::end(&mut at);
    let depth = at.interpreter.input.depth();
    match at.host.chain.table.end(depth) {
        Some(output) => Err(revert(&mut at, output)),
        None => then(at),
    }
}

/// Reverts a frame. Its open threads never run, and it gets their gas back.
fn undone(at: At<'_, '_>) -> InstructionExecResult {
    if !at.host.chain.table.is_empty() {
        let unused = at.host.chain.table.abandon(at.interpreter.input.depth());
        at.interpreter.gas.erase_cost(unused);
    }
    control::revert(at)
}
