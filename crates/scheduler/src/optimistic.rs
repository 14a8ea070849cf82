//! Policy `optimistic`: for a proposer that knows nothing of the transactions.
//!
//! Workers execute ahead of the commit, in block order; but what may take long and stands late is started first, so that
//! it is not left alone at the end. What is too cheap to be worth a hand-over is left to the committing worker, and a
//! block that has little else runs serially from the start.
//!
//! Until a conflict is seen a worker executes some neighbours in one go and commits them itself, so that little of what one
//! core writes is needed by another.
//!
//! Blocks like those before them, of which almost no execution was in vain, are cut into [`chunks`]: longer runs, in which
//! nothing is shown before it is committed.
//!
//! Where transactions meet (the same party of the same contract) is guessed from what they say, once a conflict has
//! been seen: then none is started before the last one that it may meet has been executed.
//!
//! Of a class of transactions (same contract, same selector) whose speculation turns out stale the next ones are left to
//! the committing worker, twice as many each time: a chain of conflicts then runs at the speed of one worker, and the
//! others look for something that does not depend on it. Where there is nothing, the rest of the block runs serially,
//! and the classes that were to blame are left to one worker from the start in the blocks that follow, until they are
//! tried again.

use crate::{
    Error, Gate, Job, Run, TransactionExecutor, WorkerPool, chunks,
    dispatch::{Dispatch, Next},
    ready::Flags,
    serial,
    sharing::{Content, Sharing},
    speculation::{self, Ended},
    sync::atomic::{AtomicU32, AtomicUsize, Ordering},
};
use crossbeam_utils::CachePadded;
use primitives::map;
use std::{sync::OnceLock, time::Instant};

/// Transactions ahead of the first open one that are executed, at most; heavy ones apart.
const WINDOW: usize = 256;

/// Transactions of the second half that may use so much gas, and more than the average, go first; so many at most.
const HEAVY_GAS_MIN: u64 = 350_000;
const HEAVY_MAX: usize = 16;

/// Transactions of a class that are left alone after its first stale execution; twice as many after each that follows.
const PENALTY_MIN: u32 = 2;
const PENALTY_MAX: u32 = 128;

/// The penalty of a class that is taken for a chain of conflicts once a block was given up.
const CHAIN_PENALTY_MIN: u32 = 8;

/// After so many transactions in a row that were not worth executing ahead the rest of the block runs serially.
const ALONE_MAX: u32 = 64;

/// Neighbours that one worker executes in one go, at most, and the gas that they may use together: a worker that goes on
/// where it is has no other to wait for, neither to start nor to commit.
const RUN_MAX: usize = 8;
const RUN_GAS_MAX: u64 = 1_600_000;

/// A run is longer by one for so many transactions before it: all that are under way when the first conflict is seen may be
/// stale, and most blocks that have conflicts soon show one.
const RUN_GROWTH: usize = 16;

/// What is left of a block is at least so many runs for each worker, so that none is left alone with a long one.
const RUNS_LEFT: usize = 4;

/// Stale executions that a meeting explains are no mark against their class, up to so many in a block.
const EXPLAINED_MAX: u32 = 16;

/// Classes that are told apart, at most. Two that share an entry share its rests, which costs time and nothing else.
const CLASSES: usize = 1024;

