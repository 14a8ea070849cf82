//! A contract of a few functions, and words to write them with.

use crate::support::{CONTRACT, Code, Workers, environment, execute, execute_noting, result, state};
use evm::{ForkJoin, Inline, SYSTEM_CONTRACT, ThreadNote, TransactionResult, operation::Operation};
use primitives::{Fork, U256, keccak256};

pub(crate) const SLICE: u64 = 1 << 24;

/// A contract: `main` runs where the call data's first word is zero, `thread(n)` where it is n.
#[derive(Clone)]
pub(crate) struct Contract {
    pub(crate) code: Code,
    threads: Vec<(u64, usize)>,
}

impl Contract {
    pub(crate) fn new(threads: &[u64]) -> Self {
        let mut code = Code::default();
        let threads: Vec<_> = threads.iter().map(|number| (*number, code.label())).collect();
        for (number, label) in &threads {
            code.push(*number).push(0).op(0x35).op(0x14).push_label(*label).op(0x57);
        }
        Self { code, threads }
    }

    pub(crate) fn main(mut self, write: impl FnOnce(&mut Code)) -> Self {
        write(&mut self.code);
        self.code.op(0x00);
        self
    }

    pub(crate) fn thread(mut self, number: u64, write: impl FnOnce(&mut Code)) -> Self {
        let (_, label) = self.threads.iter().find(|(known, _)| *known == number).expect("it was announced");
        self.code.place(*label);
        write(&mut self.code);
        self.code.op(0x00);
        self
    }

    pub(crate) fn run_with(self, gas: u64, fork_join: &dyn ForkJoin) -> (TransactionResult, Vec<(u64, u64)>) {
        let code = self.code.finish();
        let execution = execute(&environment(Fork::Osaka), &state(&[(CONTRACT, &code)]), gas, fork_join);
        let mut slots: Vec<(u64, u64)> = execution
            .record
            .iter()
            .filter(|(account, _)| account.address == CONTRACT)
            .flat_map(|(_, slots)| slots)
            .map(|slot| (slot.slot.saturating_to(), slot.after.saturating_to()))
            .collect();
        slots.sort_unstable();
        (result(&execution).clone(), slots)
    }

    /// Runs it, and gives how its threads were run.
    pub(crate) fn notes(&self, fork_join: &dyn ForkJoin) -> (TransactionResult, Vec<ThreadNote>) {
        let code = self.code.clone().finish();
        let mut environment = environment(Fork::Osaka);
        environment.note_threads(true);
        let (execution, notes) = execute_noting(&environment, &state(&[(CONTRACT, &code)]), LIMIT, fork_join);
        (result(&execution).clone(), notes)
    }

    /// Runs it, and gives what was written down step by step.
    pub(crate) fn operations(&self, fork_join: &dyn ForkJoin) -> (TransactionResult, Vec<Operation<'static>>) {
        let code = self.code.clone().finish();
        let mut environment = environment(Fork::Osaka);
        environment.record_operations(true);
        let execution = execute(&environment, &state(&[(CONTRACT, &code)]), LIMIT, fork_join);
        let result = result(&execution).clone();
        let operations = result.operations.as_ref().expect("they were wanted").iter().collect();
        (result, operations)
    }

    /// Runs it in every way, which must make no difference.
    pub(crate) fn run(self) -> (TransactionResult, Vec<(u64, u64)>) {
        let Self { code, threads } = self;
        let again =
            |fork_join: &dyn ForkJoin| Self { code: code.clone(), threads: threads.clone() }.run_with(LIMIT, fork_join);
        let serial = again(&Inline);
        for workers in [1, 2, 8] {
            assert_eq!(again(&Workers::new(workers)), serial, "{workers} workers");
        }
        serial
    }
}

/// Gas that one transaction may have at most (EIP-7825).
pub(crate) const LIMIT: u64 = 1 << 24;

/// Spawns `thread(number)` under the name `id`; whether it was is left on the stack.
pub(crate) fn spawn(code: &mut Code, id: u64, number: u64) {
    spawn_with(code, id, number, SLICE / 64);
}

