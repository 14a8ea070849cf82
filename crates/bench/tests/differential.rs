//! The law of the engine on random blocks: every policy with any number of workers gives what serial execution gives,
//! byte for byte, and serial execution gives what revm's own loop gives.
//!
//! A block is a function of one number. A failure prints it, and `PARALLAX_SEED=<number>` makes just that block again.
//! Numbers that once failed stand in `seeds.txt` and are tried in every run.

mod support;

use bench::workload::{
    Erc20, Erc20Pattern, Generator, Mix, Pools, RandomBlock, Settings, SplitMix, Spread, Transfers, TransfersPattern,
    Workload,
};
use executor::{Error, InvalidBlock, Known, Plan, Policy, Proposal};
use primitives::{Fork, ThreadActivation, ThreadGas};
use state::{StateTrie, StateWriter as _};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use support::{Case, Engines, Serial, Way, assert_like_plain, assert_same};

/// Blocks in a normal run, over all tests.
const BLOCKS: u64 = 2_000;
const PARTS: u64 = 8;

/// Where the numbers of the long form begin, behind those of a normal run.
const LONG_START: u64 = 1 << 32;

/// Blocks of the long form if the environment says nothing.
const LONG_BLOCKS: u64 = 20_000;

/// What a number stands for.
struct Drawn {
    workload: Workload,
    /// Whether revm's own loop can judge it.
    is_plain: bool,
}

fn draw(seed: u64) -> Drawn {
    // Consecutive numbers are as good as any others.
    let mut random = SplitMix::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5eed);
    let forks: Vec<_> = Fork::ALL.into_iter().filter(|fork| *fork <= Fork::Osaka).collect();
    let fork = *random.pick(&forks);
    let settings = Settings { fork, ..Settings::new(random.next()) };
    let transactions = 10 + random.index(51);
    let spread = match random.below(4) {
        0 => Spread::Independent,
        1 => Spread::Hot,
        2 => Spread::Correlated(random.below(101)),
        _ => Spread::Zipf { population: 1 + random.index(20), exponent: random.unit() * 2.0 },
    };
    let kind = random.below(100);
    let generator: Box<dyn Generator> = match kind {
        0..64 => Box::new(RandomBlock { transactions, invalid: false }),
        64..80 => Box::new(RandomBlock { transactions, invalid: true }),
        80..86 => Box::new(Transfers { transactions, pattern: transfers(&mut random, spread) }),
        86..92 => Box::new(Erc20 { transactions, pattern: erc20(&mut random, spread) }),
        92..96 => Box::new(Pools { transactions, spread }),
        _ => Box::new(Mix {
            transactions,
            variables: random.index(7),
            correlation: random.below(101),
            work: random.below(20),
        }),
    };
    // revm has no rules of Constantinople; only what stores nothing is the same under Petersburg's.
    let is_plain = fork != Fork::Constantinople || (80..86).contains(&kind);
    Drawn { workload: generator.build(settings), is_plain }
}

fn transfers(random: &mut SplitMix, spread: Spread) -> TransfersPattern {
    match random.below(4) {
        0 => TransfersPattern::OneSender,
        1 => TransfersPattern::Chain { funded: random.percent(50) },
        _ => TransfersPattern::Recipients(spread),
    }
}

fn erc20(random: &mut SplitMix, spread: Spread) -> Erc20Pattern {
    if random.percent(50) {
        Erc20Pattern::Recipients(spread)
    } else {
        Erc20Pattern::Pairs { holders: 2 + random.index(20), exponent: random.unit() * 2.0 }
    }
}

/// Makes the block of a number and checks it; a failure names the number.
fn check(seed: u64, engines: &Engines) {
    let result = catch_unwind(AssertUnwindSafe(|| {
        let Drawn { workload, is_plain } = draw(seed);
        let invalid = workload.invalid.clone();
        let mut case = Case::from(workload);
        // Every fourth chain may have threads. Random code may hold their instructions, of which revm's loop knows nothing.
        let has_threads = seed % 4 == 3;
        case.chain.threads = has_threads.then(|| ThreadActivation { timestamp: 0, gas: ThreadGas::default() });
        match invalid.first() {
            Some(first) => check_invalid(&case, *first, &invalid, engines),
            None => check_valid(&case, is_plain && !has_threads, seed, engines),
        }
    }));
    if let Err(panic) = result {
        eprintln!("FAILED: PARALLAX_SEED={seed} cargo nextest run -p parallax-bench --test differential");
        resume_unwind(panic);
    }
}

fn check_valid(case: &Case, is_plain: bool, seed: u64, engines: &Engines) {
    let prepared = case.prepared();
    let serial = engines.serial(&prepared, &case.state).unwrap_or_else(|error| panic!("{}: {error}", case.name));
    engines.check(&case.name, &prepared, &case.state, &serial);
    check_roots(case, &serial, seed, engines);
    if is_plain {
        assert_like_plain(case, engines.one());
    }
}

