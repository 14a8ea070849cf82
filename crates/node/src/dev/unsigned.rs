//! Transactions of impersonated accounts.
//!
//! A transaction needs a signature to have a hash. In place of one stands a mark that no key can have made for it but
//! by chance: `r` is the sender, so that equal transactions of two senders have two hashes, and `s` is 1.

use super::not_supported;
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
        if self.is_contract(sender)? {
            return Err(not_supported("a transaction from an account with code"));
        }
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
        let mark = Signature::new(U256::from_be_slice(sender.as_slice()), U256::ONE, false);
        let transaction = Transaction::new_unhashed(typed, mark);
        self.add(Incoming::signed_by(sender, transaction, None), Origin::Impersonated)
    }
}
