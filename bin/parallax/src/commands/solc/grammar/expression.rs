//! Keywords inside expressions: the one that has a value, and those that have none.

use super::Reader;
use crate::commands::solc::{
    complaint::Complaint,
    keyword::Keyword,
    phrase::{Meaning, Phrase, Places},
    token::Kind,
};

const STATEMENT: &str = "give it a statement of its own; `join [name]` has the value of a thread";
const ALONE: &str =
    "write `f(..) rr;` for a call `f(..)` whose value nobody takes, or `rr` behind a function's parameters";

impl Reader<'_, '_> {
    /// An expression, or several with signs between them.
    pub(super) fn expression(&mut self, places: &Places) {
        for at in places.clone() {
            match self.keyword(at) {
                Some(keyword) if keyword.is_join() && self.text(at + 1) == "[" => self.join(keyword, at),
                Some(keyword) if keyword.is_record() && self.asks_to_record(at, places.end) => {
                    self.complain(self.no_record(at, "what is recorded is a statement of its own").help(ALONE));
                }
                Some(keyword) if keyword.is_record() => {}
                None => {}
                Some(_) if self.is_statement(at) => {
                    let message = format!("`{}` is a statement, and has no value", self.text(at));
                    self.complain(Complaint::new(self.script.span(at), message).help(STATEMENT));
                }
                Some(_) => {}
            }
        }
    }

    fn join(&mut self, keyword: Keyword, at: usize) {
        let close = self.script.partner(at + 1);
        if close == at + 2 {
            let message = "expected the name of a thread between the brackets";
            return self.complain(Complaint::new(self.script.spans(&(at + 1..close + 1)), message));
        }
        let name = at + 2..close;
        let mut end = close + 1;
        let types = (self.text(end) == "(").then(|| end + 1..self.script.partner(end));
        let meaning = match (keyword, types) {
            (Keyword::Tryjoin, Some(types)) => {
                let message = "`tryjoin` gives the status and the output as bytes, and takes no types";
                let help = "use `abi.decode` on the output once the status is known";
                return self.complain(Complaint::new(self.script.spans(&types), message).help(help));
            }
            (Keyword::Tryjoin, None) => Meaning::TryJoin { name },
            (_, Some(types)) if types.is_empty() => {
                let message = "expected the types of the results between the parentheses";
                return self.complain(Complaint::new(self.script.spans(&(end..end + 2)), message));
            }
            (_, types) => {
                end = types.as_ref().map_or(end, |types| types.end + 1);
                Meaning::Join { name, types }
            }
        };
        if self.script.is_word(end) || self.script.kind(end) == Some(Kind::Number) {
            let message = format!("nothing follows `{} [name]` but types in parentheses", self.text(at));
            return self.complain(Complaint::new(self.script.span(end), message).help("as in `join [1] (uint256)`"));
        }
        self.phrases.push(Phrase { places: at..end, meaning });
    }

    /// Whether a keyword that has no value is followed as only a keyword can be: by something that no sign parts from it.
    fn is_statement(&self, at: usize) -> bool {
        let mut next = at + 1;
        if self.text(at) == "subsol" && self.script.is_word(next) {
            return matches!(self.text(next + 1), "(" | "{" | ".");
        }
        while self.text(next) == "[" {
            next = self.script.after(next);
        }
        next > at + 1 && matches!(self.script.kind(next), Some(Kind::Word | Kind::Number))
    }

    /// Whether `rr`, `rwr` or `rphash` stands behind a call, alone or in brackets.
    fn asks_to_record(&self, at: usize, end: usize) -> bool {
        let is_bracketed = self.script.before(at) == "[" && self.text(at + 1) == "]";
        let (first, next) = if is_bracketed { (at - 1, at + 2) } else { (at, at + 1) };
        let is_last = next == end || matches!(self.text(next), ")" | ",");
        self.script.before(first) == ")" && (is_last || self.keyword(next).is_some_and(Keyword::is_record))
    }
}
