//! Finds where a source uses threads, and every misuse of a keyword.
//!
//! It knows of the language what statements are, since keywords that act are statements, and leaves all else to the
//! compiler. The grammar is that of [`super::phrase`].

mod call;
mod expression;
mod record;
mod thread;

use super::{
    complaint::Complaint,
    keyword::{Declared, Keyword},
    phrase::{Gas, Meaning, Phrase, Record},
    script::Script,
};

/// Statements inside statements, at most.
const DEPTH_MAX: usize = 512;

/// Reads a whole source.
///
/// # Errors
///
/// Every mistake that was found, in the order of the source.
pub(crate) fn phrases(script: &Script<'_>) -> Result<Vec<Phrase>, Vec<Complaint>> {
    let declared = Declared::of(script);
    let mut reader = Reader { script, declared, phrases: Vec::new(), complaints: Vec::new(), depth: 0 };
    reader.file();
    if reader.complaints.is_empty() {
        reader.phrases.sort_by_key(|phrase| phrase.places.start);
        return Ok(reader.phrases);
    }
    reader.complaints.sort_by_key(|complaint| complaint.span.start);
    Err(reader.complaints)
}

/// What stands before a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loops {
    Inside,
    Outside,
}

struct Reader<'a, 'b> {
    script: &'b Script<'a>,
    declared: Declared<'a>,
    phrases: Vec<Phrase>,
    complaints: Vec<Complaint>,
    depth: usize,
}

