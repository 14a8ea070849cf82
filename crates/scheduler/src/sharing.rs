//! Whether a block is worth more than one worker, judged by what transactions cost in the blocks before it.
//!
//! Waking a worker, giving it what it needs and collecting what it did costs about as much as a few dozen calls. What a
//! call costs is learnt: from the time of whole blocks that ran on one worker, and from a sample of the transactions of
//! those that were shared. What waking costs is a matter of the machine, which may be a virtual one whose processors are
//! busy elsewhere; so whether sharing pays is learnt too, for each size of small blocks: where it does not, the next ones
//! of that size are left to one worker, twice as many each time. In a large block waking is little, and what one costly
//! transaction takes is easily missed in a sample; so large ones are shared as long as there are [`cores`](crate::cores). It
//! decides about time only, never about a result.

mod rest;
mod sample;
mod scattered;

use crate::sync::atomic::{AtomicU64, Ordering};
use rest::Rest;
pub(crate) use sample::Sample;
use scattered::Scattered;
use std::{ops::RangeInclusive, time::Duration};

/// A block that takes one worker less than this is not shared.
const SHARED_NS_MIN: u64 = 350_000;

/// About what a plain transfer takes.
const CHEAP_NS: u64 = 400;

/// What a plain transfer takes more in a block that is shared.
const CHEAP_SHARED_NS: u64 = 800;

/// Blocks that take one worker more than this are not judged by whether sharing paid: sizes of twenty binary digits and less
/// are.
const JUDGED_NS_MAX: u64 = (1 << 20) - 1;

/// Blocks for which a class of transactions that proved to be a chain of conflicts is left to one worker.
const CHAIN_BLOCKS: u64 = 64;

/// What a shared block may take of the time that its transactions took, in thousandths. On one worker they take somewhat
/// less, as nobody else is at the memory.
const TAKEN_MAX: u64 = 900;

/// What a shared block of a size of which nothing is known is thought to take: one that takes too long is not reason enough.
const TAKEN_UNKNOWN: u64 = 700;

/// Blocks of a size that are left to one worker once sharing did not pay.
const REST: RangeInclusive<u64> = 8..=256;

/// Sizes of blocks that are told apart, by how many binary digits their work has in nanoseconds.
const SIZES: usize = if cfg!(feature = "shuttle") { 1 << 3 } else { 1 << 6 };

/// Classes that are told apart, at most. Two that share a place share what is known of them, which costs time and nothing
/// else.
const CLASSES: usize = if cfg!(feature = "shuttle") { 1 << 3 } else { 1 << 10 };

/// What is known of the cost of transactions, and what follows from it.
#[derive(Debug)]
pub(crate) struct Sharing {
    /// Work below which a block is not shared, in nanoseconds.
    least_ns: u64,
    cuts: Cuts,
    /// Moving average of the cost of one transaction that is no plain transfer; zero while nothing is known.
    cost_ns: AtomicU64,
    /// The same, of the last block alone.
    latest_ns: AtomicU64,
    /// Blocks that have begun.
    blocks: AtomicU64,
    /// For each class up to which of them it is left to one worker.
    chains: Box<[AtomicU64]>,
    scattered: Scattered,
    sizes: Box<[Size]>,
}

/// Which blocks are cut into chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cuts {
    /// Those whose transactions hardly meet, by what is known of others.
    Scattered,
    /// Every second one, whatever is known.
    InTurn,
    /// All.
    All,
}

/// How sharing has paid for blocks of one size.
#[derive(Debug, Default)]
struct Size {
    /// Moving average of what they took, in thousandths of what their transactions took; zero while none was shared.
    taken: AtomicU64,
    /// They are left to one worker.
    rest: Rest,
}

/// What a block has of either kind of transactions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Content {
    /// Those that cost no more than handing them over.
    pub(crate) cheap: usize,
    /// The others.
    pub(crate) costly: usize,
}

impl Sharing {
    /// Shares what is worth it.
    pub(crate) fn worthwhile() -> Self {
        Self::least(SHARED_NS_MIN)
    }

    /// Shares everything, every second block in chunks.
    pub(crate) fn all() -> Self {
        Self { cuts: Cuts::InTurn, ..Self::least(0) }
    }

    /// Shares everything, all of it in chunks.
    pub(crate) fn all_in_chunks() -> Self {
        Self { cuts: Cuts::All, ..Self::least(0) }
    }

    /// Shares what takes one worker so long.
    pub(crate) fn least(least_ns: u64) -> Self {
        let chains = (0..CLASSES).map(|_| AtomicU64::new(0)).collect();
        let sizes = (0..SIZES).map(|_| Size::default()).collect();
        let [cost_ns, latest_ns, blocks] = std::array::from_fn(|_| AtomicU64::new(0));
        Self {
            least_ns,
            cuts: Cuts::Scattered,
            cost_ns,
            latest_ns,
            blocks,
            chains,
            scattered: Scattered::default(),
            sizes,
        }
    }

