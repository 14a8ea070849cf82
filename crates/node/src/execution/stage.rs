//! Where calls run: a state with changes over it, the values of a block, and revm.
//!
//! ```text
//!  TxEnv ─▶ Stage::run ─▶ validate ─▶ execute under an inspector and the eye of a budget ─▶ result, changes
//!                             │ Rules::Call: what a call need not keep is not checked
//! ```
//!
//! The machine is revm's own and not that of the room `evm`, because inspectors need revm's journal. Two rules that
//! revm lacks are therefore missing here: the prices of Constantinople (EIP-1283) and EIP-7610. No block of mainnet
//! was touched by either.
//!
//! Threads of contracts (spec 0005) run one after another, each as a frame: to an inspector a thread is a call that the
//! contract makes to itself. An instruction that settles threads is seen once more for each thread that it runs.

use super::{overlay::Overlay, precompiles::Precompiles, watch::Watch};
use evm::{CodeCache, FrameContext, FrameThreads};
use executor::PreparedBlock;
use primitives::{Address, B256, Block, ChainSpec, Fork, Header, ThreadGas, U256};
use revm::{
    Database, DatabaseRef, Inspector,
    context::{BlockEnv, CfgEnv, Context, ContextTr, Evm, Journal, JournalTr, LocalContext, TxEnv},
    context_interface::{
        journaled_state::account::JournaledAccountTr,
        result::{EVMError, ExecResultAndState, ExecutionResult, HaltReason, InvalidTransaction, ResultAndState},
    },
    database_interface::DBErrorMarker,
    handler::{EthFrame, Handler, instructions::EthInstructions, pre_execution, validation},
    inspector::InspectorHandler,
    interpreter::{InitialAndFloorGas, interpreter::EthInterpreter},
    primitives::hardfork::SpecId,
    state::{AccountInfo, Bytecode},
};
use rpc::{RpcError, backend::Budget};
use state::{StateError, StateReader};

/// revm's context on a stage.
pub(crate) type StageContext<'s> = FrameContext<Source<'s>>;
type Instructions<'s> = EthInstructions<EthInterpreter, StageContext<'s>>;
type StageEvm<'s, I> = Evm<StageContext<'s>, I, Instructions<'s>, Precompiles, EthFrame>;
type StageError = EVMError<ReadError, InvalidTransaction>;
/// Whoever watches a call.
pub(crate) type DynInspector<'s, 'i> = dyn Inspector<StageContext<'s>, EthInterpreter> + 'i;

/// Which checks a transaction passes before it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rules {
    /// Those of a block.
    Block,
    /// Those of a block, but for the bound on the gas of one transaction (EIP-7825): a simulated call that names no gas
    /// has what is left of its block.
    Simulation,
    /// Those of `eth_call`: any nonce, any sender, any amount of gas, and no price at all instead of the base fee.
    Call,
}

/// A block in which transactions can be run one after another.
#[derive(Clone)]
pub(crate) struct Stage<'a> {
    pub(crate) overlay: Overlay<'a>,
    pub(crate) codes: &'a CodeCache,
    pub(crate) block: BlockEnv,
    pub(crate) cfg: CfgEnv,
    pub(crate) precompiles: Precompiles,
    pub(crate) fork: Fork,
    /// What threads cost, where contracts may have them.
    threads: Option<ThreadGas>,
}

/// What a run gave.
pub(crate) struct Ran {
    /// Result and changes.
    pub(crate) outcome: ResultAndState<HaltReason>,
    /// The last instruction, with the words that were on the stack before it.
    pub(crate) last: Option<(u8, usize)>,
}

/// Why a run gave nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{0}")]
    Invalid(InvalidTransaction),
    #[error("the budget is exhausted")]
    Stopped,
    #[error(transparent)]
    State(#[from] StateError),
    #[error("interpreter: {0}")]
    Interpreter(String),
}

impl<'a> Stage<'a> {
    /// The block of `header` on what `overlay` shows.
    pub(crate) fn new(chain: &ChainSpec, header: &Header, overlay: Overlay<'a>, codes: &'a CodeCache) -> Self {
        let block = Block { header: header.clone(), body: Default::default() };
        let prepared = PreparedBlock::with_transactions(chain, &block, Vec::new());
        let environment = prepared.environment();
        let (block, cfg) = (environment.revm_block().clone(), environment.revm_cfg().clone());
        let threads = environment.thread_gas();
        Self { overlay, codes, precompiles: Precompiles::new(cfg.spec), block, cfg, fork: prepared.fork, threads }
    }

