//! Turns the keywords into calls that the compiler knows, and remembers where everything came from.
//!
//! ```text
//!  subsol [1] f{gas: g}(x);      __parallax_subsol(1, g, abi.encodeCall(this.f, (x)));
//!  subsol [1] f(x);              __parallax_subsol(1, gasleft() / 2, abi.encodeCall(this.f, (x)));
//!  subsol f(x);                  __parallax_unnamed(gasleft() / 2, abi.encodeCall(this.f, (x)));
//!  aftera [1] subsol [2] f(x);   __parallax_aftera(__parallax_subsol(2, ..), 1);
//!  join [1] (uint256)            abi.decode(__parallax_join(1), (uint256))
//!  f(x) rr;                      { bool __parallax_recorded = __parallax_rr(true); f(x);
//!                                  __parallax_rr(__parallax_recorded); }
//!  function f() rr {             function f() { __parallax_rr(true);
//! ```
//!
//! What is called is `threads.sol` and, where something is recorded, `records.sol`. The author's own text is copied byte for byte; a source without keywords is left as
//! it is.

use super::{
    complaint::Complaint,
    grammar,
    keyword::Keyword,
    phrase::{Gas, Meaning, Order, Phrase, Places, Record, Spawn},
    script::Script,
};
use std::ops::Range;

/// The name under which the compiler is given [`LIBRARY`].
pub(crate) const LIBRARY_NAME: &str = "parallax/threads.sol";
/// What the keywords become calls of.
pub(crate) const LIBRARY: &str = include_str!("threads.sol");
/// The name of [`RECORDS`], which the compiler is given where a source needs it.
pub(crate) const RECORDS_NAME: &str = "parallax/records.sol";
/// What the keywords of records become calls of.
pub(crate) const RECORDS: &str = include_str!("records.sol");

const IMPORT: &str = "\nimport {__parallax_subsol, __parallax_unnamed, __parallax_sleep, __parallax_revertt, \
    __parallax_afterw, __parallax_afterr, __parallax_aftera, __parallax_join, __parallax_tryjoin} from \
    \"parallax/threads.sol\";\n";

const RECORDS_IMPORT: &str = "import {__parallax_rr, __parallax_rphash} from \"parallax/records.sol\";\n";

/// A source that the compiler understands.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Rewritten {
    pub(crate) text: String,
    /// In order; they cover the text.
    pieces: Vec<Piece>,
    /// Whether it needs [`RECORDS`].
    pub(crate) records: bool,
}

#[derive(Debug, PartialEq, Eq)]
struct Piece {
    /// The byte of the text at which it begins.
    start: usize,
    /// The bytes of the author's source that it is, or that it stands for.
    origin: Range<usize>,
    is_copy: bool,
}

impl Rewritten {
    /// What the author wrote where the compiler found these bytes.
    pub(crate) fn origin(&self, span: &Range<usize>) -> Range<usize> {
        let Some((first, start)) = self.piece(span.start) else { return 0..0 };
        let start = if first.is_copy { start } else { first.origin.start };
        let end = match self.piece(span.end.saturating_sub(1).max(span.start)) {
            Some((last, end)) if last.is_copy => end + 1,
            Some((last, _)) => last.origin.end,
            None => start,
        };
        start..end.max(start)
    }

    /// The piece that a byte is in, and the byte of the source if it is a copy.
    fn piece(&self, at: usize) -> Option<(&Piece, usize)> {
        let next = self.pieces.partition_point(|piece| piece.start <= at);
        let piece = self.pieces.get(next.checked_sub(1)?)?;
        Some((piece, (piece.origin.start + at - piece.start).min(piece.origin.end)))
    }
}

/// Rewrites a source.
///
/// # Errors
///
/// Every mistake in the use of threads.
pub(crate) fn rewrite(script: &Script<'_>) -> Result<Rewritten, Vec<Complaint>> {
    let phrases = grammar::phrases(script)?;
    let mut writer = Writer { script, phrases: &phrases, text: String::new(), pieces: Vec::new() };
    let whole = 0..script.source.len();
    writer.bytes(whole.clone(), &(0..script.len()));
    if !phrases.is_empty() {
        writer.say(IMPORT, whole.end..whole.end);
    }
    let records = phrases.iter().any(|phrase| matches!(phrase.meaning, Meaning::Body(_) | Meaning::Begin(_)));
    if records {
        writer.say(RECORDS_IMPORT, whole.end..whole.end);
    }
    Ok(Rewritten { text: writer.text, pieces: writer.pieces, records })
}

struct Writer<'a, 'b> {
    script: &'b Script<'a>,
    /// In the order of their first places.
    phrases: &'b [Phrase],
    text: String,
    pieces: Vec<Piece>,
}

impl Writer<'_, '_> {
    fn copy(&mut self, origin: Range<usize>) {
        if !origin.is_empty() {
            self.pieces.push(Piece { start: self.text.len(), origin: origin.clone(), is_copy: true });
            self.text.push_str(&self.script.source[origin]);
        }
    }

    fn say(&mut self, text: &str, origin: Range<usize>) {
        self.pieces.push(Piece { start: self.text.len(), origin, is_copy: false });
        self.text.push_str(text);
    }

    /// Some places of the source, with the phrases in them rewritten.
    fn places(&mut self, places: &Places) {
        self.bytes(self.script.spans(places), places);
    }