    /// The block that has begun.
    fn now(&self) -> u64 {
        self.blocks.load(Ordering::Relaxed)
    }

    /// What a transaction that is no plain transfer costs; zero while nothing is known.
    fn cost(&self) -> u64 {
        self.cost_ns.load(Ordering::Relaxed)
    }

    /// What is known of blocks with so much work.
    fn size(&self, work_ns: u64) -> &Size {
        &self.sizes[work_ns.checked_ilog2().unwrap_or_default() as usize % SIZES]
    }

    /// What one worker would take for the content, in nanoseconds, as far as is known.
    fn work(&self, content: Content) -> u64 {
        /// What a transaction might cost.
        const UNKNOWN_NS: u64 = 10_000;
        let known = self.cost();
        let each = if known == 0 { UNKNOWN_NS } else { known };
        each.saturating_mul(content.costly as u64)
    }

    fn chain(&self, class: u64) -> &AtomicU64 {
        &self.chains[(class >> 32) as usize % CLASSES]
    }

    /// Whether the class was a chain of conflicts in one of the last blocks.
    pub(crate) fn is_chain(&self, class: u64) -> bool {
        class != 0 && self.chain(class).load(Ordering::Relaxed) > self.now()
    }

    /// Learns that the class is a chain of conflicts. Whoever shares all has no use for it.
    pub(crate) fn learn_chain(&self, class: u64) {
        if self.least_ns == 0 {
            return;
        }
        self.chain(class).store(self.now() + CHAIN_BLOCKS, Ordering::Relaxed);
    }

    /// Whether the block is worth cutting into chunks, if it can be, which is asked only if it matters.
    pub(crate) fn is_scattered(&self, content: Content, can_be_cut: impl FnOnce() -> bool) -> bool {
        let is_likely = || content.costly >= content.cheap && self.scattered.is_likely(self.cost(), self.now());
        match self.cuts {
            Cuts::Scattered => is_likely() && can_be_cut(),
            Cuts::InTurn => self.now().is_multiple_of(2),
            Cuts::All => true,
        }
    }

    /// Learns how many of the transactions that were executed one by one met others.
    pub(crate) fn learn_conflicts(&self, met: usize, of: usize) {
        self.scattered.learn(met, of);
    }

    /// Learns how many transactions of a block that was cut into chunks were executed in vain, of those that were decided then.
    pub(crate) fn learn_chunks(&self, stale: usize, of: usize) {
        self.scattered.learn_chunks(stale, of, self.cost(), self.now());
    }

    /// Another block begins: chains come closer to being tried again.
    pub(crate) fn begin(&self) {
        self.blocks.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether more than one worker is worth it. As long as nothing is known, what could cost enough is shared.
    pub(crate) fn is_worth_it(&self, content: Content) -> bool {
        if self.least_ns == 0 {
            return true;
        }
        let work = self.work(content);
        // Plain transfers are not shared, and in a block that is, each costs the committing worker more.
        content.costly >= 2
            && work >= self.least_ns
            && work >= CHEAP_SHARED_NS * content.cheap as u64
            && self.size(work).rest.is_over(self.now())
    }

    /// Learns from the last block, which was shared, whether that paid, if it was a small one. Those of its transactions that
    /// are counted as cheap must be plain transfers.
    pub(crate) fn learn_shared(&self, content: Content, elapsed: Duration) {
        /// More is taken for an accident, such as a processor that was taken away.
        const OUTLIER: u64 = 1_200;
        let work = self.work(content);
        if work > JUDGED_NS_MAX {
            return;
        }
        let costly = self.latest_ns.load(Ordering::Relaxed).saturating_mul(content.costly as u64);
        let alone = costly.saturating_add(CHEAP_NS * content.cheap as u64);
        let Some(taken) = nanoseconds(elapsed).saturating_mul(1000).checked_div(alone) else { return };
        let size = self.size(work);
        let known = size.taken.load(Ordering::Relaxed);
        let known = if known == 0 { TAKEN_UNKNOWN } else { known };
        let taken = (known * 3 + taken.min(OUTLIER)) / 4;
        size.taken.store(taken.min(TAKEN_MAX), Ordering::Relaxed);
        if taken <= TAKEN_MAX {
            size.rest.shorten();
        } else {
            size.rest.begin(self.now(), REST);
        }
    }

    /// Learns from a block that one worker has executed.
    pub(crate) fn learn_whole(&self, content: Content, elapsed: Duration) {
        let costly = nanoseconds(elapsed).saturating_sub(CHEAP_NS * content.cheap as u64);
        self.learn(costly, content.costly as u64);
    }

    /// Learns from some transactions that took so long together.
    pub(crate) fn learn(&self, total_ns: u64, transactions: u64) {
        let Some(cost) = total_ns.checked_div(transactions) else { return };
        self.latest_ns.store(cost, Ordering::Relaxed);
        let known = self.cost();
        let cost = if known == 0 { cost } else { (known * 3).saturating_add(cost) / 4 };
        self.cost_ns.store(cost.max(1), Ordering::Relaxed);
    }
}

/// So many, at most as many as there are numbers for.
pub(crate) fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(all(test, not(feature = "shuttle")))]
mod tests {
    use super::*;

