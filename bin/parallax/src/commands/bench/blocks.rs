//! The blocks to be measured.

use crate::exit::Failure;
use bench::{
    RecordedBlock,
    measure::Case,
    recorded,
    workload::{Generator, Settings, Spread, Transfers, TransfersPattern, suite},
};
use std::path::Path;

/// The seed of all generated blocks.
const SEED: u64 = 1;

/// Generators whose name holds one of the texts; all if there are none.
pub(super) fn generators(transactions: usize, with_long: bool, names: &[String]) -> Vec<Box<dyn Generator>> {
    /// Plain transfers, of which the targets name so many.
    const TRANSFERS: usize = 10_000;
    let mut generators = suite(transactions);
    if with_long {
        let pattern = TransfersPattern::Recipients(Spread::Independent);
        generators.insert(0, Box::new(Transfers { transactions: TRANSFERS, pattern }));
    }
    let is_asked_for = |name: &str| names.is_empty() || names.iter().any(|text| name.contains(text.as_str()));
    generators.retain(|generator| is_asked_for(&generator.name()));
    generators
}

/// A generated block.
pub(super) fn generate(generator: &dyn Generator) -> Case {
    Case::generated(generator.build(Settings::new(SEED)))
}

/// The recorded blocks under a path that can be measured, and the names of those that cannot.
pub(super) fn recorded(path: &Path) -> Result<(Vec<Case>, Vec<String>), Failure> {
    let (mut cases, mut left_out) = (Vec::new(), Vec::new());
    let mut blocks =
        recorded::find(path)?.iter().map(RecordedBlock::load).collect::<Result<Vec<_>, bench::LoadError>>()?;
    blocks.sort_by_key(RecordedBlock::number);
    for block in blocks {
        let name = block.name.clone();
        match Case::recorded(block) {
            Some(case) => cases.push(case),
            None => left_out.push(name),
        }
    }
    Ok((cases, left_out))
}
