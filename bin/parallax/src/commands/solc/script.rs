//! A source as tokens, with the partner of every bracket.

use super::{
    complaint::Complaint,
    token::{self, Kind, Token},
};
use std::ops::Range;

/// Brackets inside brackets, at most. The compiler gives up long before.
const NESTING_MAX: usize = 512;

/// A source that was taken apart. Places in it are numbers of tokens; beyond the last there is nothing.
#[derive(Debug)]
pub(crate) struct Script<'a> {
    pub(crate) source: &'a str,
    tokens: Vec<Token>,
    /// For each bracket the place of its partner.
    partners: Vec<usize>,
}

impl<'a> Script<'a> {
    /// Takes a source apart.
    ///
    /// # Errors
    ///
    /// A comment, a string or a bracket has no end; or brackets are nested beyond measure.
    pub(crate) fn new(source: &'a str) -> Result<Self, Complaint> {
        let tokens = token::tokens(source)?;
        let partners = partners(source, &tokens)?;
        Ok(Self { source, tokens, partners })
    }

    /// How many tokens there are.
    pub(crate) fn len(&self) -> usize {
        self.tokens.len()
    }

    /// What stands at a place; nothing beyond the last and inside strings.
    pub(crate) fn text(&self, at: usize) -> &'a str {
        self.tokens
            .get(at)
            .filter(|token| token.kind != Kind::Text)
            .map_or("", |token| &self.source[token.span.clone()])
    }

    /// What stands before a place.
    pub(crate) fn before(&self, at: usize) -> &'a str {
        at.checked_sub(1).map_or("", |at| self.text(at))
    }

    /// The kind of what stands at a place.
    pub(crate) fn kind(&self, at: usize) -> Option<Kind> {
        self.tokens.get(at).map(|token| token.kind)
    }

    /// Whether a word stands there.
    pub(crate) fn is_word(&self, at: usize) -> bool {
        self.kind(at) == Some(Kind::Word)
    }

    /// The bytes of a place; the end of the source beyond the last.
    pub(crate) fn span(&self, at: usize) -> Range<usize> {
        self.tokens.get(at).map_or(self.source.len()..self.source.len(), |token| token.span.clone())
    }

    /// The bytes of some places, from the first to the last of them.
    pub(crate) fn spans(&self, places: &Range<usize>) -> Range<usize> {
        match places.is_empty() {
            true => self.span(places.start).start..self.span(places.start).start,
            false => self.span(places.start).start..self.span(places.end - 1).end,
        }
    }

    /// What a string says between its quotes; `None` where no string stands.
    pub(crate) fn string(&self, at: usize) -> Option<&'a str> {
        let token = self.tokens.get(at).filter(|token| token.kind == Kind::Text)?;
        Some(&self.source[token.span.start + 1..token.span.end - 1])
    }

    /// The place of a bracket's partner.
    pub(crate) fn partner(&self, at: usize) -> usize {
        self.partners[at]
    }

    /// The place after the group that begins here, or after this one token.
    pub(crate) fn after(&self, at: usize) -> usize {
        if matches!(self.text(at), "(" | "[" | "{") { self.partner(at) + 1 } else { at + 1 }
    }
}

fn partners(source: &str, tokens: &[Token]) -> Result<Vec<usize>, Complaint> {
    let mut partners = vec![0; tokens.len()];
    let mut open: Vec<usize> = Vec::new();
    let text = |at: usize| &source[tokens[at].span.clone()];
    for (at, token) in tokens.iter().enumerate().filter(|(_, token)| token.kind == Kind::Sign) {
        let opening = match text(at) {
            "(" | "[" | "{" if open.len() == NESTING_MAX => {
                return Err(Complaint::new(token.span.clone(), "brackets are nested too deep"));
            }
            "(" | "[" | "{" => {
                open.push(at);
                continue;
            }
            ")" => "(",
            "]" => "[",
            "}" => "{",
            _ => continue,
        };
        let Some(partner) = open.pop() else {
            return Err(Complaint::new(token.span.clone(), format!("nothing opens this `{}`", text(at))));
        };
        if text(partner) != opening {
            return Err(Complaint::new(
                tokens[partner].span.clone(),
                format!("nothing closes this `{}`", text(partner)),
            ));
        }
        (partners[partner], partners[at]) = (at, partner);
    }
    match open.pop() {
        Some(at) => Err(Complaint::new(tokens[at].span.clone(), format!("nothing closes this `{}`", text(at)))),
        None => Ok(partners),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_know_their_partners() {
        let script = Script::new("a(b[c]{d}) \"(\"").expect("they are paired");
        let at = |sign| (0..script.len()).find(|at| script.text(*at) == sign).expect("it is there");
        for (open, close) in [("(", ")"), ("[", "]"), ("{", "}")] {
            assert_eq!((script.partner(at(open)), script.partner(at(close))), (at(close), at(open)));
            assert_eq!(script.after(at(open)), at(close) + 1);
        }
    }

    #[test]
    fn brackets_without_a_partner_are_told() {
        let deep = "(".repeat(1000);
        for (source, span, message) in [
            ("f() { a(b; }", 7..8, "nothing closes this `(`"),
            ("f() }", 4..5, "nothing opens this `}`"),
            ("f() {", 4..5, "nothing closes this `{`"),
            (deep.as_str(), 512..513, "brackets are nested too deep"),
        ] {
            assert_eq!(Script::new(source).expect_err("it is not paired"), Complaint::new(span, message));
        }
    }
}
