//! The console of contracts: what they write to it, as text.
//!
//! A library of Hardhat and forge turns `console.log("sum %d", 5)` into a static call of an address that has no code. So
//! execution knows nothing of it, and the console is an eye on calls of that address:
//!
//! ```text
//!  eth_call, eth_estimateGas ──▶ Console beside the call
//!  a block ──▶ its access list names the address? ──▶ the block once more, with Console beside it
//! ```
//!
//! Law: nothing that runs is changed, and a block that does not call the address is not looked at again.
//!
//! Limits: lines and their bytes are bounded, what is beyond is counted; bytes that are no call of the library are shown
//! as they are, in hexadecimal.

mod arguments;
mod format;
mod signatures;

use crate::execution::stage::StageContext;
use primitives::{Address, alloy_primitives::address, alloy_primitives::hex};
use revm::{
    Inspector,
    interpreter::{CallInputs, CallOutcome, interpreter::EthInterpreter},
};

/// Whom the library calls: `console.log` in ASCII.
pub const ADDRESS: Address = address!("000000000000000000636F6e736F6c652e6c6f67");

/// Lines of one transaction or call, at most.
const LINES_MAX: usize = 1_000;

/// Bytes of these lines, at most. The line that passes it is cut.
const BYTES_MAX: usize = 256 << 10;

/// Hears what one transaction or call writes.
#[derive(Debug, Default)]
pub struct Console {
    is_deaf: bool,
    lines: Vec<String>,
    bytes: usize,
    omitted: usize,
}

impl Console {
    /// One that hears nothing, where nobody asks.
    pub fn deaf() -> Self {
        Self { is_deaf: true, ..Self::default() }
    }

    /// What was written, a line for each call, at the end how many lines were left out.
    pub fn into_lines(mut self) -> Vec<String> {
        if self.omitted > 0 {
            self.lines.push(format!("... and {} more lines", self.omitted));
        }
        self.lines
    }

    fn hear(&mut self, input: &[u8]) {
        let left = BYTES_MAX - self.bytes;
        if self.lines.len() == LINES_MAX || left == 0 {
            self.omitted += 1;
            return;
        }
        let line = cut(text(&input[..input.len().min(BYTES_MAX)]), left);
        self.bytes += line.len();
        self.lines.push(line);
    }
}

impl Inspector<StageContext<'_>, EthInterpreter> for Console {
    fn call(&mut self, context: &mut StageContext<'_>, inputs: &mut CallInputs) -> Option<CallOutcome> {
        if inputs.target_address == ADDRESS && !self.is_deaf {
            self.hear(&inputs.input.as_bytes(context));
        }
        None
    }
}

/// The line that a call of the console stands for.
fn text(input: &[u8]) -> String {
    let values = input.split_first_chunk().and_then(|(selector, data)| {
        let kinds = signatures::kinds(*selector)?;
        arguments::decode(kinds, data)
    });
    values.map_or_else(|| hex::encode_prefixed(input), |values| format::line(&values))
}

/// No more than this many bytes of a text, and whole characters.
fn cut(mut text: String, bytes_max: usize) -> String {
    text.truncate(text.floor_char_boundary(bytes_max));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use primitives::{B256, U256, keccak256};

    /// A call with words as they stand, after the selector of a signature.
    fn input(signature: &str, words: &[&[u8]]) -> Vec<u8> {
        let mut input = keccak256(signature)[..4].to_vec();
        for word in words {
            let mut padded = [0; 32];
            padded[..word.len()].copy_from_slice(word);
            input.extend(padded);
        }
        input
    }

    fn number(value: u64) -> [u8; 32] {
        B256::from(U256::from(value)).0
    }

    #[test]
    fn calls_are_told_as_the_library_means_them() {
        assert_eq!(text(&input("log()", &[])), "");
        assert_eq!(text(&input("log(uint256)", &[&number(5)])), "5");
        assert_eq!(text(&input("log(uint)", &[&number(5)])), "5", "the selector of the old library");
        assert_eq!(text(&input("log(int256)", &[&[0xff; 32]])), "-1");
        assert_eq!(text(&input("log(bool,bool)", &[&number(1), &number(0)])), "true false");
        assert_eq!(text(&input("log(bytes2)", &[b"\xab\xcd"])), "0xabcd");
        let address = ADDRESS.into_word();
        assert_eq!(text(&input("log(address)", &[address.as_slice()])), ADDRESS.to_string());
        let greeting = [number(64), number(7), number(2)];
        let words: Vec<&[u8]> = greeting.iter().map(<[u8; 32]>::as_slice).chain([b"hi".as_slice()]).collect();
        assert_eq!(text(&input("log(string,uint256)", &words)), "hi 7");
        assert_eq!(text(&input("log(bytes)", &[&number(32), &number(1), b"\x07"])), "0x07");
    }

    #[test]
    fn what_is_no_call_of_the_library_is_shown_as_it_is() {
        assert_eq!(text(&[]), "0x");
        assert_eq!(text(&[1, 2, 3]), "0x010203");
        assert_eq!(text(&[0; 5]), "0x0000000000");
        let short = input("log(uint256,uint256)", &[&number(1)]);
        assert_eq!(text(&short), hex::encode_prefixed(&short));
        for offset in [31, 32, 33, u64::MAX] {
            let lost = input("log(string)", &[&number(offset), &number(u64::MAX)]);
            assert_eq!(text(&lost), hex::encode_prefixed(&lost), "{offset}");
        }
    }

    #[test]
    fn lines_and_bytes_have_a_bound_and_what_is_beyond_is_counted() {
        let mut console = Console::default();
        for _ in 0..=LINES_MAX {
            console.hear(&input("log(uint256)", &[&number(5)]));
        }
        let lines = console.into_lines();
        assert_eq!((lines.len(), lines[LINES_MAX].as_str()), (LINES_MAX + 1, "... and 1 more lines"));

        let mut console = Console::default();
        let long = vec![0; BYTES_MAX];
        console.hear(&long);
        console.hear(&long);
        let lines = console.into_lines();
        assert_eq!((lines[0].len(), lines[1].as_str()), (BYTES_MAX, "... and 1 more lines"));
        assert_eq!(cut("ä".to_owned(), 1), "");
    }
}
