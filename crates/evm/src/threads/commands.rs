//! What a contract can say about threads, however it says it: by an instruction or through the system contract.
//!
//! Each command charges its price first. What a frame may not do is refused, which costs the price and changes nothing.

use super::{
    barrier::{At, settle},
    table::{JoinStatus, Thread},
    thread_data::ThreadData,
    thread_state::{ThreadEvent, ThreadState},
};
use primitives::{Bytes, ThreadGas, U256};
use revm::{
    interpreter::{
        InstructionExecResult, InstructionResult, InterpreterAction,
        interpreter_types::{InputsTr, LoopControl, RuntimeFlag},
    },
    primitives::constants::CALL_STACK_LIMIT,
};

/// Threads of threads, at most so many levels. Each is a level of native recursion.
pub(crate) const NESTING_MAX: usize = 8;

/// Whether a command was carried out.
pub(crate) type Done = Result<bool, InstructionResult>;

/// Charges gas.
pub(crate) fn charge(at: &mut At<'_, '_>, gas: u64) -> InstructionExecResult {
    if at.interpreter.gas.record_regular_cost(gas) { Ok(()) } else { Err(InstructionResult::OutOfGas) }
}

/// The prices. There are some wherever there are these instructions.
pub(crate) fn prices(at: &At<'_, '_>) -> ThreadGas {
    at.host.chain.host.environment.threads.unwrap_or_default()
}

pub(crate) fn depth(at: &At<'_, '_>) -> usize {
    at.interpreter.input.depth()
}

/// Charges a spawn with so many bytes of call data.
pub(crate) fn charge_spawn(at: &mut At<'_, '_>, bytes: usize) -> InstructionExecResult {
    let prices = prices(at);
    let words = (bytes as u64).div_ceil(32);
    charge(at, words.saturating_mul(prices.subsol_word).saturating_add(prices.subsol))
}

/// Charges the reading of so many bytes that stand in no instruction's own price.
pub(crate) fn charge_reading(at: &mut At<'_, '_>, bytes: usize) -> InstructionExecResult {
    let word = prices(at).subsol_word;
    charge(at, (bytes as u64).div_ceil(32).saturating_mul(word))
}

/// Spawns a thread that was paid for.
pub(crate) fn spawn(at: &mut At<'_, '_>, id: U256, gas: U256, input: Bytes, is_static: bool) -> Done {
    let depth = depth(at);
    let chain = &mut at.host.chain;
    let is_allowed = chain.host.nest < NESTING_MAX
        && depth < CALL_STACK_LIMIT as usize
        // Code that creates a contract is not yet that contract's.
        && at.interpreter.input.bytecode_address().is_some()
        && chain.table.has_room_for(depth, id);
    if !is_allowed {
        return Ok(false);
    }
    let spawned = if at.host.chain.notes.is_some() { used(at) } else { 0 };
    let left = at.interpreter.gas.remaining();
    let slice = u64::try_from(gas).unwrap_or(u64::MAX).min(left - left / 64);
    charge(at, slice)?;
    let thread = Thread {
        id,
        data: ThreadData::new(input),
        gas: slice,
        is_static: is_static || at.interpreter.runtime_flag.is_static(),
        mark: at.host.journaled_state.journal.inner.journal.len(),
        after: None,
        sleep: 0,
        spawned,
        state: ThreadState::Preparing,
    };
    at.host.chain.table.push(depth, thread);
    Ok(true)
}

/// Gas that the frame has used itself: what its open threads were given is not used yet.
pub(crate) fn used(at: &mut At<'_, '_>) -> u64 {
    let depth = depth(at);
    let open = at.host.chain.table.open_gas(depth);
    at.interpreter.gas.total_gas_spent().saturating_sub(open)
}

/// Has all open threads run, and hands out the result of one.
pub(crate) fn join(at: &mut At<'_, '_>, id: U256) -> Result<(JoinStatus, Bytes), InstructionResult> {
    let prices = prices(at);
    charge(at, prices.join)?;
    settle(at)?;
    let depth = depth(at);
    Ok(at.host.chain.table.collect(depth, id).unwrap_or((JoinStatus::Unknown, Bytes::new())))
}

/// Delays an open thread by so many logical steps: those that sleep less are begun before it.
pub(crate) fn sleep(at: &mut At<'_, '_>, id: U256, steps: U256) -> Done {
    let prices = prices(at);
    let steps = u64::try_from(steps).unwrap_or(u64::MAX);
    charge(at, steps.saturating_mul(prices.sleep_step).saturating_add(prices.sleep))?;
    Ok(match open(at, id) {
        Some((_, thread)) => {
            thread.sleep = thread.sleep.saturating_add(steps);
            true
        }
        None => false,
    })
}

/// Withdraws an open thread: it never runs.
pub(crate) fn withdraw(at: &mut At<'_, '_>, id: U256) -> Done {
    let prices = prices(at);
    charge(at, prices.revertt)?;
    Ok(match open(at, id) {
        Some((_, thread)) if thread.state != ThreadState::Revert => {
            thread.step(ThreadEvent::Withdraw);
            true
        }
        _ => false,
    })
}

/// Has an open thread wait for another. To wait for oneself or for a later one would never end, since threads are merged
/// in the order in which they were spawned: then the frame reverts.
pub(crate) fn after(at: &mut At<'_, '_>, id: U256, earlier: U256) -> Done {
    let prices = prices(at);
    charge(at, prices.after)?;
    let Some(position) = open(at, id).map(|(position, _)| position) else { return Ok(false) };
    let Some(awaited) = open(at, earlier).map(|(position, _)| position) else { return Ok(false) };
    if awaited >= position {
        return Err(revert(at, wait_never_ends(id)));
    }
    if let Some((_, thread)) = open(at, id)
        && thread.state != ThreadState::Revert
    {
        if thread.state == ThreadState::Preparing {
            thread.step(ThreadEvent::Wait);
        }
        thread.after = thread.after.max(Some(awaited));
    }
    Ok(true)
}

fn open<'a>(at: &'a mut At<'_, '_>, id: U256) -> Option<(usize, &'a mut Thread)> {
    let depth = depth(at);
    at.host.chain.table.open(depth, id)
}

/// `WaitNeverEnds(uint256)` in Solidity's encoding of errors.
fn wait_never_ends(id: U256) -> Bytes {
    super::system::error("WaitNeverEnds(uint256)", id)
}

/// Ends the frame as `REVERT` does. Its open threads never run, and it gets their gas back.
pub(crate) fn revert(at: &mut At<'_, '_>, output: Bytes) -> InstructionResult {
    let depth = depth(at);
    let unused = at.host.chain.table.abandon(depth);
    at.interpreter.gas.erase_cost(unused);
    let gas = at.interpreter.gas;
    at.interpreter.bytecode.set_action(InterpreterAction::new_return(InstructionResult::Revert, output, gas));
    InstructionResult::Revert
}
