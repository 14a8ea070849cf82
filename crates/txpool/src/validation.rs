//! Whether a transaction may come into the pool: first by its form, then by its sender's account.
//!
//! The order of the checks is go-ethereum's, so that a transaction with two faults is refused for the same one. Two
//! things that a block asks for are left to the builder, because both change with every block: that the fee cap reaches
//! the base fee, and that the gas fits beside the other transactions.

use crate::{
    AddError, Head, Incoming, Limits, Origin, Overdraft, Sidecar, SidecarError, floor_data_gas, intrinsic_gas,
};
use primitives::{
    Fork, SIGNATURE_S_MAX, Transaction, U256,
    alloy_consensus::{Transaction as _, Typed2718},
    alloy_eips::{
        eip2718::Encodable2718, eip4844::kzg_to_versioned_hash, eip7594::CELLS_PER_EXT_BLOB,
        eip7825::MAX_TX_GAS_LIMIT_OSAKA,
    },
    alloy_primitives::U512,
};

/// Bytes of the code that creates a contract, from Shanghai on (EIP-3860).
const INIT_CODE_BYTES_MAX: usize = 49_152;

/// The least price of a blob's gas, in wei.
const BLOB_FEE_MIN: u128 = 1;

/// Judges a transaction by itself.
pub(crate) fn check_form(incoming: &Incoming, origin: Origin, head: &Head, limits: &Limits) -> Result<(), AddError> {
    let transaction = &incoming.transaction;
    check_type_and_size(transaction, head, limits)?;
    check_limits_of_gas(transaction, head)?;
    if transaction.max_fee_per_gas() < transaction.priority_fee_or_price() {
        return Err(AddError::TipAboveFeeCap);
    }
    check_signature(transaction, origin, head, limits)?;
    if transaction.nonce() == u64::MAX {
        return Err(AddError::NonceMax);
    }
    let gas = transaction.gas_limit();
    let needed = intrinsic_gas(head.fork, transaction);
    if gas < needed {
        return Err(AddError::IntrinsicGas { gas, needed });
    }
    let needed = floor_data_gas(head.fork, transaction);
    if gas < needed {
        return Err(AddError::FloorDataGas { gas, needed });
    }
    let tip = transaction.priority_fee_or_price();
    let needed = if origin.is_local() { limits.min_tip } else { limits.min_tip.max(head.min_tip) };
    if tip < needed {
        return Err(AddError::TipTooLow { tip, needed });
    }
    check_blobs(incoming, head, limits)?;
    if transaction.authorization_list().is_some_and(|list| list.is_empty()) {
        return Err(AddError::NoAuthorizations);
    }
    Ok(())
}

fn check_type_and_size(transaction: &Transaction, head: &Head, limits: &Limits) -> Result<(), AddError> {
    let kind = transaction.ty();
    if let Some(hashes) = transaction.blob_versioned_hashes() {
        let limit = head.blob_params.as_ref().map(|params| params.max_blobs_per_tx);
        let limit = if head.fork < Fork::Cancun { u64::MAX } else { limit.ok_or(AddError::TypeRefused(kind))? };
        if hashes.len() as u64 > limit {
            return Err(AddError::BlobLimit { count: hashes.len(), limit });
        }
    }
    let size = transaction.encode_2718_len();
    if size > limits.transaction_bytes_max {
        return Err(AddError::Oversized { size, limit: limits.transaction_bytes_max });
    }
    let fork = Fork::of_transaction_type(kind);
    if head.fork < fork {
        let fork = if head.fork < Fork::Berlin { Fork::Berlin } else { fork };
        return Err(AddError::Type { kind, fork });
    }
    let size = transaction.input().len();
    if head.fork >= Fork::Shanghai && transaction.to().is_none() && size > INIT_CODE_BYTES_MAX {
        return Err(AddError::InitCodeSize { size, limit: INIT_CODE_BYTES_MAX });
    }
    Ok(())
}

fn check_limits_of_gas(transaction: &Transaction, head: &Head) -> Result<(), AddError> {
    let gas = transaction.gas_limit();
    if head.fork >= Fork::Osaka && gas > MAX_TX_GAS_LIMIT_OSAKA {
        return Err(AddError::GasLimitTooHigh { cap: MAX_TX_GAS_LIMIT_OSAKA, gas });
    }
    if gas > head.gas_limit { Err(AddError::BlockGasLimit) } else { Ok(()) }
}

