//! Keys of value, each encrypted in a file of its own: keystore version 3, as geth and other clients write it.
//!
//! ```text
//! <dir>/UTC--<seconds since 1970>--<address>   JSON: address, crypto (scrypt, AES-128-CTR), id, version 3
//! ```
//!
//! The cryptography is that of well-kept crates; here it is only put together as the format says. A file is readable for
//! its owner only, and appears whole or not at all. A node never opens one: an address stands in it unencrypted, and that
//! is all a node wants.

mod cipher;

use crate::{clock, keys::Key};
use primitives::{Address, B256, alloy_primitives::hex};
use serde_json::{Value, json};
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use tempfile::NamedTempFile;

/// What is wrong with a keystore.
#[derive(Debug, thiserror::Error)]
pub enum KeystoreError {
    /// The operating system refused.
    #[error("{}: {error}", path.display())]
    Io {
        /// On which file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A file is no keystore.
    #[error("{}: no keystore of version 3: {reason}", path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The secret is no key.
    #[error("the secret is no key: expected 32 bytes as hexadecimal digits")]
    Secret,
    /// The file cannot be opened with this password.
    #[error("{}: {reason}", path.display())]
    Password {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// There is a file for the account.
    #[error("{} holds a key of {address} already", path.display())]
    Exists {
        /// The account.
        address: Address,
        /// Its file.
        path: PathBuf,
    },
}

/// A key that is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKey {
    /// The account that it signs for.
    pub address: Address,
    /// The file.
    pub path: PathBuf,
}

/// Makes a key and stores it.
pub fn create(dir: &Path, password: &[u8]) -> Result<StoredKey, KeystoreError> {
    loop {
        // One number in 2^128 is no key.
        if let Some(key) = Key::from_secret(&random::<32>()?) {
            return store(dir, &key, password);
        }
    }
}

/// Stores a key that is there: 32 bytes as hexadecimal digits.
pub fn import(dir: &Path, secret: &str, password: &[u8]) -> Result<StoredKey, KeystoreError> {
    let secret: B256 = secret.trim().parse().map_err(|_| KeystoreError::Secret)?;
    let key = Key::from_secret(secret.as_slice()).ok_or(KeystoreError::Secret)?;
    store(dir, &key, password)
}

/// All keys of a directory, by address. A file that is no keystore is an error.
pub fn list(dir: &Path) -> Result<Vec<StoredKey>, KeystoreError> {
    let entries = fs::read_dir(dir).map_err(failed(dir))?;
    let mut keys = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed(dir))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // What a process that was killed left has a temporary name.
        if !name.starts_with('.') && path.is_file() {
            keys.push(StoredKey { address: address_of(&path)?, path });
        }
    }
    keys.sort_by_key(|key| key.address);
    Ok(keys)
}

/// The account of a file, which stays locked.
pub fn address_of(path: &Path) -> Result<Address, KeystoreError> {
    let form = |reason: &str| KeystoreError::Form { path: path.to_owned(), reason: reason.to_owned() };
    let text = fs::read_to_string(path).map_err(failed(path))?;
    let file: Value = serde_json::from_str(&text).map_err(|error| form(&error.to_string()))?;
    if file["version"] != 3 || !file["crypto"].is_object() {
        return Err(form("`version` is not 3, or there is no `crypto`"));
    }
    let address = file["address"].as_str().ok_or_else(|| form("there is no `address`"))?;
    address.parse().map_err(|_| form("`address` is none"))
}

/// Whether the password opens the file, and the key in it is that of its address.
pub fn check(path: &Path, password: &[u8]) -> Result<Address, KeystoreError> {
    let address = address_of(path)?;
    let text = fs::read_to_string(path).map_err(failed(path))?;
    let file: Value = serde_json::from_str(&text).unwrap_or_default();
    let wrong = |reason: &str| KeystoreError::Password { path: path.to_owned(), reason: reason.to_owned() };
    let secret = cipher::open(&file["crypto"], password).map_err(|reason| wrong(&reason))?;
    match Key::from_secret(&secret) {
        Some(key) if key.address == address => Ok(address),
        _ => Err(wrong("the key is another account's")),
    }
}

