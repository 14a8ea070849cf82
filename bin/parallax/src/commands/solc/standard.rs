//! The compiler's standard JSON: what it is given, and what it tells.

use super::{
    diagnostic::{Diagnostic, Place, Severity, Speaker},
    rewrite::{LIBRARY, LIBRARY_NAME, RECORDS, RECORDS_NAME},
    sources::{Remapping, Source, Sources},
    yul,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{collections::BTreeMap, ops::Range};

/// What the author chose.
#[derive(Debug)]
pub(crate) struct Choices<'a> {
    pub(crate) evm_version: &'a str,
    pub(crate) runs: u32,
    pub(crate) remappings: &'a [Remapping],
}

/// The name of the intermediate code, as the compiler is given it.
const YUL_NAME: &str = "contract.yul";

const MEMBER: &str = "a thread runs a public or external function of the contract that spawns it";
const OVERLOAD: &str = "a thread is spawned by the function's name alone: give one of the functions another";

/// The input that turns sources into intermediate code and all that authors are told.
pub(crate) fn solidity(sources: &Sources, main: &str, choices: &Choices<'_>) -> Value {
    let texts = sources.all.iter().map(|(name, source)| (name.as_str(), source.rewritten.text.as_str()));
    // Only where it is needed: a source that records nothing gives the code that it always gave.
    let records = sources.all.values().any(|source| source.rewritten.records).then_some((RECORDS_NAME, RECORDS));
    let texts: BTreeMap<&str, Value> = texts
        .chain([(LIBRARY_NAME, LIBRARY)])
        .chain(records)
        .map(|(name, text)| (name, json!({ "content": text })))
        .collect();
    let remappings = choices.remappings.iter().map(|Remapping { prefix, target }| format!("{prefix}={target}"));
    json!({
        "language": "Solidity",
        "sources": texts,
        "settings": {
            "optimizer": { "enabled": true, "runs": choices.runs },
            "evmVersion": choices.evm_version,
            "remappings": remappings.collect::<Vec<_>>(),
            "metadata": { "appendCBOR": false, "bytecodeHash": "none" },
            "outputSelection": { main: { "*": ["abi", "ir", "metadata", "storageLayout", "evm.methodIdentifiers"] } },
        },
    })
}

/// The input that turns intermediate code into code for the machine.
pub(crate) fn assembly(code: &str, choices: &Choices<'_>) -> Value {
    json!({
        "language": "Yul",
        "sources": { YUL_NAME: { "content": code } },
        "settings": {
            "optimizer": { "enabled": true, "runs": choices.runs, "details": { "yul": true } },
            "evmVersion": choices.evm_version,
            "outputSelection": { "*": { "*": ["evm.bytecode", "evm.deployedBytecode"] } },
        },
    })
}

/// What the compiler gives.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Output {
    #[serde(default)]
    errors: Vec<Told>,
    /// By source and name.
    #[serde(default)]
    pub(crate) contracts: BTreeMap<String, BTreeMap<String, Value>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    severity: String,
    message: String,
    error_code: Option<String>,
    source_location: Option<Location>,
    #[serde(default)]
    secondary_source_locations: Vec<Location>,
}

/// Bytes of a source; below zero if the whole of it is meant.
#[derive(Clone, Debug, Deserialize)]
struct Location {
    file: String,
    #[serde(default)]
    start: i64,
    #[serde(default)]
    end: i64,
    message: Option<String>,
}

impl Output {
    /// All that the compiler tells an author, in the author's own lines. What it tells of our library alone is left out
    /// unless it is an error.
    pub(crate) fn diagnostics(&self, sources: &Sources) -> Vec<Diagnostic> {
        let is_library = |location: &Location| [LIBRARY_NAME, RECORDS_NAME].contains(&location.file.as_str());
        let of_library = |told: &&Told| told.source_location.as_ref().is_some_and(is_library);
        let told = self.errors.iter().filter(|told| told.severity == "error" || !of_library(told));
        told.map(|told| told.diagnostic(sources)).collect()
    }

    /// What went wrong with the intermediate code of a contract, where the author wrote what it comes from.
    pub(crate) fn failures(&self, contract: &str, code: &str, sources: &Sources) -> Vec<Diagnostic> {
        let failed = self.errors.iter().filter(|told| told.severity == "error");
        failed
            .map(|told| {
                let thrown = told.thrown();
                let location = thrown.as_ref().and_then(|(_, location)| location.clone());
                let location = location.or_else(|| told.source_location.as_ref()?.noted_in(code));
                let mut diagnostic = told.at(location.as_ref(), sources);
                if let Some((message, _)) = thrown {
                    diagnostic.message = message;
                }
                diagnostic.notes.push(format!("note: while the code of `{contract}` was made"));
                diagnostic
            })
            .collect()
    }
}

