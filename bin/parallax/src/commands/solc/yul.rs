//! The compiler's intermediate code: calls that stand for an instruction become the instruction.
//!
//! `call(0x5061726100000000000000b1, a, b, 0, 0, 0, 0)` is `SLEEP` with two operands, and becomes
//! `verbatim_2i_1o(hex"b1", a, b)`, which the compiler carries through as it is, whatever its optimizer does around it.

use std::ops::Range;

/// What the numbers begin with that stand for instructions: `Para` and zeros.
const MARK: &str = "call(0x50617261000000000000";

/// Operands of the instructions that have a keyword. Each gives one value.
const OPERANDS: [(&str, usize); 9] =
    [("b0", 4), ("b1", 2), ("b2", 1), ("b3", 3), ("b4", 3), ("b5", 2), ("b6", 1), ("b7", 1), ("bd", 3)];

/// A call that no library of ours has written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the compiler's intermediate code has `{0}`, which no keyword becomes")]
pub(crate) struct UnknownCall(String);

/// Puts instructions in the place of the calls.
///
/// # Errors
///
/// A call looks like an instruction and is none.
pub(crate) fn with_instructions(code: &str) -> Result<String, UnknownCall> {
    let mut done = String::with_capacity(code.len());
    for line in code.split_inclusive('\n') {
        // Comments quote the source.
        match line.trim_start().starts_with("//") {
            true => done.push_str(line),
            false => instructions(line, &mut done)?,
        }
    }
    Ok(done)
}

fn instructions(line: &str, done: &mut String) -> Result<(), UnknownCall> {
    let mut rest = line;
    while let Some(at) = rest.find(MARK) {
        let call = &rest[at..];
        let unknown = || UnknownCall(call.chars().take(60).collect());
        let (operands, length) = operands(&call["call(".len()..]).ok_or_else(unknown)?;
        let (number, operands) = operands.split_first().ok_or_else(unknown)?;
        let byte = number.len().checked_sub(2).and_then(|at| number.get(at..)).ok_or_else(unknown)?;
        let (_, count) = OPERANDS.iter().find(|(known, _)| *known == byte).ok_or_else(unknown)?;
        let is_whole = operands.len() == 6 && operands[*count..].iter().all(|rest| *rest == "0");
        if !is_whole {
            return Err(unknown());
        }
        done.push_str(&rest[..at]);
        done.push_str(&format!("verbatim_{count}i_1o(hex\"{byte}\", {})", operands[..*count].join(", ")));
        rest = &call["call(".len() + length..];
    }
    done.push_str(rest);
    Ok(())
}

/// The operands of a call, and the bytes up to and with its closing parenthesis.
fn operands(text: &str) -> Option<(Vec<&str>, usize)> {
    let (mut operands, mut start, mut depth) = (Vec::new(), 0, 0_usize);
    for (at, sign) in text.bytes().enumerate() {
        match sign {
            b'(' => depth += 1,
            b')' if depth == 0 => {
                operands.push(text[start..at].trim());
                return Some((operands, at + 1));
            }
            b')' => depth -= 1,
            b',' if depth == 0 => {
                operands.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    None
}

/// The place in a source that a place in intermediate code was made from, as the compiler notes it: the source's name
/// and bytes. `None` where it notes nothing.
pub(crate) fn origin(code: &str, at: usize) -> Option<(String, Range<usize>)> {
    let before = code.get(..at)?;
    let note = before.rfind("/// @src ")? + "/// @src ".len();
    let mut numbers = code[note..].split([':', ' ', '\n']);
    let source = numbers.next()?;
    let start = numbers.next()?.parse().ok()?;
    let end = numbers.next()?.parse().ok()?;
    let names = before.rfind("/// @use-src ")? + "/// @use-src ".len();
    let names = code[names..].lines().next()?;
    let name = names.split(", ").find_map(|name| name.strip_prefix(source)?.strip_prefix(':'))?;
    Some((name.trim_matches('"').to_owned(), start..end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_that_stand_for_instructions_become_them() {
        for (code, expected) in [
            (
                "let a := call(0x5061726100000000000000b0, n, g, add(d, 32), mload(d), 0, 0)\n",
                "let a := verbatim_4i_1o(hex\"b0\", n, g, add(d, 32), mload(d))\n",
            ),
            ("x := call(0x5061726100000000000000b2, n, 0, 0, 0, 0, 0) y", "x := verbatim_1i_1o(hex\"b2\", n) y"),
            ("x := call(0x5061726100000000000000bd, n, 0, 0, 0, 0, 0)", "x := verbatim_3i_1o(hex\"bd\", n, 0, 0)"),
            ("call(gas(), a, 0, 0, 0, 0, 0)", "call(gas(), a, 0, 0, 0, 0, 0)"),
            (
                "/// @src 1:2:3  \"call(0x5061726100000000000000b2\"\n",
                "/// @src 1:2:3  \"call(0x5061726100000000000000b2\"\n",
            ),
        ] {
            assert_eq!(with_instructions(code).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn what_only_looks_like_one_is_refused() {
        for code in [
            "call(0x5061726100000000000000b8, n, 0, 0, 0, 0, 0)",
            "call(0x5061726100000000000000b2, n, 1, 0, 0, 0, 0)",
            "call(0x5061726100000000000000b2, n, 0)",
            "call(0x5061726100000000000000b2, n, 0",
        ] {
            assert!(with_instructions(code).is_err(), "{code}");
        }
    }

    #[test]
    fn a_place_in_the_code_has_a_place_in_the_source() {
        let code =
            "/// @use-src 0:\"a.sol\", 1:\"parallax/threads.sol\"\n/// @src 0:5:9  \"text\"\nlet x\n/// @src 1:7:8\ny";
        let at = |text| code.find(text).expect("it is there");
        assert_eq!(origin(code, at("let x")), Some(("a.sol".to_owned(), 5..9)));
        assert_eq!(origin(code, at("\ny") + 1), Some(("parallax/threads.sol".to_owned(), 7..8)));
        assert_eq!(origin(code, 3), None);
    }
}
