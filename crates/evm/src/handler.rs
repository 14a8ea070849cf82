//! The pipeline of one transaction: revm's, save that the beneficiary's fee is handed out instead of paid.
//!
//! Paying it inside would make every pair of transactions conflict on one balance. The scheduler credits it after each
//! transaction, in order, which is the same since nothing inside a transaction comes after the payment.

use crate::{
    database::DbError,
    interpreter::{self, Table, Words},
    intrinsic_gas,
    machine::RevmEvm,
};
use primitives::{KECCAK256_EMPTY, U256};
use revm::{
    context::{ContextTr, JournalTr},
    context_interface::{
        Block, Cfg, Transaction,
        context::ContextError,
        journaled_state::{JournalLoadError, account::JournaledAccountTr},
        result::{EVMError, HaltReason, InvalidTransaction},
    },
    handler::{EthFrame, EvmTr, FrameResult, Handler, ItemOrResult, MainnetHandler, pre_execution},
    interpreter::{InitialAndFloorGas, interpreter_action::FrameInit},
    primitives::hardfork::SpecId,
};
use std::{cell::Cell, marker::PhantomData};

pub(crate) type RevmError = EVMError<DbError, InvalidTransaction>;

/// Handler of one transaction on a machine.
pub(crate) struct FeeHandler<'v> {
    /// The beneficiary's fee in wei, set when the transaction ran to its end.
    pub(crate) fee: Cell<U256>,
    machine: PhantomData<RevmEvm<'v>>,
}

impl FeeHandler<'_> {
    pub(crate) const fn new() -> Self {
        Self { fee: Cell::new(U256::ZERO), machine: PhantomData }
    }
}

/// What the beneficiary gets for each unit of gas, in wei (EIP-1559: the base fee is burnt).
pub(crate) fn fee_per_gas(block: impl Block, tx: impl Transaction, cfg: impl Cfg<Spec = SpecId>) -> u128 {
    let base_fee = u128::from(block.basefee());
    let price = tx.effective_gas_price(base_fee);
    if cfg.spec().is_enabled_in(SpecId::LONDON) { price.saturating_sub(base_fee) } else { price }
}

impl<'v> Handler for FeeHandler<'v> {
    type Evm = RevmEvm<'v>;
    type Error = RevmError;
    type HaltReason = HaltReason;

    fn validate_initial_tx_gas(&self, evm: &mut RevmEvm<'v>) -> Result<InitialAndFloorGas, RevmError> {
        match intrinsic_gas::of_plain_call(&evm.ctx.tx, evm.ctx.cfg) {
            Some(gas) => Ok(gas),
            None => MainnetHandler::<RevmEvm<'v>, RevmError, EthFrame>::default().validate_initial_tx_gas(evm),
        }
    }

    /// As revm does it, but without a look at the code of a sender that has none.
    fn validate_against_state_and_deduct_caller(
        &self,
        evm: &mut RevmEvm<'v>,
        _: &mut InitialAndFloorGas,
    ) -> Result<(), RevmError> {
        let (block, tx, cfg, journal, ..) = evm.ctx.all_mut();
        let mut sender = journal.load_account_mut_optional_code(tx.caller(), false)?.data;
        let has_code = sender.account().info.code_hash != KECCAK256_EMPTY;
        if has_code {
            sender.load_code_preserve_error().map_err(JournalLoadError::unwrap_db_error)?;
        }
        let (is_code_ignored, is_nonce_ignored) =
            (!has_code || cfg.is_eip3607_disabled(), cfg.is_nonce_check_disabled());
        let info = &sender.account().info;
        pre_execution::validate_account_nonce_and_code(info, tx.nonce(), is_code_ignored, is_nonce_ignored)?;
        let balance = pre_execution::calculate_caller_fee(*sender.balance(), tx, block, cfg)?;
        sender.set_balance(balance);
        if tx.kind().is_call() {
            sender.bump_nonce();
        }
        Ok(())
    }

    /// As revm does it, with a loop of our own inside the frames.
    fn run_exec_loop(&mut self, evm: &mut RevmEvm<'v>, first: FrameInit) -> Result<FrameResult, RevmError> {
        let mut words = std::mem::take(&mut evm.ctx.chain.words);
        let result = run_frames(evm, first, words.get_or_insert_default());
        evm.ctx.chain.words = words;
        Ok(result?)
    }

    fn reward_beneficiary(&self, evm: &mut RevmEvm<'v>, frame: &mut FrameResult) -> Result<(), RevmError> {
        let gas = frame.gas();
        let used = gas.used().saturating_sub(gas.reservoir());
        let price = fee_per_gas(evm.ctx.block(), evm.ctx.tx(), evm.ctx.cfg());
        self.fee.set(U256::from(price * u128::from(used)));
        Ok(())
    }
}

/// Runs a frame with all that it calls.
fn run_frames(
    evm: &mut RevmEvm<'_>,
    first: FrameInit,
    words: &mut Words,
) -> Result<FrameResult, ContextError<DbError>> {
    if let ItemOrResult::Result(result) = evm.frame_init(first)? {
        return Ok(result);
    }
    loop {
        let result = match run_frame(evm, words)? {
            ItemOrResult::Item(callee) => match evm.frame_init(callee)? {
                ItemOrResult::Item(_) => {
                    let open = evm.frame_stack.index().map_or(0, |index| index + 1);
                    evm.ctx.chain.deepest = evm.ctx.chain.deepest.max(open);
                    continue;
                }
                ItemOrResult::Result(result) => result,
            },
            ItemOrResult::Result(result) => result,
        };
        if let Some(result) = evm.frame_return_result(result)? {
            return Ok(result);
        }
    }
}

/// Runs the innermost frame until it ends or calls.
fn run_frame(
    evm: &mut RevmEvm<'_>,
    words: &mut Words,
) -> Result<ItemOrResult<FrameInit, FrameResult>, ContextError<DbError>> {
    let RevmEvm { ctx, instruction, frame_stack, .. } = evm;
    let frame = frame_stack.get();
    let table = Table { instructions: instruction.instruction_table(), prices: instruction.gas_table() };
    let action = interpreter::run(&mut frame.interpreter, &table, ctx, words);
    let next = frame.process_next_action::<_, ContextError<DbError>>(ctx, action)?;
    if next.is_result() {
        frame.set_finished(true);
    }
    Ok(next)
}
