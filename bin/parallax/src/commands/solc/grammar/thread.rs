//! Statements that act on threads.

use super::{Loops, Reader};
use crate::commands::solc::{
    complaint::Complaint,
    keyword::Keyword,
    phrase::{Gas, Meaning, Order, Phrase, Places, Spawn},
    token::Kind,
};

/// A statement that was read, or what is wrong with it.
pub(super) type Read<T> = Result<T, Complaint>;

impl Reader<'_, '_> {
    /// Whether the keyword that begins a statement acts there. Otherwise it is a name that another file declares:
    /// `sleep[1] = 2;` assigns, and so on.
    pub(super) fn acts(&self, keyword: Keyword, at: usize) -> bool {
        match keyword {
            Keyword::Subsol => self.text(at + 1) == "[" || self.script.is_word(at + 1),
            Keyword::Sleep | Keyword::Revertt | Keyword::Afterw | Keyword::Afterr | Keyword::Aftera => {
                self.text(at + 1) == "[" && !self.is_element(at)
            }
            Keyword::Join | Keyword::Tryjoin | Keyword::Rr | Keyword::Rphash => false,
        }
    }

    /// Whether an element of an array is used here as no keyword is.
    fn is_element(&self, at: usize) -> bool {
        let mut next = at + 1;
        while self.text(next) == "[" {
            next = self.script.after(next);
        }
        matches!(self.text(next), "=" | "+" | "-" | "*" | "/" | "%" | "|" | "&" | "^" | "<" | ">" | ".")
    }

    /// A statement that acts. Gives the place behind it, wherever it went wrong.
    pub(super) fn acting(&mut self, at: usize, end: usize, loops: Loops) -> usize {
        let semicolon = self.end_of_statement(at, end);
        let read = match self.keyword(at) {
            Some(Keyword::Sleep) => self.sleep(at, semicolon),
            Some(Keyword::Revertt) => self.revertt(at, semicolon),
            _ => self.spawn(at, semicolon, loops),
        };
        let read = read.and_then(|meaning| match self.text(semicolon) {
            ";" => Ok(meaning),
            _ => Err(Complaint::new(self.script.span(semicolon), "expected a semicolon before this")),
        });
        match read {
            Ok(meaning) => self.phrases.push(Phrase { places: at..semicolon + 1, meaning }),
            Err(complaint) => self.complain(complaint),
        }
        semicolon + 1
    }

    fn sleep(&mut self, at: usize, semicolon: usize) -> Read<Meaning> {
        let (name, steps) = self.brackets(at + 1, "the name of a thread")?;
        if steps == semicolon {
            let message = "`sleep` says no time";
            return Err(Complaint::new(self.script.span(semicolon), message).help("write `sleep [name] steps;`"));
        }
        self.expression(&(steps..semicolon));
        Ok(Meaning::Sleep { name, steps: steps..semicolon })
    }

    fn revertt(&mut self, at: usize, semicolon: usize) -> Read<Meaning> {
        let (name, next) = self.brackets(at + 1, "the name of a thread")?;
        self.nothing(next, semicolon)?;
        Ok(Meaning::Withdraw { name })
    }

    fn spawn(&mut self, first: usize, semicolon: usize, loops: Loops) -> Read<Meaning> {
        let mut at = first;
        let mut orders = Vec::new();
        while let Some(keyword) = self.keyword(at).filter(|keyword| keyword.is_order()) {
            let order;
            (order, at) = self.order(keyword, at)?;
            orders.push(order);
        }
        let mut name = None;
        if self.keyword(at) == Some(Keyword::Subsol) {
            at += 1;
            if self.text(at) == "[" {
                let (places, next) = self.brackets(at, "the name of the thread")?;
                (name, at) = (Some(places), next);
            }
            if self.keyword(at).is_some_and(Keyword::is_order) {
                let message = format!("`{}` stands before `subsol`", self.text(at));
                let help = "write `aftera [earlier] subsol [name] f(..);`";
                return Err(Complaint::new(self.script.span(at), message).help(help));
            }
        }
        let (call, next) = self.call(at)?;
        self.nothing(next, semicolon)?;
        if call.gas.is_none() && loops == Loops::Inside {
            let message = "a thread that is spawned in a loop is told its gas";
            let help = "write `f{gas: slice}(..)`, and divide what there is before the loop";
            return Err(Complaint::new(self.script.span(call.function), message).help(help));
        }
        let gas = call.gas.map_or(Gas::Share(0), Gas::Said);
        Ok(Meaning::Spawn(Spawn { orders, name, function: call.function, gas, arguments: call.arguments }))
    }

    fn order(&mut self, keyword: Keyword, at: usize) -> Read<(Order, usize)> {
        let (earlier, next) = self.brackets(at + 1, "the name of an earlier thread")?;
        if keyword == Keyword::Aftera {
            if self.text(next) == "[" {
                let message = "`aftera` waits for all variables, and takes none";
                return Err(Complaint::new(self.script.span(next), message).help("use `afterw` or `afterr` for one"));
            }
            return Ok((Order { keyword, earlier, variable: None }, next));
        }
        let (variable, next) = self.brackets(next, "the variable that is waited for")?;
        if variable.len() != 1 || self.script.kind(variable.start) != Some(Kind::Word) {
            let message = format!("`{}` waits for a state variable, by its name", self.text(at));
            return Err(Complaint::new(self.script.spans(&variable), message));
        }
        Ok((Order { keyword, earlier, variable: Some(variable.start) }, next))
    }

    /// What stands in brackets that must be there and hold something. Gives the place behind them.
    fn brackets(&mut self, open: usize, what: &str) -> Read<(Places, usize)> {
        if self.text(open) != "[" {
            return Err(Complaint::new(self.script.span(open), format!("expected {what} in brackets")));
        }
        let close = self.script.partner(open);
        if close == open + 1 {
            let span = self.script.spans(&(open..close + 1));
            return Err(Complaint::new(span, format!("expected {what} between the brackets")));
        }
        self.expression(&(open + 1..close));
        Ok((open + 1..close, close + 1))
    }

    /// Sees to it that a statement ends here.
    fn nothing(&self, at: usize, semicolon: usize) -> Read<()> {
        if at >= semicolon {
            return Ok(());
        }
        let record = if self.text(at) == "[" { at + 1 } else { at };
        if self.keyword(record).is_some_and(Keyword::is_record) {
            let help = "write it behind the parameters of the function that the thread runs";
            return Err(self.no_record(record, "a thread records where its function says so").help(help));
        }
        Err(Complaint::new(self.script.span(at), "expected the end of the statement"))
    }
}
