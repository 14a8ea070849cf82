//! The rule sets of Ethereum's execution layer, in the order in which they came.

use core::{fmt, str::FromStr};

use alloy_primitives::U256;

/// A rule set. Only forks that change what execution yields stand here: those that moved the difficulty bomb or, like
/// the blob-parameter forks, only a number in the schedule do not. The DAO move is an event of one block, not a fork:
/// see [`ChainSpec::is_dao_fork_block`](crate::ChainSpec::is_dao_fork_block).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fork {
    /// Genesis, 2015.
    Frontier,
    /// EIP-2, EIP-7.
    Homestead,
    /// EIP-150: gas of IO-heavy operations.
    Tangerine,
    /// EIP-155, 160, 161, 170.
    SpuriousDragon,
    /// Receipts with a status, `REVERT`, static calls; reward of 3 ether.
    Byzantium,
    /// Byzantium with shifts, `CREATE2`, `EXTCODEHASH` and EIP-1283; reward of 2 ether.
    Constantinople,
    /// Constantinople without EIP-1283.
    Petersburg,
    /// `CHAINID`, EIP-1884, EIP-2200.
    Istanbul,
    /// Access lists and warm and cold access (EIP-2929, 2930).
    Berlin,
    /// The base fee (EIP-1559), EIP-3529, EIP-3541.
    London,
    /// Proof of stake: no reward, `PREVRANDAO`. Also called the Merge.
    Paris,
    /// Withdrawals, `PUSH0`, init code metering.
    Shanghai,
    /// Blobs, transient storage, the beacon root (EIP-4788).
    Cancun,
    /// Set-code transactions (EIP-7702), requests, BLS12-381.
    Prague,
    /// `CLZ`, EIP-7825, 7883, 7918, 7951.
    Osaka,
    /// Block access lists (EIP-7928) and more; not yet settled.
    Amsterdam,
}

impl Fork {
    /// Every fork, oldest first.
    pub const ALL: [Self; 16] = [
        Self::Frontier,
        Self::Homestead,
        Self::Tangerine,
        Self::SpuriousDragon,
        Self::Byzantium,
        Self::Constantinople,
        Self::Petersburg,
        Self::Istanbul,
        Self::Berlin,
        Self::London,
        Self::Paris,
        Self::Shanghai,
        Self::Cancun,
        Self::Prague,
        Self::Osaka,
        Self::Amsterdam,
    ];

    /// The name that [`fmt::Display`] prints.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Frontier => "Frontier",
            Self::Homestead => "Homestead",
            Self::Tangerine => "Tangerine",
            Self::SpuriousDragon => "SpuriousDragon",
            Self::Byzantium => "Byzantium",
            Self::Constantinople => "Constantinople",
            Self::Petersburg => "Petersburg",
            Self::Istanbul => "Istanbul",
            Self::Berlin => "Berlin",
            Self::London => "London",
            Self::Paris => "Paris",
            Self::Shanghai => "Shanghai",
            Self::Cancun => "Cancun",
            Self::Prague => "Prague",
            Self::Osaka => "Osaka",
            Self::Amsterdam => "Amsterdam",
        }
    }

    /// The first fork whose blocks may hold a transaction of this type (EIP-2930, 1559, 4844, 7702).
    pub const fn of_transaction_type(kind: u8) -> Self {
        match kind {
            0 => Self::Frontier,
            1 => Self::Berlin,
            2 => Self::London,
            3 => Self::Cancun,
            _ => Self::Prague,
        }
    }

    /// What the miner of a block gets, in wei, before uncles are counted: 5, 3, 2 and, from Paris on, 0 ether.
    pub fn block_reward(self) -> U256 {
        const ETHER: u64 = 1_000_000_000_000_000_000;
        let ether = match self {
            Self::Frontier | Self::Homestead | Self::Tangerine | Self::SpuriousDragon => 5,
            Self::Byzantium => 3,
            Self::Constantinople | Self::Petersburg | Self::Istanbul | Self::Berlin | Self::London => 2,
            _ => 0,
        };
        U256::from(ether * ETHER)
    }
}

impl fmt::Display for Fork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// No fork has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown fork {0:?}; known are Frontier to Amsterdam, as in \"Cancun\" or \"SpuriousDragon\"")]
pub struct UnknownFork(
    /// The name as it was given.
    pub String,
);

impl FromStr for Fork {
    type Err = UnknownFork;

    /// Takes the own names and the common synonyms, whatever their case and with `_`, `-` or spaces between words.
    fn from_str(name: &str) -> Result<Self, UnknownFork> {
        let plain: String =
            name.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).map(|c| c.to_ascii_lowercase()).collect();
        let fork = match plain.as_str() {
            "eip150" | "tangerinewhistle" => Self::Tangerine,
            "eip155" | "eip158" | "eip161" | "spurious" => Self::SpuriousDragon,
            "constantinoplefix" => Self::Petersburg,
            "muirglacier" => Self::Istanbul,
            "arrowglacier" | "grayglacier" => Self::London,
            "merge" => Self::Paris,
            plain => *Self::ALL
                .iter()
                .find(|fork| fork.name().eq_ignore_ascii_case(plain))
                .ok_or_else(|| UnknownFork(name.to_owned()))?,
        };
        Ok(fork)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_parses_back_and_the_order_is_that_of_the_list() {
        for (index, fork) in Fork::ALL.into_iter().enumerate() {
            assert_eq!(fork.to_string().parse(), Ok(fork));
            assert_eq!(fork as usize, index);
        }
        assert!(Fork::ALL.is_sorted());
    }

    #[test]
    fn a_type_of_transaction_came_with_the_fork_that_names_it() {
        let forks = [Fork::Frontier, Fork::Berlin, Fork::London, Fork::Cancun, Fork::Prague];
        assert_eq!([0, 1, 2, 3, 4].map(Fork::of_transaction_type), forks);
    }

    #[test]
    fn synonyms_parse() {
        for (name, fork) in [
            ("EIP150", Fork::Tangerine),
            ("EIP158", Fork::SpuriousDragon),
            ("SPURIOUS_DRAGON", Fork::SpuriousDragon),
            ("spurious dragon", Fork::SpuriousDragon),
            ("ConstantinopleFix", Fork::Petersburg),
            ("MERGE", Fork::Paris),
            ("ArrowGlacier", Fork::London),
        ] {
            assert_eq!(name.parse(), Ok(fork), "{name}");
        }
        assert_eq!("Atlantis".parse::<Fork>(), Err(UnknownFork("Atlantis".to_owned())));
        assert!("".parse::<Fork>().is_err());
    }

    #[test]
    fn rewards_fall_from_five_ether_to_none() {
        let ether = |n: u64| U256::from(n) * U256::from(10).pow(U256::from(18));
        assert_eq!(Fork::SpuriousDragon.block_reward(), ether(5));
        assert_eq!(Fork::Byzantium.block_reward(), ether(3));
        assert_eq!(Fork::Constantinople.block_reward(), ether(2));
        assert_eq!(Fork::London.block_reward(), ether(2));
        assert_eq!(Fork::Paris.block_reward(), U256::ZERO);
    }
}
