//! Policy `list_driven`: for a validator that holds the block access list (EIP-7928).
//!
//! No speculation and no order: every transaction finds the state before it in the list, at its own position, so all of
//! them run independently - even a chain of conflicts. What each touched and left is compared with the list, item by
//! item. Law: the comparison succeeds for all transactions, with every item of the list accounted for, exactly if the
//! list is the one that serial execution gives; then every transaction has run on the serial state. So a lying list
//! can waste time, and the block is refused.
//!
//! A small block is left to one worker, as [`sharing`](crate::sharing) judges by those before it.
//!
//! The list is that of whole transactions: what the threads inside one left each other it does not tell. They run on the
//! workers that have no part left, on the state before their transaction, and are compared as under any policy.

use crate::{
    Admission, Error, Executed, Gate, Job, Run, Stats, TransactionExecutor, WorkerPool,
    list_check::{Accounted, ListCheck, ListMismatch},
    run::credit,
    sharing::{Content, Sample},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};
use access_list::{AccountAccess, ListIndex};
use state::{StateError, StateReader};
use std::time::Instant;
use view::ListView;

mod view;

/// Parts of a block for each worker, at least, and transactions of one part, at most: small enough to share the work, great
/// enough to leave the counter alone.
const PARTS: u64 = 32;
const PART_MAX: usize = 64;

/// Transactions that a worker takes at once, with the places of their results.
struct Part<'r, O> {
    start: usize,
    gas: u64,
    places: &'r mut [Option<Executed<O>>],
}

/// What no other worker's writes may slow down.
#[repr(align(128))]
struct Apart<T>(T);

/// Cuts a block into parts. Those that may use most gas come first, so that none of them is left alone at the end
/// (longest processing time first); equal ones in block order.
fn parts<'r, M: TransactionExecutor>(
    machine: &M,
    workers: usize,
    mut places: &'r mut [Option<Executed<M::Output>>],
) -> Vec<Mutex<Option<Part<'r, M::Output>>>> {
    let gas: Vec<u64> = (0..places.len()).map(|index| machine.hint(index).gas).collect();
    let total = gas.iter().fold(0_u64, |total, gas| total.saturating_add(*gas));
    let share = total / PARTS / workers as u64;
    let most = (gas.len() / PARTS as usize / workers).clamp(1, PART_MAX);
    let mut parts: Vec<Part<'r, M::Output>> = Vec::new();
    let mut start = 0;
    while start < gas.len() {
        let (mut end, mut sum) = (start, 0_u64);
        while end < gas.len() && end - start < most && (end == start || sum.saturating_add(gas[end]) <= share) {
            sum = sum.saturating_add(gas[end]);
            end += 1;
        }
        let (own, rest) = places.split_at_mut(end - start);
        parts.push(Part { start, gas: sum, places: own });
        (places, start) = (rest, end);
    }
    parts.sort_by_key(|part| std::cmp::Reverse(part.gas));
    parts.into_iter().map(|part| Mutex::new(Some(part))).collect()
}

/// Executes every transaction from the list and compares.
pub(crate) fn run<M: TransactionExecutor>(
    job: &Job<'_, M>,
    list: &ListIndex,
    pool: &WorkerPool,
    gate: &mut dyn Gate<M::Output>,
) -> Result<Run<M::Output>, Error> {
    pool.listed.begin();
    // From the list a plain transfer costs a worker what it costs anywhere, so none is left out.
    let content = Content { cheap: 0, costly: job.machine.len() };
    let is_shared = pool.is_worth_it(&pool.listed, content);
    let (start, workers) = (Instant::now(), if is_shared { pool.workers() } else { 1 });
    let mut decided: Vec<Option<Executed<M::Output>>> = Vec::new();
    decided.resize_with(job.machine.len(), || None);
    let run = ListRun {
        job,
        check: ListCheck::new(list, job.machine.len()),
        workers,
        parts: parts(job.machine, workers, &mut decided),
        cursor: Apart(AtomicUsize::new(0)),
        over: AtomicBool::new(false),
        refused_at: AtomicUsize::new(usize::MAX),
        all: Mutex::new(All { accounted: Vec::new(), mismatch: None, error: None }),
        sample: Sample::of(job.machine.len()),
    };
    pool.run(workers, |_| {
        let work = std::panic::AssertUnwindSafe(|| run.work());
        if let Err(payload) = std::panic::catch_unwind(work) {
            run.fail(Error::Panicked(crate::speculation::message(&*payload)));
        }
    });
    if is_shared {
        run.sample.teach(&pool.listed);
        pool.listed.learn_shared(content, start.elapsed());
    } else {
        pool.listed.learn_whole(content, start.elapsed());
    }
    let accounted = run.finish()?;
    let stats = Stats { workers: pool.workers(), executions: decided.len(), ..Stats::default() };
    for (index, place) in decided.iter_mut().enumerate() {
        let Some(executed) = place else { continue };
        match gate.admit(index, executed) {
            Admission::Include => {}
            Admission::Exclude => *place = None,
            Admission::Stop => {
                decided.truncate(index);
                break;
            }
        }
    }
    Ok(Run { executed: decided, diff: accounted.diff, stats, listed: Some(accounted.tally) })
}

