//! Chunks of neighbours, each executed by one worker on a state of its own and taken over in block order: for blocks whose
//! transactions hardly meet.
//!
//! ```text
//!   chunk 0      chunk 1      chunk 2      chunk 3          claimed in order
//!   worker A ▸   worker B ▸   worker A ▸   worker B ▸       executed: the state before the block, the chunk's own changes
//!        └──────────▸└──────────▸└──────────▸└─────▸ diff   taken over in order: the front goes from maker to maker
//! ```
//!
//! The front is what `serial` has between two transactions: one set of changes, in one hand at a time. Whose turn it is takes
//! it, compares what the chunk's transactions had read with it, by value, and lays their changes over it; a transaction that
//! had read something else is executed again on it. A chunk whose turn comes before it is begun is executed on it at once.
//! Until then no worker writes anything that another reads, which is what [`speculation`](crate::speculation) pays for with
//! each transaction; in return nobody sees what the block has changed outside of its chunk, so all that depends on that is
//! executed twice. Where too much does, one worker does the rest.
//!
//! Law: the result is that of serial execution. Each transaction is decided in block order, with a record that is exactly the
//! serial one.

use crate::{
    Admission, Error, Executed, Gate, Job, Run, Stats, TransactionExecutor, WorkerPool,
    assumption::Assumption,
    exact::{Certain, make_exact},
    serial::{LentView, Overlay, SerialView},
    sharing::Sample,
    speculation::{Ended, message},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        wait,
    },
};
use crossbeam_utils::CachePadded;
use primitives::{Account, Address, B256, Bytes, U256};
use state::{StateError, StateReader};
use std::{
    collections::VecDeque,
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Transactions in one chunk, at most, and the gas that they may use together.
const CHUNK_MAX: usize = 32;
const CHUNK_GAS_MAX: u64 = 6_400_000;

/// Transactions in one chunk, at least. Blocks under shuttle are too small for more than one otherwise.
const CHUNK_MIN: usize = if cfg!(feature = "shuttle") { 2 } else { 1 };

/// What is left of a block is at least so many chunks for each worker, so that none is left alone with a long one.
const CHUNKS_LEFT: usize = 4;

/// Chunks for each worker between the one whose turn it is and the last that is begun, at most.
const AHEAD_MAX: usize = 2;

/// After so many executions that were in vain one of four is too many.
const STALE_MIN: usize = 32;

/// Executes the block on all workers of the pool. `cheap`: the transactions that say nothing of what others cost.
pub(crate) fn run<M: TransactionExecutor>(
    job: &Job<'_, M>,
    cheap: &[bool],
    pool: &WorkerPool,
    gate: &mut dyn Gate<M::Output>,
) -> Result<Ended<M::Output>, Error> {
    let ended = Chunks::new(job, cheap, pool, gate).run(pool)?;
    let (Ended::Whole(run) | Ended::Early(run)) = &ended;
    pool.sharing.learn_chunks(run.stats.stale, run.executed.len());
    Ok(ended)
}

/// Whether no transaction of the block may take so much of it that one worker is left alone with its chunk.
pub(crate) fn suits<M: TransactionExecutor>(machine: &M, workers: usize) -> bool {
    let gas = (0..machine.len()).map(|index| u128::from(machine.hint(index).gas));
    let (total, most) = gas.fold((0, 0), |(total, most): (u128, u128), gas| (total + gas, most.max(gas)));
    most * (CHUNKS_LEFT * workers) as u128 <= total
}

/// Where chunks end. Smaller ones towards the block's end.
fn cut<M: TransactionExecutor>(machine: &M, workers: usize) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut start = 0;
    while start < machine.len() {
        let most = ((machine.len() - start) / (CHUNKS_LEFT * workers)).clamp(CHUNK_MIN, CHUNK_MAX);
        let mut gas = 0_u64;
        let fits = |index: &usize| {
            gas = gas.saturating_add(machine.hint(*index).gas);
            *index == start || gas <= CHUNK_GAS_MAX
        };
        start += (start..machine.len().min(start + most)).take_while(fits).count();
        ends.push(start);
    }
    ends
}

