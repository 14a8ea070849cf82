//! Where a source uses threads: what the grammar finds and the rewriting replaces.
//!
//! ```text
//!  statement = {order} "subsol" ["[" name "]"] call ";"
//!            | order {order} call ";"                             the paper's spelling; a thread without a name
//!            | "sleep" "[" name "]" steps ";"
//!            | "revertt" "[" name "]" ";"
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
    Sleep { name: Places, steps: Places },
    Withdraw { name: Places },
    Join { name: Places, types: Option<Places> },
    TryJoin { name: Places },
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
