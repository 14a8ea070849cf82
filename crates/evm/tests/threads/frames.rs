//! Threads as frames of revm's own interpreter: what they give is what a machine gives.

use crate::support::{CONTRACT, Code, SENDER, environment, execute, result, state};
use evm::{
    Environment, Execution, FrameContext, FrameThreads, Inline, Status,
    revm::{
        Database, ExecuteEvm, InspectEvm, Inspector,
        bytecode::Bytecode,
        context::{Context, Evm, Journal, JournalTr, LocalContext, TxEnv},
        context_interface::result::ExecutionResult,
        database_interface::DBErrorMarker,
        handler::{EthPrecompiles, instructions::EthInstructions},
        interpreter::{
            CallInputs, CallOutcome, Interpreter,
            interpreter::EthInterpreter,
            interpreter_types::{InputsTr, Jumps},
        },
        primitives::TxKind,
        state::{AccountInfo, EvmState},
    },
};
use primitives::{Address, B256, Bytes, Fork, U256};
use state::{MemoryState, StateError, StateReader};
use std::collections::BTreeMap;

/// The state could not be read.
#[derive(Clone, Debug, thiserror::Error)]
#[error(transparent)]
struct Unreadable(#[from] StateError);

impl DBErrorMarker for Unreadable {}

/// A state as revm reads it.
struct Source<'s>(&'s MemoryState);

impl Database for Source<'_> {
    type Error = Unreadable;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, Unreadable> {
        let info = |account: primitives::Account| AccountInfo {
            balance: account.balance,
            nonce: account.nonce,
            code_hash: account.code_hash,
            account_id: None,
            code: None,
        };
        Ok(self.0.account(address)?.map(info))
    }

    fn code_by_hash(&mut self, hash: B256) -> Result<Bytecode, Unreadable> {
        Ok(Bytecode::new_raw(self.0.code(hash)?))
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, Unreadable> {
        Ok(self.0.storage(address, slot)?)
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, Unreadable> {
        Ok(self.0.block_hash(number)?)
    }
}

/// The calls that an inspector sees: depth, whether a contract calls itself, first word of the input; and the stack at
/// each `JOIN`.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    pub(crate) made: Vec<(usize, bool, Bytes)>,
    ended: usize,
    joins: Vec<usize>,
}

impl<'s> Inspector<FrameContext<Source<'s>>, EthInterpreter> for Calls {
    fn step(&mut self, interpreter: &mut Interpreter<EthInterpreter>, context: &mut FrameContext<Source<'s>>) {
        context.chain.resume(interpreter);
        if interpreter.bytecode.opcode() == 0xbd && interpreter.input.depth() == 0 {
            self.joins.push(interpreter.stack.len());
        }
    }

    fn call(&mut self, context: &mut FrameContext<Source<'s>>, inputs: &mut CallInputs) -> Option<CallOutcome> {
        let input = inputs.input.bytes(context);
        self.made.push((context.journaled_state.depth(), inputs.caller == inputs.target_address, input));
        None
    }

    fn call_end(&mut self, _: &mut FrameContext<Source<'s>>, _: &CallInputs, _: &mut CallOutcome) {
        self.ended += 1;
    }
}

/// Calls [`CONTRACT`] as [`execute`] does, with its threads as frames.
pub(crate) fn execute_in_frames(
    environment: &Environment,
    state: &MemoryState,
    gas: u64,
) -> (ExecutionResult, EvmState, Calls) {
    let cfg = environment.revm_cfg().clone();
    let spec = cfg.spec;
    let mut instructions = EthInstructions::new_mainnet_with_spec(spec);
    FrameThreads::add(&mut instructions, spec);
    let mut journal = Journal::new(Source(state));
    journal.set_spec_id(spec);
    let context: FrameContext<Source<'_>> = Context {
        block: environment.revm_block().clone(),
        tx: TxEnv::default(),
        cfg,
        journaled_state: journal,
        chain: FrameThreads::new(environment.thread_gas().expect("there are threads")),
        local: LocalContext::default(),
        error: Ok(()),
    };
    let data = Bytes::from(U256::ZERO.to_be_bytes::<32>());
    let kind = TxKind::Call(CONTRACT);
    let transaction = TxEnv { caller: SENDER, kind, data, gas_limit: gas, chain_id: None, ..TxEnv::default() };
    let mut evm = Evm::new_with_inspector(context, Calls::default(), instructions, EthPrecompiles::new(spec));
    let seen = evm.inspect_tx(transaction.clone()).expect("the state is whole");
    let calls = std::mem::take(&mut evm.inspector);
    // A frame that was stopped leaves its threads behind: they are those of one transaction.
    evm.ctx.chain = FrameThreads::new(environment.thread_gas().expect("there are threads"));
    let unseen = evm.transact(transaction).expect("the state is whole");
    assert_eq!(seen.result, unseen.result, "whoever looks on changes nothing");
    (seen.result, seen.state, calls)
}

