//! The loop of the interpreter: what only computes is done here, everything else by revm's instructions.
//!
//! ```text
//!  PUSH DUP SWAP ADD LT JUMPI MLOAD ..   here: program counter, gas and length of the stack are locals of one function
//!  SLOAD CALL LOG KECCAK256 RETURN ..    there: operands, gas and program counter are handed over, results taken back
//! ```
//!
//! revm calls a function for each instruction, and each finds and leaves the machine's state in memory. Most instructions
//! of a contract move or combine a few words, which takes less time than that. Those alone stand here, since they mean the
//! same under all rules; which gas they cost is read from the table that the others' prices come from.
//!
//! Law: stack, memory, gas and the way a frame ends are those of revm's loop. Its instructions see what they would see
//! there, but for words of the stack below their operands.

mod running;
mod stack;
#[cfg(test)]
mod tests;
mod word;

use primitives::U256;
use revm::{
    bytecode::{Bytecode, JumpTable, opcode::*},
    interpreter::{
        Host, InstructionResult, Interpreter, InterpreterAction,
        instructions::{GasTable, InstructionTable},
        interpreter::EthInterpreter,
        interpreter_types::{Jumps, LoopControl, RuntimeFlag},
    },
    primitives::hardfork::SpecId,
};
use running::{Running, address_word, input_word, taken_along};
use stack::Stack;
pub(crate) use stack::Words;
use word::Word;

/// revm's instructions and what they cost.
pub(crate) struct Table<'t, H> {
    pub(crate) instructions: &'t InstructionTable<EthInterpreter, H>,
    pub(crate) prices: &'t GasTable,
}

/// Runs a frame until it ends or calls another, with `words` for its stack meanwhile.
pub(crate) fn run<H: Host>(
    interpreter: &mut Interpreter<EthInterpreter>,
    table: &Table<'_, H>,
    host: &mut H,
    words: &mut Words,
) -> InterpreterAction {
    // Counted once for a frame, so that its bytes can be read whatever the interpreter does meanwhile.
    let bytecode = Bytecode::clone(&interpreter.bytecode);
    let Some(jumps) = bytecode.legacy_jump_table() else {
        return interpreter.run_plain(table.instructions, table.prices, host);
    };
    let end = run_code(interpreter, (bytecode.bytes_slice(), jumps), table, host, words);
    if interpreter.bytecode.action().is_none() {
        interpreter.halt(end);
    }
    interpreter.take_next_action()
}

/// Runs code from where the interpreter stands. Gives why it stopped, all state handed back.
fn run_code<H: Host>(
    interpreter: &mut Interpreter<EthInterpreter>,
    (code, jumps): (&[u8], &JumpTable),
    table: &Table<'_, H>,
    host: &mut H,
    words: &mut Words,
) -> InstructionResult {
    static TAKEN_ALONG: [[bool; 256]; 2] = [taken_along(false), taken_along(true)];
    let spec = interpreter.runtime_flag.spec_id();
    let has_shifts = spec.is_enabled_in(SpecId::PETERSBURG);
    let at = Running {
        code,
        jumps,
        prices: table.prices,
        has_push0: spec.is_enabled_in(SpecId::SHANGHAI),
        has_shifts,
        taken_along: &TAKEN_ALONG[usize::from(has_shifts)],
        pc: interpreter.bytecode.pc(),
        gas: interpreter.gas.remaining(),
        stack: Stack::take_over(words, interpreter.stack.data()),
    };
    let (at, end) = run_to_end(at, interpreter, table, host);
    at.hand_over(interpreter);
    at.stack.hand_back(interpreter.stack.data_mut());
    end
}

/// Goes on with the next instruction, unless this one stops the frame.
macro_rules! go {
    ($done:expr) => {
        match $done {
            Ok(()) => continue,
            Err(end) => break end,
        }
    };
}

