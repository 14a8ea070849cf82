//! The fuzz targets over what is kept of their input, and over what becomes of it by cuts and flipped bits.

#[expect(unreachable_pub, reason = "there it is a library of its own")]
#[path = "../../../fuzz/src/lib.rs"]
mod targets;

use primitives::keccak256;
use std::{
    fs,
    panic::{self, AssertUnwindSafe},
    path::Path,
};

/// Calls `check` with each file of a target's corpus, and with `mutants` of it. Says which bytes were too much for it.
fn check_corpus(target: &str, mutants: u64, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut seen = 0;
    for entry in fs::read_dir(&folder).expect("a corpus") {
        let path = entry.expect("an entry").path();
        let kept = fs::read(&path).expect("a file");
        for number in 0..=mutants {
            let bytes = if number == 0 { kept.clone() } else { mutant(&kept, number) };
            let passed = panic::catch_unwind(AssertUnwindSafe(|| check(&bytes)));
            assert!(passed.is_ok(), "mutant {number} of {}", path.display());
        }
        seen += 1;
    }
    assert!(seen > 0, "{} is empty", folder.display());
}

/// The bytes with a cut, a doubled part, or one to eight bits flipped.
fn mutant(kept: &[u8], number: u64) -> Vec<u8> {
    let seed = keccak256([&number.to_be_bytes(), kept].concat());
    let draw = |at: usize, below: usize| {
        let bytes = seed[8 * at..8 * at + 8].first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
        usize::try_from(bytes % (below.max(1) as u64)).unwrap_or_default()
    };
    let mut bytes = kept.to_vec();
    let at = draw(0, bytes.len());
    match number % 8 {
        0 => bytes.truncate(at),
        1 => bytes.extend_from_within(at..(at + draw(1, 64)).min(kept.len())),
        _ if !bytes.is_empty() => {
            for flip in 0..=draw(1, 8) {
                let at = (at + flip * draw(2, bytes.len())) % bytes.len();
                bytes[at] ^= 1 << ((draw(3, 8) + flip) % 8);
            }
        }
        _ => {}
    }
    bytes
}

#[test]
fn transactions() {
    check_corpus("transaction", 2_000, targets::transaction::check);
}

#[test]
fn rpc_bodies() {
    check_corpus("rpc_body", 300, targets::rpc_body::check);
}

#[test]
fn genesis_files() {
    check_corpus("genesis", 1_000, targets::genesis::check);
}

#[test]
fn keystores() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/keystore");
    for key in node::keystore::list(&folder).expect("what is kept are keystores") {
        node::keystore::check(&key.path, targets::keystore::PASSWORD).expect("what is kept opens");
    }
    check_corpus("keystore", 300, targets::keystore::check);
}

#[test]
fn snapshots() {
    check_corpus("snapshot", 60, targets::snapshot::check);
}