pub(crate) fn run<M: TransactionExecutor>(
    job: &Job<'_, M>,
    pool: &WorkerPool,
    gate: &mut dyn Gate<M::Output>,
) -> Result<Run<M::Output>, Error> {
    if pool.workers() == 1 {
        return serial::run(job, pool, gate);
    }
    pool.sharing.begin();
    let mut transfers = 0;
    let is_left = |index| {
        let is_transfer = job.machine.is_cheap(index);
        transfers += usize::from(is_transfer);
        is_transfer || pool.sharing.is_chain(job.machine.hint(index).class)
    };
    let cheap: Vec<bool> = (0..job.machine.len()).map(is_left).collect();
    let costly = cheap.iter().filter(|is_cheap| !**is_cheap).count();
    let content = Content { cheap: cheap.len() - costly, costly };
    let start = Instant::now();
    if pool.is_worth_it(&pool.sharing, content) {
        if pool.sharing.is_scattered(content, || chunks::suits(job.machine, pool.workers())) {
            let run = match chunks::run(job, &cheap, pool, gate)? {
                Ended::Whole(run) => run,
                Ended::Early(begun) => return serial::go_on(job, pool, gate, begun),
            };
            if content.cheap == transfers {
                pool.sharing.learn_shared(content, start.elapsed());
            }
            return Ok(run);
        }
        let dispatch = InOrder::new(job.machine, cheap, pool.workers());
        let run = speculation::run(job, pool, &dispatch, gate)?;
        let met = if dispatch.is_hopeless() { content.costly } else { run.stats.stale + run.stats.deferred };
        pool.sharing.learn_conflicts(met, content.costly);
        if dispatch.is_hopeless() {
            dispatch.teach(&pool.sharing);
        } else if content.cheap == transfers {
            // Calls that are left alone as a chain take more than a transfer, and nobody knows how much.
            pool.sharing.learn_shared(content, start.elapsed());
        }
        return Ok(run);
    }
    let run = pool.run_alone(|| serial::run(job, pool, gate))?;
    pool.sharing.learn_whole(content, start.elapsed());
    Ok(run)
}

/// Transactions in block order, heavy late ones first; cheap ones and those that would run in vain left out.
struct InOrder<'a, M> {
    machine: &'a M,
    workers: usize,
    /// Which transactions cost no more than handing them over.
    cheap: Vec<bool>,
    cursor: CachePadded<AtomicUsize>,
    classes: Box<[Class]>,
    deferred: AtomicUsize,
    /// For each transaction one more than the last before it that it may meet, or zero; once a conflict was seen.
    meets: OnceLock<Vec<u32>>,
    /// Transactions whose changes have become visible since the first conflict was seen.
    executed: Flags,
    /// Transactions that were left to the committing worker because they would probably have been executed in vain.
    refused: Flags,
    /// Commits of those, and of stale ones, since the last one that had been executed ahead for good.
    alone: AtomicU32,
    /// Stale executions that a meeting explains: the next ones will wait for theirs.
    explained: AtomicU32,
    /// The transactions that may use most gas, the greatest first, and how many of them were looked at.
    heavy: Vec<u32>,
    heavy_cursor: AtomicUsize,
}

/// The transactions of the block's second half that may use much more gas than others, the greatest first.
fn late_and_heavy<M: TransactionExecutor>(machine: &M) -> Vec<u32> {
    let len = u32::try_from(machine.len()).expect("gas bounds the transactions of a block");
    let gas = |index: u32| u128::from(machine.hint(index as usize).gas);
    let total: u128 = (0..len).map(gas).sum();
    let least = u128::from(HEAVY_GAS_MIN).max(total / u128::from(len.max(1)));
    let mut before = 0;
    let mut heavy: Vec<u32> = (0..len)
        .filter(|index| {
            before += gas(*index);
            before * 2 >= total && gas(*index) >= least
        })
        .collect();
    heavy.sort_by_key(|index| std::cmp::Reverse(gas(*index)));
    heavy.truncate(HEAVY_MAX);
    heavy
}

/// How the speculation of one class has gone so far.
#[derive(Debug, Default)]
struct Class {
    /// Transactions of the class that are left to the committing worker before it is tried again.
    rest: AtomicU32,
    /// The last rest given, halved with each success since.
    penalty: AtomicU32,
}

