//! Plain transfers without the interpreter.
//!
//! A call to an account without code does one thing: it moves value and gas money. Every check that the interpreter's
//! pipeline makes is made here, by the same functions, in the same order; the record is the same but for one point: from
//! EIP-161 on a transfer does not care whether its recipient exists, and says so. Before, it brings it into existence.

use crate::{
    Execution, Outcome, PreparedTransaction, Status, TransactionResult,
    handler::{FeeHandler, RevmError, fee_per_gas},
    machine::RevmEvm,
};
use access_list::{AccessRecord, AccountAccess, Observed};
use primitives::{Account, Bytes, U256};
use revm::{
    context::ContextTr,
    context_interface::{
        Transaction,
        result::{EVMError, InvalidTransaction},
    },
    handler::Handler,
    primitives::hardfork::SpecId,
};
use state::StateError;

/// Executes the transaction, or says that it needs the interpreter.
pub(crate) fn execute(
    evm: &mut RevmEvm<'_>,
    transaction: &PreparedTransaction,
    spare: &mut AccessRecord,
    clears_empty: bool,
) -> Result<Option<Execution>, StateError> {
    let env = &*transaction.env;
    let Some(&to) = env.kind.to() else { return Ok(None) };
    // Amsterdam logs transfers and prices them anew (EIP-7708, EIP-2780).
    if evm.ctx.cfg.spec.is_enabled_in(SpecId::AMSTERDAM) || evm.precompiles.contains(&to) {
        return Ok(None);
    }
    let reader = evm.ctx.journaled_state.journal.database.state;
    let recipient = reader.account(to)?;
    if recipient.is_some_and(|account| account.has_code()) {
        return Ok(None);
    }
    let sender = reader.account(env.caller)?;
    if sender.is_some_and(|account| account.has_code()) {
        return Ok(None);
    }
    let payer = sender.unwrap_or_default();
    let gas_used = match price(evm, transaction, &payer) {
        Ok(gas_used) => gas_used,
        Err(invalid) => {
            let mut record = AccessRecord::default();
            record.push(access(env.caller, sender, sender, Observed::ALL, U256::ZERO), []);
            return Ok(Some(Execution { record, fee: None, outcome: Outcome::Invalid(Box::new(invalid)) }));
        }
    };
    let paid = U256::from(env.effective_gas_price(u128::from(evm.ctx.block.basefee)) * u128::from(gas_used));
    let Some(credited) = recipient.unwrap_or_default().balance.checked_add(env.value) else { return Ok(None) };

    let sender_after = Account { balance: payer.balance - env.value - paid, nonce: payer.nonce + 1, ..payer };
    let recipient_after = Account { balance: credited, ..recipient.unwrap_or_default() };
    let mut record = std::mem::take(spare);
    record.accounts.reserve_exact(2);
    let sees_nonce = Observed { nonce: true, existence: true, balance: false };
    let spending_max = transaction.spending_max.unwrap_or(U256::MAX);
    record.push(access(env.caller, sender, Some(sender_after), sees_nonce, spending_max), []);
    let recipient_after = (!clears_empty || !recipient_after.is_empty()).then_some(recipient_after);
    let observed = Observed { existence: !clears_empty, ..Observed::default() };
    record.push(access(to, recipient, recipient_after, observed, U256::ZERO), []);

    let fee = fee_per_gas(evm.ctx.block(), evm.ctx.tx(), evm.ctx.cfg()) * u128::from(gas_used);
    let result = TransactionResult {
        status: Status::Success,
        gas_used,
        logs: Vec::new(),
        output: Bytes::new(),
        created: None,
        operations: None,
    };
    Ok(Some(Execution { record, fee: Some(U256::from(fee)), outcome: Outcome::Included(result) }))
}

/// Validates the transaction and returns the gas that it uses.
fn price(evm: &mut RevmEvm<'_>, transaction: &PreparedTransaction, payer: &Account) -> Result<u64, InvalidTransaction> {
    let handler = FeeHandler::new();
    let invalid = |error: RevmError| match error {
        EVMError::Transaction(invalid) => invalid,
        error => InvalidTransaction::Str(error.to_string().into()),
    };
    handler.validate_env(evm).map_err(invalid)?;
    let gas = handler.validate_initial_tx_gas(evm).map_err(invalid)?;
    let env = &*transaction.env;
    // That the payer has no code was seen before.
    let (is_code_ignored, is_nonce_ignored) = (true, false);
    revm::handler::pre_execution::validate_account_nonce_and_code(
        &crate::database::account_info(*payer),
        env.nonce,
        is_code_ignored,
        is_nonce_ignored,
    )?;
    env.ensure_enough_balance(payer.balance)?;
    Ok(gas.initial_total_gas().max(gas.floor_gas()))
}

fn access(
    address: primitives::Address,
    before: Option<Account>,
    after: Option<Account>,
    observed: Observed,
    balance_min: U256,
) -> AccountAccess {
    AccountAccess { address, before, after, observed, balance_min, wiped: false, slots_end: 0 }
}
