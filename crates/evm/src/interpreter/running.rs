//! A frame that runs: what its instructions change most often, and those of them that are more than a line.
//!
//! Some do the next instructions as well, where these often follow: a comparison that is jumped by, a number that is
//! added, a word that is dropped. Each pays, and finds room and operands, in the order in which it would by itself, so that
//! a frame stops for the same reason.

use super::{
    Table,
    stack::{STACK_LIMIT, Stack},
    word::Word,
};
use primitives::{Address, U256};
use revm::{
    bytecode::{JumpTable, OpCode, opcode::*},
    interpreter::{
        CallInput, Host, InstructionContext, InstructionResult, Interpreter, SharedMemory, instructions::GasTable,
        interpreter::EthInterpreter, interpreter_types::Jumps,
    },
};

/// Bytes of a word.
const WORD: usize = 32;

type Step = Result<(), InstructionResult>;

/// The state of a frame that runs. A local of one function, so that its parts are registers.
pub(super) struct Running<'a> {
    pub(super) code: &'a [u8],
    pub(super) jumps: &'a JumpTable,
    pub(super) prices: &'a GasTable,
    pub(super) has_push0: bool,
    pub(super) has_shifts: bool,
    /// Instructions that are done at once with a number that was pushed before them.
    pub(super) taken_along: &'static [bool; 256],
    /// Place of the next instruction.
    pub(super) pc: usize,
    pub(super) gas: u64,
    pub(super) stack: Stack<'a>,
}

