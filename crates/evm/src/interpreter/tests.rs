//! The loop beside revm's own, on random code.

use super::*;
use primitives::{Address, Bytes};
use proptest::{collection::vec, prelude::*};
use revm::{
    bytecode::opcode,
    context_interface::host::DummyHost,
    interpreter::{
        CallInput, InputsImpl, STACK_LIMIT, SharedMemory,
        instructions::{gas_table_spec, instruction_table},
        interpreter::ExtBytecode,
    },
};

const SPECS: [SpecId; 6] =
    [SpecId::FRONTIER, SpecId::BYZANTIUM, SpecId::PETERSBURG, SpecId::SHANGHAI, SpecId::OSAKA, SpecId::AMSTERDAM];

/// Everything that a frame leaves; of one that was stopped nobody sees more than how.
#[derive(Debug, PartialEq)]
struct Left {
    action: InterpreterAction,
    pc: usize,
    stack: Vec<U256>,
    memory: Vec<u8>,
}

fn interpreter(code: &Bytes, input: &CallInput, spec: SpecId, gas: u64) -> Interpreter<EthInterpreter> {
    let inputs = InputsImpl {
        target_address: Address::repeat_byte(0xaa),
        caller_address: Address::repeat_byte(0xcc),
        input: input.clone(),
        call_value: U256::from(77),
        ..InputsImpl::default()
    };
    let code = ExtBytecode::new(Bytecode::new_legacy(code.clone()));
    Interpreter::new(SharedMemory::new(), code, inputs, false, spec, gas)
}

fn left(mut interpreter: Interpreter<EthInterpreter>, action: InterpreterAction) -> Left {
    if action.instruction_result().is_some_and(|result| !result.is_ok_or_revert()) {
        return Left { action, pc: 0, stack: Vec::new(), memory: Vec::new() };
    }
    Left {
        action,
        pc: interpreter.bytecode.pc(),
        stack: interpreter.stack.data().clone(),
        memory: interpreter.memory.context_memory_mut().to_vec(),
    }
}

/// Runs code in both loops; what they leave is the same. Gives what it is.
fn same(code: &[u8], input: &[u8], spec: SpecId, gas: u64) -> Left {
    same_with(code, &CallInput::Bytes(Bytes::copy_from_slice(input)), spec, gas)
}

fn same_with(code: &[u8], input: &CallInput, spec: SpecId, gas: u64) -> Left {
    let code = Bytes::copy_from_slice(code);
    let (instructions, prices) = (instruction_table(), gas_table_spec(spec));
    let mut theirs = interpreter(&code, input, spec, gas);
    let action = theirs.run_plain(&instructions, &prices, &mut DummyHost::new(spec));
    let theirs = left(theirs, action);
    let mut ours = interpreter(&code, input, spec, gas);
    let table = Table { instructions: &instructions, prices: &prices };
    let action = run(&mut ours, &table, &mut DummyHost::new(spec), &mut Words::default());
    let ours = left(ours, action);
    assert_eq!(ours, theirs, "{spec:?} {code}");
    ours
}

/// Instructions of which the host of these tests knows no answer.
const UNANSWERED: u8 = opcode::DIFFICULTY;

