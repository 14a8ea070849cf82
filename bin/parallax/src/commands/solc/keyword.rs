//! The keywords, and when a word is none of them.
//!
//! The keywords are words of their place only: a name may contain one, a member or a function may be called like one, and
//! in a file that declares a variable, type or modifier of such a name the word is that name, everywhere in the file.

use super::{script::Script, token::Kind};
use std::collections::BTreeSet;

/// A word that means something where threads are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Keyword {
    Subsol,
    Sleep,
    Revertt,
    Afterw,
    Afterr,
    Aftera,
    Join,
    Tryjoin,
    /// `rr`, and `rwr` as the paper's table has it: what is read and written is recorded.
    Rr,
    /// What is recorded is hashed too.
    Rphash,
}

impl Keyword {
    fn of(word: &str) -> Option<Self> {
        Some(match word {
            "subsol" => Self::Subsol,
            "sleep" => Self::Sleep,
            "revertt" => Self::Revertt,
            "afterw" => Self::Afterw,
            "afterr" => Self::Afterr,
            "aftera" => Self::Aftera,
            "join" => Self::Join,
            "tryjoin" => Self::Tryjoin,
            "rr" | "rwr" => Self::Rr,
            "rphash" => Self::Rphash,
            _ => return None,
        })
    }

    /// Whether it hands out the result of a thread.
    pub(crate) const fn is_join(self) -> bool {
        matches!(self, Self::Join | Self::Tryjoin)
    }

    /// Whether it asks for a record.
    pub(crate) const fn is_record(self) -> bool {
        matches!(self, Self::Rr | Self::Rphash)
    }

    /// Whether it orders one thread after another.
    pub(crate) const fn is_order(self) -> bool {
        matches!(self, Self::Afterw | Self::Afterr | Self::Aftera)
    }
}

/// The words that a file has for names of its own.
#[derive(Debug)]
pub(crate) struct Declared<'a>(BTreeSet<&'a str>);

/// Words after which a name is not being declared.
const NO_TYPES: [&str; 8] = ["return", "emit", "revert", "delete", "new", "else", "do", "is"];
/// Words after which a name is being declared, whatever follows it.
const DECLARING: [&str; 9] =
    ["struct", "enum", "contract", "interface", "library", "type", "event", "error", "modifier"];

impl<'a> Declared<'a> {
    /// Looks for declarations. A function needs none: a call of it cannot be taken for a keyword.
    pub(crate) fn of(script: &Script<'a>) -> Self {
        let is_declared = |at: &usize| {
            let before = script.before(*at);
            let is_after_type = matches!(before, "]" | ")")
                || at.checked_sub(1).is_some_and(|at| script.is_word(at)) && !NO_TYPES.contains(&before);
            let is_variable = is_after_type && matches!(script.text(at + 1), ";" | "=" | "," | ")");
            is_variable && !is_record_at_end(script, *at) || DECLARING.contains(&before)
        };
        let words = (0..script.len()).filter(|at| Keyword::of(script.text(*at)).is_some());
        Self(words.filter(is_declared).map(|at| script.text(at)).collect())
    }

    /// The words.
    pub(crate) fn words(&self) -> impl Iterator<Item = &'a str> {
        self.0.iter().copied()
    }

    /// The keyword at a place, if it is one and not the member of something.
    pub(crate) fn keyword(&self, script: &Script<'a>, at: usize) -> Option<Keyword> {
        let word = script.text(at);
        let keyword = Keyword::of(word).filter(|_| script.kind(at) == Some(Kind::Word))?;
        (script.before(at) != "." && !self.0.contains(word)).then_some(keyword)
    }
}

/// `f(x) rr;` looks like the declaration of a variable `rr`, and is not: nothing is declared with a type that is a call.
fn is_record_at_end(script: &Script<'_>, at: usize) -> bool {
    let is_record = |at: usize| Keyword::of(script.text(at)).is_some_and(Keyword::is_record);
    is_record(at) && {
        let mut back = at;
        while back > 0 && is_record(back) {
            back -= 1;
        }
        // `mapping (..) rr;` and `function (..) rr;` are types.
        script.text(back) == ")" && !matches!(script.before(script.partner(back)), "mapping" | "function")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(source: &str) -> Vec<&str> {
        Declared::of(&Script::new(source).expect("it is whole")).0.into_iter().collect()
    }

    #[test]
    fn a_declaration_makes_the_word_a_name() {
        for source in [
            "uint sleep;",
            "uint[] public sleep = x;",
            "mapping(address => uint) sleep;",
            "function f(uint sleep, uint b)",
            "function f(uint[] memory sleep)",
            "struct sleep { uint a; }",
            "modifier sleep() { _; }",
        ] {
            assert_eq!(declared(source), ["sleep"], "{source}");
        }
    }

    #[test]
    fn other_uses_do_not() {
        for source in [
            "function sleep(uint a) public {}",
            "a.sleep(1);",
            "return sleep;",
            "x = sleep;",
            "sleep [1] 1000;",
            "uint sleeping;",
            "\"uint sleep;\" // uint sleep;",
            "f(x) rr;",
            "f(x) rr rphash;",
        ] {
            assert_eq!(declared(source), [""; 0], "{source}");
        }
    }

    #[test]
    fn a_word_is_a_keyword_only_as_itself() {
        let script = Script::new("subsol a.subsol subsolid \"subsol\"").expect("it is whole");
        let declared = Declared::of(&script);
        let found: Vec<_> = (0..script.len()).filter_map(|at| declared.keyword(&script, at)).collect();
        assert_eq!(found, [Keyword::Subsol]);
    }
}
