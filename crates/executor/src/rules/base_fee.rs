//! The base fee (EIP-1559).

use primitives::{ChainSpec, Fork, Header};

/// Base fee of the first block that has one, in wei.
const INITIAL: u64 = 1_000_000_000;

/// The gas limit is this many times the gas that leaves the fee as it is.
pub(super) const ELASTICITY: u64 = 2;

/// The fee moves by at most one part in this many per block.
const CHANGE_DENOMINATOR: u128 = 8;

/// The base fee in wei that a block of London or later has after `parent`.
pub fn base_fee(chain: &ChainSpec, parent: &Header) -> u64 {
    if chain.fork_of(parent) < Fork::London {
        return INITIAL;
    }
    let fee = parent.base_fee_per_gas.unwrap_or_default();
    let target = parent.gas_limit / ELASTICITY;
    if target == 0 {
        return fee;
    }
    // Both factors are below 2^64, so the product is below 2^128.
    let change = |distance: u64| {
        let change = u128::from(fee) * u128::from(distance) / u128::from(target) / CHANGE_DENOMINATOR;
        u64::try_from(change).unwrap_or(u64::MAX)
    };
    match parent.gas_used.checked_sub(target) {
        Some(0) => fee,
        Some(above) => fee.saturating_add(change(above).max(1)),
        None => fee.saturating_sub(change(target - parent.gas_used)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(fork: Fork, fee: Option<u64>, (gas_used, gas_limit): (u64, u64), expected: u64) {
        let parent = Header { number: 7, base_fee_per_gas: fee, gas_used, gas_limit, ..Header::default() };
        assert_eq!(base_fee(&ChainSpec::at_fork(fork), &parent), expected, "{fork} {fee:?} {gas_used}/{gas_limit}");
    }

    #[test]
    fn the_fee_follows_the_gas() {
        check(Fork::Berlin, None, (21_000, 30_000_000), 1_000_000_000);
        // The examples that came with the EIP.
        for (fee, gas, expected) in [
            (1_000_000_000, (10_000_000, 20_000_000), 1_000_000_000),
            (1_000_000_000, (9_000_000, 20_000_000), 987_500_000),
            (1_000_000_000, (11_000_000, 20_000_000), 1_012_500_000),
            (1_000_000_000, (20_000_000, 20_000_000), 1_125_000_000),
            (1_000_000_000, (0, 20_000_000), 875_000_000),
            (7, (20_000_000, 20_000_000), 8),
            (7, (0, 20_000_000), 7),
            (0, (10_000_001, 20_000_000), 1),
        ] {
            check(Fork::London, Some(fee), gas, expected);
        }
    }

    #[test]
    fn no_parent_makes_it_overflow() {
        check(Fork::London, Some(u64::MAX), (u64::MAX, 2), u64::MAX);
        check(Fork::London, Some(u64::MAX), (u64::MAX, 0), u64::MAX);
        check(Fork::London, None, (5, 1), 0);
    }
}
