//! Senders, recovered from signatures.

use std::path::Path;

use primitives::{Address, Fork, Transaction, alloy_consensus::transaction::SignerRecoverable};

use crate::LoadError;

/// Who signed each transaction. Before Homestead a signature may have a high `s` (EIP-2).
pub(super) fn recover_all(path: &Path, transactions: &[Transaction], fork: Fork) -> Result<Vec<Address>, LoadError> {
    let recover = |(index, transaction): (usize, &Transaction)| {
        let sender =
            if fork >= Fork::Homestead { transaction.recover_signer() } else { transaction.recover_signer_unchecked() };
        sender.map_err(|error| LoadError::invalid(path, format_args!("the signature of transaction {index}: {error}")))
    };
    transactions.iter().enumerate().map(recover).collect()
}
