//! What threads of contracts cost on a chain, and the hash of the file that says so, which the genesis holds.

use primitives::{B256, ThreadGas, ThreadGasError};

/// Prices with the hash of their file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThreadPrices {
    /// The prices.
    pub gas: ThreadGas,
    /// Keccak-256 of the file's bytes.
    pub hash: B256,
}

impl ThreadPrices {
    /// Reads a file's text (spec 0005, gas).
    pub fn read(json: &str) -> Result<Self, ThreadGasError> {
        Ok(Self { gas: ThreadGas::from_json(json)?, hash: ThreadGas::hash_of(json) })
    }
}

impl Default for ThreadPrices {
    /// The public prices.
    fn default() -> Self {
        Self { gas: ThreadGas::default(), hash: ThreadGas::default_hash() }
    }
}
