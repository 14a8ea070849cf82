//! Work on the pool that needs no order and no policy: one function over many items.

use crate::{
    WorkerPool,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};
use access_list::{BlockAccessList, ListIndex, ListPart};

/// Items that a worker takes at once. Each is worth some tens of microseconds (a signature), so that taking them costs
/// nothing beside, and the last batch keeps nobody waiting.
const BATCH: usize = 8;

impl WorkerPool {
    /// Applies `work` to each item, on all workers, and gives the results in the order of the items.
    pub fn map<T: Sync, R: Send>(&self, items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
        let next = AtomicUsize::new(0);
        let done = Mutex::new(Vec::new());
        self.run(self.workers().min(items.len().div_ceil(BATCH)), |_| {
            loop {
                let start = next.fetch_add(BATCH, Ordering::Relaxed);
                let Some(rest) = items.get(start..).filter(|rest| !rest.is_empty()) else { break };
                let results: Vec<R> = rest.iter().take(BATCH).map(&work).collect();
                done.lock().push((start, results));
            }
        });
        let mut done = done.into_inner();
        done.sort_unstable_by_key(|(start, _)| *start);
        done.into_iter().flat_map(|(_, results)| results).collect()
    }

    /// Does two things at once: `own` on the calling thread, `other` on a worker; one after the other where there is but
    /// one worker. A panic of either is the caller's.
    pub fn join<A: Send, B: Send>(&self, own: impl FnOnce() -> A + Send, other: impl FnOnce() -> B + Send) -> (A, B) {
        if self.workers() == 1 {
            return (own(), other());
        }
        let (own, other) = (Mutex::new(Some(own)), Mutex::new(Some(other)));
        let (of_own, of_other) = (Mutex::new(None), Mutex::new(None));
        self.run(2, |worker| {
            if worker == 0 {
                let work = own.lock().take();
                *of_own.lock() = work.map(|work| work());
            } else {
                let work = other.lock().take();
                *of_other.lock() = work.map(|work| work());
            }
        });
        let done = "both workers have run";
        (of_own.into_inner().expect(done), of_other.into_inner().expect(done))
    }

    /// Lays out a list, on all workers if it is long. They are awake then for whatever is done with it.
    pub fn index(&self, list: &BlockAccessList) -> ListIndex {
        let plan = ListIndex::plan(list, self.workers());
        let next = AtomicUsize::new(0);
        let parts: Vec<Mutex<Option<ListPart>>> = plan.iter().map(|_| Mutex::new(None)).collect();
        self.run(plan.len(), |_| {
            while let Some((plan, place)) = {
                let at = next.fetch_add(1, Ordering::Relaxed);
                plan.get(at).zip(parts.get(at))
            } {
                *place.lock() = Some(plan.build(list));
            }
        });
        let built = |part: Mutex<Option<ListPart>>| part.into_inner().expect("every part was built");
        ListIndex::join(parts.into_iter().map(built).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn two_things_are_both_done_and_the_first_of_them_here() {
        for workers in [1, 2, 8] {
            let pool = WorkerPool::new(workers).expect("workers");
            let here = thread::current().id();
            let (own, other) = pool.join(|| thread::current().id(), || thread::current().id());
            assert_eq!(own, here);
            assert_eq!(other == here, workers == 1, "{workers} workers");
        }
    }

    #[test]
    fn a_panic_of_either_reaches_the_caller() {
        let pool = WorkerPool::new(2).expect("workers");
        for own in [true, false] {
            let panics = |now: bool| move || assert!(!now, "on purpose");
            let joined =
                std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| pool.join(panics(own), panics(!own))));
            assert!(joined.is_err());
        }
        assert_eq!(pool.join(|| 1, || 2), (1, 2), "the pool goes on");
    }

    #[test]
    fn results_stand_in_the_order_of_the_items() {
        for workers in [1, 2, 3, 8] {
            let pool = WorkerPool::new(workers).expect("workers");
            for len in [0, 1, BATCH - 1, BATCH, BATCH + 1, 1000] {
                let items: Vec<usize> = (0..len).collect();
                let doubled: Vec<usize> = items.iter().map(|item| item * 2).collect();
                assert_eq!(pool.map(&items, |item| item * 2), doubled, "{workers} workers, {len} items");
            }
        }
    }
}