impl Running<'_> {
    /// The instruction so many bytes after the next one. Code is padded, so that the last is always `STOP`.
    #[inline(always)]
    pub(super) fn ahead(&self, bytes: usize) -> u8 {
        self.code.get(self.pc + bytes).copied().unwrap_or(STOP)
    }

    #[inline(always)]
    pub(super) fn pay(&mut self, op: u8) -> Step {
        match self.gas.checked_sub(u64::from(self.prices[usize::from(op)])) {
            Some(left) => {
                self.gas = left;
                Ok(())
            }
            None => Err(InstructionResult::OutOfGas),
        }
    }

    /// Goes to a place that must be a `JUMPDEST`, and past it.
    #[inline(always)]
    pub(super) fn jump(&mut self, to: Word) -> Step {
        match to.small() {
            Some(to) if self.jumps.is_valid(to) => {
                self.pc = to + 1;
                self.pay(JUMPDEST)
            }
            _ => Err(InstructionResult::InvalidJump),
        }
    }

    #[inline(always)]
    pub(super) fn jump_unless(&mut self, stays: bool, to: Word) -> Step {
        if stays { Ok(()) } else { self.jump(to) }
    }

    /// Pushes the outcome of a comparison, or jumps by it at once where that is what comes next.
    #[inline(always)]
    pub(super) fn test(&mut self, mut outcome: bool) -> Step {
        if self.ahead(0) == ISZERO {
            self.pay(ISZERO)?;
            self.pc += 1;
            outcome = !outcome;
        }
        if self.ahead(0) != PUSH2 || self.ahead(3) != JUMPI {
            return self.stack.push(Word::from(u64::from(outcome)));
        }
        self.pay(PUSH2)?;
        self.stack.has_room_for_two()?;
        self.pay(JUMPI)?;
        let to = u16::from_be_bytes([self.ahead(1), self.ahead(2)]);
        self.pc += 4;
        self.jump_unless(!outcome, Word::from(u64::from(to)))
    }

    /// Pushes a number of few bytes, or does at once what comes next with it.
    #[inline(always)]
    pub(super) fn push_small<const BYTES: usize, H: Host>(
        &mut self,
        interpreter: &mut Interpreter<EthInterpreter>,
        host: &H,
    ) -> Step {
        let mut number = 0;
        for at in 0..BYTES {
            number = (number << 8) | u64::from(self.code[self.pc + at]);
        }
        self.pc += BYTES;
        let number = Word::from(number);
        self.stack.has_room()?;
        let next = self.ahead(0);
        if BYTES == 1 && next == PUSH1 {
            self.stack.push(number)?;
            self.pay(PUSH1)?;
            self.pc += 2;
            return self.stack.push(Word::from(u64::from(self.code[self.pc - 1])));
        }
        if !self.taken_along[usize::from(next)] {
            return self.stack.push(number);
        }
        self.pay(next)?;
        self.pc += 1;
        match next {
            JUMP => self.jump(number),
            JUMPI => self.stack.pop().and_then(|condition| self.jump_unless(condition.is_zero(), number)),
            ADD => self.stack.unary(|word| word.plus(number)),
            AND => self.stack.unary(|word| word.and(number)),
            EQ => self.stack.pop().and_then(|word| self.test(word.is(number))),
            LT => self.stack.pop().and_then(|word| self.test(number.is_less(word))),
            GT => self.stack.pop().and_then(|word| self.test(word.is_less(number))),
            MLOAD => self.load(interpreter, host, number),
            MSTORE => self.store(interpreter, host, number),
            SHL => self.stack.unary(|word| word.shifted_left(number)),
            _ => self.stack.unary(|word| word.shifted_right(number)),
        }
    }

    #[inline(always)]
    pub(super) fn push_large(&mut self, bytes: usize) -> Step {
        let word = large(&self.code[self.pc..self.pc + bytes]);
        self.pc += bytes;
        self.stack.push(word)
    }

    #[inline(always)]
    pub(super) fn push_address(&mut self) -> Step {
        let Some(data) = self.code.get(self.pc..).and_then(|rest| rest.first_chunk::<20>()) else {
            return self.push_large(20);
        };
        self.pc += 20;
        let [a, b, c, d, low @ ..] = *data;
        let high = u128::from(u32::from_be_bytes([a, b, c, d]));
        self.stack.push(Word { low: u128::from_be_bytes(low), high })
    }

    #[inline(always)]
    pub(super) fn push_word(&mut self) -> Step {
        let Some(data) = self.code.get(self.pc..).and_then(|rest| rest.first_chunk::<WORD>()) else {
            return self.push_large(WORD);
        };
        self.pc += WORD;
        self.stack.push(Word::from_be_bytes(*data))
    }

    /// Drops a word, and those that the next instructions drop, and jumps if that comes then.
    #[inline(always)]
    pub(super) fn drop_words(&mut self) -> Step {
        self.stack.pop()?;
        while self.ahead(0) == POP {
            self.pay(POP)?;
            self.pc += 1;
            self.stack.pop()?;
        }
        if self.ahead(0) != JUMP {
            return Ok(());
        }
        self.pay(JUMP)?;
        self.pc += 1;
        let to = self.stack.pop()?;
        self.jump(to)
    }

    /// Exchanges the topmost word with one below it, which may be dropped at once.
    #[inline(always)]
    pub(super) fn swap(&mut self, below: usize) -> Step {
        if self.ahead(0) != POP {
            return self.stack.swap(below);
        }
        self.stack.has(below + 1)?;
        self.pay(POP)?;
        self.pc += 1;
        let top = self.stack.pop()?;
        self.stack.replace(below - 1, top);
        Ok(())
    }

    /// Pushes the word of memory at `offset`.
    #[inline(always)]
    pub(super) fn load<H: Host>(
        &mut self,
        interpreter: &mut Interpreter<EthInterpreter>,
        host: &H,
        offset: Word,
    ) -> Step {
        let offset = self.reach(interpreter, host, offset)?;
        let word = Word::from_be_bytes(interpreter.memory.get_word(offset).0);
        self.stack.push(word)
    }

    /// Pops a word to memory at `offset`.
    #[inline(always)]
    pub(super) fn store<H: Host>(
        &mut self,
        interpreter: &mut Interpreter<EthInterpreter>,
        host: &H,
        offset: Word,
    ) -> Step {
        let word = self.stack.pop()?;
        let offset = self.reach(interpreter, host, offset)?;
        interpreter.memory.set(offset, &word.to_be_bytes());
        Ok(())
    }

    /// Makes sure that memory has a word at `offset`, for the gas that it costs to make it larger.
    #[inline(always)]
    pub(super) fn reach<H: Host>(
        &mut self,
        interpreter: &mut Interpreter<EthInterpreter>,
        host: &H,
        offset: Word,
    ) -> Result<usize, InstructionResult> {
        let offset = offset.small().ok_or(InstructionResult::InvalidOperandOOG)?;
        if offset.saturating_add(WORD).div_ceil(WORD) > interpreter.gas.memory().words_num {
            self.gas = grow(interpreter, host, self.gas, offset)?;
        }
        Ok(offset)
    }

    /// Puts gas and program counter where revm has them.
    #[inline(always)]
    pub(super) fn hand_over(&self, interpreter: &mut Interpreter<EthInterpreter>) {
        interpreter.bytecode.absolute_jump(self.pc);
        interpreter.gas.set_remaining(self.gas);
    }

    /// Has revm carry out an instruction.
    #[inline(always)]
    pub(super) fn delegate<H: Host>(
        &mut self,
        op: u8,
        interpreter: &mut Interpreter<EthInterpreter>,
        table: &Table<'_, H>,
        host: &mut H,
    ) -> Step {
        self.hand_over(interpreter);
        let instruction = table.instructions[usize::from(op)];
        let done = self.stack.lend(
            usize::from(OPERANDS[usize::from(op)]),
            interpreter,
            |interpreter| interpreter.stack.data_mut(),
            |interpreter| instruction.execute(InstructionContext { interpreter, host }),
        );
        (self.pc, self.gas) = (interpreter.bytecode.pc(), interpreter.gas.remaining());
        done
    }
}

