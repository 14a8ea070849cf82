//! Numbers as the fixtures write them: hexadecimal with any number of leading zeros, or empty for zero.

use std::borrow::Cow;

use primitives::{Address, U256};
use serde::{Deserialize, Deserializer, de::Error};

/// A number below 2^64.
pub(super) fn u64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    narrow(number(&text(deserializer)?).map_err(D::Error::custom)?)
}

/// As [`u64()`], where the key may be absent or null.
pub(super) fn optional_u64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    optional_u256(deserializer)?.map(narrow).transpose()
}

/// Numbers below 2^64.
pub(super) fn u64s<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u64>, D::Error> {
    let texts: Vec<Cow<'_, str>> = Deserialize::deserialize(deserializer)?;
    texts.iter().map(|text| number(text).map_err(D::Error::custom).and_then(narrow)).collect()
}

/// A number below 2^128.
pub(super) fn u128<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
    narrow(number(&text(deserializer)?).map_err(D::Error::custom)?)
}

/// As [`u128()`], where the key may be absent or null.
pub(super) fn optional_u128<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u128>, D::Error> {
    optional_u256(deserializer)?.map(narrow).transpose()
}

/// A number below 2^256.
pub(super) fn u256<'de, D: Deserializer<'de>>(deserializer: D) -> Result<U256, D::Error> {
    number(&text(deserializer)?).map_err(D::Error::custom)
}

/// As [`u256()`], where the key may be absent or null.
pub(super) fn optional_u256<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<U256>, D::Error> {
    let text: Option<Cow<'_, str>> = Deserialize::deserialize(deserializer)?;
    text.map(|text| number(&text).map_err(D::Error::custom)).transpose()
}

/// Numbers that may deliberately be too large for 256 bits; those are `None`.
pub(super) fn unbounded_u256s<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Option<U256>>, D::Error> {
    let texts: Vec<Cow<'_, str>> = Deserialize::deserialize(deserializer)?;
    texts.iter().map(|text| unbounded(text).map_err(D::Error::custom)).collect()
}

/// An address, or empty text for none.
pub(super) fn optional_address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Address>, D::Error> {
    let text: Option<Cow<'_, str>> = Deserialize::deserialize(deserializer)?;
    match text.as_deref() {
        None | Some("" | "0x") => Ok(None),
        Some(text) => text.parse().map(Some).map_err(D::Error::custom),
    }
}

/// The fixtures mark a number that is too large on purpose with `0x:bigint 0x...`.
fn unbounded(text: &str) -> Result<Option<U256>, String> {
    match text.strip_prefix("0x:bigint ") {
        Some(big) => Ok(number(big).ok()),
        None => number(text).map(Some),
    }
}

pub(super) fn number(text: &str) -> Result<U256, String> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let parsed = match digits {
        Some("") => return Ok(U256::ZERO),
        Some(digits) => U256::from_str_radix(digits, 16),
        None if text.is_empty() => return Ok(U256::ZERO),
        None => U256::from_str_radix(text, 10),
    };
    parsed.map_err(|error| format!("{text:?} is not a number below 2^256: {error}"))
}

fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Cow<'de, str>, D::Error> {
    Deserialize::deserialize(deserializer)
}

fn narrow<N: TryFrom<U256>, E: Error>(number: U256) -> Result<N, E> {
    N::try_from(number).map_err(|_| E::custom(format_args!("{number:#x} is too large here")))
}