struct Chunks<'a, M: TransactionExecutor> {
    job: &'a Job<'a, M>,
    cheap: &'a [bool],
    workers: usize,
    ends: Vec<usize>,
    /// The next chunk that nobody has begun.
    next: CachePadded<AtomicUsize>,
    /// The chunk whose turn it is.
    turn: CachePadded<AtomicUsize>,
    /// Nothing is executed any more: the block is decided, or cannot be, or is better done alone.
    over: AtomicBool,
    front: Mutex<Front<'a, M::Output>>,
    /// Executions ahead.
    ahead: AtomicUsize,
    sample: CachePadded<Sample>,
    panic: Mutex<Option<String>>,
}

/// What the transactions decided so far come to. In one hand at a time; the lock is never waited for.
struct Front<'a, O> {
    gate: &'a mut (dyn Gate<O> + 'a),
    overlay: Overlay,
    executed: Vec<Option<Executed<O>>>,
    /// Executions on exactly the serial state.
    exact: usize,
    /// Of those ahead, how many were looked at, and how many were in vain.
    ahead: usize,
    stale: usize,
    is_early: bool,
    error: Option<Error>,
}

/// A chunk that is executed and waits for its turn.
struct Begun<O> {
    chunk: usize,
    /// What came of its transactions, in order.
    results: Vec<Ahead<O>>,
}

/// A transaction executed ahead of its turn.
struct Ahead<O> {
    /// `None` if something could not be read.
    executed: Option<Executed<O>>,
    /// The sender, if its nonce was taken for the one that the transaction expects, and was another.
    assumed: Option<Address>,
}

