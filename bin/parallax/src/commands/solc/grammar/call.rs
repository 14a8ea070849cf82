//! The call of a function as a thread.

use super::{Reader, thread::Read};
use crate::commands::solc::{complaint::Complaint, phrase::Places};

/// A function and what it is given.
pub(super) struct Call {
    pub(super) function: usize,
    pub(super) gas: Option<Places>,
    pub(super) arguments: Places,
}

const OWN: &str = "write `f(..)` for a public or external function `f` of the contract that spawns";

impl Reader<'_, '_> {
    /// A call, and the place behind it.
    pub(super) fn call(&mut self, at: usize) -> Read<(Call, usize)> {
        let is_this = self.text(at) == "this" && self.text(at + 1) == ".";
        let function = if is_this { at + 2 } else { at };
        if !self.script.is_word(function) {
            return Err(
                Complaint::new(self.script.span(function), "expected the function that the thread runs").help(OWN)
            );
        }
        if self.text(function + 1) == "." || matches!(self.text(function), "this" | "super" | "new") {
            let span = self.script.spans(&(function..function + 1));
            return Err(Complaint::new(span, "a thread runs a function of its own contract").help(OWN));
        }
        let mut at = function + 1;
        let gas = self.gas(at)?;
        if gas.is_some() {
            at = self.script.after(at);
        }
        if self.text(at) != "(" {
            let message = format!("expected the arguments of `{}` in parentheses", self.text(function));
            return Err(Complaint::new(self.script.span(at), message));
        }
        let close = self.script.partner(at);
        if self.text(at + 1) == "{" {
            let message = "the arguments of a thread are given by their order, not by their names";
            return Err(Complaint::new(self.script.span(at + 1), message));
        }
        self.expression(&(at + 1..close));
        Ok((Call { function, gas, arguments: at + 1..close }, close + 1))
    }

    /// `{gas: ..}`, if there are options.
    fn gas(&mut self, open: usize) -> Read<Option<Places>> {
        if self.text(open) != "{" {
            return Ok(None);
        }
        let close = self.script.partner(open);
        let mut gas = None;
        let mut at = open + 1;
        while at < close {
            let comma = self.comma(at, close);
            match (self.text(at), self.text(at + 1)) {
                ("gas", ":") if gas.is_none() && at + 2 < comma => gas = Some(at + 2..comma),
                ("value", ":") => return Err(Complaint::new(self.script.span(at), "a thread carries no value")),
                _ => return Err(Complaint::new(self.script.span(at), "a thread is given `gas: ..` and nothing else")),
            }
            at = comma + 1;
        }
        let Some(gas) = gas else {
            let span = self.script.spans(&(open..close + 1));
            return Err(Complaint::new(span, "expected `gas: ..` between the braces"));
        };
        self.expression(&gas);
        Ok(Some(gas))
    }

    fn comma(&self, mut at: usize, end: usize) -> usize {
        while at < end && self.text(at) != "," {
            at = self.script.after(at);
        }
        at
    }
}
