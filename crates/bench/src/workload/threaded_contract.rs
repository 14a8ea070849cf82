//! Our contracts with threads as `parallax solc` made them, embedded from `contracts/threads/artefacts`.

use primitives::Bytes;
use serde::Deserialize;
use std::{collections::BTreeMap, fmt, sync::LazyLock};

/// One of our contracts with threads. Each has `main`, which spawns them, and `mainSerial`, which calls the same functions
/// one after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ThreadedContract {
    /// Mixes the genes of two parents, a child a thread.
    Genes,
    /// Counts every byte of a text, a slice a thread.
    Histogram,
    /// Adds pairs of matrices, a pair a thread.
    MatrixAdd,
    /// Multiplies pairs of matrices, a pair a thread.
    MatrixMul,
    /// Counts where a pattern stands in a text, a slice a thread.
    Substring,
    /// Counts the words of a text in two threads.
    WordCount,
}

impl ThreadedContract {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Genes, Self::Histogram, Self::MatrixAdd, Self::MatrixMul, Self::Substring, Self::WordCount];

    /// The code as it stands on chain.
    pub fn runtime(self) -> Bytes {
        RUNTIMES[&self].clone()
    }

    /// Its name in Solidity.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Genes => "Genes",
            Self::Histogram => "Histogram",
            Self::MatrixAdd => "MatrixAdd",
            Self::MatrixMul => "MatrixMul",
            Self::Substring => "Substring",
            Self::WordCount => "WordCount",
        }
    }

    const fn json(self) -> &'static str {
        match self {
            Self::Genes => include_str!("../../../../contracts/threads/artefacts/Genes.sol/Genes.json"),
            Self::Histogram => include_str!("../../../../contracts/threads/artefacts/Histogram.sol/Histogram.json"),
            Self::MatrixAdd => include_str!("../../../../contracts/threads/artefacts/MatrixAdd.sol/MatrixAdd.json"),
            Self::MatrixMul => include_str!("../../../../contracts/threads/artefacts/MatrixMul.sol/MatrixMul.json"),
            Self::Substring => include_str!("../../../../contracts/threads/artefacts/Substring.sol/Substring.json"),
            Self::WordCount => include_str!("../../../../contracts/threads/artefacts/WordCount.sol/WordCount.json"),
        }
    }
}

impl fmt::Display for ThreadedContract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

static RUNTIMES: LazyLock<BTreeMap<ThreadedContract, Bytes>> = LazyLock::new(|| {
    let parse = |contract: ThreadedContract| {
        let artefact: Artefact = serde_json::from_str(contract.json()).expect("embedded artefacts are well-formed");
        artefact.deployed_bytecode.object
    };
    ThreadedContract::ALL.into_iter().map(|contract| (contract, parse(contract))).collect()
});

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Artefact {
    deployed_bytecode: Code,
}

#[derive(Debug, Deserialize)]
struct Code {
    object: Bytes,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn embedded_artefacts_parse() {
        for contract in ThreadedContract::ALL {
            assert!(contract.runtime().len() > 100, "{contract}");
        }
    }
}
