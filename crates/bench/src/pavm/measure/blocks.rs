//! Blocks of one kind of call: X-P1, X-P3, X-P4, X-P5.

use super::{
    super::{
        Experiment, Kind, Sample, Setting,
        contest::{Contender, Place, contest, project},
    },
    calls,
};
use crate::{
    measure::{Case, Engines, ForkCosts, Side, Subject},
    workload::{Generator as _, ThreadedContract, Validated, ValidatedCall},
};
use executor::{Error, Policy};

/// How a validator of ours executes a block: it has the block's access list.
const OURS: (&str, Policy) = ("ours", Policy::ListDriven);

/// The paper's own two ways, and what stands for its references: 6 executes optimistically, 44 splits by shared variables.
const SCHEDULES: [(&str, Policy); 5] = [
    ("shared variables [44]", Policy::StaticSplit),
    ("optimistic [6]", Policy::Optimistic),
    ("grouping", Policy::DisjointSets),
    ("sequence check", Policy::Sequence),
    OURS,
];

/// A kind of call that belongs to a key.
pub(super) struct Keyed {
    pub(super) item: &'static str,
    pub(super) call: fn(u64) -> ValidatedCall,
    pub(super) sizes: [u64; 3],
}

/// Those of X-P1 and X-P8.
pub(super) const KEYED: [Keyed; 3] = [
    Keyed { item: "Fibonacci", call: ValidatedCall::Fibonacci, sizes: [1_000, 10_000, 50_000] },
    Keyed { item: "CPUHeavy", call: ValidatedCall::Sort, sizes: [90, 150, 210] },
    Keyed { item: "KVStore", call: ValidatedCall::Write, sizes: [1_000, 5_000, 10_000] },
];

/// How a block is made longer, or its groups.
#[derive(Clone, Copy, Debug)]
enum Sweep {
    Transactions,
    FixedBlock,
    FixedGroups,
}

impl Sweep {
    const ALL: [Self; 3] = [Self::Transactions, Self::FixedBlock, Self::FixedGroups];

    const fn name(self) -> &'static str {
        match self {
            Self::Transactions => "by transactions",
            Self::FixedBlock => "by group of a fixed block",
            Self::FixedGroups => "by group of a fixed number",
        }
    }

    fn places(self, setting: &Setting) -> Vec<usize> {
        setting.counts(match self {
            Self::Transactions => &[100, 300, 500],
            Self::FixedBlock | Self::FixedGroups => &[1, 3, 10, 30],
        })
    }

    /// Transactions, and how many of them make a group.
    fn shape(self, x: usize, setting: &Setting) -> (usize, usize) {
        match self {
            Self::Transactions => (x, 1),
            Self::FixedBlock => (setting.transactions, x),
            Self::FixedGroups => (setting.counts(&[30])[0] * x, x),
        }
    }
}

/// X-P1: a block of 300 transactions under each schedule, and one call with threads beside schedules of transactions, which
/// have nothing to share there.
pub(super) fn overall(setting: &Setting, progress: &mut dyn FnMut(&str)) -> Result<Vec<Sample>, Error> {
    let experiment = Experiment::P1;
    let mut samples = Vec::new();
    for transactions in setting.counts(&[300, 1_000, 3_000]) {
        let place = Place { experiment, item: "ERC20", x: transactions as f64 };
        samples.extend(block(place, (ValidatedCall::TransferFrom, transactions, 1), &SCHEDULES, setting, progress)?);
    }
    for Keyed { item, call, sizes } in KEYED {
        for size in setting.sizes(&sizes) {
            let place = Place { experiment, item, x: size as f64 };
            samples.extend(block(place, (call(size), setting.transactions, 1), &SCHEDULES, setting, progress)?);
        }
    }
    let costs = ForkCosts::measure(setting.passes.repeats.max(10))?;
    let contracts = [
        (ThreadedContract::MatrixAdd, [60, 90, 120]),
        (ThreadedContract::MatrixMul, [30, 40, 50]),
        (ThreadedContract::Substring, [12_000, 20_000, 28_000]),
        (ThreadedContract::Histogram, [30_000, 50_000, 70_000]),
    ];
    for (contract, sizes) in contracts {
        for size in setting.sizes(&sizes) {
            progress(&format!("{experiment}: {contract} {size}"));
            let place = Place { experiment, item: contract.name(), x: size as f64 };
            samples.extend(calls::scheduled(place, contract, size, (setting, &costs))?);
        }
    }
    Ok(samples)
}

/// X-P3: a block of 300 transactions over the size of its calls.
pub(super) fn over_sizes(setting: &Setting, progress: &mut dyn FnMut(&str)) -> Result<Vec<Sample>, Error> {
    use ValidatedCall::{Approve, Fibonacci, Read, Sort, Transfer, TransferFrom, Write};
    let mut samples = Vec::new();
    let mut measure = |item: &str, call: ValidatedCall, x: f64| -> Result<(), Error> {
        let place = Place { experiment: Experiment::P3, item, x };
        samples.extend(block(place, (call, setting.transactions, 1), &[OURS], setting, progress)?);
        Ok(())
    };
    for (item, call) in [("ERC20 approve", Approve), ("ERC20 transfer", Transfer), ("ERC20 transferFrom", TransferFrom)]
    {
        measure(item, call, setting.transactions as f64)?;
    }
    for size in setting.sizes(&[50_000, 150_000, 250_000, 350_000]) {
        measure("Fibonacci", Fibonacci(size), size as f64)?;
    }
    for size in setting.sizes(&[90, 120, 150, 180, 210]) {
        measure("CPUHeavy", Sort(size), size as f64)?;
    }
    for (item, call, published) in [("KVStore read", Read as fn(u64) -> _, 6_000), ("KVStore write", Write, 10_000)] {
        for size in setting.sizes(&[published]) {
            measure(item, call(size), size as f64)?;
        }
    }
    Ok(samples)
}