/// The state root after the block, from each policy's own diff with one of the worker counts. Nothing else is asked for
/// here, so nothing else is kept.
fn check_roots(case: &Case, serial: &Serial, seed: u64, engines: &Engines) {
    let before = StateTrie::from(&case.state);
    let mut after = case.state.clone();
    after.commit(&serial.execution.diff).expect("it can be committed");
    let expected = state::state_root(&after);
    let turn = seed as usize % support::WORKERS.len();
    let engine = engines.iter().nth(turn).expect("one for each worker count");
    for policy in Policy::ALL {
        let known = Known { list: Some(&serial.index), sets: Some(&serial.sets) };
        let plan = Plan { policy, known, drop_records: true, ..Plan::default() };
        let execution = engine.execute(&case.prepared(), &case.state, &plan).expect("it was valid before");
        assert!(execution.receipts == serial.execution.receipts, "{}: {policy}: receipts", case.name);
        let root = before.clone().apply(&execution.diff);
        assert_eq!(root, Ok(expected), "{}: {policy} x{}: state root", case.name, engine.workers());
    }
}

/// An invalid block is refused at its first invalid transaction for one reason; built from, it loses just those.
fn check_invalid(case: &Case, first: usize, invalid: &[usize], engines: &Engines) {
    let Error::Invalid(InvalidBlock::Transaction { index, rejection }) = engines.refused(case) else {
        panic!("{}: refused for another reason", case.name)
    };
    assert_eq!(index, first, "{}: {rejection}", case.name);
    if case.prepared().fork >= Fork::Byzantium {
        check_build(case, invalid, engines);
    }
}

fn check_build(case: &Case, invalid: &[usize], engines: &Engines) {
    let proposal = Proposal {
        chain: &case.chain,
        header: case.block.header.clone(),
        transactions: &case.block.body.transactions,
        senders: &case.senders,
        ommers: Vec::new(),
        withdrawals: case.block.body.withdrawals.clone(),
        record_operations: false,
    };
    let built = engines.one().build(&proposal, &case.state, &Plan::default());
    let built = built.unwrap_or_else(|error| panic!("{}: build: {error}", case.name));
    let places: Vec<_> = built.rejected.iter().map(|(place, _)| *place).collect();
    assert_eq!(places, invalid, "{}: left out", case.name);
    let again = Case { block: built.block.clone(), senders: built.senders.clone(), ..case.clone() };
    let serial = engines.serial(&again.prepared(), &case.state);
    let serial = serial.unwrap_or_else(|error| panic!("{}: executing what was built: {error}", case.name));
    assert_same(&serial, &built.execution, &case.state, &format!("{}: build", case.name));
    // The hints know nothing of the candidates that are left out, so they are wrong for the whole.
    let sets = vec![access_list::AccessSet::default(); case.senders.len()];
    for Way { engine, policy, name } in engines.ways().filter(|way| !way.policy.needs_list()) {
        let what = format!("{}: build: {name}", case.name);
        let known = Known { list: None, sets: Some(&sets) };
        let other = engine.build(&proposal, &case.state, &Plan { policy, known, record_list: true, ..Plan::default() });
        let other = other.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(other.block, built.block, "{what}: block");
        assert_eq!(other.rejected, built.rejected, "{what}: left out");
        assert_same(&serial, &other.execution, &case.state, &what);
    }
}

/// A number in the environment.
#[expect(clippy::disallowed_methods, reason = "a test is told which blocks to make")]
fn environment(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|error| panic!("{name}={value}: {error}")))
}

/// One part of a normal run; nothing if only one block is asked for.
fn part(number: u64) {
    if environment("PARALLAX_SEED").is_some() {
        return;
    }
    let engines = Engines::new();
    let share = BLOCKS / PARTS;
    for seed in number * share..(number + 1) * share {
        check(seed, &engines);
    }
}

#[test]
fn the_seed_in_the_environment() {
    if let Some(seed) = environment("PARALLAX_SEED") {
        check(seed, &Engines::new());
    }
}

#[test]
fn seeds_that_once_failed() {
    let engines = Engines::new();
    let lines = include_str!("seeds.txt").lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    for seed in lines.filter(|line| !line.is_empty()) {
        check(seed.parse().expect("a line begins with a number"), &engines);
    }
}

/// The long form: as many blocks as `PARALLAX_BLOCKS` says, from `PARALLAX_SEED` on.
#[test]
fn slow_random_blocks() {
    let start = environment("PARALLAX_SEED").unwrap_or(LONG_START);
    let engines = Engines::new();
    for seed in (start..).take(environment("PARALLAX_BLOCKS").unwrap_or(LONG_BLOCKS) as usize) {
        check(seed, &engines);
    }
}

macro_rules! parts {
    ($($name:ident = $number:literal),*) => { $(#[test] fn $name() { part($number); })* };
}

parts!(
    random_blocks_0 = 0,
    random_blocks_1 = 1,
    random_blocks_2 = 2,
    random_blocks_3 = 3,
    random_blocks_4 = 4,
    random_blocks_5 = 5,
    random_blocks_6 = 6,
    random_blocks_7 = 7
);
