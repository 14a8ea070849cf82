//! Schedule hints: small, useful, and harmless when they are wrong.

use bench::workload::{
    Erc20, Erc20Pattern, Generator, Pools, RandomBlock, Settings, Signing, SplitMix, Spread, Transfers,
    TransfersPattern, Workload,
};
use executor::{BlockExecution, Engine, Known, Plan, Policy, PreparedBlock, ScheduleHint};
use primitives::{ChainSpec, alloy_rlp::Encodable as _};

fn execute(engine: &Engine, workload: &Workload, plan: &Plan<'_>) -> BlockExecution {
    let chain = ChainSpec::at_fork(workload.fork);
    let block = PreparedBlock::new(&chain, &workload.block, &workload.senders);
    let execution = engine.execute(&block, &workload.state, plan);
    execution.unwrap_or_else(|error| panic!("{} {}: {error}", workload.name, plan.policy))
}

const WITH_SETS: [Policy; 4] =
    [Policy::StaticSplit, Policy::StaticSplitQuadratic, Policy::DisjointSets, Policy::Sequence];

/// A plan that has the list recorded.
fn listing() -> Plan<'static> {
    Plan { record_list: true, ..Plan::default() }
}

/// Executes the block by a hint, be it a good one or not, and expects what serial execution gives.
fn check(workload: &Workload, serial: &BlockExecution, hint: &ScheduleHint, workers: usize) {
    let sets = hint.access_sets();
    let engine = Engine::sharing_all(workers).expect("threads");
    for policy in WITH_SETS {
        let plan = Plan { policy, known: Known { sets: Some(&sets), list: None }, ..listing() };
        let execution = execute(&engine, workload, &plan);
        assert!(execution.list == serial.list, "{} {policy} x{workers}: list", workload.name);
        assert!(execution.receipts == serial.receipts, "{} {policy} x{workers}: receipts", workload.name);
    }
}

#[test]
fn a_hint_right_or_wrong_changes_no_result() {
    let serial = Engine::sharing_all(1).expect("threads");
    for seed in 0..12 {
        let workload = RandomBlock { transactions: 50, invalid: false }.build(Settings::new(seed));
        let expected = execute(&serial, &workload, &listing());
        let hint = ScheduleHint::new(&expected.access_sets());
        check(&workload, &expected, &hint, 3);
        check(&workload, &expected, &ScheduleHint::default(), 3);
        let mut random = SplitMix::new(seed);
        let mut bytes = hint.encode();
        let mut foreign = 0;
        for _ in 0..200 {
            let bit = random.index(bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            match ScheduleHint::decode(&bytes, 50) {
                Ok(wrong) if foreign < 3 => {
                    foreign += 1;
                    check(&workload, &expected, &wrong, 3);
                }
                _ => {}
            }
        }
    }
}

/// T-08: at most 1 % of the block on blocks like ERC-20's. The list is printed beside it, as the other object that a block
/// may travel with.
#[test]
fn a_hint_is_small() {
    let engine = Engine::sharing_all(1).expect("threads");
    let transactions = 1_000;
    let zipf = Spread::Zipf { population: 1_000, exponent: 1.0 };
    let erc20 = |pattern| Box::new(Erc20 { transactions, pattern }) as Box<dyn Generator>;
    let generators: [(Box<dyn Generator>, f64); 7] = [
        (erc20(Erc20Pattern::Recipients(Spread::Independent)), 0.01),
        (erc20(Erc20Pattern::Recipients(Spread::Correlated(10))), 0.01),
        (erc20(Erc20Pattern::Recipients(zipf)), 0.01),
        (erc20(Erc20Pattern::Recipients(Spread::Hot)), 0.01),
        (erc20(Erc20Pattern::Pairs { holders: 1_000, exponent: 1.0 }), 0.01),
        (Box::new(Pools { transactions, spread: Spread::Correlated(10) }), 0.01),
        (Box::new(Transfers { transactions, pattern: TransfersPattern::Recipients(Spread::Hot) }), 0.01),
    ];
    for (generator, share_max) in generators {
        let workload = generator.build(Settings { signing: Signing::Real, ..Settings::new(1) });
        let execution = execute(&engine, &workload, &listing());
        let hint = ScheduleHint::new(&execution.access_sets()).encode().len();
        let list = execution.list.as_ref().expect("recorded").encode().len();
        let block = workload.block.length();
        let share = |bytes: usize| bytes as f64 / block as f64;
        println!(
            "{:<48} block {block:>7}  hint {hint:>5} ({:.2} %)  list {list:>7} ({:.0} %)",
            workload.name,
            100.0 * share(hint),
            100.0 * share(list),
        );
        assert!(share(hint) <= share_max, "{}: {hint} of {block} bytes", workload.name);
    }
}
