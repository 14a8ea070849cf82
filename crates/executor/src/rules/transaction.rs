//! Which transactions a block of a fork may hold, by their form alone.

use primitives::{
    Fork, SIGNATURE_S_MAX, Transaction, U256,
    alloy_consensus::{Transaction as _, Typed2718},
};

/// Why a transaction's form does not belong into a block of a fork.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransactionError {
    /// The type came later (EIP-2930, 1559, 4844, 7702).
    #[error("type {kind} in a block of {fork}")]
    Type {
        /// The type's number.
        kind: u8,
        /// The rules that hold.
        fork: Fork,
    },
    /// The signature names a chain, which came with EIP-155 in Spurious Dragon.
    #[error("a signature for chain {chain} in a block of {fork}")]
    ProtectedSignature {
        /// The chain.
        chain: u64,
        /// The rules that hold.
        fork: Fork,
    },
    /// From Homestead on only the lower of the two signatures with one meaning is valid (EIP-2).
    #[error("signature with s = {0}, above half the order of the curve")]
    HighSignature(U256),
    /// The nonce after it would not be a number of 64 bits (EIP-2681, which holds in every fork).
    #[error("the greatest nonce there is")]
    NonceMax,
}

/// Checks type, nonce and form of the signature. It recovers no sender.
pub(crate) fn check(fork: Fork, transaction: &Transaction) -> Result<(), TransactionError> {
    let kind = transaction.ty();
    if fork < Fork::of_transaction_type(kind) {
        return Err(TransactionError::Type { kind, fork });
    }
    if let Some(chain) = transaction.chain_id().filter(|_| fork < Fork::SpuriousDragon) {
        return Err(TransactionError::ProtectedSignature { chain, fork });
    }
    if transaction.nonce() == u64::MAX {
        return Err(TransactionError::NonceMax);
    }
    let s = transaction.signature().s();
    if fork >= Fork::Homestead && s > SIGNATURE_S_MAX {
        return Err(TransactionError::HighSignature(s));
    }
    Ok(())
}