    /// Whether touched empty accounts vanish (EIP-161).
    pub(crate) fn clears_empty(&self) -> bool {
        self.cfg.spec.is_enabled_in(SpecId::SPURIOUS_DRAGON)
    }

    /// Whether contracts may have threads.
    pub(crate) fn has_threads(&self) -> bool {
        self.threads.is_some()
    }

    /// Keeps the changes of a run.
    pub(crate) fn commit(&mut self, ran: &Ran) {
        let clears_empty = self.clears_empty();
        self.overlay.apply_state(&ran.outcome.state, clears_empty);
    }

    /// The state as revm reads it.
    pub(crate) fn source(&self) -> Source<'_> {
        Source { state: &self.overlay, codes: self.codes }
    }

    /// Runs a transaction under an inspector. Nothing is kept.
    pub(crate) fn run<'s>(
        &'s self,
        transaction: TxEnv,
        rules: Rules,
        budget: &Budget,
        inspector: &mut DynInspector<'s, '_>,
    ) -> Result<Ran, Failure> {
        let mut evm = self.evm(transaction, rules, (Watch::new(budget), inspector));
        let result = Pipeline { rules, evm: std::marker::PhantomData }.inspect_run(&mut evm);
        let Watch { stopped, last, .. } = evm.inspector.0;
        if stopped {
            return Err(Failure::Stopped);
        }
        finish(&mut evm.ctx, result, last)
    }

    /// Runs a transaction without a look at it, as quickly as revm can. Nothing is kept.
    pub(crate) fn replay(&self, transaction: TxEnv) -> Result<Ran, Failure> {
        let rules = Rules::Block;
        let mut evm = self.evm(transaction, rules, ());
        let result = Pipeline { rules, evm: std::marker::PhantomData }.run(&mut evm);
        finish(&mut evm.ctx, result, None)
    }

    fn evm<'s, I>(&'s self, transaction: TxEnv, rules: Rules, inspector: I) -> StageEvm<'s, I> {
        let mut cfg = self.cfg.clone();
        if rules == Rules::Call {
            cfg.disable_nonce_check = true;
            cfg.tx_chain_id_check = false;
        }
        if rules != Rules::Block {
            // From Amsterdam on the number is no bound but divides gas into two kinds.
            if !cfg.spec.is_enabled_in(SpecId::AMSTERDAM) {
                cfg.tx_gas_limit_cap = Some(u64::MAX);
            }
        }
        let mut journal = Journal::new(self.source());
        journal.set_spec_id(cfg.spec);
        let mut instructions = Instructions::new_mainnet_with_spec(cfg.spec);
        if self.threads.is_some() {
            FrameThreads::add(&mut instructions, cfg.spec);
        }
        let context = Context {
            block: self.block.clone(),
            tx: transaction,
            cfg,
            journaled_state: journal,
            chain: self.threads.map(FrameThreads::new).unwrap_or_default(),
            local: LocalContext::default(),
            error: Ok(()),
        };
        Evm::new_with_inspector(context, inspector, instructions, self.precompiles.clone())
    }
}

fn finish(
    context: &mut StageContext<'_>,
    result: Result<ExecutionResult<HaltReason>, StageError>,
    last: Option<(u8, usize)>,
) -> Result<Ran, Failure> {
    match result {
        Ok(result) => {
            let state = context.journaled_state.finalize();
            Ok(Ran { outcome: ExecResultAndState { result, state }, last })
        }
        Err(EVMError::Transaction(invalid)) => Err(Failure::Invalid(invalid)),
        Err(EVMError::Database(ReadError(error))) => Err(Failure::State(error)),
        Err(error) => Err(Failure::Interpreter(error.to_string())),
    }
}

/// The way of a transaction: revm's, with fewer checks for calls.
struct Pipeline<'s, I> {
    rules: Rules,
    evm: std::marker::PhantomData<StageEvm<'s, I>>,
}