impl<'a> Reader<'a, '_> {
    fn text(&self, at: usize) -> &'a str {
        self.script.text(at)
    }

    fn keyword(&self, at: usize) -> Option<Keyword> {
        self.declared.keyword(self.script, at)
    }

    fn complain(&mut self, complaint: Complaint) {
        self.complaints.push(complaint);
    }

    /// The file, its contracts, and the headers of their functions.
    fn file(&mut self) {
        let mut at = 0;
        while at < self.script.len() {
            at = match self.text(at) {
                "function" | "constructor" | "modifier" | "fallback" | "receive" => self.function(at),
                _ => {
                    self.outside(at);
                    at + 1
                }
            };
        }
        let script = self.script;
        for at in (0..script.len()).filter(|at| script.text(*at).starts_with("__parallax")) {
            let message = "names that begin with `__parallax` are taken";
            self.complain(Complaint::new(script.span(at), message));
        }
    }

    /// A token that belongs to no function.
    fn outside(&mut self, at: usize) {
        if self.keyword(at).is_some_and(|keyword| !keyword.is_record()) && self.text(at + 1) == "[" {
            let message = format!("`{}` stands outside a function", self.text(at));
            let help = "threads belong to a call; use them in the body of a function";
            self.complain(Complaint::new(self.script.span(at), message).help(help));
        }
    }

    /// A function from its first word, and its body if it has one. Gives the place behind it.
    fn function(&mut self, first: usize) -> usize {
        let mut at = first + 1;
        let mut record = Record::default();
        let mut words = Vec::new();
        while at < self.script.len() {
            match self.text(at) {
                "{" => {
                    match words.first() {
                        Some(word) if matches!(self.text(first), "constructor" | "modifier") => {
                            self.complain(self.no_record(*word, "a constructor and a modifier record nothing"));
                        }
                        _ => self.header(words, record, at),
                    }
                    self.body(at);
                    return self.script.after(at);
                }
                ";" | "=" | "}" => {
                    if let Some(word) = words.first() {
                        self.complain(self.no_record(*word, "a function without a body records nothing"));
                    }
                    return at;
                }
                _ => {
                    let keyword = self.keyword(at).filter(|keyword| keyword.is_record());
                    if let Some(keyword) = keyword.filter(|_| self.is_header_word(first, at)) {
                        record.add(keyword);
                        words.push(at);
                    }
                }
            }
            at = self.script.after(at);
        }
        at
    }

    /// Takes the words that ask for a record out of a header, and puts what they ask for behind the brace.
    fn header(&mut self, words: Vec<usize>, record: Record, brace: usize) {
        if words.is_empty() {
            return;
        }
        self.phrases.extend(words.into_iter().map(|at| Phrase { places: at..at + 1, meaning: Meaning::Word }));
        self.phrases.push(Phrase { places: brace..brace + 1, meaning: Meaning::Body(record) });
    }

    /// Whether a word is not the function's own name.
    fn is_header_word(&self, first: usize, at: usize) -> bool {
        at > first + 1 || self.text(at + 1) != "("
    }

    /// A body. Its threads that were not given gas share what there is.
    fn body(&mut self, open: usize) {
        let first = self.phrases.len();
        self.block(open, Loops::Outside);
        let shares = self.phrases[first..].iter_mut().filter_map(|phrase| match &mut phrase.meaning {
            Meaning::Spawn(spawn) => match &mut spawn.gas {
                Gas::Share(parts) => Some(parts),
                Gas::Said(_) => None,
            },
            _ => None,
        });
        // The last takes one half of what is left, the one before it one third, ...: all the same, and the same is left.
        for (later, parts) in shares.rev().enumerate() {
            *parts = later + 2;
        }
    }

    fn block(&mut self, open: usize, loops: Loops) -> usize {
        let close = self.script.partner(open);
        let mut at = open + 1;
        while at < close {
            at = self.statement(at, close, loops).max(at + 1);
        }
        close + 1
    }

    /// A statement that ends before `end`. Gives the place behind it.
    fn statement(&mut self, at: usize, end: usize, loops: Loops) -> usize {
        if at >= end {
            return end;
        }
        if self.depth == DEPTH_MAX {
            self.complain(Complaint::new(self.script.span(at), "statements are nested too deep"));
            return end;
        }
        self.depth += 1;
        let next = self.nested(at, end, loops);
        self.depth -= 1;
        next
    }

    fn nested(&mut self, at: usize, end: usize, loops: Loops) -> usize {
        match (self.text(at), self.text(at + 1)) {
            ("{", _) => self.block(at, loops),
            ("unchecked", "{") => self.block(at + 1, loops),
            ("if", "(") => {
                let body = self.group(at + 1);
                let next = self.statement(body, end, loops);
                if self.text(next) == "else" { self.statement(next + 1, end, loops) } else { next }
            }
            ("for" | "while", "(") => {
                let body = self.group(at + 1);
                self.statement(body, end, Loops::Inside)
            }
            ("do", _) => self.statement(at + 1, end, Loops::Inside),
            ("assembly", _) => self.assembly(at, end),
            ("try" | "catch", _) => {
                let open = self.block_behind(at, end);
                self.expression(&(at + 1..open));
                if open < end { self.block(open, loops) } else { end }
            }
            _ => match self.keyword(at) {
                Some(keyword) if self.acts(keyword, at) => self.acting(at, end, loops),
                _ => {
                    let next = self.end_of_statement(at, end);
                    self.plain(at, next);
                    next + 1
                }
            },
        }
    }

    /// What stands in parentheses. Gives the place behind them.
    fn group(&mut self, open: usize) -> usize {
        let close = self.script.partner(open);
        self.expression(&(open + 1..close));
        close + 1
    }

    /// The semicolon of the statement that stands here, or the end of its block.
    fn end_of_statement(&self, mut at: usize, end: usize) -> usize {
        while at < end && self.text(at) != ";" {
            at = self.script.after(at);
        }
        at.min(end)
    }

    /// The block that follows an expression. Braces that hold options of a call begin with a name and a colon.
    fn block_behind(&self, mut at: usize, end: usize) -> usize {
        while at < end && (self.text(at) != "{" || self.text(at + 2) == ":") {
            at = self.script.after(at);
        }
        at.min(end)
    }

    fn assembly(&mut self, at: usize, end: usize) -> usize {
        let Some(open) = (at..end).find(|at| self.text(*at) == "{") else { return end };
        let close = self.script.partner(open);
        for at in open..close {
            if self.keyword(at).is_some() && self.text(at + 1) == "[" {
                let message = format!("`{}` has no place in assembly", self.text(at));
                self.complain(Complaint::new(self.script.span(at), message).help("close the assembly before it"));
            }
        }
        close + 1
    }
}

#[cfg(test)]
mod tests;
