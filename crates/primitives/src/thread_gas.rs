//! What the instructions of threads cost: a table that a chain's operator states in a JSON file (spec 0005).
//!
//! No number is taken from anywhere else, so two nodes with the same file agree on every fee; the genesis holds the file's
//! hash, so two nodes with the same genesis have the same file.

use alloy_primitives::{B256, keccak256};
use serde::Deserialize;

/// Prices in gas. Every entry must be stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ThreadGas {
    /// `SUBSOL`, beside the slice that the thread is given.
    pub subsol: u64,
    /// Each 32 bytes of call data that a thread is given.
    pub subsol_word: u64,
    /// `JOIN`.
    pub join: u64,
    /// `SLEEP`.
    pub sleep: u64,
    /// Each step of sleep.
    pub sleep_step: u64,
    /// `REVERTT`.
    pub revertt: u64,
    /// `AFTERW`, `AFTERR` and `AFTERA`.
    pub after: u64,
    /// `RR` and `RPHASH`.
    pub record: u64,
    /// Each read or write that is recorded, beside what it costs anyhow.
    pub record_operation: u64,
    /// Each recorded operation that is hashed; `WHASH` and `RHASH`.
    pub record_hash: u64,
    /// `RWS`.
    pub record_set: u64,
    /// Each location in the read/write set that `RWS` gives.
    pub record_location: u64,
}

/// The file that holds where a genesis names no other.
const DEFAULT_FILE: &str = include_str!("../thread-gas.json");

impl ThreadGas {
    /// Prices above this are refused: it is more than a block has, and sums of a few stay far below 2^64.
    pub const PRICE_MAX: u64 = 1 << 40;

    /// Reads the file. Whatever is missing, negative, fractional, unknown or above [`Self::PRICE_MAX`] is an error, and so
    /// is a thread, a word of its call data, a step of sleep or a recorded operation that costs nothing: it would be work or
    /// memory without a price.
    pub fn from_json(json: &str) -> Result<Self, ThreadGasError> {
        let gas: Self = serde_json::from_str(json).map_err(|error| ThreadGasError::Json(error.to_string()))?;
        let prices = [
            ("subsol", gas.subsol),
            ("subsolWord", gas.subsol_word),
            ("join", gas.join),
            ("sleep", gas.sleep),
            ("sleepStep", gas.sleep_step),
            ("revertt", gas.revertt),
            ("after", gas.after),
            ("record", gas.record),
            ("recordOperation", gas.record_operation),
            ("recordHash", gas.record_hash),
            ("recordSet", gas.record_set),
            ("recordLocation", gas.record_location),
        ];
        match prices.into_iter().find(|(_, price)| *price > Self::PRICE_MAX) {
            Some((name, price)) => Err(ThreadGasError::TooHigh { name, price }),
            None if [gas.subsol, gas.subsol_word, gas.sleep_step, gas.record_operation].contains(&0) => {
                Err(ThreadGasError::Free)
            }
            None => Ok(gas),
        }
    }

    /// All prices the same.
    pub const fn uniform(price: u64) -> Self {
        Self {
            subsol: price,
            subsol_word: price,
            join: price,
            sleep: price,
            sleep_step: price,
            revertt: price,
            after: price,
            record: price,
            record_operation: price,
            record_hash: price,
            record_set: price,
            record_location: price,
        }
    }

    /// The hash by which a genesis names a file: Keccak-256 of its bytes.
    pub fn hash_of(json: &str) -> B256 {
        keccak256(json)
    }

    /// The hash of the public defaults.
    pub fn default_hash() -> B256 {
        Self::hash_of(DEFAULT_FILE)
    }
}

/// The public defaults.
impl Default for ThreadGas {
    fn default() -> Self {
        Self::from_json(DEFAULT_FILE).expect("the file is part of the source and tested")
    }
}

/// A table of prices that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ThreadGasError {
    /// Not JSON of this form.
    #[error("thread gas: {0}")]
    Json(String),
    /// More gas than any block has.
    #[error("thread gas: {name} is {price}, above {max}", max = ThreadGas::PRICE_MAX)]
    TooHigh {
        /// The entry.
        name: &'static str,
        /// What stands there.
        price: u64,
    },
    /// A thread, a word of its call data, a step of sleep or a recorded operation would cost nothing.
    #[error("thread gas: subsol, subsolWord, sleepStep and recordOperation must cost something")]
    Free,
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"{"subsol":1,"subsolWord":2,"join":3,"sleep":4,"sleepStep":5,"revertt":6,"after":7,"record":8,
        "recordOperation":9,"recordHash":10,"recordSet":11,"recordLocation":12}"#;

    #[test]
    fn the_defaults_are_read_and_cost_something() {
        let gas = ThreadGas::default();
        assert!(gas.subsol > 0 && gas.join > 0 && gas.sleep_step > 0);
        assert_eq!(ThreadGas::default_hash(), keccak256(DEFAULT_FILE));
    }

    #[test]
    fn every_entry_is_read_from_its_name() {
        let gas = ThreadGas::from_json(WHOLE).expect("it is whole");
        let expected = ThreadGas {
            subsol: 1,
            subsol_word: 2,
            join: 3,
            sleep: 4,
            sleep_step: 5,
            revertt: 6,
            after: 7,
            record: 8,
            record_operation: 9,
            record_hash: 10,
            record_set: 11,
            record_location: 12,
        };
        assert_eq!(gas, expected);
        assert_eq!(ThreadGas::uniform(3).record_location, 3);
    }

    #[test]
    fn what_is_missing_negative_or_otherwise_no_price_is_refused() {
        for name in [
            "subsol",
            "subsolWord",
            "join",
            "sleep",
            "sleepStep",
            "revertt",
            "after",
            "record",
            "recordOperation",
            "recordHash",
            "recordSet",
            "recordLocation",
        ] {
            let mut entries = WHOLE.split(['{', ',', '}']).map(str::trim);
            let entry = entries.find(|entry| entry.starts_with(&format!("\"{name}\":")));
            let entry = entry.expect("it is stated");
            for bad in ["-1", "1.5", "\"1\"", "null", "18446744073709551616"] {
                let json = WHOLE.replace(entry, &format!("\"{name}\":{bad}"));
                assert!(matches!(ThreadGas::from_json(&json), Err(ThreadGasError::Json(_))), "{json}");
            }
            let json = WHOLE.replace(entry, "\"other\":1");
            assert!(matches!(ThreadGas::from_json(&json), Err(ThreadGasError::Json(_))), "{json}");
            let json = WHOLE.replace(entry, &format!("\"{name}\":{}", ThreadGas::PRICE_MAX + 1));
            assert!(matches!(ThreadGas::from_json(&json), Err(ThreadGasError::TooHigh { .. })), "{json}");
        }
        for free in ["\"subsol\":1", "\"subsolWord\":2", "\"sleepStep\":5", "\"recordOperation\":9"] {
            let (name, _) = free.split_once(':').expect("an entry");
            let json = WHOLE.replace(free, &format!("{name}:0"));
            assert_eq!(ThreadGas::from_json(&json), Err(ThreadGasError::Free));
        }
        for json in ["", "[]", "null", "{}", "{\"subsol\":1}"] {
            assert!(matches!(ThreadGas::from_json(json), Err(ThreadGasError::Json(_))), "{json:?}");
        }
    }
}
