//! The instruction table: Ethereum's, with a note taken where an instruction sees a balance or a nonce exactly, and hashes
//! remembered.

use crate::{Environment, hash_memo::keccak256_remembered, machine::RevmContext, net_metering, threads};
use access_list::Preimages;
use primitives::{Address, U256};
use revm::{
    handler::instructions::EthInstructions,
    interpreter::{
        Instruction, InstructionContext, InstructionExecResult,
        instructions::{contract, gas_table_spec, host},
        interpreter::EthInterpreter,
        interpreter_types::InputsTr,
    },
};

pub(crate) type Instructions<'v> = EthInstructions<EthInterpreter, RevmContext<'v>>;
type At<'a, 'v> = InstructionContext<'a, RevmContext<'v>, EthInterpreter>;

const KECCAK256: u8 = 0x20;
const BALANCE: u8 = 0x31;
const SELFBALANCE: u8 = 0x47;
const SSTORE: u8 = 0x55;
const CREATE: u8 = 0xf0;
const CREATE2: u8 = 0xf5;

/// Ethereum's table for a fork, with the notes.
pub(crate) fn instructions<'v>(environment: &Environment) -> Instructions<'v> {
    let spec = environment.cfg.spec;
    let gas = gas_table_spec(spec);
    let mut table = Instructions::new_mainnet_with_spec(spec);
    table.insert_instruction(BALANCE, Instruction::new(balance), gas[BALANCE as usize]);
    table.insert_instruction(SELFBALANCE, Instruction::new(self_balance), gas[SELFBALANCE as usize]);
    table.insert_instruction(CREATE, Instruction::new(create::<false>), gas[CREATE as usize]);
    table.insert_instruction(CREATE2, Instruction::new(create::<true>), gas[CREATE2 as usize]);
    let takes_notes = environment.records_operations || environment.preimages.is_some();
    let keccak256 = Instruction::new(if takes_notes { keccak256 } else { keccak256_remembered });
    table.insert_instruction(KECCAK256, keccak256, gas[KECCAK256 as usize]);
    if environment.is_net_metered {
        table.insert_instruction(SSTORE, Instruction::new(net_metering::sstore), gas[SSTORE as usize]);
    }
    if environment.threads.is_some() {
        threads::add(&mut table, spec);
    }
    table
}

fn balance(at: At<'_, '_>) -> InstructionExecResult {
    if let Some(word) = at.interpreter.stack.data().last() {
        let address = Address::from_word(word.to_be_bytes().into());
        at.host.journaled_state.ask_balance(address);
    }
    host::balance(at)
}

fn self_balance(at: At<'_, '_>) -> InstructionExecResult {
    at.host.journaled_state.ask_balance(at.interpreter.input.target_address());
    host::selfbalance(at)
}

/// Notes the hash as an operation, and what was hashed, whichever is wanted.
fn keccak256(at: At<'_, '_>) -> InstructionExecResult {
    let InstructionContext { interpreter, host } = at;
    let operands = interpreter.stack.data().last_chunk().copied();
    keccak256_remembered(InstructionContext { interpreter: &mut *interpreter, host: &mut *host })?;
    let journal = &mut host.journaled_state;
    if let (Some(notes), Some([length, offset])) = (journal.preimages, operands) {
        // It was hashed, so it lies in memory; nothing at all may lie anywhere.
        let [offset, length]: [usize; 2] = [offset, length].map(|operand: U256| operand.saturating_to());
        if Preimages::is_worth(length) {
            notes.lock().insert(&interpreter.memory.slice_len(offset, length));
        }
    }
    if let (true, Some(hash)) = (journal.recorder.is_some(), interpreter.stack.data().last()) {
        journal.note_preimage((*hash).into());
    }
    Ok(())
}

/// The new address depends on the creator's nonce, and an endowment on its balance.
pub(crate) fn create<const IS_CREATE2: bool>(at: At<'_, '_>) -> InstructionExecResult {
    let creator = at.interpreter.input.target_address();
    at.host.journaled_state.observations.nonce(creator);
    if at.interpreter.stack.data().last().is_some_and(|value| !value.is_zero()) {
        at.host.journaled_state.observations.balance(creator);
        at.host.journaled_state.note_balances(&[creator]);
    }
    contract::create::<IS_CREATE2, _, _>(at)
}