impl<'a, M: TransactionExecutor> InOrder<'a, M> {
    fn new(machine: &'a M, cheap: Vec<bool>, workers: usize) -> Self {
        let classes = (0..CLASSES).map(|_| Class::default()).collect();
        let heavy = late_and_heavy(machine);
        let (deferred, heavy_cursor) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Self {
            machine,
            workers,
            executed: Flags::new(cheap.len()),
            refused: Flags::new(cheap.len()),
            cheap,
            cursor: CachePadded::new(AtomicUsize::new(0)),
            classes,
            deferred,
            meets: OnceLock::new(),
            alone: AtomicU32::new(0),
            explained: AtomicU32::new(0),
            heavy,
            heavy_cursor,
        }
    }

    fn class(&self, index: usize) -> Option<&Class> {
        let class = self.machine.hint(index).class;
        (class != 0).then(|| &self.classes[(class >> 32) as usize % CLASSES])
    }

    /// Hands over which classes are chains, when the block was given up because of them.
    fn teach(&self, sharing: &Sharing) {
        for class in (0..self.machine.len()).map(|index| self.machine.hint(index).class).filter(|class| *class != 0) {
            if self.classes[(class >> 32) as usize % CLASSES].penalty.load(Ordering::Relaxed) >= CHAIN_PENALTY_MIN {
                sharing.learn_chain(class);
            }
        }
    }

    /// A transaction that may take so long that it had better not be left for the end.
    fn next_heavy(&self, head: usize) -> Option<usize> {
        while self.heavy_cursor.load(Ordering::Relaxed) < self.heavy.len() {
            let at = self.heavy_cursor.fetch_add(1, Ordering::Relaxed);
            let index = *self.heavy.get(at)? as usize;
            if index >= head && !self.is_met(index, head) && !self.is_contended(index) {
                return Some(index);
            }
        }
        None
    }

    /// The end of what is executed in one go with the transaction `first`: of that alone once a conflict was seen, and no class
    /// rests before.
    fn end_of_run(&self, first: usize) -> usize {
        if self.cheap[first] || self.meets.get().is_some() {
            return first + 1;
        }
        let left = (self.cheap.len() - first) / (RUNS_LEFT * self.workers);
        let most = left.min(1 + first / RUN_GROWTH).clamp(1, RUN_MAX);
        let mut gas = self.machine.hint(first).gas;
        let goes_on = |index: &usize| {
            gas = gas.saturating_add(self.machine.hint(*index).gas);
            gas <= RUN_GAS_MAX && !self.cheap[*index]
        };
        first + 1 + (first + 1..first + most).take_while(goes_on).count()
    }

    /// Whether a transaction that this one may meet has yet to be executed.
    fn is_met(&self, index: usize, head: usize) -> bool {
        self.meets.get().is_some_and(|meets| match meets[index].checked_sub(1) {
            Some(before) => before as usize >= head && !self.executed.is_raised(before as usize),
            None => false,
        })
    }

    /// Whether the transaction's class rests.
    fn is_contended(&self, index: usize) -> bool {
        self.class(index).is_some_and(|class| class.rest.load(Ordering::Relaxed) > 0)
    }

    /// Whether the transaction is one of those that its class rests for. Each is counted once: a whole window refused for
    /// one conflict would look like a block that is not worth sharing.
    fn rests(&self, index: usize) -> bool {
        let take = |rest: u32| rest.checked_sub(1);
        self.class(index)
            .is_some_and(|class| class.rest.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok())
    }

    /// For each transaction one more than the last before it that it may meet.
    fn find_meetings(&self) -> Vec<u32> {
        let mut last: map::HashMap<u64, u32> = map::HashMap::default();
        let mut meetings = Vec::new();
        let meets = (0..self.machine.len()).map(|index| {
            meetings.clear();
            self.machine.meetings(index, &mut meetings);
            let stamp = u32::try_from(index + 1).expect("gas bounds the transactions of a block");
            meetings
                .iter()
                .filter_map(|meeting| last.insert(*meeting, stamp))
                .filter(|before| *before < stamp)
                .max()
                .unwrap_or(0)
        });
        meets.collect()
    }
}

