//! Where a source uses threads: what the grammar finds and the rewriting replaces.
//!
//! ```text
//!  statement = {order} "subsol" ["[" name "]"] call ";"
//!            | order {order} call ";"                             the paper's spelling; a thread without a name
//!            | "sleep" "[" name "]" steps ";"
//!            | "revertt" "[" name "]" ";"
//!            | expression {record} ";"                            a call, as a rule
//!  record    = "rr" | "rphash" | "[" "rr" "]" | "[" "rphash" "]"  behind a function's parameters too, or before its name
//!  order     = ("afterw" | "afterr") "[" earlier "]" "[" variable "]"
//!            | "aftera" "[" earlier "]"
//!  call      = ["this" "."] function ["{" "gas" ":" gas "}"] "(" [arguments] ")"
//!  value     = ("join" | "tryjoin") "[" name "]" ["(" types ")"]  anywhere in an expression; types for join only
//! ```
//!
//! `name`, `earlier`, `steps`, `gas` and the arguments are expressions of the language, in which joins may stand.

use super::keyword::Keyword;
use std::ops::Range;

/// Places in a script.
pub(crate) type Places = Range<usize>;

/// One use of threads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Phrase {
    /// From its first word to its last. The semicolon belongs to a statement.
    pub(crate) places: Places,
    pub(crate) meaning: Meaning,
}

/// What a phrase says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    Spawn(Spawn),
    Sleep {
        name: Places,
        steps: Places,
    },
    Withdraw {
        name: Places,
    },
    Join {
        name: Places,
        types: Option<Places>,
    },
    TryJoin {
        name: Places,
    },
    /// The brace that opens the body of a function that records.
    Body(Record),
    /// A word of a header that the brace stands for.
    Word,
    /// The beginning of a statement during which is recorded, before its first word.
    Begin(Record),
    /// Its end: the words that say so, and the semicolon.
    End(Record),
}

/// What is recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Record {
    /// Reads and writes.
    pub(crate) operations: bool,
    /// Their hashes.
    pub(crate) hashes: bool,
}

impl Record {
    /// Has a keyword its way.
    pub(crate) const fn add(&mut self, keyword: Keyword) {
        match keyword {
            Keyword::Rr => self.operations = true,
            Keyword::Rphash => self.hashes = true,
            _ => {}
        }
    }

    /// Whether anything is.
    pub(crate) const fn is_any(self) -> bool {
        self.operations || self.hashes
    }
}

/// A thread to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spawn {
    pub(crate) orders: Vec<Order>,
    pub(crate) name: Option<Places>,
    /// The function's name.
    pub(crate) function: usize,
    pub(crate) gas: Gas,
    /// What stands between the parentheses.
    pub(crate) arguments: Places,
}

/// What a thread is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Gas {
    /// What the author says.
    Said(Places),
    /// An equal share: what is left, divided by this number.
    Share(usize),
}

/// An earlier thread that is to end first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    /// One of the three that order.
    pub(crate) keyword: Keyword,
    pub(crate) earlier: Places,
    /// The variable's name.
    pub(crate) variable: Option<usize>,
}
