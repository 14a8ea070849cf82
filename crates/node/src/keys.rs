//! Keys of development accounts, derived from a mnemonic as wallets do (BIP-39, BIP-32).
//!
//! The words are taken as they stand: their checksum is not looked at, so a misspelt word gives other accounts. These
//! keys are known to everybody who knows the words; nothing of value belongs to them. Keys of value lie encrypted in a
//! [`keystore`](crate::keystore), which a node never opens.

use hmac::{Hmac, Mac};
use k256::{
    SecretKey,
    ecdsa::SigningKey,
    elliptic_curve::{PrimeField, sec1::ToEncodedPoint},
};
use primitives::{Address, B256, U256, alloy_primitives::Signature, keccak256};
use rpc::RpcError;
use sha2::Sha512;

/// The mnemonic of Hardhat's and anvil's accounts, known to everybody.
pub const TEST_MNEMONIC: &str = "test test test test test test test test test test test junk";

/// The path that wallets derive accounts by; the account's index comes after it.
pub const DERIVATION_PATH: &str = "m/44'/60'/0'/0/";

/// The most accounts that are derived.
pub const ACCOUNTS_MAX: usize = 10_000;

/// Rounds of PBKDF2 in BIP-39.
const SEED_ROUNDS: usize = 2048;
const HARDENED: u32 = 1 << 31;

/// Keys in the order of their derivation.
#[derive(Clone, Default)]
pub struct Keys(Vec<Key>);

/// One key. Its secret is shown to no formatter.
#[derive(Clone)]
pub struct Key {
    /// The account that it signs for.
    pub address: Address,
    secret: SigningKey,
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Not 12 to 24 words.
    #[error("a mnemonic has 12, 15, 18, 21 or 24 words, this one has {0}")]
    Words(usize),
    /// More than [`ACCOUNTS_MAX`].
    #[error("{0} accounts are more than {ACCOUNTS_MAX}")]
    Accounts(usize),
    /// Not `m/` and numbers, the hardened ones with a `'`.
    #[error("{0:?} is no derivation path: expected one like {DERIVATION_PATH}")]
    Path(String),
    /// A derived number is no key; one in 2^127 is not.
    #[error("the mnemonic derives no key for account {0}")]
    NoKey(usize),
}

impl Keys {
    /// The first `count` keys of a mnemonic.
    pub fn from_mnemonic(phrase: &str, count: usize) -> Result<Self, KeyError> {
        Self::derived(phrase, DERIVATION_PATH, count)
    }

    /// The first `count` keys of a mnemonic by a path of one's own, to which the account's index is added.
    pub fn derived(phrase: &str, path: &str, count: usize) -> Result<Self, KeyError> {
        let words: Vec<&str> = phrase.split_whitespace().collect();
        if !matches!(words.len(), 12 | 15 | 18 | 21 | 24) {
            return Err(KeyError::Words(words.len()));
        }
        if count > ACCOUNTS_MAX {
            return Err(KeyError::Accounts(count));
        }
        let path = indices(path).ok_or_else(|| KeyError::Path(path.to_owned()))?;
        let base = Extended::master(&seed(&words.join(" ")))
            .and_then(|master| path.into_iter().try_fold(master, |key, index| key.child(index)));
        let base = base.ok_or(KeyError::NoKey(0))?;
        let key = |index: usize| {
            let child = u32::try_from(index).ok().and_then(|index| base.child(index));
            child.map(|child| Key::new(&child.secret)).ok_or(KeyError::NoKey(index))
        };
        (0..count).map(key).collect::<Result<_, _>>().map(Self)
    }

    /// All keys.
    pub fn all(&self) -> &[Key] {
        &self.0
    }

    /// The addresses, in the same order.
    pub fn addresses(&self) -> Vec<Address> {
        self.0.iter().map(|key| key.address).collect()
    }

    /// Signs a digest with the key of an account; `None` if it is not here.
    pub fn sign(&self, address: Address, digest: B256) -> Option<Signature> {
        self.0.iter().find(|key| key.address == address)?.sign(digest)
    }
}

impl Key {
    /// The key of 32 bytes; `None` if they are none.
    pub(crate) fn from_secret(bytes: &[u8]) -> Option<Self> {
        SecretKey::from_slice(bytes).ok().map(|secret| Self::new(&secret))
    }

    fn new(secret: &SecretKey) -> Self {
        let point = secret.public_key().to_encoded_point(false);
        let address = Address::from_slice(&keccak256(&point.as_bytes()[1..])[12..]);
        Self { address, secret: SigningKey::from(secret) }
    }

    /// The secret as 32 bytes, for the banner of a development node.
    pub fn secret(&self) -> B256 {
        B256::from_slice(&self.secret.to_bytes())
    }