/// Instructions that mostly find what they need: words to work on, near memory, places to jump to.
fn program() -> impl Strategy<Value = Vec<u8>> {
    let word = prop_oneof![
        vec(any::<u8>(), 1..=32),
        Just(vec![0; 32]),
        Just(vec![0xff; 32]),
        (0_u8..=255).prop_map(|low| vec![low]),
    ];
    let push = word.prop_map(|word| {
        let op = opcode::PUSH0 + u8::try_from(word.len()).unwrap();
        [&[op][..], &word].concat()
    });
    let place = (any::<bool>(), 0_u8..=200).prop_map(|(conditional, to)| match conditional {
        true => vec![opcode::PUSH1, to, opcode::JUMPI],
        false => vec![opcode::PUSH2, 0, to, opcode::JUMP],
    });
    let memory = (0_u8..=255, any::<bool>()).prop_map(|(at, stores)| {
        let op = if stores { opcode::MSTORE } else { opcode::MLOAD };
        vec![opcode::PUSH1, at, op]
    });
    let step = prop_oneof![
        6 => push,
        2 => (opcode::DUP1..=opcode::DUP16).prop_map(|op| vec![op]),
        2 => (opcode::SWAP1..=opcode::SWAP16).prop_map(|op| vec![op]),
        8 => (opcode::ADD..=opcode::SAR).prop_map(|op| vec![op]),
        2 => place,
        2 => memory,
        4 => Just(vec![opcode::JUMPDEST]),
        2 => (opcode::ADDRESS..=opcode::CODESIZE).prop_map(|op| vec![op]),
        2 => (opcode::POP..=opcode::PUSH0).prop_map(|op| vec![op]),
        1 => any::<u8>().prop_filter("answered", |op| *op != UNANSWERED).prop_map(|op| vec![op]),
    ];
    vec(step, 0..120).prop_map(|steps| steps.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn random_code_leaves_what_it_leaves_in_the_loop_of_revm(
        start in 0_usize..40,
        code in program(),
        input in vec(any::<u8>(), 0..80),
        spec in prop::sample::select(&SPECS[..]),
        gas in prop_oneof![0_u64..200, 200_u64..20_000],
    ) {
        // Something to work on.
        let code = [[opcode::PUSH1, 0x55].repeat(start), code].concat();
        same(&code, &input, spec, gas);
    }
}

#[test]
fn every_instruction_finds_an_empty_a_short_and_a_full_stack() {
    for spec in SPECS {
        for op in (0..=u8::MAX).filter(|op| *op != UNANSWERED) {
            for words in (0..=17).chain(STACK_LIMIT - 2..=STACK_LIMIT + 1) {
                let code = [&[opcode::PUSH1, 0].repeat(words), &[op, 0, 0][..]].concat();
                same(&code, &[1; 40], spec, 1_000_000);
            }
        }
    }
}

#[test]
fn every_instruction_runs_out_of_gas_at_the_same_place() {
    for op in (0..=u8::MAX).filter(|op| *op != UNANSWERED) {
        for gas in (0..70).chain([100, 2_100, 3_000]) {
            let code = [&[opcode::PUSH1, 1].repeat(8)[..], &[op, 1, opcode::JUMPDEST]].concat();
            same(&code, &[], SpecId::OSAKA, gas);
        }
    }
}

/// Runs `words` pushes of a place to jump to, then the steps, then that place.
fn run_steps(steps: [u8; 3], words: usize, gas: u64) {
    let size = |step: u8| match step {
        opcode::PUSH1 => 2,
        opcode::PUSH2 => 3,
        _ => 1,
    };
    let place = u16::try_from(3 * words + steps.map(size).iter().sum::<usize>()).expect("a short program");
    let [high, low] = place.to_be_bytes();
    let mut code = [opcode::PUSH2, high, low].repeat(words);
    for step in steps {
        code.push(step);
        code.extend_from_slice([[].as_slice(), &[7], &[high, low]][size(step) - 1]);
    }
    code.extend_from_slice(&[opcode::JUMPDEST, opcode::STOP]);
    same(&code, &[], SpecId::OSAKA, gas);
}

/// What is done in one go where it follows each other: wherever gas, room or operands end, and with enough of all.
#[test]
fn instructions_in_a_row_end_a_frame_as_each_by_itself() {
    const STEPS: [u8; 19] = [
        opcode::PUSH1,
        opcode::PUSH2,
        opcode::POP,
        opcode::SWAP1,
        opcode::SWAP2,
        opcode::ISZERO,
        opcode::EQ,
        opcode::LT,
        opcode::GT,
        opcode::SLT,
        opcode::JUMP,
        opcode::JUMPI,
        opcode::JUMPDEST,
        opcode::ADD,
        opcode::AND,
        opcode::MLOAD,
        opcode::MSTORE,
        opcode::SHL,
        opcode::SHR,
    ];
    for number in 0..STEPS.len().pow(3) {
        let at = |digit: u32| STEPS[number / STEPS.len().pow(digit) % STEPS.len()];
        let steps = [at(0), at(1), at(2)];
        (0..5).chain(STACK_LIMIT - 1..=STACK_LIMIT).for_each(|words| run_steps(steps, words, 100_000));
        // Four pushes, and what the steps cost without memory at most.
        (12..45).for_each(|gas| run_steps(steps, 4, gas));
    }
}

#[test]
fn words_at_the_edges_are_compared_moved_and_divided_alike() {
    let edges = [
        U256::ZERO,
        U256::ONE,
        U256::from(255),
        U256::from(256),
        U256::from(u64::MAX),
        U256::from(u64::MAX) + U256::ONE,
        U256::MAX >> 1,
        (U256::MAX >> 1) + U256::ONE,
        U256::MAX,
    ];
    for op in opcode::ADD..=opcode::SAR {
        for a in edges {
            for b in edges {
                let push = |word: U256| [&[opcode::PUSH32][..], &word.to_be_bytes::<32>()].concat();
                let code = [push(a), push(b), push(a), vec![op]].concat();
                let halts = matches!(op, 0x0c..=0x0f | 0x1f);
                assert_eq!(same(&code, &[], SpecId::OSAKA, 100_000).stack.is_empty(), halts, "{op:#x}");
            }
        }
    }
}

#[test]
fn a_loop_runs_as_long_as_it_has_gas() {
    // JUMPDEST GAS POP PUSH1 0 JUMP
    let code = [opcode::JUMPDEST, opcode::GAS, opcode::POP, opcode::PUSH1, 0, opcode::JUMP];
    let left = same(&code, &[], SpecId::OSAKA, 16_000);
    assert_eq!(left.action.instruction_result(), Some(InstructionResult::OutOfGas));
}

#[test]
fn input_in_the_memory_of_the_caller_is_read_to_its_end_and_may_lie_outside_if_it_is_empty() {
    for range in [usize::MAX..usize::MAX, 0..0] {
        for offset in [0, 1, u64::MAX] {
            let code = [&[opcode::PUSH8][..], &offset.to_be_bytes(), &[opcode::CALLDATALOAD]].concat();
            let left = same_with(&code, &CallInput::SharedBuffer(range.clone()), SpecId::OSAKA, 1_000);
            assert_eq!(left.stack, [U256::ZERO]);
        }
    }
}
