//! A call of a simulation as a transaction of its block, without a signature.

use alloy_rpc_types_eth::TransactionRequest;
use primitives::{
    Bytes, Fork, Transaction, U256,
    alloy_consensus::{SignableTransaction, TxEip1559, TxEip2930, TxEip4844, TxEip7702, TxLegacy},
    alloy_primitives::{Signature, TxKind},
};

/// The transaction that the request describes. Its nonce and gas are filled in already.
pub(super) fn unsigned(request: &TransactionRequest, chain_id: u64, fork: Fork) -> Transaction {
    let signature = Signature::new(U256::ZERO, U256::ZERO, false);
    let fields = Fields::new(request, chain_id);
    if let (Some(list), TxKind::Call(to)) = (&request.authorization_list, fields.to) {
        let transaction = TxEip7702 {
            chain_id,
            nonce: fields.nonce,
            gas_limit: fields.gas_limit,
            max_fee_per_gas: fields.max_fee,
            max_priority_fee_per_gas: fields.tip,
            to,
            value: fields.value,
            access_list: fields.access_list,
            authorization_list: list.clone(),
            input: fields.input,
        };
        return Transaction::Eip7702(transaction.into_signed(signature));
    }
    if let (Some(hashes), TxKind::Call(to)) = (&request.blob_versioned_hashes, fields.to) {
        let transaction = TxEip4844 {
            chain_id,
            nonce: fields.nonce,
            gas_limit: fields.gas_limit,
            max_fee_per_gas: fields.max_fee,
            max_priority_fee_per_gas: fields.tip,
            to,
            value: fields.value,
            access_list: fields.access_list,
            blob_versioned_hashes: hashes.clone(),
            max_fee_per_blob_gas: request.max_fee_per_blob_gas.unwrap_or_default(),
            input: fields.input,
        };
        return Transaction::Eip4844(transaction.into_signed(signature));
    }
    if request.gas_price.is_none() && fork >= Fork::London {
        return Transaction::Eip1559(fields.eip1559().into_signed(signature));
    }
    if request.access_list.is_some() && fork >= Fork::Berlin {
        return Transaction::Eip2930(fields.eip2930().into_signed(signature));
    }
    Transaction::Legacy(fields.legacy().into_signed(signature))
}

/// What transactions have in common.
struct Fields {
    chain_id: u64,
    nonce: u64,
    gas_limit: u64,
    gas_price: u128,
    max_fee: u128,
    tip: u128,
    to: TxKind,
    value: U256,
    access_list: alloy_rpc_types_eth::AccessList,
    input: Bytes,
}

impl Fields {
    fn new(request: &TransactionRequest, chain_id: u64) -> Self {
        Self {
            chain_id,
            nonce: request.nonce.unwrap_or_default(),
            gas_limit: request.gas.unwrap_or_default(),
            gas_price: request.gas_price.unwrap_or_default(),
            max_fee: request.max_fee_per_gas.or(request.gas_price).unwrap_or_default(),
            tip: request.max_priority_fee_per_gas.or(request.gas_price).unwrap_or_default(),
            to: request.to.unwrap_or(TxKind::Create),
            value: request.value.unwrap_or_default(),
            access_list: request.access_list.clone().unwrap_or_default(),
            input: request.input.input().cloned().unwrap_or_default(),
        }
    }

    fn eip1559(self) -> TxEip1559 {
        TxEip1559 {
            chain_id: self.chain_id,
            nonce: self.nonce,
            gas_limit: self.gas_limit,
            max_fee_per_gas: self.max_fee,
            max_priority_fee_per_gas: self.tip,
            to: self.to,
            value: self.value,
            access_list: self.access_list,
            input: self.input,
        }
    }

    fn eip2930(self) -> TxEip2930 {
        TxEip2930 {
            chain_id: self.chain_id,
            nonce: self.nonce,
            gas_price: self.gas_price,
            gas_limit: self.gas_limit,
            to: self.to,
            value: self.value,
            access_list: self.access_list,
            input: self.input,
        }
    }

    fn legacy(self) -> TxLegacy {
        TxLegacy {
            chain_id: None,
            nonce: self.nonce,
            gas_price: self.gas_price,
            gas_limit: self.gas_limit,
            to: self.to,
            value: self.value,
            input: self.input,
        }
    }
}
