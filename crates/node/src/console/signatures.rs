//! The functions of the console's library, by their selectors.
//!
//! They are made from their signatures: up to four arguments of four kinds, and one of each further kind alone. The first
//! library computed its selectors from `uint` and `int`, which are no names of the ABI; contracts that were compiled with
//! it are still there, so both spellings are known.

use super::arguments::Kind;
use primitives::keccak256;
use std::{collections::BTreeMap, sync::LazyLock};

/// Arguments of one call, at most.
const ARGUMENTS_MAX: usize = 4;

/// Made when a contract writes for the first time.
static SIGNATURES: LazyLock<BTreeMap<[u8; 4], Vec<Kind>>> = LazyLock::new(signatures);

/// What a function takes; `None` if it is not the library's.
pub(super) fn kinds(selector: [u8; 4]) -> Option<&'static [Kind]> {
    SIGNATURES.get(&selector).map(Vec::as_slice)
}

fn signatures() -> BTreeMap<[u8; 4], Vec<Kind>> {
    let mut known = BTreeMap::new();
    let mut add = |arguments: &[(&str, Kind)]| {
        let names: Vec<&str> = arguments.iter().map(|(name, _)| *name).collect();
        let hash = keccak256(format!("log({})", names.join(",")));
        known.insert([hash[0], hash[1], hash[2], hash[3]], arguments.iter().map(|(_, kind)| *kind).collect());
    };
    let text = ("string", Kind::String);
    for (unsigned, signed) in [("uint256", "int256"), ("uint", "int")] {
        let each = [(unsigned, Kind::Uint), text, ("bool", Kind::Bool), ("address", Kind::Address)];
        for arguments in sequences(&each) {
            add(&arguments);
        }
        let signed = (signed, Kind::Int);
        add(&[signed]);
        add(&[text, signed]);
    }
    add(&[("bytes", Kind::Bytes)]);
    for length in 1..=32 {
        add(&[(&format!("bytes{length}"), Kind::Fixed(length))]);
    }
    known
}

/// Every sequence of up to [`ARGUMENTS_MAX`] of these, the empty one first.
fn sequences<'n>(each: &[(&'n str, Kind)]) -> Vec<Vec<(&'n str, Kind)>> {
    let mut all = vec![Vec::new()];
    let mut from = 0;
    for _ in 0..ARGUMENTS_MAX {
        let longest = all[from..].to_vec();
        from = all.len();
        for sequence in longest {
            all.extend(each.iter().map(|one| [sequence.as_slice(), &[*one]].concat()));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_are_those_that_compiled_contracts_have() {
        for (selector, kinds) in [
            ([0x51, 0x97, 0x3e, 0xc9], vec![]),
            ([0x41, 0x30, 0x4f, 0xac], vec![Kind::String]),
            ([0xf8, 0x2c, 0x50, 0xf1], vec![Kind::Uint]),
            ([0xf5, 0xb1, 0xbb, 0xa9], vec![Kind::Uint]),
            ([0x2d, 0x5b, 0x6c, 0xb9], vec![Kind::Int]),
            ([0x4e, 0x0c, 0x1d, 0x1d], vec![Kind::Int]),
            ([0xb6, 0x0e, 0x72, 0xcc], vec![Kind::String, Kind::Uint]),
            ([0x97, 0x10, 0xa9, 0xd0], vec![Kind::String, Kind::Uint]),
            ([0x0b, 0xe7, 0x7f, 0x56], vec![Kind::Bytes]),
        ] {
            assert_eq!(super::kinds(selector), Some(kinds.as_slice()), "{selector:02x?}");
        }
        assert_eq!(super::kinds([0; 4]), None);
    }

    #[test]
    fn no_sequence_is_missing_and_no_two_share_a_selector() {
        assert_eq!(sequences(&[("bool", Kind::Bool); 4]).len(), 1 + 4 + 16 + 64 + 256);
        // Those without a number are the same in both spellings.
        let without_numbers = 1 + 3 + 9 + 27 + 81;
        assert_eq!(SIGNATURES.len(), 2 * 341 - without_numbers + 2 * 2 + 1 + 32);
    }
}
