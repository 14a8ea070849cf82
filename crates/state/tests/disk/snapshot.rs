//! Snapshots.

use crate::support::{Model, directory, options, some_diff};
use primitives::{B256, alloy_primitives::b256, keccak256};
use state::disk::{Disk, DiskError, Options};
use std::fs;

fn model() -> Model {
    let mut model = Model::new();
    for number in 0..6 {
        model.commit(0, &some_diff(number));
    }
    model
}

#[test]
fn a_restored_store_is_the_one_it_was_made_of() {
    let mut model = model();
    let (files, restored) = (directory(), directory());
    let file = files.path().join("snapshot");
    let head = model.disk().snapshot(&file).expect("writes");
    assert_eq!(Some(head), model.disk().head());
    model.commit(0, &some_diff(6));
    model.states.pop();
    assert_eq!(Disk::verify_snapshot(&file, &options()).expect("whole"), head);
    let disk = Disk::restore(&file, restored.path(), options()).expect("restores");
    assert_eq!(disk.head(), Some(head));
    let mut model = Model { disk: Some(disk), states: model.states, dir: restored };
    model.check();
    assert_eq!(model.disk().receipts(2).expect("reads"), Some("receipts of 2 on 0".into()));
    model.rollback(1);
    model.commit(1, &some_diff(8));
    model.reopen();
    model.check();
}

/// A snapshot holds keys and values of nearly all keyspaces as they are stored.
#[test]
fn the_encoding_is_frozen() {
    let files = directory();
    let file = files.path().join("snapshot");
    model().disk().snapshot(&file).expect("writes");
    let expected = b256!("0xc349e851ddf62f768235364791230096d790cf368302aa9dc1469a3c75666cd8");
    assert_eq!(keccak256(fs::read(&file).expect("reads")), expected);
}

#[test]
fn nothing_is_overwritten() {
    let model = model();
    let files = directory();
    let file = files.path().join("snapshot");
    model.disk().snapshot(&file).expect("writes");
    assert!(matches!(model.disk().snapshot(&file), Err(DiskError::Exists { .. })));
    let other = Model::new();
    let dir = other.dir.path().to_owned();
    assert!(matches!(Disk::restore(&file, &dir, options()), Err(DiskError::Locked { .. })));
    let Model { disk, dir, .. } = other;
    drop(disk);
    assert!(matches!(Disk::restore(&file, dir.path(), options()), Err(DiskError::Exists { .. })));
    let wrong = Options { genesis: B256::ZERO, ..options() };
    let new = directory();
    assert!(matches!(Disk::restore(&file, new.path(), wrong), Err(DiskError::WrongChain { .. })));
    assert!(matches!(Model::new().disk().snapshot(files.path().join("none")), Err(DiskError::NoBlock { .. })));
}

#[test]
fn a_damaged_snapshot_is_refused() {
    let model = model();
    let files = directory();
    let file = files.path().join("snapshot");
    model.disk().snapshot(&file).expect("writes");
    let bytes = fs::read(&file).expect("reads");
    let broken = files.path().join("broken");
    let step = bytes.len() / 60;
    for at in (0..bytes.len()).step_by(step) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (at % 8);
        for content in [&flipped[..], &bytes[..at]] {
            fs::write(&broken, content).expect("writes");
            assert!(Disk::verify_snapshot(&broken, &options()).is_err(), "at {at}");
        }
    }
    fs::write(&broken, [&bytes[..], &[0]].concat()).expect("writes");
    assert!(Disk::verify_snapshot(&broken, &options()).is_err());
    fs::write(&broken, &bytes[..bytes.len() / 2]).expect("writes");
    let new = directory();
    assert!(Disk::restore(&broken, new.path(), options()).is_err());
    // What was left of it does no harm.
    Disk::restore(&file, new.path(), options()).expect("restores");
}
