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
