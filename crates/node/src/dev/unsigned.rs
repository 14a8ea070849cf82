//! Transactions of impersonated accounts.
//!
//! A transaction needs a signature to have a hash. In place of one stands a mark that no key can have made for it but
//! by chance: `r` is the sender, so that equal transactions of two senders have two hashes, and `s` is 1. The account may
//! be a contract: on this chain contracts send ([`contracts_send`](primitives::ChainSpec::contracts_send)).

use crate::Chain;
use primitives::{
    Address, B256, Transaction, U256,
    alloy_consensus::{EthereumTypedTransaction, TxEip4844, TxEip4844Variant, TypedTransaction},
    alloy_primitives::Signature,
};
use rpc::RpcError;
use txpool::{Incoming, Origin};

impl Chain {
    pub(super) fn submit_impersonated(&self, sender: Address, typed: TypedTransaction) -> Result<B256, RpcError> {
        let transaction = marked(sender, typed);
        self.add(Incoming::signed_by(sender, transaction, None), Origin::Impersonated)
    }
}

/// A transaction with the mark in place of a signature.
pub(super) fn marked(sender: Address, typed: TypedTransaction) -> Transaction {
    with_signature(typed, Signature::new(U256::from_be_slice(sender.as_slice()), U256::ONE, false))
}

/// A transaction as it stands in a block, without blobs.
pub(super) fn with_signature(typed: TypedTransaction, signature: Signature) -> Transaction {
    let typed: EthereumTypedTransaction<TxEip4844> = match typed {
        TypedTransaction::Legacy(tx) => EthereumTypedTransaction::Legacy(tx),
        TypedTransaction::Eip2930(tx) => EthereumTypedTransaction::Eip2930(tx),
        TypedTransaction::Eip1559(tx) => EthereumTypedTransaction::Eip1559(tx),
        TypedTransaction::Eip7702(tx) => EthereumTypedTransaction::Eip7702(tx),
        TypedTransaction::Eip4844(TxEip4844Variant::TxEip4844(tx)) => EthereumTypedTransaction::Eip4844(tx),
        TypedTransaction::Eip4844(TxEip4844Variant::TxEip4844WithSidecar(tx)) => {
            EthereumTypedTransaction::Eip4844(tx.tx)
        }
    };
    Transaction::new_unhashed(typed, signature)
}
