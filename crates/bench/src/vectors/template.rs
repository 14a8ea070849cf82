//! The transaction of a state test: one shape, with lists of inputs to choose from.

use primitives::{
    Address, B256, Bytes, Transaction, U256,
    alloy_consensus::{TxEip1559, TxEip2930, TxEip4844, TxEip7702, TxLegacy},
    alloy_eips::{
        eip2930::AccessList,
        eip7702::{Authorization, SignedAuthorization},
    },
    alloy_primitives::TxKind,
};
use serde::Deserialize;

use super::{Indexes, hex};
use crate::dummy_signature::dummy_signed;

/// All variants of a transaction.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TransactionTemplate {
    /// The sender's nonce.
    #[serde(deserialize_with = "hex::u64")]
    pub nonce: u64,
    /// Who sends it.
    pub sender: Address,
    /// The sender's key.
    pub secret_key: Option<B256>,
    /// Where to; `None` creates a contract.
    #[serde(default, deserialize_with = "hex::optional_address")]
    pub to: Option<Address>,
    /// Inputs to choose from.
    pub data: Vec<Bytes>,
    /// Gas limits to choose from.
    #[serde(deserialize_with = "hex::u64s")]
    pub gas_limit: Vec<u64>,
    /// Values to choose from; `None` is one of 2^256 or more, with which there is no transaction.
    #[serde(deserialize_with = "hex::unbounded_u256s")]
    pub value: Vec<Option<U256>>,
    /// The price, in transactions before EIP-1559.
    #[serde(default, deserialize_with = "hex::optional_u128")]
    pub gas_price: Option<u128>,
    /// The highest price, from EIP-1559 on.
    #[serde(default, deserialize_with = "hex::optional_u128")]
    pub max_fee_per_gas: Option<u128>,
    /// The highest tip, from EIP-1559 on.
    #[serde(default, deserialize_with = "hex::optional_u128")]
    pub max_priority_fee_per_gas: Option<u128>,
    /// Access lists, one for each input; `None` for an input makes a transaction without.
    pub access_lists: Option<Vec<Option<AccessList>>>,
    /// The highest price of blob gas; makes a blob transaction.
    #[serde(default, deserialize_with = "hex::optional_u128")]
    pub max_fee_per_blob_gas: Option<u128>,
    /// The blobs' hashes.
    pub blob_versioned_hashes: Option<Vec<B256>>,
    /// Delegations; makes a set-code transaction.
    pub authorization_list: Option<Vec<FixtureAuthorization>>,
}

/// A signed delegation (EIP-7702), with hexadecimal numbers of any width.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FixtureAuthorization {
    /// The chain, or zero for any.
    #[serde(deserialize_with = "hex::u256")]
    pub chain_id: U256,
    /// Whose code.
    pub address: Address,
    /// The authority's nonce.
    #[serde(deserialize_with = "hex::u64")]
    pub nonce: u64,
    /// The signature's parity; values above one make it invalid. Newer fixtures state it once more as `yParity`.
    #[serde(deserialize_with = "hex::u256")]
    pub v: U256,
    /// The signature's r.
    #[serde(deserialize_with = "hex::u256")]
    pub r: U256,
    /// The signature's s.
    #[serde(deserialize_with = "hex::u256")]
    pub s: U256,
}

/// A variant that is no transaction at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// The fixture refers to an input that it does not have.
    #[error("there is no {what} number {index}")]
    NoSuchVariant {
        /// Of which list.
        what: &'static str,
        /// Where in it.
        index: usize,
    },
    /// The value does not fit 256 bits.
    #[error("the value is 2^256 or more")]
    ValueTooLarge,
    /// The transaction's type cannot create a contract.
    #[error("a transaction of type {0} cannot create a contract")]
    CannotCreate(u8),
    /// A delegation's parity does not fit 8 bits.
    #[error("the parity of a delegation is {0}")]
    Parity(U256),
}

impl TransactionTemplate {
    /// One variant, under a signature that means nothing. The type follows from which fields the template has, and a
    /// transaction before EIP-2930 carries no chain identifier.
    pub(super) fn build(&self, at: Indexes, chain_id: u64) -> Result<Transaction, TemplateError> {
        let nonce = self.nonce;
        let input = pick(&self.data, at.data, "data")?.clone();
        let gas_limit = *pick(&self.gas_limit, at.gas, "gas limit")?;
        let value = pick(&self.value, at.value, "value")?.ok_or(TemplateError::ValueTooLarge)?;
        let to = self.to.map_or(TxKind::Create, TxKind::Call);
        let access_list = self.access_lists.as_ref().and_then(|lists| lists.get(at.data).cloned().flatten());
        let price = self.gas_price.unwrap_or_default();
        let max_fee_per_gas = self.max_fee_per_gas.unwrap_or(price);
        let max_priority_fee_per_gas = self.max_priority_fee_per_gas.unwrap_or_default();

        if let Some(delegations) = &self.authorization_list {
            let to = self.to.ok_or(TemplateError::CannotCreate(4))?;
            let authorization_list = delegations.iter().map(FixtureAuthorization::signed).collect::<Result<_, _>>()?;
            let access_list = access_list.unwrap_or_default();
            return Ok(dummy_signed(TxEip7702 {
                chain_id,
                nonce,
                gas_limit,
                max_fee_per_gas,
                max_priority_fee_per_gas,
                to,
                value,
                access_list,
                authorization_list,
                input,
            }));
        }
        if self.max_fee_per_blob_gas.is_some() || self.blob_versioned_hashes.is_some() {
            return Ok(dummy_signed(TxEip4844 {
                to: self.to.ok_or(TemplateError::CannotCreate(3))?,
                blob_versioned_hashes: self.blob_versioned_hashes.clone().unwrap_or_default(),
                max_fee_per_blob_gas: self.max_fee_per_blob_gas.unwrap_or_default(),
                access_list: access_list.unwrap_or_default(),
                chain_id,
                nonce,
                gas_limit,
                max_fee_per_gas,
                max_priority_fee_per_gas,
                value,
                input,
            }));
        }
        Ok(match (self.max_fee_per_gas, access_list) {
            (Some(_), access_list) => {
                let access_list = access_list.unwrap_or_default();
                dummy_signed(TxEip1559 {
                    chain_id,
                    nonce,
                    gas_limit,
                    max_fee_per_gas,
                    max_priority_fee_per_gas,
                    to,
                    value,
                    access_list,
                    input,
                })
            }
            (None, Some(access_list)) => {
                dummy_signed(TxEip2930 { chain_id, nonce, gas_price: price, gas_limit, to, value, access_list, input })
            }
            (None, None) => {
                dummy_signed(TxLegacy { chain_id: None, nonce, gas_price: price, gas_limit, to, value, input })
            }
        })
    }
}

impl FixtureAuthorization {
    fn signed(&self) -> Result<SignedAuthorization, TemplateError> {
        let parity = u8::try_from(self.v).map_err(|_| TemplateError::Parity(self.v))?;
        let inner = Authorization { chain_id: self.chain_id, address: self.address, nonce: self.nonce };
        Ok(SignedAuthorization::new_unchecked(inner, parity, self.r, self.s))
    }
}

fn pick<'a, T>(list: &'a [T], index: usize, what: &'static str) -> Result<&'a T, TemplateError> {
    list.get(index).ok_or(TemplateError::NoSuchVariant { what, index })
}