fn check_signature(transaction: &Transaction, origin: Origin, head: &Head, limits: &Limits) -> Result<(), AddError> {
    if origin == Origin::Impersonated {
        return Ok(());
    }
    match transaction.chain_id() {
        Some(have) if have != head.chain_id => return Err(AddError::ChainId { have, want: head.chain_id }),
        None if limits.protected_only => return Err(AddError::Unprotected),
        _ => {}
    }
    if head.fork >= Fork::Homestead && transaction.signature().s() > SIGNATURE_S_MAX {
        return Err(AddError::Signature);
    }
    Ok(())
}

fn check_blobs(incoming: &Incoming, head: &Head, limits: &Limits) -> Result<(), AddError> {
    let transaction = &incoming.transaction;
    let Some(hashes) = transaction.blob_versioned_hashes() else { return Ok(()) };
    let cap = transaction.max_fee_per_blob_gas().unwrap_or_default();
    // No block's blobs cost less: such a transaction would wait for ever, with blobs or without.
    let fee = if cap < BLOB_FEE_MIN { Err(AddError::BlobFeeTooLow { cap, needed: BLOB_FEE_MIN }) } else { Ok(()) };
    let Some(sidecar) = &incoming.sidecar else {
        if limits.sidecar_required {
            return Err(SidecarError::Missing.into());
        }
        return if hashes.is_empty() { Err(SidecarError::Blobless.into()) } else { fee };
    };
    let want = u8::from(head.fork >= Fork::Osaka);
    let got = u8::from(sidecar.is_eip7594());
    if want != got {
        return Err(SidecarError::Version { want, got }.into());
    }
    fee?;
    if hashes.is_empty() {
        return Err(SidecarError::Blobless.into());
    }
    Ok(check_sidecar(sidecar, hashes)?)
}

/// That the parts of a sidecar are as many as they should be, and its commitments those that the transaction names.
fn check_sidecar(sidecar: &Sidecar, hashes: &[primitives::B256]) -> Result<(), SidecarError> {
    let (blobs, commitments, named) = (sidecar.blobs().len(), sidecar.commitments(), hashes.len());
    if blobs != named {
        return Err(SidecarError::Blobs { blobs, hashes: named });
    }
    if commitments.len() != named {
        return Err(SidecarError::Commitments { commitments: commitments.len(), hashes: named });
    }
    for (index, (commitment, named)) in commitments.iter().zip(hashes).enumerate() {
        let computed = kzg_to_versioned_hash(commitment.as_slice());
        if computed != *named {
            return Err(SidecarError::Hash { index, computed, named: *named });
        }
    }
    let (proofs, expected) = match sidecar {
        Sidecar::Eip4844(sidecar) => (sidecar.proofs.len(), named),
        Sidecar::Eip7594(sidecar) => (sidecar.cell_proofs.len(), named * CELLS_PER_EXT_BLOB),
    };
    if proofs == expected { Ok(()) } else { Err(SidecarError::Proofs { proofs, expected }) }
}

/// Whether the sender can pay: for the transaction alone, and beside its pending ones, of which it may replace one.
pub(crate) fn check_funds(
    balance: U256,
    cost: U512,
    queued: U256,
    replaced: Option<U256>,
) -> Result<(), Box<Overdraft>> {
    let have = U512::from(balance);
    if have < cost {
        return Err(Box::new(Overdraft::Alone { balance, cost, overshot: cost - have }));
    }
    let need = U512::from(queued) + cost - U512::from(replaced.unwrap_or_default());
    if have >= need {
        return Ok(());
    }
    let overshot = need - have;
    Err(Box::new(match replaced {
        Some(replaced) => {
            Overdraft::Bump { balance, queued, bump: cost.saturating_sub(U512::from(replaced)), overshot }
        }
        None => Overdraft::Together { balance, queued, cost, overshot },
    }))
}

/// Whether a price is outbid by so many per cent, and by at least one wei.
pub(crate) fn outbids(new: u128, old: u128, percent: u32) -> bool {
    let threshold = U256::from(old) * U256::from(100 + u64::from(percent)) / U256::from(100);
    new > old && U256::from(new) >= threshold
}