struct ListRun<'a, 'r, M: TransactionExecutor> {
    job: &'a Job<'a, M>,
    check: ListCheck<'a>,
    workers: usize,
    /// The block in the order in which it is handed out.
    parts: Vec<Mutex<Option<Part<'r, M::Output>>>>,
    cursor: Apart<AtomicUsize>,
    /// Something failed; what a worker would find out now counts for nothing.
    over: AtomicBool,
    /// The lowest transaction that differs from the list so far. Those before it are still looked at, so that the
    /// position that is named does not depend on who was fast.
    refused_at: AtomicUsize,
    all: Mutex<All>,
    sample: Sample,
}

/// What the workers handed in.
struct All {
    accounted: Vec<Accounted>,
    /// The difference at the lowest position that was found.
    mismatch: Option<(usize, ListMismatch)>,
    error: Option<Error>,
}

/// Why a worker stopped early.
pub(crate) enum Stopped {
    Refused(ListMismatch),
    Failed(Error),
}

impl From<ListMismatch> for Stopped {
    fn from(mismatch: ListMismatch) -> Self {
        Self::Refused(mismatch)
    }
}

/// Why execution on the view came to nothing.
fn stopped(view: &ListView<'_>, index: usize, source: StateError) -> Stopped {
    match view.take_missing() {
        Some(mismatch) => Stopped::Refused(mismatch),
        None => Stopped::Failed(Error::State { index, source }),
    }
}

impl<M: TransactionExecutor> ListRun<'_, '_, M> {
    fn work(&self) {
        let view = ListView::new(self.check.list, self.job.state);
        let mut worker = self.job.machine.worker(&view);
        let mut accounted = self.check.accounted(self.workers);
        while !self.over.load(Ordering::Relaxed) {
            let next = self.cursor.0.fetch_add(1, Ordering::Relaxed);
            let Some(part) = self.parts.get(next).and_then(|part| part.lock().take()) else { break };
            for (index, place) in (part.start..).zip(part.places) {
                if index > self.refused_at.load(Ordering::Relaxed) {
                    continue;
                }
                match self.execute(index, &view, &mut worker, &mut accounted) {
                    Ok(result) => *place = Some(result),
                    Err(stop) => self.stop(index, stop),
                }
            }
        }
        self.all.lock().accounted.push(accounted);
    }

    fn execute(
        &self,
        index: usize,
        view: &ListView<'_>,
        worker: &mut M::Worker<'_>,
        accounted: &mut Accounted,
    ) -> Result<Executed<M::Output>, Stopped> {
        let position = index as u64 + 1;
        view.move_to(position);
        let result = self.sample.time(index, || self.job.machine.execute(worker, index));
        let mut result = result.map_err(|error| stopped(view, index, error))?;
        let record = &result.record;
        let mut fee = result.fee;
        let beneficiary = self.job.machine.beneficiary();
        for (access, slots) in record.iter() {
            if access.address == beneficiary
                && let Some(fee) = fee.take()
            {
                let after = credit(access.after, fee, self.job.clears_empty);
                self.check.access(position, &AccountAccess { after, ..*access }, slots, accounted)?;
            } else {
                self.check.access(position, access, slots, accounted)?;
            }
        }
        if let Some(fee) = fee {
            let before = view.account(beneficiary).map_err(|error| stopped(view, index, error))?;
            let mut access = AccountAccess::untouched(beneficiary, before);
            access.after = credit(before, fee, self.job.clears_empty);
            self.check.access(position, &access, &[], accounted)?;
        }
        if !record.deployed.is_empty() {
            accounted.diff.code.extend(record.deployed.iter().cloned());
        }
        if self.job.drop_records {
            self.job.machine.recycle(worker, std::mem::take(&mut result.record));
        }
        Ok(result)
    }

