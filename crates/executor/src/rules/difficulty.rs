//! The difficulty of proof of work.
//!
//! | from | a block after `elapsed` seconds changes the parent's difficulty by | source |
//! |---|---|---|
//! | Frontier | +1/2048 if `elapsed < 13`, else -1/2048 | yellow paper of 2015 |
//! | Homestead | (1 - `elapsed` / 10, at least -99) / 2048 | EIP-2 |
//! | Byzantium | (1, or 2 if the parent has ommers, - `elapsed` / 9, at least -99) / 2048 | EIP-100 |
//! | Paris | there is none | EIP-3675 |
//!
//! It is never below 131,072. On top comes the bomb, 2^(period - 2) with a period of 100,000 blocks, which several
//! upgrades pushed back (EIP-649, 1234, 2384, 3554, 4345, 5133). Three of them fall together with a fork; where the
//! other two, and the one between Istanbul and Berlin, took place is known of mainnet only. That matters for no
//! chain with fewer than five million blocks.

use primitives::{ChainSpec, Fork, Header, U256, alloy_consensus::EMPTY_OMMER_ROOT_HASH};

const MINIMUM: U256 = U256::from_limbs([131_072, 0, 0, 0]);
const BOMB_PERIOD: u64 = 100_000;
const MAINNET: u64 = 1;

/// The difficulty of the block with this header after `parent`, as the rules of its fork have it: only number,
/// timestamp and, where Paris comes by total difficulty, whether there is a difficulty are looked at.
pub fn difficulty(chain: &ChainSpec, parent: &Header, header: &Header) -> U256 {
    let fork = chain.fork_of(header);
    let elapsed = header.timestamp.saturating_sub(parent.timestamp);
    let adjusted = match fork {
        Fork::Frontier => step(parent.difficulty, 1, if elapsed < 13 { 0 } else { 2 }),
        Fork::Homestead | Fork::Tangerine | Fork::SpuriousDragon => step(parent.difficulty, 1, elapsed / 10),
        fork if fork < Fork::Paris => {
            let up = if parent.ommers_hash == EMPTY_OMMER_ROOT_HASH { 1 } else { 2 };
            step(parent.difficulty, up, elapsed / 9)
        }
        _ => return U256::ZERO,
    };
    adjusted.max(MINIMUM).saturating_add(bomb(header.number.saturating_sub(bomb_delay(chain, fork, header.number))))
}

/// `up` less `down` parts in 2048, and at least -99.
fn step(parent: U256, up: u64, down: u64) -> U256 {
    let part = parent >> 11;
    match up.checked_sub(down) {
        Some(up) => parent.saturating_add(part * U256::from(up)),
        None => parent - part * U256::from((down - up).min(99)),
    }
}

fn bomb(number: u64) -> U256 {
    match (number / BOMB_PERIOD).checked_sub(2) {
        None => U256::ZERO,
        Some(exponent @ 0..256) => U256::ONE << exponent,
        Some(_) => U256::MAX,
    }
}