fn store(dir: &Path, key: &Key, password: &[u8]) -> Result<StoredKey, KeystoreError> {
    let address = key.address;
    fs::create_dir_all(dir).map_err(failed(dir))?;
    if let Some(known) = list(dir)?.into_iter().find(|known| known.address == address) {
        return Err(KeystoreError::Exists { address, path: known.path });
    }
    let digits = hex::encode(address);
    let path = dir.join(format!("UTC--{}--{digits}", clock::now_s()));
    let crypto = cipher::seal(key.secret().as_slice(), password, random()?, random()?);
    let crypto = crypto.map_err(|reason| KeystoreError::Form { path: path.clone(), reason })?;
    let file = json!({ "address": digits, "crypto": crypto, "id": uuid(random()?), "version": 3 });
    // A temporary file is for its owner only, and keeps that when it gets its name.
    let mut whole = NamedTempFile::with_prefix_in(".new-", dir).map_err(failed(dir))?;
    let written = io::Write::write_all(&mut whole, format!("{file}\n").as_bytes());
    written.and_then(|()| whole.as_file().sync_all()).map_err(failed(&path))?;
    whole.persist_noclobber(&path).map_err(|error| failed(&path)(error.error))?;
    Ok(StoredKey { address, path })
}

/// A random identifier, of the fourth kind.
fn uuid(mut bytes: [u8; 16]) -> String {
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let digits = hex::encode(bytes);
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}

/// From the machine's randomness.
fn random<const N: usize>() -> Result<[u8; N], KeystoreError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| failed(Path::new("randomness"))(io::Error::other(error.to_string())))?;
    Ok(bytes)
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> KeystoreError + '_ {
    move |error| KeystoreError::Io { path: path.to_owned(), error }
}

#[cfg(test)]
mod tests {
    use super::*;
    use primitives::alloy_primitives::address;
    use std::os::unix::fs::PermissionsExt;

    const SECRET: &str = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

    #[test]
    fn a_stored_key_opens_with_its_password_only() {
        let dir = tempfile::tempdir().unwrap();
        let stored = import(dir.path(), SECRET, b"open").unwrap();
        assert_eq!(stored.address, address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266"));
        assert_eq!(list(dir.path()).unwrap(), std::slice::from_ref(&stored));
        assert_eq!(check(&stored.path, b"open").unwrap(), stored.address);
        assert!(matches!(check(&stored.path, b"shut"), Err(KeystoreError::Password { .. })));
        let text = fs::read_to_string(&stored.path).unwrap();
        assert!(!text.contains(&SECRET[2..]), "the secret stands in the file");
        assert_eq!(fs::metadata(&stored.path).unwrap().permissions().mode() & 0o777, 0o600);
        let again = import(dir.path(), SECRET, b"open");
        assert!(matches!(again, Err(KeystoreError::Exists { .. })), "{again:?}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left behind");
    }

    #[test]
    fn new_keys_differ() {
        let dir = tempfile::tempdir().unwrap();
        let (one, other) = (create(dir.path(), b"").unwrap(), create(dir.path(), b"").unwrap());
        assert_ne!(one.address, other.address);
        assert_eq!(check(&other.path, b"").unwrap(), other.address);
    }

    #[test]
    fn what_is_no_key_and_no_keystore_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        for secret in ["", "0x12", "zz", &"0".repeat(64), &"f".repeat(64)] {
            let stored = import(dir.path(), secret, b"");
            assert!(matches!(stored, Err(KeystoreError::Secret)), "{secret:?}");
        }
        let path = dir.path().join("letter");
        for text in ["dear", "{}", "{\"version\":3,\"crypto\":{}}", "{\"version\":3,\"crypto\":{},\"address\":\"me\"}"]
        {
            fs::write(&path, text).unwrap();
            assert!(matches!(address_of(&path), Err(KeystoreError::Form { .. })), "{text}");
            assert!(list(dir.path()).is_err());
        }
    }
}