impl<M: TransactionExecutor> Dispatch for InOrder<'_, M> {
    fn next(&self, head: usize) -> Next {
        if let Some(heavy) = self.next_heavy(head) {
            return Next::Run(heavy..heavy + 1);
        }
        loop {
            // The committing worker may have run past the cursor.
            let at = self.cursor.load(Ordering::Relaxed).max(head);
            if at >= self.cheap.len() {
                return Next::Done;
            }
            if at >= head + WINDOW {
                return Next::Wait;
            }
            let end = self.end_of_run(at);
            let next = self.cursor.fetch_max(end, Ordering::Relaxed);
            if next > at || self.cheap[at] {
                continue;
            }
            if self.is_met(at, head) || self.rests(at) {
                self.refused.raise(at);
                self.deferred.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            return Next::Run(at..end);
        }
    }

    fn leaves_commits_to_makers(&self) -> bool {
        self.meets.get().is_none()
    }

    /// Nobody asks before a conflict was seen; who was executed before that is waited for until it is committed.
    fn executed(&self, index: usize) {
        if self.meets.get().is_some() {
            self.executed.raise(index);
        }
    }

    fn stale(&self, index: usize) {
        self.refused.raise(index);
        let meets = self.meets.get_or_init(|| self.find_meetings());
        if meets[index] != 0 && self.explained.fetch_add(1, Ordering::Relaxed) < EXPLAINED_MAX {
            return;
        }
        if let Some(class) = self.class(index) {
            let penalty = (class.penalty.load(Ordering::Relaxed) * 2).clamp(PENALTY_MIN, PENALTY_MAX);
            class.penalty.store(penalty, Ordering::Relaxed);
            class.rest.store(penalty, Ordering::Relaxed);
        }
    }

    fn confirmed(&self, index: usize) {
        // Only the committing worker writes here, and only what changes: the others read what lies beside it.
        if self.alone.load(Ordering::Relaxed) > 0 {
            self.alone.store(0, Ordering::Relaxed);
        }
        let Some(class) = self.class(index) else { return };
        let penalty = class.penalty.load(Ordering::Relaxed);
        if penalty > 0 {
            class.penalty.store(penalty / 2, Ordering::Relaxed);
        }
    }

    fn committed(&self, index: usize) {
        if self.refused.is_raised(index) {
            self.alone.store(self.alone.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        }
    }

    fn is_hopeless(&self) -> bool {
        self.alone.load(Ordering::Relaxed) >= ALONE_MAX
    }

    fn deferred(&self) -> usize {
        self.deferred.load(Ordering::Relaxed)
    }
}

#[cfg(all(test, not(feature = "shuttle")))]
mod tests {
    use super::*;
    use crate::{Admission, Executed, Hint, Known};
    use access_list::AccessRecord;
    use primitives::Address;
    use state::{MemoryState, StateError, StateReader};

    /// Calls of one function that does nothing.
    struct Calls;

    const LEN: usize = 1_000;

    impl TransactionExecutor for Calls {
        type Output = ();
        type Worker<'v> = ();

        fn len(&self) -> usize {
            LEN
        }

        fn worker<'v>(&'v self, _: &'v dyn StateReader) {}

        fn execute(&self, (): &mut (), _: usize) -> Result<Executed<()>, StateError> {
            Ok(Executed { record: AccessRecord::default(), fee: None, output: () })
        }

        fn beneficiary(&self) -> Address {
            Address::ZERO
        }

        fn hint(&self, _: usize) -> Hint {
            Hint { class: 1 << 32, gas: RUN_GAS_MAX / 100, ..Hint::default() }
        }
    }

    /// All are part of the block.
    struct Whole;

    impl Gate<()> for Whole {
        fn admit(&mut self, _: usize, _: &Executed<()>) -> Admission {
            Admission::Include
        }
    }

    #[test]
    fn blocks_are_cut_into_chunks_as_long_as_it_is_known_that_they_hardly_have_conflicts() {
        let pool = WorkerPool::sharing_small(2).expect("a thread");
        let chunks = || {
            let state = MemoryState::default();
            let job =
                Job { machine: &Calls, state: &state, clears_empty: true, known: Known::default(), drop_records: true };
            run(&job, &pool, &mut Whole).expect("nothing is read").stats.chunks
        };
        assert_eq!(chunks(), 0, "nothing is known");
        assert!(
            (0..1_000).any(|_| chunks() > LEN / 100),
            "not all blocks, as small ones may rest where a core is busy"
        );
        pool.sharing.learn_conflicts(LEN / 2, LEN);
        assert!((0..4).all(|_| chunks() == 0));
    }

    /// A conflict was seen before the block's first transaction.
    fn one_by_one() -> InOrder<'static, Calls> {
        let dispatch = InOrder::new(&Calls, vec![false; LEN], 2);
        dispatch.meets.set(vec![0; LEN]).expect("nobody was before");
        dispatch
    }

    /// The next transaction that is handed out, and how many were left to the committing worker before it.
    fn next(dispatch: &InOrder<'_, Calls>, head: usize) -> (usize, usize) {
        let before = dispatch.deferred();
        match dispatch.next(head) {
            Next::Run(run) if run.len() == 1 => (run.start, dispatch.deferred() - before),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn neighbours_are_executed_in_one_go_while_there_are_many_and_no_conflict_was_seen() {
        let dispatch = InOrder::new(&Calls, vec![false; LEN], 2);
        let mut cheap = vec![false; LEN];
        let late = RUN_MAX * RUN_GROWTH;
        cheap[late + 3] = true;
        let interrupted = InOrder::new(&Calls, cheap, 2);
        assert_eq!(interrupted.next(0), Next::Run(0..1), "nothing is known yet");
        assert_eq!(interrupted.next(RUN_GROWTH), Next::Run(RUN_GROWTH..RUN_GROWTH + 2));
        assert_eq!(interrupted.next(late), Next::Run(late..late + 3));
        assert_eq!(interrupted.next(late), Next::Run(late + 4..late + 4 + RUN_MAX));

        let near_the_end = LEN - 2 * RUNS_LEFT * 3;
        assert_eq!(dispatch.next(near_the_end), Next::Run(near_the_end..near_the_end + 3));
        assert_eq!(dispatch.next(LEN - 2), Next::Run(LEN - 2..LEN - 1));

        assert!(interrupted.leaves_commits_to_makers());
        interrupted.stale(late);
        interrupted.class(0).expect("all have one").rest.store(0, Ordering::Relaxed);
        assert_eq!(interrupted.next(2 * late), Next::Run(2 * late..2 * late + 1));
        assert!(!interrupted.leaves_commits_to_makers());
    }

    #[test]
    fn one_stale_execution_leaves_few_of_its_class_alone() {
        let dispatch = one_by_one();
        assert_eq!(next(&dispatch, 0), (0, 0));
        assert_eq!(next(&dispatch, 0), (1, 0));
        dispatch.stale(1);
        dispatch.committed(1);
        assert_eq!(next(&dispatch, 2), (4, 2), "2 and 3 are left to the committing worker, and no others");
        dispatch.stale(4);
        dispatch.committed(4);
        assert_eq!(next(&dispatch, 5), (9, 4), "twice as many the second time");
        dispatch.confirmed(9);
        dispatch.committed(9);
        assert_eq!(next(&dispatch, 10), (10, 0));
        assert!(!dispatch.is_hopeless());
    }

    #[test]
    fn a_chain_is_hopeless_after_as_many_as_are_allowed() {
        let dispatch = one_by_one();
        let mut head = 0;
        while !dispatch.is_hopeless() {
            let (index, _) = next(&dispatch, head);
            (head..index).for_each(|left| dispatch.committed(left));
            dispatch.stale(index);
            dispatch.committed(index);
            head = index + 1;
        }
        assert!((ALONE_MAX as usize..2 * ALONE_MAX as usize).contains(&head), "{head}");
    }
}
