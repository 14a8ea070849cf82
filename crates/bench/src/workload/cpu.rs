//! Blocks of compute-heavy calls.

use super::{
    Call, Contract, Generator, Settings, Spread, TRANSACTION_GAS_MAX, Variable, Workload,
    draft::{Draft, Message},
    mapping_slot,
};
use primitives::U256;
use std::fmt;

/// A block of compute-heavy calls; each folds its outcome into one slot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cpu {
    /// How many calls.
    pub transactions: usize,
    /// What each computes.
    pub work: CpuWork,
    /// How the calls spread over the slots.
    pub spread: Spread,
}

/// What a call computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CpuWork {
    /// Sorts so many numbers in memory.
    Sort(u64),
    /// Hashes one word so many times.
    Hash(u64),
}

impl Generator for Cpu {
    fn name(&self) -> String {
        format!("cpu/{}/spread={}/n={}", self.work, self.spread, self.transactions)
    }

    fn build(&self, settings: Settings) -> Workload {
        let mut draft = Draft::new(settings);
        let (assigned, _) = self.spread.assign(self.transactions, &mut draft.random);
        let cpu = draft.deploy(Contract::Cpu, 0);
        let salt = U256::from(draft.random.next()) << 64;
        for (sender, place) in assigned.into_iter().enumerate() {
            let actor = draft.actor(sender);
            let key = salt | U256::from(place);
            let slot = mapping_slot(key, Contract::Cpu.slot("results"));
            draft.state.set_storage(cpu, slot, U256::ONE);
            let input = self.work.call(key);
            let message = Message { to: cpu, value: U256::ZERO, input, gas_limit: self.work.gas_limit() };
            draft.send(&actor, message, vec![Variable::Slot(cpu, slot)]);
        }
        draft.finish(self.name())
    }
}

impl CpuWork {
    fn call(self, key: U256) -> primitives::Bytes {
        let (signature, size) = match self {
            Self::Sort(size) => ("sort(uint256,uint256)", size),
            Self::Hash(rounds) => ("hash(uint256,uint256)", rounds),
        };
        Call::new(signature).word(key).word(U256::from(size)).encode()
    }

    /// Enough, and below what Osaka allows one transaction; larger sizes run out of gas.
    fn gas_limit(self) -> u64 {
        let work = match self {
            Self::Sort(size) => size.saturating_mul(400).saturating_mul(u64::from(size.max(2).ilog2())),
            Self::Hash(rounds) => rounds.saturating_mul(400),
        };
        work.saturating_add(60_000).min(TRANSACTION_GAS_MAX - 1)
    }
}

impl fmt::Display for CpuWork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sort(size) => write!(f, "sort={size}"),
            Self::Hash(rounds) => write!(f, "hash={rounds}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::plain, *};

    #[test]
    fn sizes_fit_their_gas() {
        for work in
            [0, 1, 2, 3, 10, 100, 256, 1_000].map(CpuWork::Sort).into_iter().chain([0, 1_000].map(CpuWork::Hash))
        {
            plain::check(&Cpu { transactions: 5, work, spread: Spread::Independent }, 0);
        }
    }

    #[test]
    fn correlated_calls_run() {
        plain::check(&Cpu { transactions: 40, work: CpuWork::Hash(10), spread: Spread::Correlated(10) }, 4);
    }
}
