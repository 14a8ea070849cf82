//! Who signed each transaction of a block.
//!
//! Recovering a key costs as much as executing a transfer many times over and depends on nothing else, so it is done for
//! all transactions at once on all workers, before the block is executed. A bad signature costs no more than a good one:
//! there is no verification in batches that would have to be taken apart to find it.

use crate::Engine;
use evm::revm::precompile::secp256k1::ecrecover;
use primitives::{Address, B256, Fork, SIGNATURE_S_MAX, Transaction, U256, alloy_primitives::B512};

/// Why a signature has no signer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// From Homestead on only the lower of the two signatures with one meaning is valid (EIP-2).
    #[error("s = {0} is above half the order of the curve")]
    HighS(U256),
    /// `r` and `s` are no numbers of the curve's group, or no point belongs to them.
    #[error("no key has made it")]
    NoKey,
}

/// The transactions whose signatures are bad; there is at least one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("signature of transaction {}: {} ({} bad ones in all)", .bad[0].0, .bad[0].1, .bad.len())]
pub struct BadSignatures {
    /// Each by its position, and why; in block order.
    pub bad: Vec<(usize, SignatureError)>,
}

impl Engine {
    /// Who sent each transaction, under the rules of `fork`. Every bad signature is named, and just the bad ones.
    pub fn recover_senders(&self, fork: Fork, transactions: &[Transaction]) -> Result<Vec<Address>, BadSignatures> {
        let mut bad = Vec::new();
        let senders = self.pool().map(transactions, |transaction| recover_sender(fork, transaction));
        let senders = senders
            .into_iter()
            .enumerate()
            .filter_map(|(index, sender)| sender.map_err(|error| bad.push((index, error))).ok())
            .collect();
        if bad.is_empty() { Ok(senders) } else { Err(BadSignatures { bad }) }
    }
}

/// Who sent a transaction, under the rules of `fork`.
pub fn recover_sender(fork: Fork, transaction: &Transaction) -> Result<Address, SignatureError> {
    let signature = transaction.signature();
    if fork >= Fork::Homestead && signature.s() > SIGNATURE_S_MAX {
        return Err(SignatureError::HighS(signature.s()));
    }
    let mut numbers = B512::ZERO;
    numbers[..32].copy_from_slice(&signature.r().to_be_bytes::<32>());
    numbers[32..].copy_from_slice(&signature.s().to_be_bytes::<32>());
    let hash: B256 = transaction.signature_hash();
    let signer = ecrecover(&numbers, u8::from(signature.v()), &hash).map_err(|_| SignatureError::NoKey)?;
    Ok(Address::from_word(signer))
}

#[cfg(test)]
mod tests;
