//! A crash leaves whole blocks.

use crate::support::{Model, commit, copy, directory, open, options, some_diff};
use primitives::keccak256;
use state::{
    disk::{Disk, DiskError, Durability, Options},
    state_root,
};
use std::{
    fs::{self, OpenOptions},
    path::{Path, PathBuf},
};

fn journal(dir: &Path) -> PathBuf {
    let entries = fs::read_dir(dir.join("db")).expect("reads").map(|entry| entry.expect("reads").path());
    let mut journals: Vec<_> = entries.filter(|path| path.extension().is_some_and(|end| end == "jnl")).collect();
    journals.sort();
    journals.pop().expect("a journal")
}

/// What a process that is killed after each commit leaves: the block, whole.
#[test]
fn a_copy_after_each_commit_is_that_block() {
    let mut model = Model::new();
    for number in 0..8 {
        model.commit(0, &some_diff(number));
        let left = directory();
        copy(model.dir.path(), left.path());
        let disk = open(left.path());
        let head = disk.head().expect("a head");
        assert_eq!((head.number, head.state_root), (number, state_root(&model.last())));
        disk.verify(|_| ()).expect("whole");
        commit(&disk, 0, &some_diff(number + 1));
    }
}

/// The journal of a commit that was cut off anywhere: the block before, and it can be committed again.
#[test]
fn a_cut_journal_is_the_block_before() {
    let mut model = Model::new();
    for number in 0..3 {
        model.commit(0, &some_diff(number));
    }
    let before = directory();
    copy(model.dir.path(), before.path());
    let start = fs::metadata(journal(before.path())).expect("a journal").len();
    model.commit(0, &some_diff(3));
    let after = directory();
    copy(model.dir.path(), after.path());
    let end = fs::metadata(journal(after.path())).expect("a journal").len();
    assert!(end > start);
    let step = usize::try_from((end - start) / 12).expect("a small journal").max(1);
    for cut in (start..end).step_by(step).chain([start + 1, end - 1]) {
        let left = directory();
        copy(after.path(), left.path());
        // The tip is written after the journal is synced.
        fs::copy(before.path().join("TIP"), left.path().join("TIP")).expect("copies");
        let file = OpenOptions::new().write(true).open(journal(left.path())).expect("opens");
        file.set_len(cut).expect("cuts");
        drop(file);
        let disk = open(left.path());
        let head = disk.head().expect("a head");
        assert_eq!((head.number, head.state_root), (2, state_root(&model.states[2])), "cut at {cut}");
        disk.verify(|_| ()).expect("whole");
        commit(&disk, 0, &some_diff(3));
        assert_eq!(disk.head().expect("a head").state_root, state_root(&model.states[3]));
    }
}

/// The same journal when the block had been acknowledged: said, not passed over, until a repair takes it as it is.
#[test]
fn a_lost_block_is_told() {
    let mut model = Model::new();
    for number in 0..3 {
        model.commit(0, &some_diff(number));
    }
    let before = directory();
    copy(model.dir.path(), before.path());
    let start = fs::metadata(journal(before.path())).expect("a journal").len();
    model.commit(0, &some_diff(3));
    let left = directory();
    copy(model.dir.path(), left.path());
    OpenOptions::new().write(true).open(journal(left.path())).expect("opens").set_len(start + 5).expect("cuts");
    for _ in 0..2 {
        let lost = Disk::open(left.path(), options()).err();
        assert!(matches!(lost, Some(DiskError::Lost { head: Some(2), acknowledged: 3 })), "{lost:?}");
    }
    let repaired = Disk::repair(left.path(), &options()).expect("repairs");
    assert_eq!((repaired.head.number, repaired.acknowledged, repaired.history_dropped), (2, Some(3), false));
    let disk = open(left.path());
    disk.verify(|_| ()).expect("whole");
    commit(&disk, 0, &some_diff(3));
    assert_eq!(disk.head().expect("a head").state_root, state_root(&model.states[3]));
}

#[test]
fn blocks_that_were_not_synced_are_not_missed() {
    let dir = directory();
    let lazy = Options { durability: Durability::Blocks(3), ..options() };
    let disk = Disk::open(dir.path(), lazy.clone()).expect("opens");
    for number in 0..4 {
        commit(&disk, 0, &some_diff(number));
    }
    let synced = directory();
    copy(dir.path(), synced.path());
    let start = fs::metadata(journal(synced.path())).expect("a journal").len();
    commit(&disk, 0, &some_diff(4));
    let left = directory();
    copy(dir.path(), left.path());
    OpenOptions::new().write(true).open(journal(left.path())).expect("opens").set_len(start).expect("cuts");
    assert_eq!(open(left.path()).head().expect("a head").number, 3);
    disk.sync().expect("syncs");
    let left = directory();
    copy(dir.path(), left.path());
    OpenOptions::new().write(true).open(journal(left.path())).expect("opens").set_len(start).expect("cuts");
    let lost = Disk::open(left.path(), lazy).err();
    assert!(matches!(lost, Some(DiskError::Lost { head: Some(3), acknowledged: 4 })), "{lost:?}");
}

