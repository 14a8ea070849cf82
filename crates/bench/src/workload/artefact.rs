//! Our own contracts as the compiler made them, embedded from `contracts/artefacts`.

use access_list::StorageLayout;
use primitives::{Bytes, U256};
use serde::Deserialize;
use std::{collections::BTreeMap, sync::LazyLock};

/// One of our contracts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Contract {
    /// A contract that self-destructs on demand; created by [`Self::Factory`].
    Child,
    /// One slot that everybody bumps.
    Counter,
    /// Sorting and hashing in memory.
    Cpu,
    /// Creates children with `CREATE2`.
    Factory,
    /// The sequence of Fibonacci, step by step.
    Fibonacci,
    /// One variable a key, read or written many times.
    KvStore,
    /// Market for a pair of tokens.
    Pool,
    /// Shared variables with work between.
    Shared,
    /// Many slots that belong to a key.
    Store,
    /// ERC-20.
    Token,
    /// Passes ether on, calls others, reverts on demand.
    Wallet,
    /// Counts words in two threads.
    WordCount,
}

impl Contract {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Child,
        Self::Counter,
        Self::Cpu,
        Self::Factory,
        Self::Fibonacci,
        Self::KvStore,
        Self::Pool,
        Self::Shared,
        Self::Store,
        Self::Token,
        Self::Wallet,
        Self::WordCount,
    ];

    /// The code as it stands on chain.
    pub fn runtime(self) -> Bytes {
        self.artefact().deployed_bytecode.clone()
    }

    /// The code that deploys it; constructor arguments follow it.
    pub fn creation(self) -> Bytes {
        self.artefact().bytecode.clone()
    }

    /// The slot at which a variable is declared.
    pub fn slot(self, label: &str) -> U256 {
        let layout = &self.artefact().storage_layout;
        let variable = layout.iter().find(|variable| variable.label == label);
        variable.expect("callers name variables of the embedded contracts").slot
    }

    /// The compiler's storage layout, which names the variables.
    pub fn layout(self) -> StorageLayout {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Laid {
            storage_layout: serde_json::Value,
        }
        let laid: Laid = serde_json::from_str(self.json()).expect("embedded artefacts are well-formed");
        StorageLayout::from_value(&laid.storage_layout).expect("the compiler's layout is one")
    }

    fn artefact(self) -> &'static Artefact {
        &ARTEFACTS[&self]
    }

    const fn json(self) -> &'static str {
        match self {
            Self::Child => include_str!("../../../../contracts/artefacts/Child.json"),
            Self::Counter => include_str!("../../../../contracts/artefacts/Counter.json"),
            Self::Cpu => include_str!("../../../../contracts/artefacts/Cpu.json"),
            Self::Factory => include_str!("../../../../contracts/artefacts/Factory.json"),
            Self::Fibonacci => include_str!("../../../../contracts/artefacts/Fibonacci.json"),
            Self::KvStore => include_str!("../../../../contracts/artefacts/KVStore.json"),
            Self::Pool => include_str!("../../../../contracts/artefacts/Pool.json"),
            Self::Shared => include_str!("../../../../contracts/artefacts/Shared.json"),
            Self::Store => include_str!("../../../../contracts/artefacts/Store.json"),
            Self::Token => include_str!("../../../../contracts/artefacts/Token.json"),
            Self::Wallet => include_str!("../../../../contracts/artefacts/Wallet.json"),
            Self::WordCount => include_str!("../../../../contracts/artefacts/WordCount.json"),
        }
    }
}

static ARTEFACTS: LazyLock<BTreeMap<Contract, Artefact>> = LazyLock::new(|| {
    let parse = |contract: Contract| serde_json::from_str(contract.json()).expect("embedded artefacts are well-formed");
    Contract::ALL.into_iter().map(|contract| (contract, parse(contract))).collect()
});

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Artefact {
    bytecode: Bytes,
    deployed_bytecode: Bytes,
    storage_layout: Vec<LayoutEntry>,
}

#[derive(Debug, Deserialize)]
struct LayoutEntry {
    label: String,
    slot: U256,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn embedded_artefacts_parse() {
        for contract in Contract::ALL {
            assert!(contract.runtime().len() > 100 && contract.creation().len() > contract.runtime().len());
        }
    }

    #[test]
    fn slots_that_generators_write() {
        assert_eq!(Contract::Token.slot("balanceOf"), U256::ZERO);
        assert_eq!(Contract::Token.slot("allowance"), U256::ONE);
        assert_eq!(Contract::Pool.slot("reserve0"), Contract::Pool.slot("reserve1"));
    }
}
