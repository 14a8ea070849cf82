//! A system that refuses: writes that find no room, syncs that fail.
//!
//! The refusals are real answers of the kernel, to one thread: the committing one. What the store has to do then is to
//! stop, to go on to answer reads, and to be whole when it is opened again, with every block that was acknowledged.

use crate::support::{block, commit, directory, open, options, some_diff};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, apply_filter};
use state::disk::{Disk, DiskError};
use std::{io, thread};

const SYNCS: [i64; 2] = [libc::SYS_fsync, libc::SYS_fdatasync];
const WRITES: [i64; 3] = [libc::SYS_write, libc::SYS_writev, libc::SYS_pwrite64];

/// From now on these calls of this thread fail.
fn refuse(calls: &[i64], error: i32) {
    let rules = calls.iter().map(|call| (*call, Vec::new())).collect();
    let architecture = std::env::consts::ARCH.try_into().expect("a known architecture");
    let refusal = SeccompAction::Errno(u32::try_from(error).expect("an error's number"));
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, refusal, architecture).expect("a filter");
    let program: BpfProgram = filter.try_into().expect("a program");
    apply_filter(&program).expect("the kernel takes it");
}

/// A commit fails, the store stops, and everything acknowledged is there when it is opened again.
fn check(calls: &[i64], error: i32) {
    let dir = directory();
    let disk = open(dir.path());
    for number in 0..3 {
        commit(&disk, 0, &some_diff(number));
    }
    let before = disk.head();
    let next = block(&disk, 0, &some_diff(3)).expect("a sound diff");
    let again = block(&disk, 0, &some_diff(3)).expect("a sound diff");
    let failures = thread::scope(|scope| {
        let committing = scope.spawn(|| {
            refuse(calls, error);
            (disk.commit(next).expect_err("it cannot"), disk.commit(again).expect_err("it has stopped"))
        });
        committing.join().expect("no panic")
    });
    // The same file is not synced again: what a failed sync has dropped, a second one would not bring back.
    assert!(matches!(failures.1, DiskError::Stopped), "{:?}", failures.1);
    assert_eq!(disk.head(), before);
    assert_eq!(disk.header(2).expect("reads go on"), Some("header of 2 on 0".into()));
    assert!(matches!(disk.sync(), Err(DiskError::Stopped)));
    drop(disk);

    let disk = Disk::open(dir.path(), options()).expect("opens without repair");
    let head = disk.head().expect("a head").number;
    assert!((2..=3).contains(&head), "{head}");
    disk.verify(|_| ()).expect("whole");
    for number in head + 1..6 {
        commit(&disk, 0, &some_diff(number));
    }
    assert_eq!(disk.head().expect("a head").number, 5);
}

#[test]
fn a_failed_sync_stops_the_store() {
    check(&SYNCS, libc::EIO);
}

#[test]
fn a_write_without_room_stops_the_store() {
    check(&WRITES, libc::ENOSPC);
}

#[test]
fn a_failed_write_stops_the_store() {
    check(&WRITES, libc::EIO);
}

/// That the refusals of this file reach the calls that they name.
#[test]
fn a_refusal_is_one() {
    let (all, data) = thread::scope(|scope| {
        let refused = scope.spawn(|| {
            let file = tempfile::tempfile().expect("a file");
            refuse(&SYNCS, libc::EIO);
            (file.sync_all(), file.sync_data())
        });
        refused.join().expect("no panic")
    });
    for result in [all, data] {
        assert_eq!(result.map_err(|error: io::Error| error.raw_os_error()), Err(Some(libc::EIO)));
    }
}
