//! Words, numbers, strings and signs of a source. Comments and white space belong to no token, and what stands in a
//! string is one token, so that nothing in either is ever taken for a keyword.

use super::complaint::Complaint;
use std::ops::Range;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A name or a word of the language.
    Word,
    /// What begins with a digit.
    Number,
    /// A string with its quotes.
    Text,
    /// One character that is nothing else.
    Sign,
}

/// A piece of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    /// Bytes of the source.
    pub(crate) span: Range<usize>,
}

/// Takes a source apart.
///
/// # Errors
///
/// A comment or a string has no end.
pub(crate) fn tokens(source: &str) -> Result<Vec<Token>, Complaint> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = source[at..].chars().next() {
        let rest = &source[at..];
        let (kind, length) = match first {
            _ if first.is_whitespace() || first == '\u{feff}' => (None, first.len_utf8()),
            '/' if rest.starts_with("//") => (None, rest.find(['\n', '\r']).unwrap_or(rest.len())),
            '/' if rest.starts_with("/*") => {
                let end = rest[2..].find("*/").ok_or_else(|| Complaint::new(at..at + 2, "this comment has no end"))?;
                (None, end + 4)
            }
            '"' | '\'' => {
                let length = string(rest, first).ok_or_else(|| Complaint::new(at..at + 1, "this string has no end"))?;
                (Some(Kind::Text), length)
            }
            _ if first.is_ascii_digit() => (Some(Kind::Number), word(rest)),
            _ if is_of_word(first) => (Some(Kind::Word), word(rest)),
            _ => (Some(Kind::Sign), first.len_utf8()),
        };
        tokens.extend(kind.map(|kind| Token { kind, span: at..at + length }));
        at += length;
    }
    Ok(tokens)
}

const fn is_of_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '$')
}

/// Bytes of the word that a text begins with.
fn word(text: &str) -> usize {
    text.find(|letter| !is_of_word(letter)).unwrap_or(text.len())
}

/// Bytes of the string that a text begins with, or `None` if its line ends first.
fn string(text: &str, quote: char) -> Option<usize> {
    let mut letters = text.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => {
                letters.next();
            }
            '\n' | '\r' => return None,
            _ if letter == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<&str> {
        tokens(source).expect("it ends").into_iter().map(|token| &source[token.span]).collect()
    }

    #[test]
    fn words_numbers_and_signs_are_apart() {
        assert_eq!(
            texts("subsol[1]f{gas:0xff}(a$_1,1_000);"),
            ["subsol", "[", "1", "]", "f", "{", "gas", ":", "0xff", "}", "(", "a$_1", ",", "1_000", ")", ";"]
        );
        assert_eq!(texts("subsolid sub_sol $subsol"), ["subsolid", "sub_sol", "$subsol"]);
    }

    #[test]
    fn nothing_is_read_in_comments_and_strings() {
        assert_eq!(texts("a // subsol [1] f();\nb"), ["a", "b"]);
        assert_eq!(texts("a /* \" subsol \n ' */ b /**/ c"), ["a", "b", "c"]);
        assert_eq!(texts(r#"a = "subsol [1] \" // f"; 'x"'"#), ["a", "=", r#""subsol [1] \" // f""#, ";", r#"'x"'"#]);
        assert_eq!(texts("\u{feff}é \"ü\" //ä"), ["é", "\"ü\""]);
    }

    #[test]
    fn what_has_no_end_is_told_where_it_begins() {
        for (source, at, message) in [
            ("a /* b", 2, "this comment has no end"),
            ("a /*/", 2, "this comment has no end"),
            ("x = \"b;\n\";", 4, "this string has no end"),
            ("'\\", 0, "this string has no end"),
        ] {
            let complaint = tokens(source).expect_err("it has no end");
            assert_eq!((complaint.span.start, complaint.message.as_str()), (at, message), "{source}");
        }
    }
}
