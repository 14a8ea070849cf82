//! The system contract: the instructions for those whose compiler does not know them.
//!
//! There is no contract at the address. A `CALL` or `STATICCALL` to it is an instruction of the frame that makes it: no
//! frame begins, no account is touched, and the call's own gas operand says nothing. Call data and answers are in
//! Solidity's encoding. What is refused reverts the call, not the frame.

use super::{
    barrier::{self, At},
    commands::{self, Done},
    record_data::Access,
    recording::{self, Switch},
    threading::Threading,
};
use primitives::{Address, Bytes, U256, alloy_primitives::address, keccak256};
use revm::interpreter::{
    InstructionExecResult, InstructionResult,
    instructions::contract::resize_memory,
    interpreter_types::{MemoryTr, ReturnData},
};
use std::sync::LazyLock;

/// `Subsol` in ASCII.
pub const ADDRESS: Address = address!("0000000000000000000000000000537562736f6c");

/// The functions. `rwrite` is the paper's other name for `wtr`.
const SIGNATURES: [&str; 15] = [
    "spawn(uint256,uint256,bytes)",
    "join(uint256)",
    "sleep(uint256,uint256)",
    "revertt(uint256)",
    "afterw(uint256,uint256,uint256)",
    "afterr(uint256,uint256,uint256)",
    "aftera(uint256,uint256)",
    "rr(bool)",
    "rphash(bool)",
    "rdr(uint256)",
    "wtr(uint256,uint256)",
    "rwrite(uint256,uint256)",
    "rws()",
    "whash()",
    "rhash()",
];

static SELECTORS: LazyLock<[[u8; 4]; SIGNATURES.len()]> = LazyLock::new(|| SIGNATURES.map(selector));

fn selector(signature: &str) -> [u8; 4] {
    let [a, b, c, d, ..] = keccak256(signature).0;
    [a, b, c, d]
}

/// An error with one number, in Solidity's encoding.
pub(crate) fn error(signature: &str, number: U256) -> Bytes {
    [&selector(signature)[..], &number.to_be_bytes::<32>()].concat().into()
}

/// A call that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Call {
    Spawn { id: U256, gas: U256, input: Bytes },
    Join { id: U256 },
    Sleep { id: U256, steps: U256 },
    Revertt { id: U256 },
    After { id: U256, earlier: U256 },
    Record(Recording),
}

/// A call about the frame's own record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Recording {
    Switch(Switch, bool),
    Read(U256),
    Write(U256, U256),
    Set,
    Hash(Access),
}

impl Call {
    /// Reads call data; `None` if it is not of the form that a compiler gives it.
    fn decode(data: &[u8]) -> Option<Self> {
        let (selector, arguments) = data.split_first_chunk::<4>()?;
        let function = SELECTORS.iter().position(|known| known == selector)?;
        let word = |at: usize| arguments.get(at * 32..at * 32 + 32).map(U256::from_be_slice);
        Some(match function {
            0 => Self::Spawn { id: word(0)?, gas: word(1)?, input: bytes(arguments, word(2)?)? },
            1 => Self::Join { id: word(0)? },
            2 => Self::Sleep { id: word(0)?, steps: word(1)? },
            3 => Self::Revertt { id: word(0)? },
            6 => Self::After { id: word(0)?, earlier: word(1)? },
            4 | 5 => {
                word(2)?;
                Self::After { id: word(0)?, earlier: word(1)? }
            }
            7 => Self::Record(Recording::Switch(Switch::Record, flag(word(0)?)?)),
            8 => Self::Record(Recording::Switch(Switch::Hash, flag(word(0)?)?)),
            9 => Self::Record(Recording::Read(word(0)?)),
            10 | 11 => Self::Record(Recording::Write(word(0)?, word(1)?)),
            12 => Self::Record(Recording::Set),
            13 => Self::Record(Recording::Hash(Access::Write)),
            _ => Self::Record(Recording::Hash(Access::Read)),
        })
    }
}

fn flag(word: U256) -> Option<bool> {
    (word <= U256::ONE).then_some(!word.is_zero())
}

