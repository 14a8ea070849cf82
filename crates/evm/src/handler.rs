//! The pipeline of one transaction: revm's, save that the beneficiary's fee is handed out instead of paid.
//!
//! Paying it inside would make every pair of transactions conflict on one balance. The scheduler credits it after each
//! transaction, in order, which is the same since nothing inside a transaction comes after the payment.

use crate::{database::DbError, machine::RevmEvm};
use primitives::U256;
use revm::{
    context::ContextTr,
    context_interface::{
        Block, Cfg, Transaction,
        result::{EVMError, HaltReason, InvalidTransaction},
    },
    handler::{FrameResult, Handler},
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

    fn reward_beneficiary(&self, evm: &mut RevmEvm<'v>, frame: &mut FrameResult) -> Result<(), RevmError> {
        let gas = frame.gas();
        let used = gas.used().saturating_sub(gas.reservoir());
        let price = fee_per_gas(evm.ctx.block(), evm.ctx.tx(), evm.ctx.cfg());
        self.fee.set(U256::from(price * u128::from(used)));
        Ok(())
    }
}
