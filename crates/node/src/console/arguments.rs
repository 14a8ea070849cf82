//! Arguments of a call of the console, by the ABI.
//!
//! ```text
//!  word 0   a value, or where one of any length lies: 32 bytes of its length, then the bytes
//!  word 1   ..
//! ```

use primitives::{Address, Bytes, U256, alloy_primitives::I256};

/// What an argument is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `uint256`.
    Uint,
    /// `int256`.
    Int,
    /// `bool`.
    Bool,
    /// `address`.
    Address,
    /// `string`.
    String,
    /// `bytes`.
    Bytes,
    /// `bytes1` to `bytes32`.
    Fixed(usize),
}

/// An argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Uint(U256),
    Int(I256),
    Bool(bool),
    Address(Address),
    String(String),
    Bytes(Bytes),
}

/// Reads arguments of these kinds; `None` where they are not whole. What follows them is not looked at.
pub(super) fn decode(kinds: &[Kind], data: &[u8]) -> Option<Vec<Value>> {
    kinds.iter().enumerate().map(|(index, kind)| value(*kind, index, data)).collect()
}

fn value(kind: Kind, index: usize, data: &[u8]) -> Option<Value> {
    let word = word(data, index * 32)?;
    let number = U256::from_be_bytes(*word);
    Some(match kind {
        Kind::Uint => Value::Uint(number),
        Kind::Int => Value::Int(I256::from_raw(number)),
        Kind::Bool => Value::Bool(!number.is_zero()),
        Kind::Address => Value::Address(Address::from_slice(&word[12..])),
        Kind::String => Value::String(String::from_utf8_lossy(tail(number, data)?).into_owned()),
        Kind::Bytes => Value::Bytes(Bytes::copy_from_slice(tail(number, data)?)),
        Kind::Fixed(length) => Value::Bytes(Bytes::copy_from_slice(word.get(..length)?)),
    })
}

/// The bytes that lie at an offset, behind their length.
fn tail(offset: U256, data: &[u8]) -> Option<&[u8]> {
    let start = usize::try_from(offset).ok()?;
    let length = usize::try_from(U256::from_be_bytes(*word(data, start)?)).ok()?;
    data.get(start + 32..)?.get(..length)
}

fn word(data: &[u8], at: usize) -> Option<&[u8; 32]> {
    data.get(at..)?.first_chunk()
}
