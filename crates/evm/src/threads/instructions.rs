//! The instructions.
//!
//! | byte | name | takes, the top of the stack first | gives |
//! |---|---|---|---|
//! | `0xb0` | `SUBSOL` | id, gas, offset, size | 1, or 0 if refused |
//! | `0xb1` | `SLEEP` | id, steps | 1, or 0 if there is no such open thread |
//! | `0xb2` | `REVERTT` | id | the same |
//! | `0xb3` | `AFTERW` | id, earlier id, slot | the same |
//! | `0xb4` | `AFTERR` | id, earlier id, slot | the same |
//! | `0xb5` | `AFTERA` | id, earlier id | the same |
//! | `0xb6` | `RR` | on | what it was |
//! | `0xb7` | `RPHASH` | on | what it was |
//! | `0xb8` | `RDR` | slot | its value |
//! | `0xb9` | `WTR`, `RWRITE` | slot, value | |
//! | `0xba` | `RWS` | offset, size | the set's size; the set to memory and to the return data |
//! | `0xbb` | `WHASH` | | the hash over the recorded writes |
//! | `0xbc` | `RHASH` | | the hash over the recorded reads |
//! | `0xbd` | `JOIN` | id, offset, size | 0 failed, 1 succeeded, 2 withdrawn, 3 unknown; output to memory and to the return data |

use super::{
    barrier::{self, At},
    commands,
    record_data::{Access, Database},
    recording::{self, Switch, When},
};
use crate::{Environment, instructions::Instructions};
use primitives::{Bytes, U256};
use revm::interpreter::{
    Instruction, InstructionExecResult, InstructionResult,
    gas::WARM_STORAGE_READ_COST,
    instructions::contract::resize_memory,
    interpreter_types::{MemoryTr, ReturnData},
};
use std::ops::Range;

/// Adds the instructions to a fork's table, and has those that end a frame or change state wait for its threads.
pub(crate) fn add(table: &mut Instructions<'_>, environment: &Environment) {
    barrier::add(table, environment);
    // Prices may be above what the table of static gas holds: the commands charge them.
    table.insert_instruction(0xb0, Instruction::new(subsol), 0);
    table.insert_instruction(0xb1, Instruction::new(sleep), 0);
    table.insert_instruction(0xb2, Instruction::new(revertt), 0);
    table.insert_instruction(0xb3, Instruction::new(after_slot), 0);
    table.insert_instruction(0xb4, Instruction::new(after_slot), 0);
    table.insert_instruction(0xb5, Instruction::new(after_all), 0);
    table.insert_instruction(0xb6, Instruction::new(|at| switch(at, Switch::Record)), 0);
    table.insert_instruction(0xb7, Instruction::new(|at| switch(at, Switch::Hash)), 0);
    let rdr = Instruction::new(|at| recording::read(at, When::Always, Database::Storage));
    table.insert_instruction(0xb8, rdr, WARM_STORAGE_READ_COST as u16);
    table.insert_instruction(0xb9, Instruction::new(|at| recording::write(at, When::Always, Database::Storage)), 0);
    table.insert_instruction(0xba, Instruction::new(rws), 0);
    table.insert_instruction(0xbb, Instruction::new(|at| hash(at, Access::Write)), 0);
    table.insert_instruction(0xbc, Instruction::new(|at| hash(at, Access::Read)), 0);
    table.insert_instruction(0xbd, Instruction::new(join), 0);
}

fn pop<const N: usize>(at: &mut At<'_, '_>) -> Result<[U256; N], InstructionResult> {
    at.interpreter.stack.popn().ok_or(InstructionResult::StackUnderflow)
}

fn push(at: &mut At<'_, '_>, value: U256) -> InstructionExecResult {
    if at.interpreter.stack.push(value) { Ok(()) } else { Err(InstructionResult::StackOverflow) }
}

fn subsol(mut at: At<'_, '_>) -> InstructionExecResult {
    let [id, gas, offset, size] = pop(&mut at)?;
    let range = resize_memory(at.interpreter, &at.host.cfg.gas_params, offset, size)?;
    commands::charge_spawn(&mut at, range.len())?;
    let input = match range.len() {
        0 => Bytes::new(),
        _ => Bytes::copy_from_slice(&at.interpreter.memory.slice(range)),
    };
    let done = commands::spawn(&mut at, id, gas, input, false)?;
    push(&mut at, U256::from(done))
}

fn sleep(mut at: At<'_, '_>) -> InstructionExecResult {
    let [id, steps] = pop(&mut at)?;
    let done = commands::sleep(&mut at, id, steps)?;
    push(&mut at, U256::from(done))
}

fn revertt(mut at: At<'_, '_>) -> InstructionExecResult {
    let [id] = pop(&mut at)?;
    let done = commands::withdraw(&mut at, id)?;
    push(&mut at, U256::from(done))
}

/// The slot says what the author has in mind. The thread waits for the other's end, which is when anything that it has
/// written or read can be known to be its last.
fn after_slot(mut at: At<'_, '_>) -> InstructionExecResult {
    let [id, earlier, _slot] = pop(&mut at)?;
    let done = commands::after(&mut at, id, earlier)?;
    push(&mut at, U256::from(done))
}

fn after_all(mut at: At<'_, '_>) -> InstructionExecResult {
    let [id, earlier] = pop(&mut at)?;
    let done = commands::after(&mut at, id, earlier)?;
    push(&mut at, U256::from(done))
}

fn switch(mut at: At<'_, '_>, switch: Switch) -> InstructionExecResult {
    let [on] = pop(&mut at)?;
    let was = recording::switch(&mut at, switch, !on.is_zero())?;
    push(&mut at, U256::from(was))
}

fn rws(mut at: At<'_, '_>) -> InstructionExecResult {
    let [offset, size] = pop(&mut at)?;
    let range = resize_memory(at.interpreter, &at.host.cfg.gas_params, offset, size)?;
    let set = recording::set(&mut at)?;
    let size = set.len();
    give(&mut at, range, set);
    push(&mut at, U256::from(size))
}

fn hash(mut at: At<'_, '_>, access: Access) -> InstructionExecResult {
    let hash = recording::hash(&mut at, access)?;
    push(&mut at, hash)
}

/// Puts an output into memory, cut to what there is room for, and whole into the return data.
fn give(at: &mut At<'_, '_>, range: Range<usize>, output: Bytes) {
    let copied = range.len().min(output.len());
    if copied > 0 {
        at.interpreter.memory.set(range.start, &output[..copied]);
    }
    at.interpreter.return_data.set_buffer(output);
}

fn join(mut at: At<'_, '_>) -> InstructionExecResult {
    let [id, offset, size] = pop(&mut at)?;
    let range = resize_memory(at.interpreter, &at.host.cfg.gas_params, offset, size)?;
    let (status, output) = commands::join(&mut at, id)?;
    give(&mut at, range, output);
    push(&mut at, U256::from(status as u8))
}