/// What a transaction left, by account and slot.
type Left = BTreeMap<(Address, Option<U256>), (U256, u64)>;

fn left_by_machine(execution: &Execution) -> Left {
    let mut left = Left::new();
    for (account, slots) in execution.record.iter() {
        let after = account.after.unwrap_or_default();
        left.insert((account.address, None), (after.balance, after.nonce));
        let slots = slots.iter().filter(|slot| slot.before != slot.after);
        left.extend(slots.map(|slot| ((account.address, Some(slot.slot)), (slot.after, 0))));
    }
    left
}

fn left_in_frames(state: &EvmState) -> Left {
    let mut left = Left::new();
    for (address, account) in state {
        let is_gone = account.is_selfdestructed() || (account.is_touched() && account.info.is_empty());
        let (balance, nonce) = if is_gone { Default::default() } else { (account.info.balance, account.info.nonce) };
        left.insert((*address, None), (balance, nonce));
        let slots = account.storage.iter().filter(|(_, slot)| slot.is_changed() && !is_gone);
        left.extend(slots.map(|(slot, value)| ((*address, Some(*slot)), (value.present_value, 0))));
    }
    left
}

/// Compares a machine's run, one thread after another, with the same in frames.
pub(crate) fn difference(environment: &Environment, before: &MemoryState, gas: u64) -> Option<String> {
    let machine = execute(environment, before, gas, &Inline);
    let (frames, state, _) = execute_in_frames(environment, before, gas);
    let expected = result(&machine);
    let (status, gas_used, logs, output) = match frames {
        ExecutionResult::Success { gas, logs, output, .. } => {
            (Status::Success, gas.tx_gas_used(), logs, output.into_data())
        }
        ExecutionResult::Revert { gas, output, .. } => (Status::Revert, gas.tx_gas_used(), Vec::new(), output),
        ExecutionResult::Halt { reason, gas, .. } => {
            (Status::Halt(reason), gas.tx_gas_used(), Vec::new(), Bytes::new())
        }
    };
    let is_same =
        (&expected.status, expected.gas_used, &expected.logs, &expected.output) == (&status, gas_used, &logs, &output);
    if !is_same {
        let found = (status, gas_used, logs, output);
        return Some(format!("a machine: {expected:?}\nin frames: {found:?}"));
    }
    let (machine, mut frames) = (left_by_machine(&machine), left_in_frames(&state));
    // A machine's record leaves out what nobody asked for.
    frames.retain(|key, _| machine.contains_key(key));
    (machine != frames).then(|| format!("a machine leaves {machine:?}\nframes leave {frames:?}"))
}

#[track_caller]
fn check(code: Code) {
    let found = difference(&environment(Fork::Prague), &state(&[(CONTRACT, &code.finish())]), 10_000_000);
    assert_eq!(found, None);
}

/// Dispatches on the first word of the input: zero goes on, one and two jump.
fn dispatcher(code: &mut Code, labels: &[usize]) {
    for (number, label) in (1..).zip(labels) {
        code.push(number).push(0).op(0x35).op(0x14).push_label(*label).op(0x57);
    }
}

/// `SUBSOL` with one word of call data.
fn spawn(code: &mut Code, id: u64, word: u64) {
    code.push(word).push(0).op(0x52);
    code.push(0x20).push(0).push(200_000).push(id).op(0xb0).op(0x50);
}

fn join(code: &mut Code, id: u64) {
    code.push(0x20).push(0x40).push(id).op(0xbd).op(0x50);
}

