//! Transactions whose signature was not recorded, in an envelope all the same.

use primitives::{
    Transaction, U256,
    alloy_consensus::{SignableTransaction, Signed},
    alloy_primitives::Signature,
};

/// Puts a transaction in its envelope under a signature that means nothing. Its sender has to be told apart from it.
pub(crate) fn dummy_signed<T>(transaction: T) -> Transaction
where
    T: SignableTransaction<Signature>,
    Transaction: From<Signed<T>>,
{
    transaction.into_signed(Signature::new(U256::ONE, U256::ONE, false)).into()
}
