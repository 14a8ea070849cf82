//! The lock-free primitives under loom, which tries every interleaving, weak memory order included.
//!
//! The modules are compiled into this test with loom's atomics in the place of the real ones.

#![expect(dead_code, reason = "the modules are tested in part")]

mod sync {
    pub(crate) use loom::sync::atomic;
}
#[path = "../src/ready.rs"]
mod ready;
#[path = "../src/stamps.rs"]
mod stamps;

use loom::thread;
use ready::{Flags, ReadySet};
use stamps::{Asking, Shown, Stamps};
use std::sync::Arc;

#[test]
fn what_was_inserted_is_taken_once() {
    loom::model(|| {
        let set = Arc::new(ReadySet::new(70));
        let inserter = {
            let set = Arc::clone(&set);
            thread::spawn(move || {
                set.insert(1);
                set.insert(69);
            })
        };
        let taker = {
            let set = Arc::clone(&set);
            thread::spawn(move || set.take_first())
        };
        let mut taken: Vec<usize> = set.take_first().into_iter().collect();
        inserter.join().expect("no panic");
        taken.extend(taker.join().expect("no panic"));
        taken.extend(std::iter::from_fn(|| set.take_first()));
        taken.sort_unstable();
        assert_eq!(taken, [1, 69]);
    });
}

#[test]
fn a_mark_is_not_lost_beside_the_last_number() {
    loom::model(|| {
        let set = Arc::new(ReadySet::new(2));
        set.insert(0);
        let inserter = {
            let set = Arc::clone(&set);
            thread::spawn(move || set.insert(1))
        };
        assert_eq!(set.take_first().map(|number| number < 2), Some(true));
        inserter.join().expect("no panic");
        assert!(set.take_first().is_some(), "the other one");
        assert_eq!(set.take_first(), None);
    });
}

#[test]
fn a_flag_is_raised_by_one() {
    loom::model(|| {
        let flags = Arc::new(Flags::new(3));
        let other = {
            let flags = Arc::clone(&flags);
            thread::spawn(move || flags.raise(1))
        };
        let mine = flags.raise(1);
        assert!(mine != other.join().expect("no panic"));
        assert!(flags.is_raised(1) && !flags.is_raised(2));
    });
}

/// Two transactions write one place at once, both started before anything was committed: neither is told that it was
/// alone, and neither is one that started while the second was open.
#[test]
fn whoever_wrote_beside_another_is_disturbed() {
    loom::model(|| {
        let mut stamps = Stamps::new(1);
        stamps.begin(4);
        let stamps = Arc::new(stamps);
        let write = |index: usize| {
            let stamps = Arc::clone(&stamps);
            move || Shown::new(stamps.set(0, index), 0, 0)
        };
        let (one, two) = (thread::spawn(write(1)), thread::spawn(write(2)));
        let shown = [one.join().expect("no panic"), two.join().expect("no panic")];
        for (index, shown) in (1..).zip(shown) {
            assert!(!stamps.is_undisturbed(0, &Asking { index, since: 0, shown: Some(shown) }));
        }
        assert!(!stamps.is_undisturbed(0, &Asking { index: 3, since: 2, shown: None }), "2 was open");
    });
}