    const CALLS: Content = Content { cheap: 0, costly: 100 };

    #[test]
    fn a_block_is_shared_once_its_transactions_are_known_to_cost_enough() {
        let sharing = Sharing::worthwhile();
        assert!(sharing.is_worth_it(CALLS), "nothing is known");
        sharing.learn_whole(CALLS, Duration::from_nanos(SHARED_NS_MIN - 100));
        assert!(!sharing.is_worth_it(CALLS));
        for _ in 0..20 {
            sharing.learn(SHARED_NS_MIN * 2, 100);
        }
        assert!(sharing.is_worth_it(CALLS));
        assert!(!sharing.is_worth_it(Content { cheap: 0, costly: 40 }), "too few");
    }

    #[test]
    fn a_block_of_transfers_is_not_cut_into_chunks_and_one_that_cannot_be_neither() {
        let sharing = Sharing::worthwhile();
        sharing.learn_conflicts(0, 100);
        assert!(sharing.is_scattered(CALLS, || true));
        assert!(!sharing.is_scattered(CALLS, || false));
        assert!(!sharing.is_scattered(Content { cheap: 101, costly: 100 }, || true), "most of it is transfers");
    }

    #[test]
    fn transfers_are_no_reason_to_share() {
        let sharing = Sharing::worthwhile();
        sharing.learn(4_000, 1);
        assert!(!sharing.is_worth_it(Content { cheap: 1_000, costly: 100 }));
        assert!(sharing.is_worth_it(Content { cheap: 400, costly: 100 }));
    }

    #[test]
    fn blocks_of_a_size_are_left_alone_for_longer_each_time_that_sharing_does_not_pay() {
        let (sharing, millisecond) = (Sharing::worthwhile(), Duration::from_millis(1));
        let rest = |elapsed| {
            sharing.learn(1_000_000, 100);
            sharing.learn_shared(CALLS, elapsed);
            let begin = |_: &u32| {
                sharing.begin();
                !sharing.is_worth_it(CALLS)
            };
            (1..1_000).take_while(begin).count() as u64
        };
        assert_eq!(rest(millisecond / 2), 0, "it pays");
        assert_eq!((rest(millisecond), rest(millisecond * 2)), (0, 0), "twice is no reason, as it has paid before");
        assert_eq!((rest(millisecond * 2), rest(millisecond)), (REST.start() - 1, 2 * REST.start() - 1));
        assert_eq!(
            (rest(millisecond / 2), rest(millisecond * 10)),
            (0, 0),
            "what was an accident once is no reason either"
        );
        assert_eq!(rest(millisecond * 10), REST.start() - 1, "halved by each that paid");
    }

    #[test]
    fn a_size_rests_by_itself_after_two_blocks_and_a_large_one_never() {
        let sharing = Sharing::worthwhile();
        let learn = |content: Content| {
            sharing.learn(1_000_000, 100);
            sharing.learn_shared(content, Duration::from_secs(1));
            sharing.is_worth_it(content)
        };
        assert!(learn(CALLS), "nothing was known");
        assert!(!learn(CALLS));
        assert!(sharing.is_worth_it(Content { costly: 50, ..CALLS }), "another size");
        assert!((0..10).all(|_| learn(Content { costly: 1_000, ..CALLS })), "a large one");
    }

    #[test]
    fn nothing_learnt_from_nothing() {
        let sharing = Sharing::worthwhile();
        sharing.learn_whole(Content { cheap: 50, costly: 0 }, Duration::from_secs(1));
        Sample::of(50).teach(&sharing);
        assert_eq!(sharing.cost_ns.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_chain_is_left_alone_for_some_blocks_and_then_tried_again() {
        let (sharing, class) = (Sharing::worthwhile(), 7 << 32);
        assert!(!sharing.is_chain(class));
        sharing.learn_chain(class);
        assert!(!sharing.is_chain(8 << 32), "another class");
        for _ in 0..CHAIN_BLOCKS {
            assert!(sharing.is_chain(class));
            sharing.begin();
        }
        assert!(!sharing.is_chain(class));
    }

    #[test]
    fn whoever_shares_all_shares_a_single_transfer() {
        assert!(Sharing::all().is_worth_it(Content { cheap: 1, costly: 0 }));
    }
}