/// A rollback lowers what is remembered as acknowledged before it takes blocks back.
#[test]
fn a_copy_after_a_rollback_opens() {
    let mut model = Model::new();
    for number in 0..6 {
        model.commit(0, &some_diff(number));
    }
    model.rollback(2);
    let left = directory();
    copy(model.dir.path(), left.path());
    assert_eq!(open(left.path()).head().expect("a head").number, 2);
}

/// A number that the two determine.
fn draw(seed: u64, index: u64) -> u64 {
    u64::from_be_bytes(*keccak256([seed.to_be_bytes(), index.to_be_bytes()].concat()).first_chunk().expect("32 bytes"))
}

/// A power cut keeps any part of what was not synced, in whatever order it was written. What is whole is kept up to the first
/// block that is not; no later block is taken for its successor, and nothing that was synced is gone.
#[test]
fn any_part_of_what_was_not_synced_may_be_lost() {
    const SYNCED: usize = 3;
    const UNSYNCED: usize = 3;
    let mut model = Model::new();
    model.reopen_with(&Options { durability: Durability::Blocks(u64::MAX), ..options() });
    for number in 0..SYNCED {
        model.commit(0, &some_diff(number as u64));
    }
    model.disk().sync().expect("syncs");
    let snapshot = |model: &Model| {
        let left = directory();
        copy(model.dir.path(), left.path());
        let length = fs::metadata(journal(left.path())).expect("a journal").len();
        (left, usize::try_from(length).expect("a small journal"))
    };
    let (mut last, mut ends) = snapshot(&model);
    let start = ends;
    let mut blocks = Vec::new();
    for number in SYNCED..SYNCED + UNSYNCED {
        model.commit(0, &some_diff(number as u64));
        let before = ends;
        (last, ends) = snapshot(&model);
        blocks.push(before..ends);
    }
    let whole = fs::read(journal(last.path())).expect("a journal");
    let (mut heads, mut cuts) = ([0; UNSYNCED + 1], 0);
    for seed in 0..300 {
        let left = directory();
        copy(last.path(), left.path());
        let mut bytes = whole.clone();
        let size = [16, 64, 512][usize::try_from(seed % 3).expect("small")];
        // From none to nearly all.
        let lost_of_16 = draw(seed, u64::MAX) % 16;
        for (index, piece) in (0..).zip(bytes[start..].chunks_mut(size)) {
            if draw(seed, index) % 16 < lost_of_16 / (1 + seed % 5) {
                piece.fill(0);
            }
        }
        fs::write(journal(left.path()), &bytes).expect("writes");
        let kept = blocks.iter().take_while(|range| bytes[(*range).clone()] == whole[(*range).clone()]).count();
        let disk = open(left.path());
        let head = disk.head().expect("a head");
        let expected = (SYNCED + kept - 1) as u64;
        assert_eq!((head.number, head.state_root), (expected, state_root(&model.states[SYNCED + kept - 1])), "{seed}");
        disk.verify(|_| ()).expect("whole");
        commit(&disk, 0, &some_diff(expected + 1));
        heads[kept] += 1;
        if let Ok(cut) = fs::read(left.path().join("journal.cut")) {
            assert!(!cut.is_empty() && bytes.ends_with(&cut), "{seed}: what was cut off is kept");
            cuts += 1;
        }
    }
    assert!(cuts > 0, "the engine could cut every journal by itself");
    assert!(heads.iter().all(|count| *count > 0), "every end was met: {heads:?}");
}

/// What remembers the last block that was synced is written after it and never synced itself: it may be as old as it likes, and
/// torn where it was written last.
#[test]
fn the_memory_of_what_was_synced_may_be_old_or_torn() {
    const PLACE: usize = 64;
    let mut model = Model::new();
    let mut tips = Vec::new();
    for number in 0..6 {
        model.commit(0, &some_diff(number));
        tips.push(fs::read(model.dir.path().join("TIP")).expect("reads"));
    }
    let (newest, before) = (tips[5].clone(), tips[4].clone());
    let written = (0..2).find(|place| newest[place * PLACE..][..PLACE] != before[place * PLACE..][..PLACE]);
    let written = written.expect("one place is written") * PLACE;
    for torn in 1..PLACE {
        let mut bytes = newest.clone();
        bytes[written..written + torn].copy_from_slice(&before[written..written + torn]);
        tips.push(bytes);
    }
    for (index, tip) in tips.iter().enumerate() {
        let left = directory();
        copy(model.dir.path(), left.path());
        fs::write(left.path().join("TIP"), tip).expect("writes");
        let disk = open(left.path());
        let head = disk.head().expect("a head");
        assert_eq!((head.number, head.state_root), (5, state_root(&model.last())), "{index}");
        commit(&disk, 0, &some_diff(6));
        // And what it remembers from now on holds.
        drop(disk);
        assert_eq!(open(left.path()).head().expect("a head").number, 6, "{index}");
    }
}
