//! A transaction in the pool, with everything that is asked of it more than once.

use crate::{Incoming, Origin, Sidecar};
use primitives::{
    Address, B256, Transaction, U256, alloy_consensus::Transaction as _, alloy_eips::eip2718::Encodable2718,
    alloy_primitives::U512,
};
use std::{fmt, mem, sync::Arc};

/// What one transaction takes beside its own bytes: its entries in the maps and, if it is its sender's only one, the
/// sender. Rounded up.
const OVERHEAD_BYTES: usize = 1024;

/// A transaction that the pool holds. It never changes.
#[derive(Debug)]
pub struct Pooled {
    /// Its hash.
    pub hash: B256,
    /// Who signed it.
    pub signer: Address,
    /// The transaction.
    pub transaction: Transaction,
    /// The blobs.
    pub sidecar: Option<Arc<Sidecar>>,
    /// Who signed its authorizations, sorted.
    pub authorities: Vec<Address>,
    /// Where it came from.
    pub origin: Origin,
    /// Its number in the order of arrival: none is given twice.
    pub arrival: u64,
    /// When it arrived.
    pub arrived_ms: u64,
    /// The most that it can cost, in wei; saturated.
    pub cost: U256,
    /// The most that it pays for gas in all, in wei per gas.
    pub fee_cap: u128,
    /// The most that it pays for gas beyond the base fee; its whole price for the old types.
    pub tip_cap: u128,
    /// Memory that it takes, estimated from above.
    pub bytes: usize,
    /// Whether its recipient held no code when it arrived, so that nothing runs; and whether that one was there at all.
    pub(crate) recipient: Recipient,
}

/// What was known of a transaction's recipient when it arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Recipient {
    /// It has code, or a contract is created.
    #[default]
    Code,
    /// It has no code.
    Plain,
    /// It is not there: a transfer brings it into being.
    Absent,
}

impl Pooled {
    pub(crate) fn new(
        incoming: Incoming,
        origin: Origin,
        recipient: Recipient,
        (arrival, arrived_ms): (u64, u64),
    ) -> Self {
        let Incoming { signer, transaction, sidecar, authorities } = incoming;
        let hash = *transaction.tx_hash();
        let fee_cap = transaction.max_fee_per_gas();
        let tip_cap = transaction.priority_fee_or_price();
        let cost = cost(&transaction).saturating_to();
        let bytes = heap_bytes(&transaction) + sidecar.as_ref().map_or(0, |sidecar| sidecar.size());
        let bytes = bytes + authorities.len() * 20 + mem::size_of::<Self>() + OVERHEAD_BYTES;
        Self {
            hash,
            signer,
            transaction,
            sidecar,
            authorities,
            origin,
            arrival,
            arrived_ms,
            cost,
            fee_cap,
            tip_cap,
            bytes,
            recipient,
        }
    }

    /// Its nonce.
    pub fn nonce(&self) -> u64 {
        self.transaction.nonce()
    }

    /// What the block's builder gets for each gas at this base fee; `None` if it does not pay the base fee.
    pub fn effective_tip(&self, base_fee: u64) -> Option<u128> {
        self.fee_cap.checked_sub(u128::from(base_fee)).map(|rest| rest.min(self.tip_cap))
    }

    /// Whether it pays this price for its blobs, if it has any.
    pub fn pays_blob_fee(&self, blob_fee: u128) -> bool {
        self.transaction.max_fee_per_blob_gas().is_none_or(|cap| cap >= blob_fee)
    }

    /// Bytes as it travels, the sidecar left out.
    pub fn encoded_len(&self) -> usize {
        self.transaction.encode_2718_len()
    }
}

/// The line of `txpool_inspect`.
impl fmt::Display for Pooled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.transaction.to() {
            Some(to) => write!(f, "{to}")?,
            None => write!(f, "contract creation")?,
        }
        let (value, gas) = (self.transaction.value(), self.transaction.gas_limit());
        write!(f, ": {value} wei + {gas} gas × {} wei", self.fee_cap)
    }
}

impl PartialEq for Pooled {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash && self.arrival == other.arrival
    }
}

impl Eq for Pooled {}

/// The most that a transaction can cost, in wei: gas, blob gas and value.
pub(crate) fn cost(transaction: &Transaction) -> U512 {
    let gas = U512::from(transaction.gas_limit()) * U512::from(transaction.max_fee_per_gas());
    let blob_gas = U512::from(transaction.blob_gas_used().unwrap_or_default());
    let blobs = blob_gas * U512::from(transaction.max_fee_per_blob_gas().unwrap_or_default());
    gas + blobs + U512::from(transaction.value())
}

/// Bytes behind the pointers of a transaction.
fn heap_bytes(transaction: &Transaction) -> usize {
    let list = transaction.access_list().map_or(0, |list| {
        let slots: usize = list.iter().map(|item| item.storage_keys.len()).sum();
        list.len() * 64 + slots * 32
    });
    let authorizations = transaction.authorization_list().map_or(0, |list| list.len() * 192);
    let hashes = transaction.blob_versioned_hashes().map_or(0, |hashes| hashes.len() * 32);
    transaction.input().len() + list + authorizations + hashes
}
