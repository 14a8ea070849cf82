//! Words that ask for a record.

use super::Reader;
use crate::commands::solc::{
    complaint::Complaint,
    phrase::{Meaning, Phrase, Record},
};

/// Words that begin a statement behind whose call nothing is recorded: it may end, or begin, more than itself.
const NO_CALLS: [&str; 4] = ["return", "emit", "revert", "delete"];

impl Reader<'_, '_> {
    /// A statement that is none of threads, up to its semicolon: a call, or anything that the compiler may judge.
    pub(super) fn plain(&mut self, at: usize, semicolon: usize) {
        let (end, record) = self.records(at, semicolon);
        if !record.is_any() || self.text(semicolon) != ";" || !self.is_call(at, end) {
            return self.expression(&(at..semicolon));
        }
        self.phrases.push(Phrase { places: at..at, meaning: Meaning::Begin(record) });
        self.expression(&(at..end));
        self.phrases.push(Phrase { places: end..semicolon + 1, meaning: Meaning::End(record) });
    }

    /// The words at the end of a statement that ask for a record: where they begin, and what they ask for.
    fn records(&self, at: usize, semicolon: usize) -> (usize, Record) {
        let (mut end, mut record) = (semicolon, Record::default());
        loop {
            let (word, first) = match end.checked_sub(1).map(|last| self.text(last)) {
                Some("]") => (end.saturating_sub(2), end.saturating_sub(3)),
                _ => (end.saturating_sub(1), end.saturating_sub(1)),
            };
            let is_bracketed = word != first;
            match self.keyword(word).filter(|keyword| keyword.is_record()) {
                Some(keyword) if first > at && (!is_bracketed || self.text(first) == "[") => record.add(keyword),
                _ => return (end, record),
            }
            end = first;
        }
    }

    /// Whether what ends here is a call, and nothing but a call or an assignment of its value to what is there already.
    fn is_call(&self, at: usize, end: usize) -> bool {
        let declares = self.script.is_word(at) && self.script.is_word(at + 1);
        self.script.before(end) == ")" && !declares && !NO_CALLS.contains(&self.text(at))
    }

    /// The answer to a word that asks for a record where there can be none.
    pub(super) fn no_record(&self, at: usize, why: &str) -> Complaint {
        Complaint::new(self.script.span(at), format!("`{}` has no place here: {why}", self.text(at)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::solc::{keyword::Keyword, script::Script};

    #[test]
    fn both_words_may_be_asked_for_in_any_order() {
        let mut record = Record::default();
        assert!(!record.is_any());
        record.add(Keyword::Rphash);
        assert_eq!(record, Record { operations: false, hashes: true });
        record.add(Keyword::Rr);
        record.add(Keyword::Join);
        assert_eq!(record, Record { operations: true, hashes: true });
        let script = Script::new("function m() { f(x) rphash [rr] ; g(rr); }").expect("it is whole");
        let phrases = super::super::phrases(&script).expect("no mistake");
        assert_eq!(phrases.iter().map(|phrase| phrase.places.clone()).collect::<Vec<_>>(), [5..5, 9..14]);
    }
}