/// X-P4: over the number of transactions, and over the size of groups, once in a block of fixed length and once with a
/// fixed number of groups. The paper's Fig. 17b says the first and shows a serial time that grows as in the second.
pub(super) fn over_groups(setting: &Setting, progress: &mut dyn FnMut(&str)) -> Result<Vec<Sample>, Error> {
    const GROUPED: [(&str, Policy); 2] = [("grouping", Policy::DisjointSets), OURS];
    let size = |published: u64| setting.sizes(&[published])[0];
    let calls = [
        ("ERC20", ValidatedCall::TransferFrom),
        ("Fibonacci", ValidatedCall::Fibonacci(size(5_000))),
        ("CPUHeavy", ValidatedCall::Sort(size(90))),
        ("KVStore", ValidatedCall::Write(size(2_000))),
    ];
    let mut samples = Vec::new();
    for ((name, call), sweep) in calls.into_iter().flat_map(|call| Sweep::ALL.map(|sweep| (call, sweep))) {
        let item = format!("{name} {}", sweep.name());
        for x in sweep.places(setting) {
            let (transactions, group) = sweep.shape(x, setting);
            let place = Place { experiment: Experiment::P4, item: &item, x: x as f64 };
            samples.extend(block(place, (call, transactions, group), &GROUPED, setting, progress)?);
        }
    }
    Ok(samples)
}

/// X-P5: a block over workers.
pub(super) fn over_workers(setting: &Setting, progress: &mut dyn FnMut(&str)) -> Result<Vec<Sample>, Error> {
    let size = |published: u64| setting.sizes(&[published])[0];
    let calls = [
        ("ERC20 transferFrom", ValidatedCall::TransferFrom),
        ("Fibonacci", ValidatedCall::Fibonacci(size(350_000))),
        ("CPUHeavy", ValidatedCall::Sort(size(210))),
        ("KVStore", ValidatedCall::Write(size(10_000))),
    ];
    let counts = [5, 10, 15, 20, 25, 30, 35, 40];
    let (name, policy) = OURS;
    let mut samples = Vec::new();
    for (item, call) in calls {
        progress(&format!("{}: {item}", Experiment::P5));
        let case = case(call, setting.transactions, 1, setting);
        let sides = [1, setting.workers].map(|workers| Side::engine(policy, workers));
        let engines = Engines::for_sides(&sides)?;
        let subject = Subject::new(&case, &engines, setting.cost_passes)?;
        let place = Place { experiment: Experiment::P5, item, x: 1.0 };
        let contenders = sides.map(|side| Contender { name, subject: &subject, side });
        let workers: Vec<usize> = [1, setting.workers].into_iter().chain(counts).collect();
        let mut found = contest(place, &contenders, &engines, setting)?;
        found.extend(project(place, OURS, &subject, &workers, setting)?);
        found.iter_mut().for_each(|sample| sample.x = sample.workers as f64);
        samples.extend(found);
    }
    Ok(samples)
}

/// A block serially and under schedules, with the real workers and with the projected ones; and what an ideal schedule of
/// transactions that wait for each other could reach.
fn block(
    place: Place<'_>,
    (call, transactions, group): (ValidatedCall, usize, usize),
    schedules: &[(&str, Policy)],
    setting: &Setting,
    progress: &mut dyn FnMut(&str),
) -> Result<Vec<Sample>, Error> {
    progress(&format!("{}: {} {}", place.experiment, place.item, place.x));
    let case = case(call, transactions, group, setting);
    let sides: Vec<(&str, Side)> = [("serial", Side::engine(Policy::Serial, 1))]
        .into_iter()
        .chain(schedules.iter().map(|(name, policy)| (*name, Side::engine(*policy, setting.workers))))
        .collect();
    let engines = Engines::for_sides(&sides.iter().map(|(_, side)| *side).collect::<Vec<_>>())?;
    let subject = Subject::new(&case, &engines, setting.cost_passes)?;
    let contenders: Vec<Contender<'_, '_>> =
        sides.iter().map(|(name, side)| Contender { name, subject: &subject, side: *side }).collect();
    let mut samples = contest(place, &contenders, &engines, setting)?;
    let workers = [setting.workers, setting.projected_workers];
    for (name, policy) in schedules {
        samples.extend(project(place, (name, *policy), &subject, &workers, setting)?);
    }
    if group > 1 {
        let least = subject.bounds.least_ns(Policy::DisjointSets, setting.projected_workers);
        samples.push(place.sample("bound of groups", setting.projected_workers, Kind::Projected, least));
    }
    Ok(samples)
}

/// A block as a case.
pub(super) fn case(call: ValidatedCall, transactions: usize, group: usize, setting: &Setting) -> Case {
    Case::generated(Validated { call, transactions, group }.build(setting.settings()))
}
