//! A machine: one interpreter that lives on one thread and executes one transaction after another.

use crate::{
    Environment, Execution, Outcome, PreparedTransaction, TransactionResult,
    code_cache::CodeCache,
    database::{DbError, Reads},
    handler::{FeeHandler, RevmError},
    instructions::{Instructions, instructions},
    journal::RecordingJournal,
    record,
    spare::Spare,
    threads::{ForkJoin, ThreadNote, Threads},
    transfer,
};
use access_list::AccessRecord;
use primitives::{Address, Bytes, U256};
use revm::{
    context::{BlockEnv, CfgEnv, Context, Evm, JournalTr, TxEnv},
    context_interface::result::{EVMError, ExecutionResult},
    handler::{EthFrame, EthPrecompiles, Handler, SystemCallTx},
};
use state::{StateError, StateReader};
use std::sync::Arc;

pub(crate) type RevmContext<'v> =
    Context<&'v BlockEnv, Arc<TxEnv>, &'v CfgEnv, Reads<'v>, RecordingJournal<'v>, Threads<'v>>;
pub(crate) type RevmEvm<'v> = Evm<RevmContext<'v>, (), Instructions<'v>, EthPrecompiles, EthFrame>;

/// Gas of a system call. revm gives more, which is what Amsterdam intends (EIP-8037).
const SYSTEM_CALL_GAS: u64 = 30_000_000;

/// Executes transactions inside one block against the state that its reader shows at the moment.
pub struct Machine<'v> {
    pub(crate) evm: RevmEvm<'v>,
    clears_empty: bool,
    /// An empty record with memory.
    spare: AccessRecord,
}

impl std::fmt::Debug for Machine<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Machine").field("block", &self.evm.ctx.block).finish_non_exhaustive()
    }
}

/// What a system call gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemCall {
    /// What was touched.
    pub record: AccessRecord,
    /// How the call ended, with its return data. Gas is not charged to anybody.
    pub result: TransactionResult,
}

impl<'v> Machine<'v> {
    /// A machine for the block of `environment`, reading from `state`.
    pub fn new(environment: &'v Environment, codes: &'v CodeCache, state: &'v dyn StateReader) -> Self {
        let spec = environment.cfg.spec;
        let mut journal = RecordingJournal::new(Reads::new(state, codes));
        journal.set_spec_id(spec);
        if environment.records_operations {
            journal.record_operations();
        }
        journal.preimages = environment.preimages.as_deref();
        let Spare { frames: frame_stack, local, words, .. } = Spare::take();
        let context = Context {
            block: &environment.block,
            tx: Arc::new(TxEnv::default()),
            cfg: &environment.cfg,
            journaled_state: journal,
            chain: Threads { words, ..Threads::new(environment, codes) },
            local,
            error: Ok(()),
        };
        let (instruction, precompiles) = (instructions(environment), EthPrecompiles::new(spec));
        let evm = Evm { ctx: context, inspector: (), instruction, precompiles, frame_stack };
        Self { evm, clears_empty: environment.clears_empty_accounts(), spare: AccessRecord::default() }
    }

    /// Has threads of contracts run by `fork_join`, where they would otherwise run one after another.
    #[must_use]
    pub fn with_fork_join(mut self, fork_join: &'v dyn ForkJoin) -> Self {
        self.evm.ctx.chain.host.fork_join = fork_join;
        self
    }

    /// How the threads of the last transaction were run, if [`Environment::note_threads`] asks for it.
    pub fn take_threads(&mut self) -> Vec<ThreadNote> {
        self.evm.ctx.chain.take_notes()
    }

    /// Takes back a record that nobody needs any more, so that the next one needs no memory of its own.
    pub fn recycle(&mut self, mut record: AccessRecord) {
        record.clear();
        self.spare = record;
    }