pub(crate) fn spawn_with(code: &mut Code, id: u64, number: u64, gas: u64) {
    code.push(number).push(0).op(0x52).push(0x20).push(0).push(gas).push(id).op(0xb0);
}

/// Leaves the status on the stack, and the output's first word at 0x20.
pub(crate) fn join(code: &mut Code, id: u64) {
    code.push(0x20).push(0x20).push(id).op(0xbd);
}

pub(crate) fn store(code: &mut Code, slot: u64, value: u64) {
    code.push(value).push(slot).op(0x55);
}

/// Uses more than the least that a transaction with call data pays (EIP-7623).
pub(crate) fn above_the_floor(code: &mut Code) {
    code.push(9).op(0x54).op(0x50);
}

/// Stores what is on the stack.
pub(crate) fn keep(code: &mut Code, slot: u64) {
    code.push(slot).op(0x55);
}

pub(crate) fn increment(code: &mut Code, slot: u64) {
    code.push(1).push(slot).op(0x54).op(0x01).push(slot).op(0x55);
}

pub(crate) fn return_slot(code: &mut Code, slot: u64) {
    code.push(slot).op(0x54).push(0).op(0x52).push(0x20).push(0).op(0xf3);
}

/// A call to the system contract with these words; whether it succeeded is left on the stack, the answer from 0x400 on.
pub(crate) fn system(code: &mut Code, signature: &str, words: &[u64]) {
    system_bytes(code, &system_call(signature, words), Some(0));
}

/// The same by `STATICCALL`.
pub(crate) fn static_system(code: &mut Code, signature: &str, words: &[u64]) {
    system_bytes(code, &system_call(signature, words), None);
}

/// Call data of the system contract.
pub(crate) fn system_call(signature: &str, words: &[u64]) -> Vec<u8> {
    let mut data = keccak256(signature)[..4].to_vec();
    words.iter().for_each(|word| data.extend(U256::from(*word).to_be_bytes::<32>()));
    data
}

/// A call to the system contract with these bytes and so much wei, by `STATICCALL` where it can carry none.
pub(crate) fn system_bytes(code: &mut Code, data: &[u8], wei: Option<u64>) {
    write(code, 0x300, data);
    code.push(0x80).push(0x400).push(data.len() as u64).push(0x300);
    wei.into_iter().for_each(|wei| _ = code.push(wei));
    code.push_address(SYSTEM_CONTRACT).push(0).op(if wei.is_some() { 0xf1 } else { 0xfa });
}

/// Puts bytes into memory.
pub(crate) fn write(code: &mut Code, at: u64, bytes: &[u8]) {
    for (word, at) in bytes.chunks(32).zip((at..).step_by(32)) {
        code.op(0x7f);
        (0..32).for_each(|byte| _ = code.op(word.get(byte).copied().unwrap_or(0)));
        code.push(at).op(0x52);
    }
}

/// Creates a contract with this code and so much wei, whose init code writes a slot; its address is left on the stack. Memory
/// from `at` on is used.
pub(crate) fn create(code: &mut Code, at: u64, runtime: &[u8], wei: u64) {
    // SSTORE(9, 1), PUSH2 size, DUP1, PUSH1 15, PUSH0, CODECOPY, PUSH0, RETURN: the rest is the code.
    let [high, low] = u16::try_from(runtime.len()).expect("test programs are short").to_be_bytes();
    let init = [&[0x60, 1, 0x60, 9, 0x55, 0x61, high, low, 0x80, 0x60, 15, 0x5f, 0x39, 0x5f, 0xf3], runtime].concat();
    write(code, at, &init);
    code.push(init.len() as u64).push(at).push(wei).op(0xf0);
}

/// Code that calls back whoever calls it, with the same word, and answers the sum of the answer and whether that succeeded.
pub(crate) fn mirror() -> Vec<u8> {
    let mut code = Code::default();
    code.push(0).op(0x35).push(0).op(0x52);
    code.push(0x20).push(0x20).push(0x20).push(0).push(0).op(0x33).op(0x5a).op(0xf1);
    code.push(0x20).op(0x51).op(0x01).push(0).op(0x52).push(0x20).push(0).op(0xf3);
    code.finish()
}