    fn stop(&self, index: usize, stopped: Stopped) {
        let mut all = self.all.lock();
        match stopped {
            Stopped::Refused(mismatch) if all.mismatch.as_ref().is_none_or(|(at, _)| index < *at) => {
                all.mismatch = Some((index, mismatch));
                self.refused_at.fetch_min(index, Ordering::Relaxed);
            }
            Stopped::Refused(_) => {}
            Stopped::Failed(error) => {
                self.over.store(true, Ordering::Relaxed);
                all.error.get_or_insert(error);
            }
        }
    }

    fn fail(&self, error: Error) {
        self.stop(0, Stopped::Failed(error));
    }

    /// What all workers accounted for together.
    fn finish(self) -> Result<Accounted, Error> {
        let All { accounted, mismatch, error } = self.all.into_inner();
        if let Some((_, mismatch)) = mismatch {
            return Err(Error::List(mismatch));
        }
        if let Some(error) = error {
            return Err(error);
        }
        let mut all = accounted.into_iter();
        let mut whole = all.next().unwrap_or_else(|| self.check.accounted(1));
        for mut other in all {
            whole.diff.accounts.append(&mut other.diff.accounts);
            whole.diff.slots.append(&mut other.diff.slots);
            whole.diff.code.append(&mut other.diff.code);
            whole.tally.add(&other.tally);
        }
        Ok(whole)
    }
}

#[cfg(all(test, not(feature = "shuttle")))]
mod tests {
    use super::*;
    use crate::{Hint, Known};
    use access_list::{AccessRecord, BlockAccessList};
    use primitives::Address;
    use state::MemoryState;
    use std::time::Duration;

    /// Includes everything.
    struct Everything;

    impl Gate<()> for Everything {
        fn admit(&mut self, _: usize, _: &Executed<()>) -> Admission {
            Admission::Include
        }
    }

    /// Transactions that touch nothing; it counts the workers that came for them.
    struct Idle(AtomicUsize);

    impl TransactionExecutor for Idle {
        type Output = ();
        type Worker<'v> = ();

        fn len(&self) -> usize {
            3
        }

        fn worker<'v>(&'v self, _: &'v dyn StateReader) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }

        fn execute(&self, (): &mut (), _: usize) -> Result<Executed<()>, StateError> {
            Ok(Executed { record: AccessRecord::default(), fee: None, output: () })
        }

        fn beneficiary(&self) -> Address {
            Address::ZERO
        }

        fn hint(&self, _: usize) -> Hint {
            Hint::default()
        }
    }

    fn workers_of(pool: Result<WorkerPool, Error>) -> usize {
        let machine = Idle(AtomicUsize::new(0));
        let state = MemoryState::default();
        let job =
            Job { machine: &machine, state: &state, clears_empty: true, known: Known::default(), drop_records: false };
        let list = ListIndex::new(&BlockAccessList::default());
        let run = run(&job, &list, &pool.expect("threads"), &mut Everything).expect("nothing differs");
        assert_eq!(run.executed.len(), 3);
        machine.0.into_inner()
    }

    #[test]
    fn a_small_block_is_left_to_one_worker() {
        assert_eq!(workers_of(WorkerPool::new(3)), 1);
        assert_eq!(workers_of(WorkerPool::sharing_all(3)), 3);
    }

    #[test]
    fn a_costly_block_is_shared_if_there_are_cores() {
        let pool = |has_cores: bool| {
            let pool = WorkerPool::new(3)?;
            pool.listed.learn(1_000_000, 1);
            if !has_cores {
                // Nobody gets anything of a processor while it waits.
                let (_open, silent) = std::sync::mpsc::channel::<()>();
                let silent = Mutex::new(silent);
                (0..6).for_each(|_| pool.run(3, |_| _ = silent.lock().recv_timeout(Duration::from_millis(10))));
            }
            Ok(pool)
        };
        assert_eq!(workers_of(pool(true)), 3);
        assert_eq!(workers_of(pool(false)), 1);
    }
}
