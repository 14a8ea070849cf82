//! What a contract can say about threads, however it says it: by an instruction or through the system contract.
//!
//! Each command charges its price first. What a frame may not do is refused, which costs the price and changes nothing.

use super::{
    barrier::At,
    table::{JoinStatus, Thread},
    thread_data::ThreadData,
    thread_state::{ThreadEvent, ThreadState},
    threading::Threading,
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
pub(crate) fn charge<H: Threading>(at: &mut At<'_, H>, gas: u64) -> InstructionExecResult {
    at.host.charged(gas);
    if at.interpreter.gas.record_regular_cost(gas) { Ok(()) } else { Err(InstructionResult::OutOfGas) }
}

/// The prices. There are some wherever there are these instructions.
pub(crate) fn prices<H: Threading>(at: &At<'_, H>) -> ThreadGas {
    at.host.prices()
}

pub(crate) fn depth<H: Threading>(at: &At<'_, H>) -> usize {
    at.interpreter.input.depth()
}

/// Charges a spawn with so many bytes of call data.
pub(crate) fn charge_spawn<H: Threading>(at: &mut At<'_, H>, bytes: usize) -> InstructionExecResult {
    let prices = prices(at);
    let words = (bytes as u64).div_ceil(32);
    charge(at, words.saturating_mul(prices.subsol_word).saturating_add(prices.subsol))
}

/// Charges the reading of so many bytes that stand in no instruction's own price.
pub(crate) fn charge_reading<H: Threading>(at: &mut At<'_, H>, bytes: usize) -> InstructionExecResult {
    let word = prices(at).subsol_word;
    charge(at, (bytes as u64).div_ceil(32).saturating_mul(word))
}

/// Spawns a thread that was paid for.
pub(crate) fn spawn<H: Threading>(at: &mut At<'_, H>, id: U256, gas: U256, input: Bytes, is_static: bool) -> Done {
    let depth = depth(at);
    let is_allowed = at.host.nest(depth) < NESTING_MAX
        && depth < CALL_STACK_LIMIT as usize
        // Code that creates a contract is not yet that contract's.
        && at.interpreter.input.bytecode_address().is_some()
        && at.host.table().has_room_for(depth, id);
    if !is_allowed {
        return Ok(false);
    }
    let spawned = if at.host.takes_notes() { used(at) } else { 0 };
    let left = at.interpreter.gas.remaining();
    let slice = u64::try_from(gas).unwrap_or(u64::MAX).min(left - left / 64);
    charge(at, slice)?;
    let thread = Thread {
        id,
        data: ThreadData::new(input),
        gas: slice,
        is_static: is_static || at.interpreter.runtime_flag.is_static(),
        mark: at.host.entries(),
        after: None,
        sleep: 0,
        spawned,
        state: ThreadState::Preparing,
    };
    at.host.table().push(depth, thread);
    Ok(true)
}

/// Gas that the frame has used itself: what its open threads were given is not used yet.
pub(crate) fn used<H: Threading>(at: &mut At<'_, H>) -> u64 {
    let depth = depth(at);
    let open = at.host.table().open_gas(depth);
    at.interpreter.gas.total_gas_spent().saturating_sub(open)
}

/// Has all open threads run, and hands out the result of one.
pub(crate) fn join<H: Threading>(at: &mut At<'_, H>, id: U256) -> Result<(JoinStatus, Bytes), InstructionResult> {
    let prices = prices(at);
    charge(at, prices.join)?;
    H::settle(at)?;
    let depth = depth(at);
    Ok(at.host.table().collect(depth, id).unwrap_or((JoinStatus::Unknown, Bytes::new())))
}

/// Delays an open thread by so many logical steps: those that sleep less are begun before it.
pub(crate) fn sleep<H: Threading>(at: &mut At<'_, H>, id: U256, steps: U256) -> Done {
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
pub(crate) fn withdraw<H: Threading>(at: &mut At<'_, H>, id: U256) -> Done {
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
pub(crate) fn after<H: Threading>(at: &mut At<'_, H>, id: U256, earlier: U256) -> Done {
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

fn open<'a, H: Threading>(at: &'a mut At<'_, H>, id: U256) -> Option<(usize, &'a mut Thread)> {
    let depth = depth(at);
    at.host.table().open(depth, id)
}

/// `WaitNeverEnds(uint256)` in Solidity's encoding of errors.
fn wait_never_ends(id: U256) -> Bytes {
    super::system::error("WaitNeverEnds(uint256)", id)
}

/// Ends the frame as `REVERT` does. Its open threads never run, and it gets their gas back.
pub(crate) fn revert<H: Threading>(at: &mut At<'_, H>, output: Bytes) -> InstructionResult {
    let depth = depth(at);
    let unused = at.host.table().abandon(depth);
    at.interpreter.gas.erase_cost(unused);
    let gas = at.interpreter.gas;
    at.interpreter.bytecode.set_action(InterpreterAction::new_return(InstructionResult::Revert, output, gas));
    InstructionResult::Revert
}
