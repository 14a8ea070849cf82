//! What a directory has to be.

use crate::support::{commit, copy, directory, open, options, some_diff};
use primitives::{B256, alloy_primitives::b256, keccak256};
use state::disk::{Disk, DiskError, Options};
use std::{collections::BTreeMap, fs, path::Path, process};

/// The files of a directory, but for the lock.
fn content(dir: &Path) -> BTreeMap<String, u64> {
    let entries = fs::read_dir(dir).expect("reads").map(|entry| entry.expect("reads"));
    entries
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.metadata().expect("reads").len()))
        .filter(|(name, _)| name != "LOCK")
        .collect()
}

fn check_refused(dir: &Path, options: Options, is_expected: impl Fn(&DiskError) -> bool) {
    let before = content(dir);
    let error = Disk::open(dir, options).err().expect("refuses");
    assert!(is_expected(&error), "{error:?}: {error}");
    assert_eq!(content(dir), before, "nothing is changed");
}

#[test]
fn a_second_owner_is_refused_and_told_who_is_the_first() {
    let dir = directory();
    let disk = open(dir.path());
    let reader = disk.latest();
    let is_mine =
        |error: &DiskError| matches!(error, DiskError::Locked { pid: Some(pid), .. } if *pid == process::id());
    check_refused(dir.path(), options(), is_mine);
    drop(disk);
    // A reader keeps the store open.
    check_refused(dir.path(), options(), is_mine);
    drop(reader);
    open(dir.path());
}

#[test]
fn the_encoding_is_frozen() {
    let dir = directory();
    drop(open(dir.path()));
    let genesis = "11".repeat(32);
    let text = format!("parallax state\nformat 1\nchain 1337\ngenesis 0x{genesis}\nchecksum 951199175133351e\n");
    assert_eq!(fs::read_to_string(dir.path().join("VERSION")).expect("reads"), text);
    let expected = b256!("0x532ff29ef16c264e8f76e9fead8d22e5b34153506bbe6b7e08f5b32b14607f26");
    assert_eq!(keccak256(fs::read(dir.path().join("TIP")).expect("reads")), expected);
}

#[test]
fn another_chain_is_refused() {
    let dir = directory();
    drop(open(dir.path()));
    let is_wrong = |error: &DiskError| matches!(error, DiskError::WrongChain { found_id: 1337, .. });
    check_refused(dir.path(), Options { chain_id: 1, ..options() }, is_wrong);
    check_refused(dir.path(), Options { genesis: B256::ZERO, ..options() }, is_wrong);
    open(dir.path());
}

#[test]
fn a_newer_format_is_refused() {
    let dir = directory();
    drop(open(dir.path()));
    let version = dir.path().join("VERSION");
    let text = fs::read_to_string(&version).expect("reads");
    fs::write(&version, text.replace("format 1", "format 2")).expect("writes");
    let is_newer = |error: &DiskError| matches!(error, DiskError::NewerFormat { found: 2, known: 1, .. });
    check_refused(dir.path(), options(), is_newer);
    fs::write(&version, text.replace("chain 1337", "chain 1338")).expect("writes");
    check_refused(dir.path(), options(), |error| matches!(error, DiskError::Damaged { .. }));
}

#[test]
fn a_foreign_directory_is_refused() {
    let dir = directory();
    fs::write(dir.path().join("thesis.txt"), "four years of work").expect("writes");
    let is_foreign = |error: &DiskError| matches!(error, DiskError::Foreign { found, .. } if found == "thesis.txt");
    check_refused(dir.path(), options(), is_foreign);
    assert!(!dir.path().join("LOCK").exists());
}

#[test]
fn a_missing_store_is_made_only_if_asked() {
    let dir = directory();
    let missing = dir.path().join("missing");
    let only_open = Options { create: false, ..options() };
    assert!(Disk::open(&missing, only_open.clone()).is_err());
    assert!(!missing.exists());
    assert!(matches!(Disk::open(dir.path(), only_open.clone()), Err(DiskError::NoStore { .. })));
    drop(open(&missing));
    Disk::open(&missing, only_open).expect("it is there now");
}

/// A creation that was cut off after any of its steps is finished or begun anew.
#[test]
fn an_unfinished_creation_does_no_harm() {
    let whole = directory();
    drop(open(whole.path()));
    for step in 0..4 {
        let left = directory();
        copy(whole.path(), left.path());
        let (version, new) = (left.path().join("VERSION"), left.path().join("VERSION.new"));
        fs::rename(&version, &new).expect("renames");
        if step > 0 {
            fs::rename(left.path().join("db"), left.path().join("db.new")).expect("renames");
        }
        if step > 1 {
            fs::remove_file(&new).expect("removes");
        }
        if step > 2 {
            fs::remove_file(left.path().join("TIP")).expect("removes");
        }
        let disk = open(left.path());
        assert_eq!(disk.head(), None);
        commit(&disk, 0, &some_diff(0));
        drop(disk);
        assert_eq!(open(left.path()).head().expect("a head").number, 0);
    }
}

#[test]
fn a_full_disk_is_told_before_anything_is_written() {
    let dir = directory();
    let disk = open(dir.path());
    commit(&disk, 0, &some_diff(0));
    drop(disk);
    let disk = Disk::open(dir.path(), Options { reserve_bytes: u64::MAX, ..options() }).expect("opens");
    let block = crate::support::block(&disk, 0, &some_diff(1)).expect("a sound diff");
    assert!(matches!(disk.commit(block), Err(DiskError::Full { reserve_bytes: u64::MAX, .. })));
    assert_eq!(disk.head().expect("a head").number, 0);
    assert_eq!(disk.header(0).expect("reading goes on"), Some("header of 0 on 0".into()));
    drop(disk);
    // Once there is room, it goes on without repair.
    let disk = open(dir.path());
    disk.verify(|_| ()).expect("whole");
    commit(&disk, 0, &some_diff(1));
}
