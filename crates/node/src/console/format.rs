//! A line of the console: placeholders of a first text are filled in, what is left over follows.
//!
//! | placeholder | shows |
//! |---|---|
//! | `%s` | the value as it is |
//! | `%d` | a number: of `true` 1, of what is none `NaN` |
//! | `%i` | a number; of what is none `NaN` |
//! | `%o` | the value, a text in quotes |
//! | `%x` | a number or bytes in hexadecimal |
//! | `%e` | a number with its zeros as an exponent: 1500 is `1.5e3` |
//! | `%%` | `%` |
//!
//! One for which there is no argument stays as it stands, as does a text that is alone.

use super::arguments::Value;
use primitives::U256;
use std::fmt::Write;

/// What is shown where a number is asked for and there is none.
const NO_NUMBER: &str = "NaN";

/// The line of a call.
pub(super) fn line(values: &[Value]) -> String {
    let (mut line, mut rest) = (String::new(), values);
    if let [Value::String(pattern), others @ ..] = values
        && !others.is_empty()
    {
        rest = fill(pattern, others, &mut line);
    } else if let [first, others @ ..] = values {
        line = plain(first);
        rest = others;
    }
    for value in rest {
        line.push(' ');
        line += &plain(value);
    }
    line
}

/// Writes a pattern with its placeholders filled in; gives the values that it did not use.
fn fill<'v>(pattern: &str, mut values: &'v [Value], line: &mut String) -> &'v [Value] {
    let mut letters = pattern.chars().peekable();
    while let Some(letter) = letters.next() {
        let next = letters.peek().copied().filter(|_| letter == '%');
        let filled = match (next, values) {
            (Some('%'), _) => "%".to_owned(),
            (Some(kind @ ('s' | 'd' | 'i' | 'o' | 'O' | 'x' | 'e')), [value, rest @ ..]) => {
                values = rest;
                shown(kind, value)
            }
            _ => {
                line.push(letter);
                continue;
            }
        };
        letters.next();
        *line += &filled;
    }
    values
}

fn shown(kind: char, value: &Value) -> String {
    match (kind, value) {
        ('s', value) => plain(value),
        ('o' | 'O', Value::String(text)) => format!("'{text}'"),
        ('o' | 'O', value) => plain(value),
        ('d', Value::Bool(is_true)) => u8::from(*is_true).to_string(),
        ('d' | 'i', Value::Uint(_) | Value::Int(_)) => plain(value),
        ('x', Value::Uint(number)) => format!("{number:#x}"),
        ('x', Value::Int(number)) => signed(number.is_negative(), &format!("{:#x}", number.unsigned_abs())),
        ('x', Value::Address(_) | Value::Bytes(_)) => plain(value).to_lowercase(),
        ('e', Value::Uint(number)) => exponent(*number),
        ('e', Value::Int(number)) => signed(number.is_negative(), &exponent(number.unsigned_abs())),
        _ => NO_NUMBER.to_owned(),
    }
}

fn signed(is_negative: bool, text: &str) -> String {
    if is_negative { format!("-{text}") } else { text.to_owned() }
}

fn exponent(number: U256) -> String {
    let digits = number.to_string();
    let (first, others) = digits.split_at(1);
    let others_shown = others.trim_end_matches('0');
    let mut text = first.to_owned();
    if !others_shown.is_empty() {
        text.push('.');
    }
    // Writing to a text does not fail.
    let _ = write!(text, "{others_shown}e{}", others.len());
    text
}

fn plain(value: &Value) -> String {
    match value {
        Value::Uint(number) => number.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Bool(is_true) => is_true.to_string(),
        Value::Address(address) => address.to_string(),
        Value::String(text) => text.clone(),
        Value::Bytes(bytes) => bytes.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use primitives::{Address, Bytes, alloy_primitives::I256};

    fn text(text: &str) -> Value {
        Value::String(text.to_owned())
    }

    #[test]
    fn placeholders_are_filled_in_and_the_rest_follows() {
        let number = |number: u64| Value::Uint(U256::from(number));
        let negative = Value::Int(I256::try_from(-255).expect("a number"));
        let bytes = Value::Bytes(Bytes::from_static(&[0xab]));
        let check = |pattern: &str, values: &[Value], expected: &str| {
            let all = [&[text(pattern)], values].concat();
            assert_eq!(line(&all), expected, "{pattern}");
        };
        check("100%", &[], "100%");
        check("%s and %%", &[], "%s and %%");
        check("%s and %s", &[text("one")], "one and %s");
        check("sum", &[number(5), text("of"), Value::Bool(true)], "sum 5 of true");
        check("%d %i %x", &[number(255), number(7), number(255)], "255 7 0xff");
        check("%d %x %e", &[negative.clone(), negative.clone(), negative], "-255 -0xff -2.55e2");
        check("%d %i", &[Value::Bool(true), Value::Bool(true)], "1 NaN");
        check("%d %x", &[text("one"), text("one")], "NaN NaN");
        check("%o %s", &[text("one"), text("one")], "'one' one");
        check("%x %s", &[bytes.clone(), bytes], "0xab 0xab");
        check("%e %e %e", &[number(1500), number(0), number(10)], "1.5e3 0e0 1e1");
        check("100%% %", &[number(1)], "100% % 1");
        check("%q %", &[number(1)], "%q % 1");
        check("%s", &[Value::Address(Address::ZERO)], "0x0000000000000000000000000000000000000000");
        assert_eq!(line(&[number(1), text("%s"), number(2)]), "1 %s 2");
        assert_eq!(line(&[]), "");
    }
}
