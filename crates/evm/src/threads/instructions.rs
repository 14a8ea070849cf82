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
    threading::Threading,
};
use primitives::{Bytes, U256};
use revm::{
    handler::instructions::EthInstructions,
    interpreter::{
        Instruction, InstructionExecResult, InstructionResult,
        gas::WARM_STORAGE_READ_COST,
        instructions::contract::resize_memory,
        interpreter::EthInterpreter,
        interpreter_types::{MemoryTr, ReturnData},
    },
    primitives::hardfork::SpecId,
};
use std::ops::Range;

/// The first byte.
pub(crate) const FIRST: u8 = 0xb0;

/// The names, from the first byte on.
pub(crate) const NAMES: [&str; 14] = [
    "SUBSOL", "SLEEP", "REVERTT", "AFTERW", "AFTERR", "AFTERA", "RR", "RPHASH", "RDR", "WTR", "RWS", "WHASH", "RHASH",
    "JOIN",
];

/// Adds the instructions to a fork's table, and has those that end a frame or change state wait for its threads.
pub(crate) fn add<H: Threading>(table: &mut EthInstructions<EthInterpreter, H>, spec: SpecId) {
    barrier::add(table, spec);
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

fn pop<H: Threading, const N: usize>(at: &mut At<'_, H>) -> Result<[U256; N], InstructionResult> {
    at.interpreter.stack.popn().ok_or(InstructionResult::StackUnderflow)
}

fn push<H: Threading>(at: &mut At<'_, H>, value: U256) -> InstructionExecResult {
    if at.interpreter.stack.push(value) { Ok(()) } else { Err(InstructionResult::StackOverflow) }
}

fn subsol<H: Threading>(mut at: At<'_, H>) -> InstructionExecResult {
    let [id, gas, offset, size] = pop(&mut at)?;
    let range = resize_memory(at.interpreter, at.host.gas_params(), offset, size)?;
    commands::charge_spawn(&mut at, range.len())?;
    let input = match range.len() {
        0 => Bytes::new(),
        _ => Bytes::copy_from_slice(&at.interpreter.memory.slice(range)),
    };
    let done = commands::spawn(&mut at, id, gas, input, false)?;
    push(&mut at, U256::from(done))
}

fn sleep<H: Threading>(mut at: At<'_, H>) -> InstructionExecResult {
    let [id, steps] = pop(&mut at)?;
    let done = commands::sleep(&mut at, id, steps)?;
    push(&mut at, U256::from(done))
}

fn revertt<H: Threading>(mut at: At<'_, H>) -> InstructionExecResult {
    let [id] = pop(&mut at)?;
    let done = commands::withdraw(&mut at, id)?;
    push(&mut at, U256::from(done))
}

/// The slot says what the author has in mind. The thread waits for the other's end, which is when anything that it has
/// written or read can be known to be its last.
fn after_slot<H: Threading>(mut at: At<'_, H>) -> InstructionExecResult {
    let [id, earlier, _slot] = pop(&mut at)?;
    let done = commands::after(&mut at, id, earlier)?;
    push(&mut at, U256::from(done))
}

fn after_all<H: Threading>(mut at: At<'_, H>) -> InstructionExecResult {
    let [id, earlier] = pop(&mut at)?;
    let done = commands::after(&mut at, id, earlier)?;
    push(&mut at, U256::from(done))
}

fn switch<H: Threading>(mut at: At<'_, H>, switch: Switch) -> InstructionExecResult {
    let [on] = pop(&mut at)?;
    let was = recording::switch(&mut at, switch, !on.is_zero())?;
    push(&mut at, U256::from(was))
}

fn rws<H: Threading>(mut at: At<'_, H>) -> InstructionExecResult {
    let [offset, size] = pop(&mut at)?;
    let range = resize_memory(at.interpreter, at.host.gas_params(), offset, size)?;
    let set = recording::set(&mut at)?;
    let size = set.len();
    give(&mut at, range, set);
    push(&mut at, U256::from(size))
}

fn hash<H: Threading>(mut at: At<'_, H>, access: Access) -> InstructionExecResult {
    let hash = recording::hash(&mut at, access)?;
    push(&mut at, hash)
}

/// Puts an output into memory, cut to what there is room for, and whole into the return data.
fn give<H: Threading>(at: &mut At<'_, H>, range: Range<usize>, output: Bytes) {
    let copied = range.len().min(output.len());
    if copied > 0 {
        at.interpreter.memory.set(range.start, &output[..copied]);
    }
    at.interpreter.return_data.set_buffer(output);
}

fn join<H: Threading>(mut at: At<'_, H>) -> InstructionExecResult {
    barrier::whole(&mut at, join_whole)
}

fn join_whole<H: Threading>(at: &mut At<'_, H>) -> InstructionExecResult {
    let [id, offset, size] = pop(at)?;
    let range = resize_memory(at.interpreter, at.host.gas_params(), offset, size)?;
    let (status, output) = commands::join(at, id)?;
    give(at, range, output);
    push(at, U256::from(status as u8))
}
