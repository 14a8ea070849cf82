//! geth's words for what stops a call. Client libraries match on them.

use super::stage::Failure;
use primitives::U256;
use revm::{
    bytecode::opcode::OpCode,
    context::{BlockEnv, TxEnv},
    context_interface::result::{HaltReason, InvalidTransaction, OutOfGasError},
};
use rpc::RpcError;
use std::borrow::Cow;

/// Words that the interpreter's stack holds, at most.
const STACK_WORDS_MAX: usize = 1024;

/// Why the machine stopped a call. `last` is its last instruction with the words that were on the stack.
pub(crate) fn halt(reason: &HaltReason, last: Option<(u8, usize)>) -> Cow<'static, str> {
    match reason {
        HaltReason::OutOfGas(OutOfGasError::InvalidOperand) => "gas uint64 overflow",
        HaltReason::OutOfGas(_) => "out of gas",
        HaltReason::InvalidFEOpcode => "invalid opcode: INVALID",
        HaltReason::OpcodeNotFound | HaltReason::NotActivated => return invalid_opcode(last),
        HaltReason::StackUnderflow | HaltReason::StackOverflow => return stack(reason, last),
        HaltReason::InvalidJump => "invalid jump destination",
        HaltReason::OutOfOffset => "return data out of bounds",
        HaltReason::CreateCollision => "contract address collision",
        HaltReason::NonceOverflow => "nonce uint64 overflow",
        HaltReason::CreateContractSizeLimit => "max code size exceeded",
        HaltReason::CreateContractStartingWithEF => "invalid code: must not begin with 0xef",
        HaltReason::CreateInitCodeSizeLimit => "max initcode size exceeded",
        HaltReason::StateChangeDuringStaticCall | HaltReason::CallNotAllowedInsideStatic => "write protection",
        HaltReason::OutOfFunds | HaltReason::OverflowPayment => "insufficient balance for transfer",
        HaltReason::CallTooDeep => "max call depth exceeded",
        HaltReason::PrecompileErrorWithContext(text) => return text.clone().into(),
        HaltReason::PrecompileError => "precompile failed",
    }
    .into()
}

fn invalid_opcode(last: Option<(u8, usize)>) -> Cow<'static, str> {
    let Some((byte, _)) = last else { return "invalid opcode".into() };
    match OpCode::new(byte) {
        Some(opcode) => format!("invalid opcode: {}", opcode.as_str()).into(),
        None => format!("invalid opcode: opcode {byte:#x} not defined").into(),
    }
}

fn stack(reason: &HaltReason, last: Option<(u8, usize)>) -> Cow<'static, str> {
    let info = last.and_then(|(byte, words)| Some((OpCode::new(byte)?, words)));
    match (reason, info) {
        (HaltReason::StackUnderflow, Some((opcode, words))) => {
            format!("stack underflow ({words} <=> {})", opcode.inputs()).into()
        }
        (HaltReason::StackUnderflow, None) => "stack underflow".into(),
        (_, Some((opcode, words))) => {
            let max = STACK_WORDS_MAX + usize::from(opcode.inputs()) - usize::from(opcode.outputs());
            format!("stack limit reached {words} ({max})").into()
        }
        (_, None) => "stack limit reached".into(),
    }
}

/// Why a transaction may not run at all.
pub(crate) fn invalid(reason: &InvalidTransaction, transaction: &TxEnv, block: &BlockEnv) -> String {
    let sender = transaction.caller;
    match reason {
        InvalidTransaction::PriorityFeeGreaterThanMaxFee => format!(
            "max priority fee per gas higher than max fee per gas: address {sender}, maxPriorityFeePerGas: {}, \
             maxFeePerGas: {}",
            transaction.gas_priority_fee.unwrap_or_default(),
            transaction.gas_price
        ),
        InvalidTransaction::GasPriceLessThanBasefee => format!(
            "max fee per gas less than block base fee: address {sender}, maxFeePerGas: {}, baseFee: {}",
            transaction.gas_price, block.basefee
        ),
        InvalidTransaction::CallGasCostMoreThanGasLimit { initial_gas, gas_limit } => {
            format!("intrinsic gas too low: have {gas_limit}, want {initial_gas}")
        }
        InvalidTransaction::GasFloorMoreThanGasLimit { gas_floor, gas_limit } => {
            format!("insufficient gas for floor data gas cost: have {gas_limit}, want {gas_floor}")
        }
        InvalidTransaction::LackOfFundForMaxFee { fee, balance } => {
            format!("insufficient funds for gas * price + value: address {sender} have {balance} want {fee}")
        }
        InvalidTransaction::OverflowPaymentInTransaction => {
            format!("insufficient funds for gas * price + value: address {sender} required balance exceeds 256 bits")
        }
        InvalidTransaction::NonceTooHigh { tx, state } => {
            format!("nonce too high: address {sender}, tx: {tx} state: {state}")
        }
        InvalidTransaction::NonceTooLow { tx, state } => {
            format!("nonce too low: address {sender}, tx: {tx} state: {state}")
        }
        InvalidTransaction::NonceOverflowInTransaction => {
            format!("nonce has max value: address {sender}, nonce: {}", transaction.nonce)
        }
        InvalidTransaction::RejectCallerWithCode => format!("sender not an eoa: address {sender}"),
        InvalidTransaction::CreateInitCodeSizeLimit => "max initcode size exceeded".into(),
        InvalidTransaction::TxGasLimitGreaterThanCap { gas_limit, cap } => {
            format!("transaction gas limit too high (cap: {cap}, tx: {gas_limit})")
        }
        InvalidTransaction::BlobGasPriceGreaterThanMax { block_blob_gas_price, tx_max_fee_per_blob_gas } => format!(
            "max fee per blob gas less than block blob gas fee: address {sender} \
             blobGasFeeCap: {tx_max_fee_per_blob_gas}, blobBaseFee: {block_blob_gas_price}"
        ),
        InvalidTransaction::EmptyBlobs => "blob transaction missing blob hashes".into(),
        InvalidTransaction::BlobCreateTransaction => "blob transaction of type create".into(),
        InvalidTransaction::EmptyAuthorizationList => {
            format!("EIP-7702 transaction with empty auth list (sender {sender})")
        }
        InvalidTransaction::Eip1559NotSupported
        | InvalidTransaction::Eip2930NotSupported
        | InvalidTransaction::Eip4844NotSupported
        | InvalidTransaction::Eip7702NotSupported => "transaction type not supported".into(),
        other => other.to_string(),
    }
}

/// The error of `eth_call` for a run that gave no result.
pub(crate) fn error(failure: &Failure, transaction: &TxEnv, block: &BlockEnv) -> RpcError {
    match failure {
        Failure::Invalid(reason) => RpcError::invalid_input(format!(
            "err: {} (supplied gas {})",
            invalid(reason, transaction, block),
            transaction.gas_limit
        )),
        other => other.without_transaction(),
    }
}

/// Not enough to pay the value alone, as an estimate says it.
pub(crate) fn insufficient_for_transfer() -> RpcError {
    RpcError::invalid_input("insufficient funds for transfer")
}

/// A number of 256 bits where a block holds 64.
pub(crate) fn narrow(value: U256, what: &str) -> Result<u64, RpcError> {
    u64::try_from(value).map_err(|_| RpcError::invalid_params(format!("{what} does not fit into 64 bits")))
}
