//! Damage is noticed and named.

use crate::support::{Model, check_same, copy, directory, open, options, some_diff};
use primitives::keccak256;
use state::disk::{Disk, DiskError, Options};
use std::{
    fs,
    panic::{self, AssertUnwindSafe},
    path::{Path, PathBuf},
};

fn files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("reads") {
        let path = entry.expect("reads").path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
    found.sort();
}

/// A store of which a part is in tables and a part in the journal.
fn store(dir: &Path) -> Model {
    let mut model = Model::new();
    model.disk = None;
    let small = Options { buffer_bytes: 1 << 16, history_blocks: 20, ..options() };
    model.disk = Some(Disk::open(model.dir.path(), small).expect("opens"));
    let in_tables = |model: &Model, name: &str| {
        let stats = model.disk().stats().expect("reads");
        stats.keyspaces.iter().any(|space| space.name == name && space.bytes > 0)
    };
    let mut number = 0;
    while !["state", "nodes", "history", "blocks"].iter().all(|name| in_tables(&model, name)) {
        model.commit(0, &some_diff(number));
        number += 1;
    }
    for _ in 0..5 {
        model.commit(0, &some_diff(number));
        number += 1;
    }
    // The engine's workers write files while they are copied; closing the store stops them.
    model.reopen_with(&Options { buffer_bytes: 1 << 30, ..options() });
    copy(model.dir.path(), dir);
    model
}

/// Flips one bit in each of `files_max` files, or in each file, several times. Each time the store says so, or it is as
/// it was.
fn flip_bits(rounds: u64, files_max: usize) {
    let whole = directory();
    let model = store(whole.path());
    let mut paths = Vec::new();
    files(whole.path(), &mut paths);
    let (mut noticed, mut harmless) = (0, 0);
    for round in 0..rounds {
        for path in paths.iter().step_by(paths.len().div_ceil(files_max)) {
            let name = path.strip_prefix(whole.path()).expect("below");
            let bytes = fs::read(path).expect("reads");
            let seed = keccak256([name.to_string_lossy().as_bytes(), &round.to_be_bytes()].concat());
            let seed = u64::from_be_bytes(*seed.first_chunk().expect("32 bytes"));
            if bytes.is_empty() || name.ends_with("LOCK") || name.ends_with("lock") {
                continue;
            }
            let left = directory();
            copy(whole.path(), left.path());
            let mut bytes = fs::read(left.path().join(name)).expect("reads");
            let bit = usize::try_from(seed % (bytes.len() as u64 * 8)).expect("a small file");
            bytes[bit / 8] ^= 1 << (bit % 8);
            fs::write(left.path().join(name), bytes).expect("writes");
            let opened = panic::catch_unwind(AssertUnwindSafe(|| {
                let disk = Disk::open(left.path(), options())?;
                disk.verify(|_| ())?;
                Ok::<_, DiskError>(disk)
            }));
            match opened.unwrap_or_else(|_| panic!("bit {bit} of {} makes it panic", name.display())) {
                Ok(disk) => {
                    assert_eq!(disk.head(), model.disk().head(), "bit {bit} of {}", name.display());
                    check_same(&disk.latest(), &model.last());
                    harmless += 1;
                }
                Err(DiskError::Io { what, source }) => panic!("bit {bit} of {}: {what}: {source}", name.display()),
                Err(_) => noticed += 1,
            }
        }
    }
    println!("{noticed} noticed, {harmless} harmless");
    assert!(noticed > 0);
}

#[test]
fn a_flipped_bit_is_noticed_or_harmless() {
    flip_bits(2, 20);
}

#[test]
fn slow_a_flipped_bit_is_noticed_or_harmless() {
    flip_bits(8, usize::MAX);
}

#[test]
fn a_missing_file_is_named() {
    let whole = directory();
    let model = store(whole.path());
    for name in ["VERSION", "TIP"] {
        let left = directory();
        copy(whole.path(), left.path());
        fs::remove_file(left.path().join(name)).expect("removes");
        match Disk::open(left.path(), options()).err() {
            Some(DiskError::Damaged { place, reason }) => {
                assert!(place.ends_with(name) && reason.contains("missing"), "{place}: {reason}");
            }
            other => panic!("{name}: {other:?}"),
        }
        if name == "TIP" {
            Disk::repair(left.path(), &options()).expect("repairs");
            check_same(&open(left.path()).latest(), &model.last());
        }
    }
    let left = directory();
    copy(whole.path(), left.path());
    fs::remove_dir_all(left.path().join("db")).expect("removes");
    match Disk::open(left.path(), options()).err() {
        Some(DiskError::Damaged { place, .. }) => assert!(place.ends_with("db"), "{place}"),
        other => panic!("{other:?}"),
    }
    assert!(!left.path().join("db").exists(), "nothing is made where something is missing");
}

#[test]
fn a_repair_keeps_everything() {
    let mut model = Model::new();
    for number in 0..6 {
        model.commit(0, &some_diff(number));
    }
    model.disk = None;
    let repaired = Disk::repair(model.dir.path(), &options()).expect("repairs");
    assert_eq!((repaired.head.number, repaired.history_dropped), (5, false));
    let again = Disk::repair(model.dir.path(), &options()).err();
    assert!(matches!(again, Some(DiskError::Exists { .. })), "{again:?}");
    model.reopen();
    model.check();
    assert_eq!(model.disk().body(3).expect("reads"), Some("body of 3 on 0".into()));
    model.rollback(1);
    model.check();
}