/// A word of more than a few bytes.
#[inline(never)]
fn large(data: &[u8]) -> Word {
    let mut word = [0; WORD];
    word[WORD - data.len()..].copy_from_slice(data);
    Word::from_be_bytes(word)
}

#[cold]
#[inline(never)]
fn grow<H: Host>(
    interpreter: &mut Interpreter<EthInterpreter>,
    host: &H,
    gas: u64,
    offset: usize,
) -> Result<u64, InstructionResult> {
    interpreter.gas.set_remaining(gas);
    interpreter.resize_memory(host.gas_params(), offset, WORD)?;
    Ok(interpreter.gas.remaining())
}

/// A word of call data, which is followed by zeros.
#[inline(always)]
pub(super) fn input_word(interpreter: &Interpreter<EthInterpreter>, offset: Word) -> Word {
    let (input, offset) = (&interpreter.input.input, offset.small().unwrap_or(usize::MAX));
    if let CallInput::Bytes(data) = input
        && let Some(word) = data.get(offset..).and_then(|rest| rest.first_chunk::<WORD>())
    {
        return Word::from_be_bytes(*word);
    }
    padded_input_word(input, &interpreter.memory, offset)
}

#[inline(never)]
fn padded_input_word(input: &CallInput, memory: &SharedMemory, offset: usize) -> Word {
    // An empty input may lie anywhere, outside memory too.
    if offset >= input.len() {
        return Word::ZERO;
    }
    let data = input.as_bytes_memory(memory);
    let rest = data.get(offset..).unwrap_or_default();
    let mut word = [0; WORD];
    let size = rest.len().min(WORD);
    word[..size].copy_from_slice(&rest[..size]);
    Word::from_be_bytes(word)
}

/// Words that each instruction takes from the stack; all, where that is not known.
const OPERANDS: [u16; 256] = {
    let mut operands = [STACK_LIMIT as u16; 256];
    let mut op = 0;
    while op < operands.len() {
        // DUPN, SWAPN and EXCHANGE reach as deep as they say.
        if let Some(info) = OpCode::info_by_op(op as u8)
            && info.immediate_size() == 0
        {
            operands[op] = info.inputs() as u16;
        }
        op += 1;
    }
    operands
};

/// Instructions that [`Running::push_small`] takes along. Shifts mean something from Constantinople on, the others always.
pub(super) const fn taken_along(has_shifts: bool) -> [bool; 256] {
    let mut taken = [false; 256];
    let mut at = 0;
    let always = [JUMP, JUMPI, ADD, AND, EQ, GT, LT, MLOAD, MSTORE];
    while at < always.len() {
        taken[always[at] as usize] = true;
        at += 1;
    }
    (taken[SHL as usize], taken[SHR as usize]) = (has_shifts, has_shifts);
    taken
}

/// An address as a word.
pub(super) fn address_word(address: &Address) -> Word {
    U256::from_be_bytes(address.into_word().0).into()
}