impl<'a, M: TransactionExecutor> Chunks<'a, M> {
    fn new(
        job: &'a Job<'a, M>,
        cheap: &'a [bool],
        pool: &WorkerPool,
        gate: &'a mut (dyn Gate<M::Output> + 'a),
    ) -> Self {
        let len = job.machine.len();
        let front = Front {
            gate,
            overlay: pool.overlays.take(),
            executed: Vec::with_capacity(len),
            exact: 0,
            ahead: 0,
            stale: 0,
            is_early: false,
            error: None,
        };
        Self {
            job,
            cheap,
            workers: pool.workers(),
            sample: CachePadded::new(Sample::of(len)),
            ahead: AtomicUsize::new(0),
            ends: cut(job.machine, pool.workers()),
            next: CachePadded::default(),
            turn: CachePadded::default(),
            over: AtomicBool::new(len == 0),
            front: Mutex::new(front),
            panic: Mutex::default(),
        }
    }

    fn run(self, pool: &WorkerPool) -> Result<Ended<M::Output>, Error> {
        pool.run(pool.workers(), |_| {
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| self.work())) {
                *self.panic.lock() = Some(message(&*payload));
                self.over.store(true, Ordering::SeqCst);
            }
        });
        if let Some(panic) = self.panic.lock().take() {
            return Err(Error::Panicked(panic));
        }
        let Front { overlay, executed, exact, ahead, stale, is_early, error, .. } = self.front.into_inner();
        if let Some(error) = error {
            return Err(error);
        }
        self.sample.teach(&pool.sharing);
        let all_ahead = self.ahead.into_inner();
        let index = self.job.machine.len();
        let view = SerialView::new(self.job, overlay);
        let (diff, overlay) = view.into_diff().map_err(|source| Error::State { index, source })?;
        pool.overlays.put(overlay);
        let abandoned = if is_early { all_ahead - ahead } else { 0 };
        let stats = Stats {
            workers: self.workers,
            executions: all_ahead + exact,
            stale: stale + abandoned,
            chunks: self.ends.len(),
            ..Stats::default()
        };
        let run = Run { executed, diff, stats, listed: None };
        Ok(if is_early { Ended::Early(run) } else { Ended::Whole(run) })
    }

    /// One worker, until the block is decided.
    fn work(&self) {
        let view = View::new(SerialView::new(self.job, Overlay::default()));
        let mut worker = self.job.machine.worker(&view);
        let mut begun = VecDeque::new();
        let mut idle = 0_u32;
        while !self.over.load(Ordering::Acquire) {
            let turn = self.turn.load(Ordering::Acquire);
            if let Some(mine) = begun.pop_front_if(|begun: &mut Begun<M::Output>| begun.chunk == turn) {
                self.take_over(mine, &view, &mut worker);
            } else if let Some(chunk) = self.claim(turn) {
                begun.push_back(self.begin(chunk, &view, &mut worker));
            } else {
                idle += 1;
                wait(idle);
                continue;
            }
            idle = 0;
        }
    }

    /// The next chunk, if it is not too far ahead.
    fn claim(&self, turn: usize) -> Option<usize> {
        let next = self.next.load(Ordering::Relaxed);
        let is_near = next < self.ends.len() && next < turn + AHEAD_MAX * self.workers;
        let claimed =
            is_near && self.next.compare_exchange(next, next + 1, Ordering::AcqRel, Ordering::Relaxed).is_ok();
        claimed.then_some(next)
    }

    fn execute(&self, index: usize, worker: &mut M::Worker<'_>) -> Result<Executed<M::Output>, StateError> {
        let mut execute = || self.job.machine.execute(worker, index);
        if self.cheap[index] { execute() } else { self.sample.time(index, execute) }
    }

    fn range(&self, chunk: usize) -> Range<usize> {
        chunk.checked_sub(1).map_or(0, |before| self.ends[before])..self.ends[chunk]
    }

    /// Executes a chunk on the state before the block and its own changes; nothing of it if its turn has come already.
    fn begin(&self, chunk: usize, view: &View<'_>, worker: &mut M::Worker<'_>) -> Begun<M::Output> {
        let mut results = Vec::new();
        if self.turn.load(Ordering::Acquire) < chunk {
            let range = self.range(chunk);
            results.reserve_exact(range.len());
            for index in range {
                if self.over.load(Ordering::Relaxed) {
                    break;
                }
                view.assumption.expect(self.job.machine.hint(index).sender);
                let executed = self.execute(index, worker).ok();
                executed.iter().for_each(|executed| view.serial.apply(executed));
                results.push(Ahead { executed, assumed: view.assumption.made() });
            }
            self.ahead.fetch_add(results.len(), Ordering::Relaxed);
            view.assumption.expect(None);
            view.serial.forget();
        }
        Begun { chunk, results }
    }

    /// Decides the transactions of the chunk whose turn it is, and hands the front to the next.
    fn take_over(&self, begun: Begun<M::Output>, view: &View<'_>, worker: &mut M::Worker<'_>) {
        let mut front = self.front.try_lock().expect("only the worker whose turn it is takes the front");
        view.serial.swap(&mut front.overlay);
        let range = self.range(begun.chunk);
        let is_last = range.end == self.job.machine.len();
        let decided = self.decide(range, begun.results, &mut front, view, worker);
        view.serial.swap(&mut front.overlay);
        let goes_on = decided.unwrap_or_else(|error| {
            front.error = Some(error);
            false
        });
        front.is_early = goes_on && !is_last && front.stale >= STALE_MIN && front.stale * 4 > front.executed.len();
        let is_over = is_last || !goes_on || front.is_early;
        drop(front);
        if is_over {
            return self.over.store(true, Ordering::SeqCst);
        }
        self.turn.store(begun.chunk + 1, Ordering::Release);
    }

    /// Decides transactions in order; `false` if those after them are none of ours. `results` are what came of them ahead,
    /// and may be fewer.
    fn decide(
        &self,
        range: Range<usize>,
        mut results: Vec<Ahead<M::Output>>,
        front: &mut Front<'_, M::Output>,
        view: &View<'_>,
        worker: &mut M::Worker<'_>,
    ) -> Result<bool, Error> {
        front.ahead += results.len();
        // Whether all transactions of the chunk so far left what those after them in it have seen.
        let mut is_clean = true;
        for (at, index) in range.enumerate() {
            let mut again;
            let ahead = results.get_mut(at);
            let was_executed = ahead.is_some();
            // Where it lies, since it is long.
            let executed = if let Some(ahead) = ahead
                && ahead.make_exact(is_clean, &view.serial)
            {
                &mut ahead.executed
            } else {
                is_clean = false;
                front.stale += usize::from(was_executed);
                front.exact += 1;
                let executed = self.execute(index, worker);
                again = Some(executed.map_err(|source| Error::State { index, source })?);
                &mut again
            };
            let decided = executed.as_mut().expect("what is exact is there");
            match front.gate.admit(index, decided) {
                Admission::Include => {
                    view.serial.apply(decided);
                    if self.job.drop_records {
                        self.job.machine.recycle(worker, std::mem::take(&mut decided.record));
                    }
                    front.executed.push(executed.take());
                }
                Admission::Exclude => {
                    is_clean = false;
                    front.executed.push(None);
                }
                Admission::Stop => return Ok(false),
            }
        }
        Ok(true)
    }
}

