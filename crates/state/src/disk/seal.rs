//! Checksums of values.
//!
//! The engine checks each block that it reads from a table and each batch that it reads from its journal. It does not
//! notice a block that is right in itself and in the wrong place, nor a bit that flips in its caches. So each value
//! ends with four bytes that depend on keyspace, key and value. Nodes of a trie have none: the hash in their parent
//! is a better one, and is always compared.

use super::{DiskError, space::Space};
use byteview::ByteView;
use fjall::Slice;
use primitives::alloy_primitives::hex;
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// Bytes of a checksum.
const CHECKSUM: usize = 4;

/// A value with its checksum, as the engine holds it.
pub(super) fn seal(space: Space, key: &[u8], value: &[u8]) -> Slice {
    ByteView::fused(value, &checksum(space, key, value)).into()
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

/// Bytes up to which key and value are hashed as one piece: setting up a hash of pieces costs more than such a one.
const PIECE: usize = 240;

fn checksum(space: Space, key: &[u8], value: &[u8]) -> [u8; CHECKSUM] {
    let length = (key.len() as u64).to_le_bytes();
    let parts = [space.name().as_bytes(), &length, key, value];
    let mut piece = [0; PIECE];
    let mut rest = &mut piece[..];
    let is_short = parts.iter().all(|part| {
        let (filled, left) = std::mem::take(&mut rest).split_at_mut_checked(part.len()).unwrap_or_default();
        let fits = filled.len() == part.len();
        if fits {
            filled.copy_from_slice(part);
            rest = left;
        }
        fits
    });
    let left = rest.len();
    let hash = if is_short {
        xxh3_64(&piece[..PIECE - left])
    } else {
        let mut hasher = Xxh3::new();
        parts.iter().for_each(|part| hasher.update(part));
        hasher.digest()
    };
    let [a, b, c, d, ..] = hash.to_le_bytes();
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_in_another_place_is_noticed() {
        let sealed = seal(Space::State, b"one", b"value");
        assert_eq!(unseal(Space::State, b"one", &sealed).expect("whole"), b"value");
        assert!(unseal(Space::State, b"two", &sealed).is_err());
        assert!(unseal(Space::History, b"one", &sealed).is_err());
    }

    #[test]
    fn a_short_value_has_the_sum_of_a_long_one() {
        for length in (0..300).chain([5_000]) {
            let value = vec![7; length];
            let mut hasher = Xxh3::new();
            for part in [Space::Blocks.name().as_bytes(), &3_u64.to_le_bytes(), b"key", &value] {
                hasher.update(part);
            }
            assert_eq!(checksum(Space::Blocks, b"key", &value), hasher.digest().to_le_bytes()[..CHECKSUM]);
        }
    }
}
