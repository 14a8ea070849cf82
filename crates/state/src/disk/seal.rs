//! Checksums of values.
//!
//! The engine checks each block that it reads from a table and each batch that it reads from its journal. It does not
//! notice a block that is right in itself and in the wrong place, nor a bit that flips in its caches. So each value
//! ends with four bytes that depend on keyspace, key and value. Nodes of a trie have none: the hash in their parent
//! is a better one, and is always compared.

use super::{DiskError, space::Space};
use primitives::alloy_primitives::hex;
use xxhash_rust::xxh3::Xxh3;

/// Bytes of a checksum.
const CHECKSUM: usize = 4;

/// A value with its checksum.
pub(super) fn seal(space: Space, key: &[u8], mut value: Vec<u8>) -> Vec<u8> {
    let sum = checksum(space, key, &value);
    value.extend_from_slice(&sum);
    value
}

/// The value without its checksum, which must be right.
pub(super) fn unseal<'a>(space: Space, key: &[u8], sealed: &'a [u8]) -> Result<&'a [u8], DiskError> {
    if space == Space::Nodes && key != super::space::STAMP {
        return Ok(sealed);
    }
    match sealed.split_last_chunk::<CHECKSUM>() {
        Some((value, sum)) if checksum(space, key, value) == *sum => Ok(value),
        Some(_) => Err(damaged(space, key, "the checksum is wrong")),
        None => Err(damaged(space, key, "too short")),
    }
}

/// The error that names a key.
pub(super) fn damaged(space: Space, key: &[u8], reason: &str) -> DiskError {
    DiskError::damaged(format!("keyspace {}, key {}", space.name(), hex::encode(key)), reason)
}

fn checksum(space: Space, key: &[u8], value: &[u8]) -> [u8; CHECKSUM] {
    let mut hasher = Xxh3::new();
    hasher.update(space.name().as_bytes());
    hasher.update(&(key.len() as u64).to_le_bytes());
    hasher.update(key);
    hasher.update(value);
    let [a, b, c, d, ..] = hasher.digest().to_le_bytes();
    [a, b, c, d]
}