impl<O> Ahead<O> {
    /// Makes the record exact, if what it had read agrees with the front. `is_clean`: what came before it in its chunk is part
    /// of the front as the transaction has seen it.
    fn make_exact(&mut self, is_clean: bool, front: &SerialView<'_>) -> bool {
        let Self { executed: Some(executed), assumed } = self else { return false };
        let is_exact = front.with(|front| {
            let unchanged = Unchanged { front, is_clean };
            make_exact(&mut executed.record, *assumed, front, &unchanged)
        });
        is_exact.unwrap_or_default()
    }
}

/// What the front has not changed is what it was before the block: that is what a transaction of a clean chunk has seen there.
struct Unchanged<'a> {
    front: &'a LentView<'a>,
    is_clean: bool,
}

impl Certain for Unchanged<'_> {
    fn has_account(&self, address: Address) -> bool {
        self.is_clean && self.front.has_account_unchanged(address)
    }

    fn has_slot(&self, address: Address, slot: U256) -> bool {
        self.is_clean && self.front.has_slot_unchanged(address, slot)
    }
}

/// The state before the block with the changes of one chunk, or the front while it is in hand.
struct View<'a> {
    serial: SerialView<'a>,
    assumption: Assumption,
}

impl<'a> View<'a> {
    fn new(serial: SerialView<'a>) -> Self {
        Self { serial, assumption: Assumption::default() }
    }
}

impl StateReader for View<'_> {
    fn account(&self, address: Address) -> Result<Option<Account>, StateError> {
        let mut account = self.serial.account(address)?;
        self.assumption.apply(address, &mut account);
        Ok(account)
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        self.serial.storage(address, slot)
    }

    fn code(&self, hash: B256) -> Result<Bytes, StateError> {
        self.serial.code(hash)
    }

    fn block_hash(&self, number: u64) -> Result<B256, StateError> {
        self.serial.block_hash(number)
    }

    fn had_only_storage(&self, address: Address) -> Result<bool, StateError> {
        self.serial.had_only_storage(address)
    }

    /// The thread that reads has read the sender itself, so no nonce has to be assumed.
    fn lend(&self, work: &mut dyn FnMut(&(dyn StateReader + Sync))) -> bool {
        self.serial.lend(work)
    }
}

#[cfg(all(test, not(feature = "shuttle")))]
mod tests {
    use super::*;
    use crate::Hint;

    /// Calls of so much gas each, which nobody executes here.
    struct Calls(Vec<u64>);

    impl TransactionExecutor for Calls {
        type Output = ();
        type Worker<'v> = ();

        fn len(&self) -> usize {
            self.0.len()
        }

        fn worker<'v>(&'v self, _: &'v dyn StateReader) {}

        fn execute(&self, (): &mut (), _: usize) -> Result<Executed<()>, StateError> {
            unreachable!("only what is known before is asked")
        }

        fn beneficiary(&self) -> Address {
            Address::ZERO
        }

        fn hint(&self, index: usize) -> Hint {
            Hint { gas: self.0[index], ..Hint::default() }
        }
    }

    #[test]
    fn chunks_are_whole_blocks_in_order_and_small_at_the_end() {
        let ends = cut(&Calls(vec![1; 1_000]), 2);
        assert_eq!(ends[..3], [CHUNK_MAX, 2 * CHUNK_MAX, 3 * CHUNK_MAX]);
        assert!(ends.is_sorted_by(|a, b| a < b) && ends.last() == Some(&1_000), "{ends:?}");
        assert_eq!(ends[ends.len() - 2], 999, "the last is one transaction");
        assert!(cut(&Calls(Vec::new()), 2).is_empty());
    }

    #[test]
    fn gas_bounds_a_chunk_and_never_leaves_it_empty() {
        let ends = cut(&Calls([vec![CHUNK_GAS_MAX / 4; 8], vec![u64::MAX; 2], vec![1; 990]].concat()), 2);
        assert_eq!(ends[..4], [4, 8, 9, 10]);
    }

    #[test]
    fn a_block_in_which_one_transaction_may_take_most_is_not_cut() {
        let mut gas = vec![10; 100];
        assert!(suits(&Calls(gas.clone()), 2));
        gas[50] = 1_000;
        assert!(!suits(&Calls(gas), 2));
    }
}