impl Told {
    /// What an exception of the compiler says, and where. This is how it tells that a stack is too deep.
    fn thrown(&self) -> Option<(String, Option<Location>)> {
        let (_, what) = self.message.split_once("std::exception::what: ")?;
        let (what, tags) = what.split_once("\n[").unwrap_or((what, ""));
        let location = tags.split_once("tag_sourceLocation*] = ").and_then(|(_, place)| {
            let (file, span) = place.lines().next()?.strip_suffix(']')?.rsplit_once('[')?;
            let (start, end) = span.split_once(',')?;
            Some(Location { file: file.to_owned(), start: start.parse().ok()?, end: end.parse().ok()?, message: None })
        });
        Some((what.to_owned(), location))
    }

    fn diagnostic(&self, sources: &Sources) -> Diagnostic {
        let mut diagnostic = self.at(self.source_location.as_ref(), sources);
        diagnostic.notes = self.secondary_source_locations.iter().filter_map(|second| note(second, sources)).collect();
        diagnostic
    }

    fn at(&self, location: Option<&Location>, sources: &Sources) -> Diagnostic {
        let severity = match self.severity.as_str() {
            "warning" => Severity::Warning,
            "info" => Severity::Info,
            _ => Severity::Error,
        };
        let found = location.and_then(|location| Some((location, sources.all.get(&location.file)?)));
        let span = found.and_then(|(location, source)| location.span(source));
        let place = found.zip(span.as_ref()).map(|((_, source), span)| Place::of(&source.text, span));
        let file =
            location.map(|location| found.map_or_else(|| location.file.clone(), |(_, source)| source.shown.clone()));
        Diagnostic {
            severity,
            from: Speaker::Solc,
            code: self.error_code.clone(),
            message: self.message.clone(),
            file,
            place,
            help: found.and_then(|(location, source)| self.help(location, source)),
            notes: Vec::new(),
        }
    }

    /// Advice where the compiler speaks of what the author has not written, or takes a word otherwise than it was meant.
    fn help(&self, location: &Location, source: &Source) -> Option<String> {
        let span = location.span(source)?;
        if self.message.starts_with("Member ") {
            let start = usize::try_from(location.start).ok()?;
            let is_ours = source.rewritten.text.get(start..)?.starts_with("this.")
                && !source.text.get(span)?.starts_with("this.");
            let help = if self.message.contains("not unique") { OVERLOAD } else { MEMBER };
            return is_ours.then(|| help.to_owned());
        }
        let before = source.text.get(..span.start)?;
        let line = &before[before.rfind('\n').unwrap_or_default()..];
        let is_there = |word: &&String| line.split_whitespace().any(|other| other == word.as_str());
        let word = source.declared.iter().find(is_there).filter(|_| self.message.starts_with("Expected "))?;
        Some(format!("`{word}` is a name in this file, which declares it, and no keyword"))
    }
}

impl Location {
    /// Where the compiler notes that this place of its intermediate code comes from.
    fn noted_in(&self, code: &str) -> Option<Self> {
        let (file, span) = yul::origin(code, usize::try_from(self.start).ok()?)?;
        let place = |at: usize| i64::try_from(at).unwrap_or(i64::MAX);
        Some(Self { file, start: place(span.start), end: place(span.end), message: None })
    }

    /// Bytes of what the author wrote.
    fn span(&self, source: &Source) -> Option<Range<usize>> {
        let (start, end) = (usize::try_from(self.start).ok()?, usize::try_from(self.end).ok()?);
        Some(source.rewritten.origin(&(start..end)))
    }
}

fn note(location: &Location, sources: &Sources) -> Option<String> {
    let source = sources.all.get(&location.file)?;
    let place = Place::of(&source.text, &location.span(source)?);
    let message = location.message.as_deref().unwrap_or("see also");
    Some(format!("note: {} {}:{}:{}", message.trim_end(), source.shown, place.line, place.column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_tells_what_and_where() {
        let message = "Uncaught exception:\n/a.cpp(1): Throw\nstd::exception::what: too deep\nNo guard\n\
            [util::tag_comment*] = too deep\n[langutil::tag_sourceLocation*] = a[1].sol[270,1089]\n";
        let told = |message: &str| -> Told {
            serde_json::from_value(json!({ "severity": "error", "message": message })).expect("it is one")
        };
        let (what, location) = told(message).thrown().expect("it was thrown");
        let location = location.expect("it has a place");
        assert_eq!((what.as_str(), location.file.as_str()), ("too deep\nNo guard", "a[1].sol"));
        assert_eq!((location.start, location.end), (270, 1089));
        assert!(told("Expected ';'").thrown().is_none());
        assert!(
            told("std::exception::what: bare").thrown().is_some_and(|(what, place)| what == "bare" && place.is_none())
        );
    }
}
