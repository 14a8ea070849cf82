//! Keys of development accounts, derived from a mnemonic as wallets do (BIP-39, BIP-32).
//!
//! The words are taken as they stand: their checksum is not looked at, so a misspelt word gives other accounts. These
//! keys are known to everybody who knows the words; nothing of value belongs to them. Keys of value lie encrypted in a
//! [`keystore`](crate::keystore), which a node never opens.

use bip32::{ChildNumber, DerivationPath, XPrv};
use k256::ecdsa::SigningKey;
use pbkdf2::pbkdf2_hmac;
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
const SEED_ROUNDS: u32 = 2048;

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
    /// The machine has no randomness.
    #[error("the machine gives no randomness")]
    NoRandomness,
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
        let path: DerivationPath = path.trim_end_matches('/').parse().map_err(|_| KeyError::Path(path.to_owned()))?;
        let base = XPrv::derive_from_path(seed(&words.join(" ")), &path).map_err(|_| KeyError::NoKey(0))?;
        let key = |index: usize| {
            let child = u32::try_from(index).ok().and_then(|index| base.derive_child(ChildNumber(index)).ok());
            child.map(|child| Key::new(child.private_key())).ok_or(KeyError::NoKey(index))
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
        SigningKey::from_slice(bytes).ok().map(|secret| Self::new(&secret))
    }

    fn new(secret: &SigningKey) -> Self {
        let point = secret.verifying_key().to_encoded_point(false);
        let address = Address::from_slice(&keccak256(&point.as_bytes()[1..])[12..]);
        Self { address, secret: secret.clone() }
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

/// What a mnemonic without a password stands for (BIP-39).
fn seed(phrase: &str) -> [u8; 64] {
    let mut seed = [0; 64];
    pbkdf2_hmac::<Sha512>(phrase.as_bytes(), b"mnemonic", SEED_ROUNDS, &mut seed);
    seed
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

    /// Vectors of BIP-39 (with its password) are no use here, where there is none; this one is of two other wallets.
    #[test]
    fn a_long_mnemonic_and_a_hardened_path_give_the_known_accounts() {
        let keys = Keys::from_mnemonic(
            "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about",
            1,
        )
        .unwrap();
        assert_eq!(keys.all()[0].address, address!("9858EfFD232B4033E47d90003D41EC34EcaEda94"));
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
