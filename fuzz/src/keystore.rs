//! A keystore of version 3, as somebody else's program wrote it.

use node::keystore::{self, KeystoreError};
use std::fs;

/// What the kept files open with.
pub const PASSWORD: &[u8] = b"testpassword";

/// A file is refused, or it has one account; it opens with its password at most, and then it holds that account's key.
pub fn check(bytes: &[u8]) {
    let scratch = tempfile::tempdir().expect("a directory");
    let path = scratch.path().join("key");
    fs::write(&path, bytes).expect("it can be written");
    let address = keystore::address_of(&path).ok();
    let listed = keystore::list(scratch.path()).ok();
    assert_eq!(listed.map(|keys| keys.iter().map(|key| key.address).collect()), address.map(|address| vec![address]));
    let opened = keystore::check(&path, PASSWORD);
    match (&opened, address) {
        (Ok(opened), Some(address)) => assert_eq!(*opened, address),
        (Ok(opened), None) => panic!("opened as {opened}, though no account stands in it"),
        (Err(KeystoreError::Io { error, .. }), _) if error.kind() != std::io::ErrorKind::InvalidData => {
            panic!("{error}")
        }
        (Err(_), _) => {}
    }
    if opened.is_ok() {
        assert!(keystore::check(&path, b"another").is_err(), "it opens with any password");
    }
}
