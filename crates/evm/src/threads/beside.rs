//! Threads on interpreters of their own, beside the one whose frame spawned them: those of a [`Machine`](crate::Machine).

use super::{ThreadTable, barrier::At, commands::used, record_data::RecordData, run::FrameFacts, threading::Threading};
use crate::{database::DbError, instructions::create, machine::RevmContext};
use primitives::{Address, ThreadGas};
use revm::{
    context_interface::context::ContextError,
    interpreter::{InstructionExecResult, InstructionResult, interpreter_types::InputsTr},
};

impl Threading for RevmContext<'_> {
    #[inline]
    fn table(&mut self) -> &mut ThreadTable {
        &mut self.chain.table
    }

    #[inline]
    fn is_idle(&self) -> bool {
        self.chain.table.is_empty()
    }

    fn prices(&self) -> ThreadGas {
        // There are some wherever there are these instructions.
        self.chain.host.environment.threads.unwrap_or_default()
    }

    fn nest(&mut self, _depth: usize) -> usize {
        self.chain.host.nest
    }

    fn entries(&self) -> usize {
        self.journaled_state.journal.inner.journal.len()
    }

    fn takes_notes(&self) -> bool {
        self.chain.notes.is_some()
    }

    fn settle(at: &mut At<'_, Self>) -> InstructionExecResult {
        if at.host.chain.table.is_empty() {
            return Ok(());
        }
        let depth = at.interpreter.input.depth();
        let used = if at.host.takes_notes() { used(at) } else { 0 };
        let threads = at.host.chain.table.take_open(depth);
        if threads.is_empty() {
            return Ok(());
        }
        let frame = facts(at, used);
        match super::group::settle(at.host, &frame, threads) {
            Ok(all) => {
                for ended in all {
                    at.interpreter.gas.erase_cost(ended.unused);
                    at.interpreter.gas.record_refund(ended.refund);
                    at.host.chain.table.finish(depth, ended.finished);
                }
                Ok(())
            }
            Err(error) => {
                at.host.error = Err(ContextError::Db(DbError(error)));
                Err(InstructionResult::FatalExternalError)
            }
        }
    }

    fn note_record(&mut self, address: Address, record: &RecordData) {
        self.journaled_state.note_record(address, record);
    }

    fn create<const IS_CREATE2: bool>(at: At<'_, Self>) -> InstructionExecResult {
        create::<IS_CREATE2>(at)
    }
}

fn facts(at: &mut At<'_, RevmContext<'_>>, used: u64) -> FrameFacts {
    let address = at.interpreter.input.target_address();
    FrameFacts {
        address,
        code_address: at.interpreter.input.bytecode_address().copied().unwrap_or(address),
        code: (at.interpreter.bytecode.get_or_calculate_hash(), (*at.interpreter.bytecode).clone()),
        depth: at.interpreter.input.depth(),
        used,
    }
}
