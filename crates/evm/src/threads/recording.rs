//! The instructions that write a frame's reads and writes down, and the ones of Ethereum that do so while `RR` is on.

use super::{
    barrier::At,
    commands::{charge, depth, prices},
    record_data::{Access, Database, RecordData},
    threading::Threading,
};
use primitives::{Bytes, U256};
use revm::interpreter::{
    InstructionExecResult, InstructionResult, gas::WARM_STORAGE_READ_COST, instructions::host,
    interpreter_types::InputsTr,
};

type Then<H> = for<'a> fn(At<'a, H>) -> InstructionExecResult;

/// What `RR` and `RPHASH` turn on or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Switch {
    Record,
    Hash,
}

/// Which operations are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// Those of a frame that has asked for all.
    On,
    /// This one.
    Always,
}

/// Turns something on or off for the frame; gives what it was.
pub(crate) fn switch<H: Threading>(at: &mut At<'_, H>, switch: Switch, on: bool) -> Result<bool, InstructionResult> {
    let prices = prices(at);
    charge(at, prices.record)?;
    let depth = depth(at);
    let record = at.host.table().record_or_new(depth);
    Ok(match switch {
        Switch::Record => std::mem::replace(&mut record.is_on, on),
        Switch::Hash => std::mem::replace(&mut record.hashes, on),
    })
}

/// `SLOAD`, `TLOAD` and `RDR`.
pub(crate) fn read<H: Threading>(mut at: At<'_, H>, when: When, database: Database) -> InstructionExecResult {
    let then: Then<H> = match database {
        Database::Storage => |at| host::sload(at),
        Database::Transient => |at| host::tload(at),
    };
    // Before anything is looked at: whoever has no threads pays for nothing else.
    if when == When::On && at.host.is_idle() {
        return then(at);
    }
    let slot = at.interpreter.stack.data().last().copied();
    if !is_recorded(&mut at, when) || slot.is_none() {
        return then(at);
    }
    charge_operation(&mut at)?;
    then(At { interpreter: &mut *at.interpreter, host: &mut *at.host })?;
    let value = at.interpreter.stack.data().last().copied();
    note(&mut at, Access::Read, database, slot.zip(value));
    Ok(())
}

/// `SSTORE`, `TSTORE` and `WTR`. The frame's threads come before it.
pub(crate) fn write<H: Threading>(mut at: At<'_, H>, when: When, database: Database) -> InstructionExecResult {
    let then: Then<H> = match database {
        Database::Storage => |at| host::sstore(at),
        Database::Transient => |at| host::tstore(at),
    };
    if when == When::On && at.host.is_idle() {
        return then(at);
    }
    H::settle(&mut at)?;
    let operands = at.interpreter.stack.data().last_chunk().map(|[value, slot]| (*slot, *value));
    if !is_recorded(&mut at, when) || operands.is_none() {
        return then(at);
    }
    charge_operation(&mut at)?;
    then(At { interpreter: &mut *at.interpreter, host: &mut *at.host })?;
    note(&mut at, Access::Write, database, operands);
    Ok(())
}

/// The value of a slot, for a caller that has no instruction of its own for it.
pub(crate) fn read_slot<H: Threading>(at: &mut At<'_, H>, slot: U256) -> Result<U256, InstructionResult> {
    charge(at, WARM_STORAGE_READ_COST)?;
    push(at, slot)?;
    read(At { interpreter: &mut *at.interpreter, host: &mut *at.host }, When::Always, Database::Storage)?;
    at.interpreter.stack.popn().map(|[value]| value).ok_or(InstructionResult::StackUnderflow)
}

/// Gives a slot a value, the same.
pub(crate) fn write_slot<H: Threading>(at: &mut At<'_, H>, slot: U256, value: U256) -> InstructionExecResult {
    push(at, value)?;
    push(at, slot)?;
    write(At { interpreter: &mut *at.interpreter, host: &mut *at.host }, When::Always, Database::Storage)
}

/// The frame's read/write set, which becomes part of the transaction's operations.
pub(crate) fn set<H: Threading>(at: &mut At<'_, H>) -> Result<Bytes, InstructionResult> {
    let (prices, depth) = (prices(at), depth(at));
    let locations = at.host.table().record(depth).map_or(0, |record| record.len());
    charge(at, prices.record_set)?;
    charge(at, prices.record_location.saturating_mul(locations as u64))?;
    let address = at.interpreter.input.target_address();
    let Some(record) = at.host.table().take_record(depth) else { return Ok(RecordData::default().set(address)) };
    let set = record.set(address);
    at.host.note_record(address, &record);
    at.host.table().put_record(depth, record);
    Ok(set)
}

/// The hash over the frame's recorded reads or writes.
pub(crate) fn hash<H: Threading>(at: &mut At<'_, H>, access: Access) -> Result<U256, InstructionResult> {
    let (prices, depth) = (prices(at), depth(at));
    charge(at, prices.record_hash)?;
    Ok(at.host.table().record(depth).map_or(U256::ZERO, |record| record.hash(access).into()))
}

/// The frame ends well: what it recorded by `RR` becomes part of the transaction's operations.
pub(crate) fn end<H: Threading>(at: &mut At<'_, H>) {
    let depth = depth(at);
    let address = at.interpreter.input.target_address();
    if let Some(record) = at.host.table().take_record(depth)
        && record.is_on
        && !record.is_empty()
    {
        at.host.note_record(address, &record);
    }
}

fn is_recorded<H: Threading>(at: &mut At<'_, H>, when: When) -> bool {
    let depth = depth(at);
    when == When::Always || at.host.table().record(depth).is_some_and(|record| record.is_on)
}

fn charge_operation<H: Threading>(at: &mut At<'_, H>) -> InstructionExecResult {
    let (prices, depth) = (prices(at), depth(at));
    let hashes = at.host.table().record(depth).is_some_and(|record| record.hashes);
    charge(at, prices.record_operation)?;
    if hashes { charge(at, prices.record_hash) } else { Ok(()) }
}

fn note<H: Threading>(at: &mut At<'_, H>, access: Access, database: Database, operation: Option<(U256, U256)>) {
    let depth = depth(at);
    let address = at.interpreter.input.target_address();
    if let Some(operation) = operation {
        at.host.table().record_or_new(depth).push(access, database, address, operation);
    }
}

fn push<H: Threading>(at: &mut At<'_, H>, word: U256) -> InstructionExecResult {
    if at.interpreter.stack.push(word) { Ok(()) } else { Err(InstructionResult::StackOverflow) }
}
