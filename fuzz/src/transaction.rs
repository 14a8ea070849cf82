//! A transaction as it travels.

use executor::recover_sender;
use primitives::{
    Fork, Transaction,
    alloy_eips::eip2718::{Decodable2718, Encodable2718},
    keccak256,
};

/// What is taken for a transaction is written again as it was read, has the hash of its bytes, and one signer at most.
pub fn check(bytes: &[u8]) {
    let Ok(transaction) = Transaction::decode_2718_exact(bytes) else { return };
    let written = transaction.encoded_2718();
    assert_eq!(written, bytes, "two forms of one transaction");
    assert_eq!(*transaction.tx_hash(), keccak256(bytes));
    let signer = recover_sender(Fork::Osaka, &transaction);
    let again = Transaction::decode_2718_exact(&written).expect("it was read before");
    assert_eq!(recover_sender(Fork::Osaka, &again), signer);
}