/// What the frame reads between two spawns is warm for the second thread alone; what a thread reads for no other.
#[test]
fn threads_find_warm_what_a_machine_has_them_find_warm() {
    let mut code = Code::default();
    let reader = code.label();
    dispatcher(&mut code, &[reader]);
    spawn(&mut code, 1, 1);
    code.push(7).op(0x54).op(0x50);
    code.push_address(Address::repeat_byte(0x77)).op(0x31).op(0x50);
    spawn(&mut code, 2, 1);
    code.push(8).op(0x54).op(0x50);
    spawn(&mut code, 3, 1);
    join(&mut code, 1);
    code.push(9).op(0x54).op(0x50).op(0x00);
    code.place(reader);
    for slot in [7, 8, 9] {
        code.push(slot).op(0x54).op(0x50);
    }
    code.push_address(Address::repeat_byte(0x77)).op(0x31).op(0x50);
    code.push_address(Address::repeat_byte(0x78)).op(0x31).op(0x50).op(0x00);
    check(code);
}

/// A contract that one thread makes is destroyed by the next: it was made in this transaction, so it is gone.
#[test]
fn what_one_thread_creates_the_next_may_destroy() {
    let mut code = Code::default();
    let (maker, destroyer) = (code.label(), code.label());
    dispatcher(&mut code, &[maker, destroyer]);
    spawn(&mut code, 1, 1);
    spawn(&mut code, 2, 2);
    join(&mut code, 1);
    join(&mut code, 2);
    code.push(0x20).push(0x40).op(0xf3);
    // Its init code leaves `CALLER, SELFDESTRUCT`.
    code.place(maker);
    let init: U256 = U256::from(0x6133_ff5f_5260_0260_1ef3_u128) << (256 - 80);
    code.op(0x7f);
    init.to_be_bytes::<32>().into_iter().for_each(|byte| _ = code.op(byte));
    code.push(0).op(0x52).push(9).push(10).push(0).push(0).op(0xf5).push(0).op(0x5d).op(0x00);
    code.place(destroyer);
    code.push(0).push(0).push(0).push(0).push(0).push(0).op(0x5c).push(50_000).op(0xf1);
    code.push(0).op(0x52).push(0x20).push(0).op(0xf3);
    let found = difference(&environment(Fork::Prague), &state(&[(CONTRACT, &code.clone().finish())]), 10_000_000);
    assert_eq!(found, None);
    let execution = execute(&environment(Fork::Prague), &state(&[(CONTRACT, &code.finish())]), 10_000_000, &Inline);
    assert_eq!(result(&execution).output, Bytes::from(U256::ONE.to_be_bytes::<32>()), "it was called");
}

/// An instruction that settles on a full stack, and at the end of the code, is the same instruction.
#[test]
fn a_full_stack_is_as_it_was() {
    let mut code = Code::default();
    let writer = code.label();
    dispatcher(&mut code, &[writer]);
    spawn(&mut code, 1, 1);
    spawn(&mut code, 2, 1);
    (0..1022).for_each(|_| _ = code.op(0x5f));
    code.push(5).push(6).op(0x55);
    // The slot and its value were on top.
    code.push(6).op(0x54).push(0).op(0x52).push(0x20).push(0).op(0xf3);
    code.place(writer);
    code.push(3).op(0x54).push(1).op(0x01).push(3).op(0x55);
    check(code.clone());
    let execution = execute(&environment(Fork::Prague), &state(&[(CONTRACT, &code.finish())]), 10_000_000, &Inline);
    assert_eq!(result(&execution).output, Bytes::from(U256::from(5).to_be_bytes::<32>()));
}

/// Whoever looks on sees each thread as a call of the contract to itself, one deeper, in the order of the spawns.
#[test]
fn a_thread_is_seen_as_a_call_of_the_contract_to_itself() {
    let mut code = Code::default();
    let inner = code.label();
    dispatcher(&mut code, &[inner]);
    for id in [1, 2, 3] {
        spawn(&mut code, id, 1);
    }
    code.push(2).op(0xb2).op(0x50);
    join(&mut code, 3);
    code.op(0x00).place(inner).op(0x00);
    let before = state(&[(CONTRACT, &code.finish())]);
    let (result, _, calls) = execute_in_frames(&environment(Fork::Prague), &before, 1_000_000);
    assert!(result.is_success());
    let depths: Vec<(usize, bool)> = calls.made.iter().map(|(depth, own, _)| (*depth, *own)).collect();
    assert_eq!(depths, [(0, false), (1, true), (1, true)], "the second was withdrawn");
    assert_eq!(calls.ended, 3);
    assert_eq!(calls.joins, [3, 3, 3], "once more for each thread, and never with the status of a call on the stack");
}
