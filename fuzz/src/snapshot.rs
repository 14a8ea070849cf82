//! A snapshot of the state, as an operator gets it from somebody else.
//!
//! Its frames end with checksums that no fuzzer guesses, so they are made right first: what lies behind them is looked at
//! too, as it would be by somebody who means harm.

use primitives::B256;
use state::disk::{Disk, DiskError, Options};
use std::{fs, path::Path};
use xxhash_rust::xxh3::Xxh3;

const HEADER: usize = 8 + 4 + 8 + 32 + 88;
const FRAME_HEAD: usize = 1 + 4 + 4;
const SUM: usize = 8;

/// A file is refused, or it is restored and whole.
pub fn check(bytes: &[u8]) {
    let scratch = tempfile::tempdir().expect("a directory");
    for (name, content) in [("as it is", bytes.to_vec()), ("summed", summed(bytes))] {
        check_file(&scratch.path().join(name), &content);
    }
}

fn check_file(path: &Path, content: &[u8]) {
    let options = Options { reserve_bytes: 0, ..Options::new(1337, B256::repeat_byte(0x11)) };
    fs::write(path, content).expect("it can be written");
    let verified = Disk::verify_snapshot(path, &options);
    let restored = Disk::restore(path, path.with_extension("restored"), options);
    match (verified, restored) {
        (Ok(head), Ok(disk)) => {
            assert_eq!(disk.head(), Some(head));
            let chain = Disk::snapshot_chain(path).expect("a whole snapshot says of which chain it is");
            assert_eq!(chain, (1337, B256::repeat_byte(0x11)));
        }
        (_, Err(DiskError::Io { what, source })) => panic!("{what}: {source}"),
        // A restore looks at more than the check without one.
        (_, Err(_)) => {}
        (Err(error), Ok(_)) => panic!("restored, though {error}"),
    }
}

/// The same with right checksums, as far as it has frames.
fn summed(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let (mut at, mut length) = (0, HEADER);
    for frame in 0_u32.. {
        let Some(rest) = bytes.get_mut(at..at + length + SUM) else { break };
        let mut hasher = Xxh3::new();
        hasher.update(&frame.to_le_bytes());
        hasher.update(&rest[..length]);
        rest[length..].copy_from_slice(&hasher.digest().to_le_bytes());
        at += length + SUM;
        let Some(payload) = bytes.get(at + 5..at + FRAME_HEAD).and_then(|length| length.first_chunk()) else { break };
        length = FRAME_HEAD + u32::from_le_bytes(*payload) as usize;
    }
    bytes
}
