//! Where Solidity puts the entries of a mapping.

use primitives::{Address, U256, keccak256};

/// The slot of `mapping[key]` for a mapping that is declared at slot `base`: keccak256(key . base).
pub fn mapping_slot(key: U256, base: U256) -> U256 {
    let mut preimage = [0; 64];
    preimage[..32].copy_from_slice(&key.to_be_bytes::<32>());
    preimage[32..].copy_from_slice(&base.to_be_bytes::<32>());
    keccak256(preimage).into()
}

/// The slot of `mapping[outer][inner]` with addresses as keys.
pub fn nested_mapping_slot(outer: Address, inner: Address, base: U256) -> U256 {
    mapping_slot(word(inner), mapping_slot(word(outer), base))
}

/// An address as a word, in the low bytes.
pub(super) fn word(address: Address) -> U256 {
    address.into_word().into()
}
