//! Mnemonics of one's own (BIP-39, English), for accounts that nobody else has.

use crate::KeyError;
use bip32::{Language, Mnemonic};
use primitives::keccak256;
use sha2::{Digest, Sha256};

/// Bytes of randomness behind the longest mnemonic.
const ENTROPY_BYTES_MAX: usize = 32;

/// A mnemonic of so many words, by the machine's randomness.
pub fn random_mnemonic(words: usize) -> Result<String, KeyError> {
    let mut entropy = [0; ENTROPY_BYTES_MAX];
    getrandom::fill(&mut entropy).map_err(|_| KeyError::NoRandomness)?;
    mnemonic(words, entropy)
}

/// A mnemonic of 12 words that follows from a number. Whoever guesses the number has the keys.
pub fn seeded_mnemonic(seed: u64) -> Result<String, KeyError> {
    mnemonic(12, keccak256(seed.to_be_bytes()).0)
}

/// ```text
///  bits   words * 11 = entropy, a 32nd of that as checksum: the first ones of its SHA-256
/// ```
///
/// The library makes phrases of 24 words. A shorter one is the beginning of such a phrase.
fn mnemonic(words: usize, mut entropy: [u8; ENTROPY_BYTES_MAX]) -> Result<String, KeyError> {
    if !matches!(words, 12 | 15 | 18 | 21 | 24) {
        return Err(KeyError::Words(words));
    }
    let bytes = words / 3 * 4;
    if let Some(checksum) = entropy.get(..bytes).map(Sha256::digest)
        && let Some(behind) = entropy.get_mut(bytes)
    {
        *behind = checksum[0];
    }
    let phrase = Mnemonic::from_entropy(entropy, Language::English);
    Ok(phrase.phrase().split(' ').take(words).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Vectors of BIP-39.
    #[test]
    fn entropy_gives_the_words_that_it_stands_for() {
        for (words, byte, first, last) in [
            (12, 0, "abandon", "about"),
            (12, 0x7f, "legal", "yellow"),
            (12, 0xff, "zoo", "wrong"),
            (18, 0, "abandon", "agent"),
            (18, 0xff, "zoo", "when"),
            (24, 0, "abandon", "art"),
            (24, 0xff, "zoo", "vote"),
        ] {
            let phrase = mnemonic(words, [byte; ENTROPY_BYTES_MAX]).expect("words");
            let all: Vec<&str> = phrase.split(' ').collect();
            assert_eq!((all.len(), all[0], all[words - 1]), (words, first, last));
        }
        assert!(matches!(mnemonic(13, [0; ENTROPY_BYTES_MAX]), Err(KeyError::Words(13))));
    }

    #[test]
    fn a_seed_gives_the_same_words_and_randomness_others() {
        assert_eq!(seeded_mnemonic(5).unwrap(), seeded_mnemonic(5).unwrap());
        assert_ne!(seeded_mnemonic(5).unwrap(), seeded_mnemonic(6).unwrap());
        assert_ne!(random_mnemonic(15).unwrap(), random_mnemonic(15).unwrap());
    }
}
