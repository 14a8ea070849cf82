use super::*;
use primitives::{
    SIGNATURE_S_MAX,
    alloy_consensus::{
        SignableTransaction, TxEip1559, TxLegacy, crypto::secp256k1::sign_message, transaction::SignerRecoverable,
    },
    alloy_primitives::{Signature, uint},
    keccak256,
};

const ORDER: U256 = uint!(0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141_U256);

fn signed(index: u64, change: impl FnOnce(Signature) -> Signature) -> Transaction {
    let secret = keccak256(index.to_be_bytes());
    if index.is_multiple_of(2) {
        let transaction =
            TxLegacy { nonce: index, chain_id: index.is_multiple_of(4).then_some(1), ..TxLegacy::default() };
        let signature = sign_message(secret, transaction.signature_hash()).expect("a valid key");
        transaction.into_signed(change(signature)).into()
    } else {
        let transaction = TxEip1559 { nonce: index, ..TxEip1559::default() };
        let signature = sign_message(secret, transaction.signature_hash()).expect("a valid key");
        transaction.into_signed(change(signature)).into()
    }
}

/// The other signature with the same meaning.
fn high(signature: Signature) -> Signature {
    Signature::new(signature.r(), ORDER - signature.s(), !signature.v())
}

#[test]
fn signers_are_those_that_alloy_recovers() {
    let transactions: Vec<_> = (0..100).map(|index| signed(index, |signature| signature)).collect();
    let expected: Vec<_> = transactions.iter().map(|one| one.recover_signer().expect("a valid signature")).collect();
    for workers in [1, 2, 5] {
        let engine = Engine::new(workers).expect("threads");
        assert_eq!(engine.recover_senders(Fork::Osaka, &transactions), Ok(expected.clone()));
    }
}

#[test]
fn each_bad_signature_is_named() {
    let zero = |signature: Signature| Signature::new(U256::ZERO, signature.s(), false);
    let large = |signature: Signature| Signature::new(ORDER, signature.s(), false);
    let mut transactions: Vec<_> = (0..1_000).map(|index| signed(index, |signature| signature)).collect();
    transactions[17] = signed(17, zero);
    transactions[998] = signed(998, large);
    transactions[500] = signed(500, high);
    let s = transactions[500].signature().s();
    let bad = vec![(17, SignatureError::NoKey), (500, SignatureError::HighS(s)), (998, SignatureError::NoKey)];
    let engine = Engine::new(2).expect("threads");
    let error = engine.recover_senders(Fork::Homestead, &transactions).expect_err("three are bad");
    assert_eq!(error, BadSignatures { bad });
    assert_eq!(error.to_string(), "signature of transaction 17: no key has made it (3 bad ones in all)");
}

#[test]
fn before_homestead_a_high_s_has_the_same_signer() {
    let (low, high) = (signed(3, |signature| signature), signed(3, high));
    assert_eq!(recover_sender(Fork::Frontier, &high), recover_sender(Fork::Frontier, &low));
    assert!(recover_sender(Fork::Homestead, &low).is_ok());
    let s = high.signature().s();
    assert_eq!(recover_sender(Fork::Homestead, &high), Err(SignatureError::HighS(s)));
}

#[test]
fn the_limit_of_s_is_half_the_order() {
    assert_eq!(SIGNATURE_S_MAX, ORDER >> 1);
}