    fn bytes(&mut self, bytes: Range<usize>, places: &Places) {
        let mut at = bytes.start;
        let mut next = self.phrases.partition_point(|phrase| phrase.places.start < places.start);
        while let Some(phrase) = self.phrases.get(next).filter(|phrase| phrase.places.start < places.end) {
            let span = self.script.spans(&phrase.places);
            self.copy(at..span.start);
            self.phrase(phrase);
            at = span.end;
            let behind = self.phrases.partition_point(|other| other.places.start < phrase.places.end);
            next = behind.max(next + 1);
        }
        self.copy(at..bytes.end);
    }

    fn phrase(&mut self, phrase: &Phrase) {
        let word = self.script.span(phrase.places.start);
        let semicolon = self.script.span(phrase.places.end - 1);
        match &phrase.meaning {
            Meaning::Spawn(spawn) => self.statement(spawn, word, semicolon),
            Meaning::Sleep { name, steps } => {
                self.say("__parallax_sleep(", word.clone());
                self.places(name);
                self.say(", ", word);
                self.places(steps);
                self.say(");", semicolon);
            }
            Meaning::Withdraw { name } => {
                self.say("__parallax_revertt(", word);
                self.places(name);
                self.say(");", semicolon);
            }
            Meaning::Join { name, types: None } => self.call("__parallax_join(", name, word),
            Meaning::Join { name, types: Some(types) } => {
                self.say("abi.decode(", word.clone());
                self.call("__parallax_join(", name, word.clone());
                self.say(", (", word.clone());
                self.places(types);
                self.say("))", word);
            }
            Meaning::TryJoin { name } => self.call("__parallax_tryjoin(", name, word),
            Meaning::Word => {}
            Meaning::Body(record) => {
                self.copy(word.clone());
                for (function, _) in switches(*record) {
                    self.say(&format!(" {function}(true);"), word.clone());
                }
            }
            Meaning::Begin(record) => {
                self.say("{ ", word.clone());
                for (function, was) in switches(*record) {
                    self.say(&format!("bool {was} = {function}(true); "), word.clone());
                }
            }
            Meaning::End(record) => {
                self.say(";", word.clone());
                for (function, was) in switches(*record) {
                    self.say(&format!(" {function}({was});"), word.clone());
                }
                self.say(" }", semicolon);
            }
        }
    }

    fn call(&mut self, function: &str, argument: &Places, word: Range<usize>) {
        self.say(function, word.clone());
        self.places(argument);
        self.say(")", word);
    }

    /// A spawn with its orders. The slot of a variable is known to assembly only, which makes a block of the statement.
    fn statement(&mut self, spawn: &Spawn, word: Range<usize>, semicolon: Range<usize>) {
        let variables: Vec<usize> = spawn.orders.iter().filter_map(|order| order.variable).collect();
        for (number, variable) in variables.iter().enumerate() {
            let block = if number == 0 { "{ " } else { "" };
            let head = format!("{block}uint256 __parallax_slot{number}; assembly (\"memory-safe\") {{ ");
            self.say(&format!("{head}__parallax_slot{number} := "), word.clone());
            self.copy(self.script.span(*variable));
            self.say(".slot } ", self.script.span(*variable));
        }
        for order in spawn.orders.iter().rev() {
            self.say(order_function(order.keyword), word.clone());
        }
        self.spawn(spawn, &word);
        let mut slot = 0;
        for Order { earlier, variable, .. } in &spawn.orders {
            self.say(", ", word.clone());
            self.places(earlier);
            if variable.is_some() {
                self.say(&format!(", __parallax_slot{slot}"), word.clone());
                slot += 1;
            }
            self.say(")", word.clone());
        }
        self.say(if variables.is_empty() { ";" } else { "; }" }, semicolon);
    }

    fn spawn(&mut self, spawn: &Spawn, word: &Range<usize>) {
        match &spawn.name {
            Some(name) => {
                self.say("__parallax_subsol(", word.clone());
                self.places(name);
                self.say(", ", word.clone());
            }
            None => self.say("__parallax_unnamed(", word.clone()),
        }
        match &spawn.gas {
            Gas::Said(gas) => self.places(gas),
            Gas::Share(parts) => self.say(&format!("gasleft() / {parts}"), word.clone()),
        }
        let function = self.script.span(spawn.function);
        let close = self.script.span(spawn.arguments.end);
        self.say(", abi.encodeCall(this.", function.clone());
        self.copy(function);
        self.say(", (", self.script.span(spawn.arguments.start - 1));
        self.places(&spawn.arguments);
        self.say(")))", close);
    }
}

/// The functions that turn a record on and off, each with a name for what it was.
fn switches(record: Record) -> impl Iterator<Item = (&'static str, &'static str)> {
    let operations = record.operations.then_some(("__parallax_rr", "__parallax_recorded"));
    operations.into_iter().chain(record.hashes.then_some(("__parallax_rphash", "__parallax_hashed")))
}

const fn order_function(keyword: Keyword) -> &'static str {
    match keyword {
        Keyword::Afterw => "__parallax_afterw(",
        Keyword::Afterr => "__parallax_afterr(",
        _ => "__parallax_aftera(",
    }
}

#[cfg(test)]
mod tests;