    /// Signs a digest.
    pub fn sign(&self, digest: B256) -> Option<Signature> {
        let (signature, parity) = self.secret.sign_prehash_recoverable(digest.as_slice()).ok()?;
        let (r, s) = (signature.r().to_bytes(), signature.s().to_bytes());
        Some(Signature::new(U256::from_be_slice(&r), U256::from_be_slice(&s), parity.is_y_odd()))
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| key.address)).finish()
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key").field("address", &self.address).finish_non_exhaustive()
    }
}

impl rpc::backend::Accounts for crate::Chain {
    fn addresses(&self) -> Vec<Address> {
        self.keys().addresses()
    }

    fn sign(&self, address: Address, digest: B256) -> Result<Signature, RpcError> {
        self.keys().sign(address, digest).ok_or_else(|| RpcError::invalid_input("unknown account"))
    }
}

/// A key with what its children are derived by.
struct Extended {
    secret: SecretKey,
    chain_code: [u8; 32],
}

impl Extended {
    fn master(seed: &[u8; 64]) -> Option<Self> {
        let digest = hmac(b"Bitcoin seed", &[seed]);
        Some(Self { secret: SecretKey::from_slice(&digest[..32]).ok()?, chain_code: digest[32..].try_into().ok()? })
    }

    fn child(&self, index: u32) -> Option<Self> {
        let number = index.to_be_bytes();
        let digest = if index >= HARDENED {
            hmac(&self.chain_code, &[&[0], &self.secret.to_bytes(), &number])
        } else {
            hmac(&self.chain_code, &[self.secret.public_key().to_encoded_point(true).as_bytes(), &number])
        };
        let (left, right) = digest.split_at(32);
        let left: [u8; 32] = left.try_into().ok()?;
        let tweak = Option::<k256::Scalar>::from(k256::Scalar::from_repr(left.into()))?;
        let sum = tweak + *self.secret.to_nonzero_scalar();
        let secret = SecretKey::from_slice(&sum.to_repr()).ok()?;
        Some(Self { secret, chain_code: right.try_into().ok()? })
    }
}

/// The numbers of a path.
fn indices(path: &str) -> Option<Vec<u32>> {
    let path = path.strip_prefix("m/")?.trim_end_matches('/');
    let index = |part: &str| {
        let (number, hardened) = part.strip_suffix('\'').map_or((part, 0), |number| (number, HARDENED));
        number.parse().ok().filter(|number: &u32| *number < HARDENED).map(|number| number | hardened)
    };
    path.split('/').filter(|part| !part.is_empty()).map(index).collect()
}

/// PBKDF2 over HMAC-SHA512 for one block of output, which is all that BIP-39 asks for.
fn seed(phrase: &str) -> [u8; 64] {
    let mut last = hmac(phrase.as_bytes(), &[b"mnemonic", &1_u32.to_be_bytes()]);
    let mut sum = last;
    for _ in 1..SEED_ROUNDS {
        last = hmac(phrase.as_bytes(), &[&last]);
        sum.iter_mut().zip(last).for_each(|(sum, byte)| *sum ^= byte);
    }
    sum
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 64] {
    let mut mac = match Hmac::<Sha512>::new_from_slice(key) {
        Ok(mac) => mac,
        Err(_) => unreachable!("HMAC takes keys of any length"),
    };
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use primitives::alloy_primitives::{address, b256};

    #[test]
    fn the_test_mnemonic_gives_the_accounts_that_everybody_knows() {
        let keys = Keys::from_mnemonic(TEST_MNEMONIC, 10).unwrap();
        assert_eq!(keys.all()[0].address, address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266"));
        assert_eq!(keys.all()[0].secret(), b256!("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"));
        assert_eq!(keys.all()[9].address, address!("a0Ee7A142d267C1f36714E4a8F75612F20a79720"));
    }

    #[test]
    fn another_path_gives_other_accounts_and_a_wrong_one_none() {
        let keys = |path| Keys::derived(TEST_MNEMONIC, path, 3).map(|keys| keys.addresses());
        assert_eq!(keys("m/44'/60'/0'/0").unwrap(), keys(DERIVATION_PATH).unwrap());
        assert_ne!(keys("m/44'/60'/1'/0/").unwrap(), keys(DERIVATION_PATH).unwrap());
        for path in ["", "44/60", "m/x", "m/2147483648", "m/-1", "m/1''"] {
            assert!(matches!(keys(path), Err(KeyError::Path(_))), "{path}");
        }
    }

    #[test]
    fn what_a_key_signs_recovers_to_its_address() {
        let keys = Keys::from_mnemonic(TEST_MNEMONIC, 1).unwrap();
        let digest = keccak256(b"digest");
        let signature = keys.sign(keys.all()[0].address, digest).unwrap();
        assert_eq!(signature.recover_address_from_prehash(&digest).unwrap(), keys.all()[0].address);
        assert_eq!(keys.sign(Address::ZERO, digest), None);
    }

    #[test]
    fn a_short_mnemonic_is_refused() {
        assert!(matches!(Keys::from_mnemonic("test junk", 1), Err(KeyError::Words(2))));
    }
}
