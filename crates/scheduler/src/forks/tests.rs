use super::*;

/// Runs a fork of `count` pieces, each of which runs a fork of its own; says how often each piece ran.
fn nested(forks: &Forks, count: usize) -> Vec<usize> {
    let ran: Vec<AtomicUsize> = (0..count).map(|_| AtomicUsize::new(0)).collect();
    let inner = AtomicUsize::new(0);
    let piece = |task: usize| {
        ran[task].fetch_add(1, Ordering::SeqCst);
        let leaf = |_| _ = inner.fetch_add(1, Ordering::SeqCst);
        if !forks.run(2, &leaf) {
            (0..2).for_each(leaf);
        }
    };
    if !forks.run(count, &piece) {
        (0..count).for_each(piece);
    }
    assert_eq!(inner.into_inner(), 2 * count);
    ran.into_iter().map(AtomicUsize::into_inner).collect()
}

#[cfg(not(feature = "shuttle"))]
mod alone {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    #[test]
    fn every_piece_runs_once_and_everybody_is_idle_again() {
        for workers in [1, 2, 3, 8] {
            let forks = Forks::new(workers, true);
            for count in [0, 1, 2, 7, 40] {
                assert_eq!(nested(&forks, count), vec![1; count], "{workers} workers");
            }
            assert_eq!(*forks.busy.lock(), 0);
        }
    }

    #[test]
    fn never_more_at_once_than_the_pool_has_workers() {
        let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let forks = Forks::new(3, true);
        let piece = |_| {
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            std::thread::yield_now();
            running.fetch_sub(1, Ordering::SeqCst);
        };
        assert!(forks.run(50, &piece));
        assert!((1..=3).contains(&most.load(Ordering::SeqCst)));
        forks.occupy(2);
        assert!(!forks.run(50, &piece), "nobody is idle");
        forks.release(1);
        assert!(forks.run(50, &piece));
    }

    #[test]
    fn a_panic_leaves_nobody_busy() {
        let forks = Forks::new(3, true);
        let piece = |task| assert!(task != 1, "made to fail");
        assert!(catch_unwind(AssertUnwindSafe(|| forks.run(4, &piece))).is_err());
        assert_eq!(*forks.busy.lock(), 0);
    }

    #[test]
    fn what_is_known_to_be_small_is_not_forked() {
        let forks = Forks::new(2, false);
        assert!(forks.run(2, &|_| {}), "nothing is known");
        forks.cost_ns.store(100, Ordering::Relaxed);
        assert!(!forks.run(2, &|_| {}));
    }
}

#[cfg(feature = "shuttle")]
#[test]
fn shuttle_every_piece_runs_once() {
    let body = || {
        let forks = Forks::new(3, true);
        assert_eq!(nested(&forks, 3), [1, 1, 1]);
        assert_eq!(*forks.busy.lock(), 0);
    };
    shuttle::check_random(body, 2_000);
    shuttle::check_pct(body, 2_000, 3);
}
