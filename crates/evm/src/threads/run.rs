//! One thread, run to its end by an interpreter of its own.

use super::{Fork, ForkJoin, ForkPoint, Seen, ThreadHost, ThreadNote, Threads, table::Thread};
use crate::{
    database::{DbError, Reads},
    handler::FeeHandler,
    instructions::instructions,
    journal::RecordingJournal,
    machine::RevmEvm,
    observations::Observations,
    operation::ThreadOperations,
    spare::Spare,
};
use primitives::{Account, Address, B256, Log, U256};
use revm::{
    context::{Context, Evm, JournalTr, TxEnv, journal::JournalEntry},
    context_interface::{context::ContextError, result::EVMError},
    handler::{EthPrecompiles, FrameResult, Handler},
    interpreter::{
        CallInput, CallInputs, CallScheme, CallValue, FrameInput, InterpreterResult, SharedMemory,
        interpreter_action::FrameInit,
    },
    state::{Bytecode, EvmState, TransientStorage},
};
use state::{StateError, StateReader};
use std::sync::Arc;

/// The frame that spawned, as its threads need to know it.
#[derive(Clone, Debug)]
pub(crate) struct FrameFacts {
    /// The contract: whose storage it is.
    pub(crate) address: Address,
    /// Whose code runs.
    pub(crate) code_address: Address,
    pub(crate) code: (B256, Bytecode),
    pub(crate) depth: usize,
    /// Gas that it had used when its threads were settled; told only where threads are noted.
    pub(crate) used: u64,
}

/// A thread that ran: how it ended, and all that it left in its journal.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) ended: InterpreterResult,
    pub(crate) state: EvmState,
    pub(crate) entries: Vec<JournalEntry>,
    pub(crate) logs: Vec<Log>,
    pub(crate) transient: TransientStorage,
    pub(crate) destroyed: Vec<Address>,
    pub(crate) seen: Seen,
    pub(crate) observations: Observations,
    pub(crate) told: Vec<(Address, Option<Account>)>,
    pub(crate) operations: Vec<ThreadOperations>,
    /// Of its own threads, where threads are noted.
    pub(crate) notes: Vec<ThreadNote>,
}

/// Runs a thread on what `point` and `state` show. Its own threads go to `fork_join`.
pub(crate) fn run(
    host: &ThreadHost<'_>,
    fork_join: &dyn ForkJoin,
    tx: &Arc<TxEnv>,
    (frame, thread): (&FrameFacts, &Thread),
    point: ForkPoint<'_>,
    state: &dyn StateReader,
) -> Result<Ran, StateError> {
    let environment = host.environment;
    let spec = environment.cfg.spec;
    let precompiles = EthPrecompiles::new(spec);
    let mut journal = RecordingJournal::new(Reads::new(state, host.codes));
    journal.set_spec_id(spec);
    let Spare { frames: frame_stack, local, words, warm } = Spare::take();
    match warm {
        Some((kept, warm)) if kept == spec => journal.journal.inner.warm_addresses = warm,
        _ => journal.warm_precompiles(precompiles.warm_addresses()),
    }
    if let Some(coinbase) = point.warm.coinbase() {
        journal.warm_coinbase_account(coinbase);
    }
    journal.fork(point, environment.records_operations);
    let context = Context {
        block: &environment.block,
        tx: Arc::clone(tx),
        cfg: &environment.cfg,
        journaled_state: journal,
        chain: Threads { words, ..Threads::inside(ThreadHost { fork_join, nest: host.nest + 1, ..host.clone() }) },
        local,
        error: Ok(()),
    };
    let instruction = instructions(environment);
    let mut evm: RevmEvm<'_> = Evm { ctx: context, inspector: (), instruction, precompiles, frame_stack };
    evm.ctx.journaled_state.load_account(frame.address).map_err(|DbError(error)| error)?;
    let memory = SharedMemory::new_with_buffer(evm.ctx.local.shared_memory_buffer.clone());
    let frame_input = FrameInput::Call(Box::new(call(frame, thread)));
    let first = FrameInit { depth: frame.depth + 1, memory, frame_input };
    let result = FeeHandler::new().run_exec_loop(&mut evm, first).map_err(|error| match error {
        EVMError::Database(DbError(error)) => error,
        error => StateError::Backend(format!("interpreter: {error}")),
    })?;
    take(evm, result)
}

fn call(frame: &FrameFacts, thread: &Thread) -> CallInputs {
    CallInputs {
        input: CallInput::Bytes(thread.data.call_data.clone()),
        return_memory_offset: 0..0,
        gas_limit: thread.gas,
        reservoir: 0,
        bytecode_address: frame.code_address,
        known_bytecode: frame.code.clone(),
        target_address: frame.address,
        caller: frame.address,
        value: CallValue::Transfer(U256::ZERO),
        scheme: CallScheme::Call,
        is_static: thread.is_static,
        charged_new_account_state_gas: false,
    }
}

fn take(mut evm: RevmEvm<'_>, result: FrameResult) -> Result<Ran, StateError> {
    match std::mem::replace(&mut evm.ctx.error, Ok(())) {
        Ok(()) => {}
        Err(ContextError::Db(DbError(error))) => return Err(error),
        Err(ContextError::Custom(error)) => return Err(StateError::Backend(format!("interpreter: {error}"))),
    }
    let notes = evm.ctx.chain.take_notes();
    let mut journal = evm.ctx.journaled_state;
    if let Some(error) = journal.failure.take() {
        return Err(error);
    }
    journal.sync();
    let operations = journal.recorder.take().map(|mut recorder| recorder.take_thread()).unwrap_or_default();
    let seen = journal
        .fork
        .take()
        .map(|fork| {
            let Fork { seen, .. } = *fork;
            seen
        })
        .unwrap_or_default();
    let told = std::mem::take(&mut journal.journal.database.told);
    let inner = journal.journal.inner;
    let warm = Some((inner.cfg.spec, inner.warm_addresses));
    let Threads { words, deepest, .. } = evm.ctx.chain;
    Spare { frames: evm.frame_stack, local: evm.ctx.local, words, warm }.keep(deepest);
    Ok(Ran {
        ended: result.into_interpreter_result(),
        state: inner.state,
        entries: inner.journal,
        logs: inner.logs,
        transient: inner.transient_storage,
        destroyed: inner.selfdestructed_addresses,
        seen,
        observations: journal.observations,
        told,
        operations,
        notes,
    })
}