/// Each instruction is named, so that one jump finds what is to be done: ranges would be asked about one after another.
#[inline(always)]
fn run_to_end<'a, H: Host>(
    mut at: Running<'a>,
    interpreter: &mut Interpreter<EthInterpreter>,
    table: &Table<'_, H>,
    host: &mut H,
) -> (Running<'a>, InstructionResult) {
    let end = loop {
        let op = at.code[at.pc];
        at.pc += 1;
        // What [`Running::pay`] does, without a result that is asked about again.
        let Some(left) = at.gas.checked_sub(u64::from(at.prices[usize::from(op)])) else {
            break InstructionResult::OutOfGas;
        };
        at.gas = left;
        match op {
            PUSH1 => go!(at.push_small::<1, H>(interpreter, host)),
            PUSH2 => go!(at.push_small::<2, H>(interpreter, host)),
            PUSH4 => go!(at.push_small::<4, H>(interpreter, host)),
            PUSH20 => go!(at.push_address()),
            PUSH32 => go!(at.push_word()),
            PUSH3 | PUSH5 | PUSH6 | PUSH7 | PUSH8 | PUSH9 | PUSH10 | PUSH11 | PUSH12 | PUSH13 | PUSH14 | PUSH15
            | PUSH16 | PUSH17 | PUSH18 | PUSH19 | PUSH21 | PUSH22 | PUSH23 | PUSH24 | PUSH25 | PUSH26 | PUSH27
            | PUSH28 | PUSH29 | PUSH30 | PUSH31 => go!(at.push_large(usize::from(op - PUSH0))),
            DUP1 | DUP2 | DUP3 | DUP4 | DUP5 | DUP6 | DUP7 | DUP8 | DUP9 | DUP10 | DUP11 | DUP12 | DUP13 | DUP14
            | DUP15 | DUP16 => go!(at.stack.duplicate(usize::from(op - DUP1))),
            SWAP1 | SWAP2 | SWAP3 | SWAP4 | SWAP5 | SWAP6 | SWAP7 | SWAP8 | SWAP9 | SWAP10 | SWAP11 | SWAP12
            | SWAP13 | SWAP14 | SWAP15 | SWAP16 => go!(at.swap(usize::from(op - SWAP1) + 1)),
            POP => go!(at.drop_words()),
            JUMPDEST => {}
            JUMP => go!(at.stack.pop().and_then(|to| at.jump(to))),
            JUMPI => go!(at.stack.pop_two().and_then(|(to, condition)| at.jump_unless(condition.is_zero(), to))),
            ADD => go!(at.stack.binary(Word::plus)),
            SUB => go!(at.stack.binary(Word::minus)),
            MUL => go!(at.stack.binary(|a, b| a.to_u256().wrapping_mul(b.to_u256()).into())),
            DIV => go!(at.stack.binary(|a, b| divided(a.to_u256(), b.to_u256()).into())),
            MOD => go!(at.stack.binary(|a, b| remainder(a.to_u256(), b.to_u256()).into())),
            AND => go!(at.stack.binary(Word::and)),
            OR => go!(at.stack.binary(Word::or)),
            XOR => go!(at.stack.binary(Word::xor)),
            NOT => go!(at.stack.unary(Word::not)),
            LT => go!(at.stack.pop_two().and_then(|(a, b)| at.test(a.is_less(b)))),
            GT => go!(at.stack.pop_two().and_then(|(a, b)| at.test(b.is_less(a)))),
            SLT => go!(at.stack.pop_two().and_then(|(a, b)| at.test(a.is_less_signed(b)))),
            SGT => go!(at.stack.pop_two().and_then(|(a, b)| at.test(b.is_less_signed(a)))),
            EQ => go!(at.stack.pop_two().and_then(|(a, b)| at.test(a.is(b)))),
            ISZERO => go!(at.stack.pop().and_then(|word| at.test(word.is_zero()))),
            MLOAD => go!(at.stack.pop().and_then(|offset| at.load(interpreter, host, offset))),
            MSTORE => go!(at.stack.pop().and_then(|offset| at.store(interpreter, host, offset))),
            GAS => go!(at.stack.push(Word::from(at.gas))),
            ADDRESS => go!(at.stack.push(address_word(&interpreter.input.target_address))),
            CALLER => go!(at.stack.push(address_word(&interpreter.input.caller_address))),
            CALLVALUE => go!(at.stack.push(Word::from(interpreter.input.call_value))),
            CALLDATASIZE => go!(at.stack.push(Word::from(interpreter.input.input.len() as u64))),
            CALLDATALOAD => go!(at.stack.unary(|offset| input_word(interpreter, offset))),
            PUSH0 if at.has_push0 => go!(at.stack.push(Word::ZERO)),
            SHL if at.has_shifts => go!(at.stack.binary(|by, word| word.shifted_left(by))),
            SHR if at.has_shifts => go!(at.stack.binary(|by, word| word.shifted_right(by))),
            _ => go!(at.delegate(op, interpreter, table, host)),
        }
    };
    (at, end)
}

#[inline(never)]
fn divided(a: U256, b: U256) -> U256 {
    a.checked_div(b).unwrap_or_default()
}

#[inline(never)]
fn remainder(a: U256, b: U256) -> U256 {
    a.checked_rem(b).unwrap_or_default()
}