    /// Executes a transaction. Nothing is left behind in the machine.
    pub fn execute(&mut self, transaction: &PreparedTransaction) -> Result<Execution, StateError> {
        self.evm.ctx.tx = Arc::clone(&transaction.env);
        if transaction.is_plain
            && self.evm.ctx.journaled_state.recorder.is_none()
            && let Some(execution) = transfer::execute(&mut self.evm, transaction, &mut self.spare, self.clears_empty)?
        {
            return Ok(execution);
        }
        self.interpret(transaction)
    }

    fn interpret(&mut self, transaction: &PreparedTransaction) -> Result<Execution, StateError> {
        self.evm.ctx.chain.clear();
        let mut handler = FeeHandler::new();
        let ran = handler.run(&mut self.evm);
        if let Some(error) = self.evm.ctx.journaled_state.failure.take() {
            self.clear();
            return Err(error);
        }
        let (outcome, mut fee) = match ran {
            Ok(result) => (Outcome::Included(self.result(result)), Some(handler.fee.get())),
            Err(EVMError::Transaction(invalid)) => {
                self.evm.ctx.journaled_state.forget_operations();
                (Outcome::Invalid(Box::new(invalid)), None)
            }
            Err(error) => {
                self.clear();
                return Err(failure(error));
            }
        };
        let included = matches!(outcome, Outcome::Included(_));
        let journal = &mut self.evm.ctx.journaled_state;
        if included {
            let spending_max = transaction.spending_max.unwrap_or(U256::MAX);
            journal.observations.spending(transaction.sender(), spending_max);
        } else {
            journal.observations.balance(transaction.sender());
        }
        let beneficiary = self.evm.ctx.block.beneficiary;
        if journal.journal.inner.state.get(&beneficiary).is_some_and(|account| account.is_selfdestructed()) {
            fee = None;
        }
        let record = record::take(journal, std::mem::take(&mut self.spare), self.clears_empty);
        Ok(Execution { record, fee, outcome })
    }

    /// Calls a system contract with 30 million gas that nobody pays for (EIP-2935, 4788, 7002, 7251).
    pub fn system_call(&mut self, contract: Address, input: Bytes) -> Result<SystemCall, StateError> {
        let call = TxEnv { gas_limit: SYSTEM_CALL_GAS, ..TxEnv::new_system_tx(contract, input) };
        self.evm.ctx.tx = Arc::new(call);
        self.evm.ctx.chain.clear();
        match FeeHandler::new().run_system_call(&mut self.evm) {
            Ok(result) => {
                let spare = std::mem::take(&mut self.spare);
                let record = record::take(&mut self.evm.ctx.journaled_state, spare, self.clears_empty);
                Ok(SystemCall { record, result: self.result(result) })
            }
            Err(error) => {
                self.clear();
                Err(failure(error))
            }
        }
    }

    /// The result with the operations, if they are written down.
    fn result(&mut self, result: ExecutionResult) -> TransactionResult {
        let refund = result.gas().final_refunded();
        let mut result = TransactionResult::from_revm(result);
        if let Some(recorder) = &mut self.evm.ctx.journaled_state.recorder {
            result.operations = Some(Box::new(recorder.finish(refund)));
        }
        result
    }

    /// Drops what an aborted transaction left in the journal.
    fn clear(&mut self) {
        self.evm.ctx.journaled_state.finalize();
        self.evm.ctx.journaled_state.observations.clear();
        self.evm.ctx.journaled_state.journal.database.told.clear();
        self.evm.ctx.error = Ok(());
        self.evm.ctx.journaled_state.forget_operations();
    }
}

impl Drop for Machine<'_> {
    fn drop(&mut self) {
        let RevmEvm { ctx, frame_stack, .. } = &mut self.evm;
        let (frames, local) = (std::mem::take(frame_stack), std::mem::take(&mut ctx.local));
        Spare { frames, local, words: ctx.chain.words.take(), warm: None }.keep(ctx.chain.deepest);
    }
}

/// What stopped the interpreter when it was not the transaction.
fn failure(error: RevmError) -> StateError {
    match error {
        EVMError::Database(DbError(error)) => error,
        error => StateError::Backend(format!("interpreter: {error}")),
    }
}