/// By how many blocks the bomb has been pushed back.
fn bomb_delay(chain: &ChainSpec, fork: Fork, number: u64) -> u64 {
    let mainnet = chain.chain_id == MAINNET;
    match fork {
        Fork::Frontier | Fork::Homestead | Fork::Tangerine | Fork::SpuriousDragon => 0,
        Fork::Byzantium => 3_000_000,
        // Muir Glacier.
        Fork::Istanbul if mainnet && number >= 9_200_000 => 9_000_000,
        Fork::Constantinople | Fork::Petersburg | Fork::Istanbul => 5_000_000,
        Fork::Berlin => 9_000_000,
        // Gray Glacier, Arrow Glacier.
        _ if mainnet && number >= 15_050_000 => 11_400_000,
        _ if mainnet && number >= 13_773_000 => 10_700_000,
        _ => 9_700_000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use primitives::B256;

    /// Elapsed seconds and whether the parent has ommers.
    type Since = (u64, bool);

    fn check(fork: Fork, number: u64, parent: u64, (elapsed, ommers): Since, expected: u64) {
        let chain = if number < 1_000_000 { ChainSpec::at_fork(fork) } else { ChainSpec::mainnet() };
        let ommers_hash = if ommers { B256::ZERO } else { EMPTY_OMMER_ROOT_HASH };
        let parent = Header { difficulty: U256::from(parent), timestamp: 1000, ommers_hash, ..Header::default() };
        let header = Header { number, timestamp: 1000 + elapsed, ..Header::default() };
        assert_eq!(chain.fork_of(&header), fork);
        let computed = difficulty(&chain, &parent, &header);
        assert_eq!(computed, U256::from(expected), "{fork} {number} {elapsed} {ommers}");
    }

    #[test]
    fn each_fork_has_its_formula() {
        for (fork, elapsed, ommers, expected) in [
            (Fork::Frontier, 12, false, 2_049_000),
            (Fork::Frontier, 13, true, 2_047_000),
            (Fork::Frontier, 5000, false, 2_047_000),
            (Fork::Homestead, 9, true, 2_049_000),
            (Fork::Homestead, 19, false, 2_048_000),
            (Fork::Tangerine, 20, false, 2_047_000),
            (Fork::SpuriousDragon, 1009, false, 1_949_000),
            (Fork::SpuriousDragon, 9999, false, 1_949_000),
            (Fork::Byzantium, 8, false, 2_049_000),
            (Fork::Byzantium, 8, true, 2_050_000),
            (Fork::Petersburg, 17, true, 2_049_000),
            (Fork::Istanbul, 18, false, 2_047_000),
            (Fork::London, 99_999, false, 1_949_000),
            (Fork::Paris, 12, false, 0),
            (Fork::Osaka, 12, false, 0),
        ] {
            check(fork, 7, 2_048_000, (elapsed, ommers), expected);
        }
    }

    #[test]
    fn mainnet_blocks_have_theirs() {
        for (fork, number, parent, elapsed, expected) in [
            (Fork::Homestead, 1_920_000, 62_382_916_183_238, 2, 62_413_376_722_602),
            (Fork::SpuriousDragon, 2_675_000, 81_540_190_217_627, 7, 81_580_021_540_847),
            (Fork::Petersburg, 9_068_997, 2_554_128_752_473_866, 3, 2_555_650_763_560_728),
            (Fork::Petersburg, 9_068_998, 2_555_650_763_560_728, 8, 2_557_173_517_817_066),
            (Fork::Petersburg, 9_068_999, 2_557_173_517_817_066, 20, 2_556_199_775_842_264),
            (Fork::Istanbul, 9_069_000, 2_556_199_775_842_264, 1, 2_557_722_798_171_005),
        ] {
            check(fork, number, parent, (elapsed, false), expected);
        }
    }

    #[test]
    fn it_never_falls_below_the_minimum() {
        check(Fork::Frontier, 7, 131_072, (13, false), 131_072);
        check(Fork::London, 7, 0, (1, false), 131_072);
        check(Fork::Frontier, 199_999, 131_072, (13, false), 131_072);
        check(Fork::Frontier, 200_000, 131_072, (13, false), 131_073);
        check(Fork::Frontier, 300_000, 131_072, (13, false), 131_074);
    }

    #[test]
    fn the_bomb_is_pushed_back_on_mainnet() {
        for (fork, number, exponent) in [
            (Fork::SpuriousDragon, 4_369_999, Some(41)),
            (Fork::Byzantium, 4_370_000, Some(11)),
            (Fork::Byzantium, 7_279_999, Some(40)),
            (Fork::Petersburg, 7_280_000, Some(20)),
            (Fork::Istanbul, 9_199_999, Some(39)),
            (Fork::Istanbul, 9_200_000, Some(0)),
            (Fork::Berlin, 12_900_000, Some(37)),
            (Fork::London, 12_965_000, Some(30)),
            (Fork::London, 13_772_999, Some(38)),
            (Fork::London, 13_773_000, Some(28)),
            (Fork::London, 15_049_999, Some(41)),
            (Fork::London, 15_050_000, Some(34)),
            (Fork::London, 15_537_393, Some(39)),
        ] {
            let bomb = exponent.map_or(0, |exponent| 1_u64 << exponent);
            check(fork, number, 1 << 50, (10, false), (1 << 50) + bomb);
        }
    }

    #[test]
    fn no_header_makes_it_overflow() {
        let chain = ChainSpec::at_fork(Fork::Frontier);
        let parent = Header { difficulty: U256::MAX, ..Header::default() };
        let header = Header { number: u64::MAX, ..Header::default() };
        assert_eq!(difficulty(&chain, &parent, &header), U256::MAX);
    }
}
