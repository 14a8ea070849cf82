//! Memory of replaying blocks: a bound on the peak, and no growth. Linux tells what a process holds; elsewhere there is
//! nothing to measure.
//!
//! "The size of the pre-state" is what holding it in memory costs this very process.

mod support;

use access_list::ListIndex;
use bench::{
    RecordedBlock,
    workload::{Erc20, Erc20Pattern, Generator as _, RandomBlock, Settings, Spread, Transfers, TransfersPattern},
};
use executor::{Engine, Known, Plan, Policy, PreparedBlock};
use state::StateReader;
use support::{Case, access_sets, data};

const MIB: u64 = 1 << 20;

/// What a replay may hold beside one and a half times the state.
const ALLOWANCE: u64 = 256 * MIB;

/// How much a thousand repeats may leave behind: allocators keep some pages for themselves.
const GROWTH_MAX: u64 = 16 * MIB;

const REPEATS: usize = 1_000;

/// Resident memory now (`VmRSS`) and at most so far (`VmHWM`), in bytes.
#[derive(Clone, Copy, Debug)]
struct Resident {
    now: u64,
    peak: u64,
}

impl Resident {
    /// `None`, with a line that says so, where the system does not tell.
    fn measure() -> Option<Self> {
        let Ok(status) = std::fs::read_to_string("/proc/self/status") else {
            eprintln!("SKIPPED: no /proc/self/status to measure memory with");
            return None;
        };
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("Linux tells it");
            let kib: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number of kilobytes");
            kib * 1024
        };
        Some(Self { now: field("VmRSS:"), peak: field("VmHWM:") })
    }
}

/// Executes the block once under every policy but the one that is quadratic.
fn replay(prepared: &PreparedBlock<'_>, state: &(dyn StateReader + Sync), engine: &Engine) {
    let plan = Plan { record_list: true, ..Plan::default() };
    let serial = engine.execute(prepared, state, &plan).expect("a valid block");
    let index = ListIndex::new(serial.list.as_ref().expect("it was recorded"));
    let sets = access_sets(&serial.executed);
    let policies = Policy::ALL.into_iter().filter(|policy| *policy != Policy::StaticSplitQuadratic);
    for policy in policies.skip(1) {
        let known = Known { list: Some(&index), sets: Some(&sets) };
        let plan = Plan { policy, known, record_list: true, ..Plan::default() };
        engine.execute(prepared, state, &plan).expect("a valid block");
    }
}

fn assert_peak(state_bytes: u64, what: &str) {
    let Some(Resident { peak, .. }) = Resident::measure() else { return };
    let bound = state_bytes + state_bytes / 2 + ALLOWANCE;
    eprintln!("{what}: state {} MiB, peak {} MiB, bound {} MiB", state_bytes / MIB, peak / MIB, bound / MIB);
    assert!(peak <= bound, "{what}: peak of {peak} bytes, {bound} are allowed for a state of {state_bytes}");
}

/// A large state under a block that uses all of it.
#[test]
fn alone_peak_of_generated_blocks() {
    let Some(before) = Resident::measure() else { return };
    let pattern = Erc20Pattern::Recipients(Spread::Independent);
    let tokens = Case::from(Erc20 { transactions: 5_000, pattern }.build(Settings::new(1)));
    let pattern = TransfersPattern::Recipients(Spread::Independent);
    let transfers = Case::from(Transfers { transactions: 10_000, pattern }.build(Settings::new(1)));
    let Some(loaded) = Resident::measure() else { return };
    let engine = Engine::new(2).expect("threads can be had");
    for case in [&tokens, &transfers] {
        replay(&case.prepared(), &case.state, &engine);
    }
    assert_peak(loaded.now - before.now, "generated");
}

#[test]
fn alone_peak_of_real_blocks() {
    let Some(path) = data("mainnet-blocks") else { return };
    let Some(before) = Resident::measure() else { return };
    let blocks = RecordedBlock::load_all(path).expect("the data is sound");
    let Some(loaded) = Resident::measure() else { return };
    let engine = Engine::new(2).expect("threads can be had");
    for block in blocks.iter().filter(|block| block.header_known) {
        replay(&PreparedBlock::new(&block.chain, &block.block, &block.senders), &block.state, &engine);
    }
    assert_peak(loaded.now - before.now, "mainnet-blocks");
}

/// Repeats, and compares what is held after a tenth of them with what is held at the end.
fn assert_no_growth(what: &str, mut once: impl FnMut(usize)) {
    (0..REPEATS / 10).for_each(&mut once);
    let Some(warm) = Resident::measure() else { return };
    (REPEATS / 10..REPEATS).for_each(&mut once);
    let Some(end) = Resident::measure() else { return };
    let growth = end.now.saturating_sub(warm.now);
    eprintln!("{what}: {} KiB, after {REPEATS} repeats {} KiB", warm.now / 1024, end.now / 1024);
    assert!(growth <= GROWTH_MAX, "{what}: {growth} bytes more after {REPEATS} repeats");
}

#[test]
fn alone_no_growth_over_repeats_of_generated_blocks() {
    let cases: Vec<_> = (0..10)
        .map(|seed| Case::from(RandomBlock { transactions: 40, invalid: false }.build(Settings::new(seed))))
        .collect();
    let engine = Engine::new(2).expect("threads can be had");
    assert_no_growth("generated", |turn| {
        let case = &cases[turn % cases.len()];
        replay(&case.prepared(), &case.state, &engine);
    });
}

#[test]
fn alone_no_growth_over_repeats_of_real_blocks() {
    let Some(path) = data("mainnet-blocks") else { return };
    let mut blocks = RecordedBlock::load_all(path).expect("the data is sound");
    // Small ones: it is the number of blocks that counts.
    blocks.retain(|block| block.header_known && block.block.header.gas_used < 2_000_000);
    let engine = Engine::new(2).expect("threads can be had");
    assert_no_growth("mainnet-blocks", |turn| {
        let block = &blocks[turn % blocks.len()];
        replay(&PreparedBlock::new(&block.chain, &block.block, &block.senders), &block.state, &engine);
    });
}

/// New engines, each with its own workers and tables, leave nothing behind.
#[test]
fn alone_no_growth_over_new_engines() {
    let case = Case::from(RandomBlock { transactions: 20, invalid: false }.build(Settings::new(1)));
    assert_no_growth("engines", |turn| {
        let engine = Engine::new(1 + turn % 4).expect("threads can be had");
        let plan = Plan { policy: Policy::Optimistic, record_list: true, ..Plan::default() };
        engine.execute(&case.prepared(), &case.state, &plan).expect("a valid block");
    });
}