/// The bytes whose length stands at `offset`.
fn bytes(arguments: &[u8], offset: U256) -> Option<Bytes> {
    let rest = arguments.get(usize::try_from(offset).ok()?..)?;
    let (length, rest) = rest.split_first_chunk::<32>()?;
    let length = usize::try_from(U256::from_be_bytes(*length)).ok()?;
    rest.get(..length).map(Bytes::copy_from_slice)
}

/// Carries out a call to the system contract. The operands of the instruction are on the stack.
pub(crate) fn call<H: Threading>(mut at: At<'_, H>, is_static: bool) -> InstructionExecResult {
    barrier::whole(&mut at, |at| whole(at, is_static))
}

fn whole<H: Threading>(at: &mut At<'_, H>, is_static: bool) -> InstructionExecResult {
    let underflow = InstructionResult::StackUnderflow;
    let [_gas, _to] = at.interpreter.stack.popn().ok_or(underflow)?;
    let value =
        if is_static { U256::ZERO } else { at.interpreter.stack.popn().ok_or(underflow).map(|[value]| value)? };
    let [offset, size, out_offset, out_size] = at.interpreter.stack.popn().ok_or(underflow)?;
    let input = resize_memory(at.interpreter, at.host.gas_params(), offset, size)?;
    let out = resize_memory(at.interpreter, at.host.gas_params(), out_offset, out_size)?;
    // Reading call data costs what giving it to a thread costs, understood or not.
    commands::charge_reading(at, input.len())?;
    let call = match input.len() {
        0 => None,
        _ => Call::decode(&at.interpreter.memory.slice(input)),
    };
    let answer = match call.filter(|_| value.is_zero()) {
        Some(call) => carry_out(at, call, is_static)?,
        None => Err(Bytes::new()),
    };
    let is_ok = answer.is_ok();
    let output = answer.unwrap_or_else(|reason| reason);
    let copied = out.len().min(output.len());
    if copied > 0 {
        at.interpreter.memory.set(out.start, &output[..copied]);
    }
    at.interpreter.return_data.set_buffer(output);
    if at.interpreter.stack.push(U256::from(is_ok)) { Ok(()) } else { Err(InstructionResult::StackOverflow) }
}

/// What a call gives back, or why it was refused.
type Answer = Result<Bytes, Bytes>;

fn carry_out<H: Threading>(at: &mut At<'_, H>, call: Call, is_static: bool) -> Result<Answer, InstructionResult> {
    let (id, done): (U256, Done) = match call {
        Call::Spawn { id, gas, input } => {
            commands::charge_spawn(at, 0)?;
            (id, commands::spawn(at, id, gas, input, is_static))
        }
        Call::Join { id } => return join(at, id),
        Call::Sleep { id, steps } => (id, commands::sleep(at, id, steps)),
        Call::Revertt { id } => (id, commands::withdraw(at, id)),
        Call::After { id, earlier } => (id, commands::after(at, id, earlier)),
        Call::Record(recording) => return record(at, recording, is_static),
    };
    Ok(if done? { Ok(Bytes::new()) } else { Err(error("ThreadRefused(uint256)", id)) })
}

/// What is recorded is done by the frame itself, so a static call may not have it write.
fn record<H: Threading>(
    at: &mut At<'_, H>,
    recording: Recording,
    is_static: bool,
) -> Result<Answer, InstructionResult> {
    let word = |word: U256| Bytes::copy_from_slice(&word.to_be_bytes::<32>());
    Ok(Ok(match recording {
        Recording::Switch(switch, on) => word(U256::from(recording::switch(at, switch, on)?)),
        Recording::Read(slot) => word(recording::read_slot(at, slot)?),
        Recording::Write(..) if is_static => return Ok(Err(Bytes::new())),
        Recording::Write(slot, value) => {
            recording::write_slot(at, slot, value)?;
            Bytes::new()
        }
        Recording::Set => recording::set(at)?,
        Recording::Hash(access) => word(recording::hash(at, access)?),
    }))
}

