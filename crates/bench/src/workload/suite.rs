//! The generated blocks of the published tables.

use super::{
    CounterChain, Cpu, CpuWork, Erc20, Erc20Pattern, Generator, Mix, Pools, Spread, Storage, Transfers,
    TransfersPattern,
};

/// One block of every kind, about `transactions` long; compute-heavy and storage-heavy ones are shorter.
pub fn suite(transactions: usize) -> Vec<Box<dyn Generator>> {
    let heavy = transactions.div_ceil(10);
    let zipf = Spread::Zipf { population: 100, exponent: 1.0 };
    let spreads = [Spread::Independent, Spread::Correlated(10)];
    let mut suite: Vec<Box<dyn Generator>> = Vec::new();
    for spread in [Spread::Independent, Spread::Correlated(10), Spread::Hot] {
        suite.push(Box::new(Transfers { transactions, pattern: TransfersPattern::Recipients(spread) }));
    }
    for pattern in [TransfersPattern::OneSender, TransfersPattern::Chain { funded: false }] {
        suite.push(Box::new(Transfers { transactions, pattern }));
    }
    for spread in spreads {
        suite.push(Box::new(Erc20 { transactions, pattern: Erc20Pattern::Recipients(spread) }));
    }
    let pairs = Erc20Pattern::Pairs { holders: transactions.max(2), exponent: 1.0 };
    suite.push(Box::new(Erc20 { transactions, pattern: pairs }));
    for spread in [Spread::Independent, Spread::Correlated(10), zipf] {
        suite.push(Box::new(Pools { transactions, spread }));
    }
    for spread in spreads {
        suite.push(Box::new(Cpu { transactions: heavy, work: CpuWork::Sort(256), spread }));
        suite.push(Box::new(Storage { transactions: heavy, slots: 100, spread }));
    }
    suite.push(Box::new(CounterChain { transactions }));
    suite.push(Box::new(Mix { transactions, ..Mix::default() }));
    suite
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Settings, plain},
        *,
    };
    use std::collections::BTreeSet;

    #[test]
    fn every_block_runs_and_has_its_own_name() {
        let suite = suite(20);
        let names: BTreeSet<_> = suite.iter().map(|generator| generator.name()).collect();
        assert_eq!(names.len(), suite.len());
        for generator in &suite {
            plain::run(&generator.build(Settings::new(11)));
        }
    }
}