impl<'s, I> Handler for Pipeline<'s, I> {
    type Evm = StageEvm<'s, I>;
    type Error = StageError;
    type HaltReason = HaltReason;

    fn validate_env(&self, evm: &mut Self::Evm) -> Result<(), StageError> {
        if self.rules != Rules::Call {
            return validation::validate_env(&mut evm.ctx);
        }
        let (gas_limit, base_fee, nonce) = (evm.ctx.block.gas_limit, evm.ctx.block.basefee, evm.ctx.tx.nonce);
        evm.ctx.block.gas_limit = u64::MAX;
        evm.ctx.tx.nonce = 0;
        if evm.ctx.tx.gas_price == 0 && evm.ctx.tx.gas_priority_fee.unwrap_or_default() == 0 {
            evm.ctx.block.basefee = 0;
        }
        let checked = validation::validate_env(&mut evm.ctx);
        (evm.ctx.block.gas_limit, evm.ctx.block.basefee, evm.ctx.tx.nonce) = (gas_limit, base_fee, nonce);
        checked
    }

    fn validate_against_state_and_deduct_caller(
        &self,
        evm: &mut Self::Evm,
        _: &mut InitialAndFloorGas,
    ) -> Result<(), StageError> {
        if self.rules != Rules::Call {
            return pre_execution::validate_against_state_and_deduct_caller(&mut evm.ctx);
        }
        let (block, transaction, cfg, journal, _, _) = evm.ctx.all_mut();
        let mut caller = journal.load_account_with_code_mut(transaction.caller)?.data;
        let balance = pre_execution::calculate_caller_fee(*caller.balance(), transaction, block, cfg)?;
        caller.set_balance(balance);
        if transaction.kind.is_call() {
            // After the greatest nonce comes zero, as in geth: nobody checks it.
            caller.set_nonce(caller.nonce().wrapping_add(1));
        }
        Ok(())
    }
}

impl<'s, I: Inspector<StageContext<'s>, EthInterpreter>> InspectorHandler for Pipeline<'s, I> {
    type IT = EthInterpreter;
}

/// The state of a stage as revm's database.
#[derive(Clone, Copy)]
pub(crate) struct Source<'s> {
    state: &'s Overlay<'s>,
    codes: &'s CodeCache,
}

impl std::fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").finish_non_exhaustive()
    }
}

/// A state error on its way through revm.
#[derive(Clone, Debug, thiserror::Error)]
#[error(transparent)]
pub(crate) struct ReadError(pub(crate) StateError);

impl DBErrorMarker for ReadError {}

impl DatabaseRef for Source<'_> {
    type Error = ReadError;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, ReadError> {
        let account = self.state.account(address).map_err(ReadError)?;
        Ok(account.map(|account| AccountInfo {
            balance: account.balance,
            nonce: account.nonce,
            code_hash: account.code_hash,
            account_id: None,
            code: (!account.has_code()).then(Bytecode::default),
        }))
    }

    fn code_by_hash_ref(&self, hash: B256) -> Result<Bytecode, ReadError> {
        self.codes.get_or_analyse(hash, || self.state.code(hash)).map_err(ReadError)
    }

    fn storage_ref(&self, address: Address, slot: U256) -> Result<U256, ReadError> {
        self.state.storage(address, slot).map_err(ReadError)
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, ReadError> {
        self.state.block_hash(number).map_err(ReadError)
    }
}

impl Database for Source<'_> {
    type Error = ReadError;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, ReadError> {
        self.basic_ref(address)
    }

    fn code_by_hash(&mut self, hash: B256) -> Result<Bytecode, ReadError> {
        self.code_by_hash_ref(hash)
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, ReadError> {
        self.storage_ref(address, slot)
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, ReadError> {
        self.block_hash_ref(number)
    }
}

impl Failure {
    /// The error for a client, who asked for more than one transaction or knows which one.
    pub(crate) fn without_transaction(&self) -> RpcError {
        match self {
            Self::Invalid(reason) => RpcError::invalid_input(reason.to_string()),
            Self::Stopped => RpcError::timeout(),
            // The text may name files.
            Self::State(_) => RpcError::internal("the state could not be read"),
            Self::Interpreter(_) => RpcError::internal("the interpreter failed"),
        }
    }
}
