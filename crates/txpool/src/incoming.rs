//! A transaction on its way into the pool: what costs much to find out is found out here, outside of any lock.

use crate::{AddError, SidecarError};
use primitives::{
    Address, B256, Transaction, alloy_consensus::Transaction as _, alloy_consensus::transaction::SignerRecoverable,
    alloy_eips::eip4844::env_settings::EnvKzgSettings,
};
use std::sync::Arc;

/// The blobs of a transaction with their commitments and proofs, before or from Osaka on.
pub type Sidecar = primitives::alloy_eips::eip7594::BlobTransactionSidecarVariant;

/// A transaction whose signer is known.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// Who signed it.
    pub signer: Address,
    /// The transaction.
    pub transaction: Transaction,
    /// The blobs; their proofs are taken as verified ([`verify_sidecar`]).
    pub sidecar: Option<Arc<Sidecar>>,
    /// Who signed its authorizations (EIP-7702); those that nobody signed are left out.
    pub authorities: Vec<Address>,
}

/// Where a transaction comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// From a user of this node: the least tip and the slots of an account do not bind it, and it is evicted last.
    Local,
    /// From another node.
    Remote,
    /// From a user who poses as the signer, on a developer's machine: as local, and its signature is not looked at.
    Impersonated,
}

impl Incoming {
    /// Recovers the signer and the authorities. This costs some 100 microseconds for each.
    pub fn recover(transaction: Transaction, sidecar: Option<Arc<Sidecar>>) -> Result<Self, AddError> {
        let signer = transaction.recover_signer().map_err(|_| AddError::Signature)?;
        Ok(Self::signed_by(signer, transaction, sidecar))
    }

    /// A transaction whose signer the caller knows. Recovers the authorities, if there are any.
    pub fn signed_by(signer: Address, transaction: Transaction, sidecar: Option<Arc<Sidecar>>) -> Self {
        let list = transaction.authorization_list().unwrap_or_default();
        let mut authorities: Vec<Address> = list.iter().filter_map(|entry| entry.recover_authority().ok()).collect();
        authorities.sort_unstable();
        authorities.dedup();
        Self { signer, transaction, sidecar, authorities }
    }
}

impl Origin {
    /// Whether it comes from this node's own users.
    pub const fn is_local(self) -> bool {
        matches!(self, Self::Local | Self::Impersonated)
    }
}

/// Verifies the proofs of blobs, and that they are those that the transaction names: milliseconds for each blob.
///
/// The pool does not do this, for it would hold up everybody else.
pub fn verify_sidecar(sidecar: &Sidecar, hashes: &[B256]) -> Result<(), SidecarError> {
    sidecar.validate(hashes, EnvKzgSettings::Default.get()).map_err(|error| SidecarError::Kzg(error.to_string()))
}
