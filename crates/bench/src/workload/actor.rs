//! An account that sends transactions.

use super::Signing;
use primitives::{Address, B256, U256, alloy_consensus::crypto::secp256k1, alloy_primitives::Signature, keccak256};

/// An externally owned account, with its key or without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Whose account.
    pub address: Address,
    secret: Option<B256>,
}

impl Actor {
    /// Account number `index` of a seed. Under [`Signing::Dummy`] it has no key; the addresses of the two kinds differ.
    pub fn new(signing: Signing, seed: u64, index: u64) -> Self {
        match signing {
            Signing::Dummy => {
                Self { address: Address::from_word(digest(b"parallax actor", seed, index)), secret: None }
            }
            Signing::Real => {
                let secret = digest(b"parallax key", seed, index);
                let message = B256::ZERO;
                let address = secp256k1::recover_signer_unchecked(&sign(secret, message), message);
                Self { address: address.expect("our own signature has a signer"), secret: Some(secret) }
            }
        }
    }

    /// The account's signature of a hash, if it has a key.
    pub fn sign(&self, hash: B256) -> Option<Signature> {
        self.secret.map(|secret| sign(secret, hash))
    }
}

/// A placeholder, different for different `index`, so that equal transactions have different hashes.
pub(super) fn dummy_signature(index: usize) -> Signature {
    Signature::new(U256::from(index) + U256::ONE, U256::ONE, false)
}

/// An address that belongs to nobody, number `index` of its kind.
pub(super) fn address_of(kind: &str, seed: u64, index: u64) -> Address {
    Address::from_word(digest(kind.as_bytes(), seed, index))
}

fn digest(kind: &[u8], seed: u64, index: u64) -> B256 {
    keccak256([kind, &seed.to_be_bytes(), &index.to_be_bytes()].concat())
}

fn sign(secret: B256, hash: B256) -> Signature {
    secp256k1::sign_message(secret, hash).expect("a Keccak hash is a valid key but for one in 2^127")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_signatures_recover() {
        let actor = Actor::new(Signing::Real, 1, 2);
        let hash = keccak256("message");
        let signature = actor.sign(hash).expect("the actor has a key");
        assert_eq!(secp256k1::recover_signer(&signature, hash).expect("a valid signature"), actor.address);
    }

    #[test]
    fn actors_differ() {
        for signing in [Signing::Dummy, Signing::Real] {
            let actor = Actor::new(signing, 1, 1);
            assert_eq!(actor, Actor::new(signing, 1, 1));
            assert_ne!(actor.address, Actor::new(signing, 1, 2).address);
            assert_ne!(actor.address, Actor::new(signing, 2, 1).address);
        }
    }
}