/// `(uint256 status, bytes output)`.
fn join<H: Threading>(at: &mut At<'_, H>, id: U256) -> Result<Answer, InstructionResult> {
    let (status, output) = commands::join(at, id)?;
    // The encoding is as long as the output; memory would cost the frame no less.
    commands::charge_reading(at, output.len())?;
    let mut answer = Vec::with_capacity(96 + output.len().next_multiple_of(32));
    for word in [U256::from(status as u8), U256::from(64), U256::from(output.len())] {
        answer.extend_from_slice(&word.to_be_bytes::<32>());
    }
    answer.extend_from_slice(&output);
    answer.resize(96 + output.len().next_multiple_of(32), 0);
    Ok(Ok(answer.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(number: u64) -> [u8; 32] {
        U256::from(number).to_be_bytes()
    }

    fn data(function: usize, words: &[u64], rest: &[u8]) -> Vec<u8> {
        let mut data = SELECTORS[function].to_vec();
        words.iter().for_each(|number| data.extend(word(*number)));
        data.extend(rest);
        data
    }

    #[test]
    fn every_function_is_understood() {
        let (id, earlier) = (U256::from(7), U256::from(3));
        let spawn = data(0, &[7, 50, 96, 2], &[0xaa, 0xbb]);
        let expected = Call::Spawn { id, gas: U256::from(50), input: Bytes::from_static(&[0xaa, 0xbb]) };
        assert_eq!(Call::decode(&spawn), Some(expected));
        assert_eq!(Call::decode(&data(1, &[7], &[])), Some(Call::Join { id }));
        assert_eq!(Call::decode(&data(2, &[7, 9], &[])), Some(Call::Sleep { id, steps: U256::from(9) }));
        assert_eq!(Call::decode(&data(3, &[7], &[])), Some(Call::Revertt { id }));
        for function in [4, 5] {
            assert_eq!(Call::decode(&data(function, &[7, 3, 1], &[])), Some(Call::After { id, earlier }));
        }
        assert_eq!(Call::decode(&data(6, &[7, 3], &[])), Some(Call::After { id, earlier }));
        for (function, words, expected) in [
            (7, &[1][..], Recording::Switch(Switch::Record, true)),
            (8, &[0], Recording::Switch(Switch::Hash, false)),
            (9, &[7], Recording::Read(id)),
            (10, &[7, 3], Recording::Write(id, earlier)),
            (11, &[7, 3], Recording::Write(id, earlier)),
            (12, &[], Recording::Set),
            (13, &[], Recording::Hash(Access::Write)),
            (14, &[], Recording::Hash(Access::Read)),
        ] {
            assert_eq!(Call::decode(&data(function, words, &[])), Some(Call::Record(expected)));
        }
    }

    #[test]
    fn what_no_compiler_gives_is_not_understood() {
        let far = U256::MAX.to_be_bytes::<32>();
        let cases: [Vec<u8>; 12] = [
            vec![],
            vec![1, 2, 3],
            vec![0xff; 100],
            data(1, &[], &[]),
            data(3, &[], &[0; 31]),
            data(4, &[7, 3], &[]),
            data(0, &[7, 50], &far),
            data(0, &[7, 50, 96, 3], &[0xaa, 0xbb]),
            data(0, &[7, 50, 96], &far),
            data(7, &[2], &[]),
            data(8, &[], &far),
            data(10, &[7], &[0; 31]),
        ];
        for case in cases {
            assert_eq!(Call::decode(&case), None, "{case:02x?}");
        }
    }

    #[test]
    fn the_interface_is_frozen() {
        let selectors: Vec<String> = SELECTORS.iter().map(|selector| Bytes::from(*selector).to_string()).collect();
        assert_eq!(selectors, FROZEN);
        assert_eq!(ADDRESS.as_slice()[14..], *b"Subsol");
    }

    const FROZEN: [&str; 15] = [
        "0xbb179829",
        "0x049878f3",
        "0x2eeb8c16",
        "0x39f7b65d",
        "0x7d773582",
        "0x8d467480",
        "0x54d1b129",
        "0x72e5ee72",
        "0x10343c5d",
        "0xe15a80ec",
        "0x3c7ad942",
        "0xe139ef45",
        "0xac33a1cc",
        "0x3c3201db",
        "0xa696053f",
    ];
}
