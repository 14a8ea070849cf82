//! The configuration file of a node: TOML, a key for each flag.

use clap::Command;
use std::{
    collections::BTreeMap,
    fmt, fs, io,
    path::{Path, PathBuf},
};
use toml::de::{DeTable, DeValue};

/// What a file says.
#[derive(Clone, Debug)]
pub(crate) struct ConfigFile {
    /// Where it lies.
    pub(crate) path: PathBuf,
    entries: BTreeMap<String, Entry>,
}

/// One key of a file.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// The line that it stands in, from 1.
    pub(crate) line: usize,
    /// Its values, as a flag would be given them.
    pub(crate) values: Vec<String>,
}

/// What is wrong with a file, with the place.
#[derive(Debug, thiserror::Error)]
#[error("{}{}: {reason}", path.display(), Line(*line))]
pub(crate) struct FileError {
    path: PathBuf,
    line: Option<usize>,
    reason: String,
}

struct Line(Option<usize>);

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |line| write!(f, ":{line}"))
    }
}

impl ConfigFile {
    /// Reads a file whose keys are flags of `node`.
    pub(crate) fn read(path: &Path, node: &Command) -> Result<Self, FileError> {
        let failed = |error: io::Error| FileError { path: path.to_owned(), line: None, reason: error.to_string() };
        Self::parse(path, &fs::read_to_string(path).map_err(failed)?, node)
    }

    /// The same of a text.
    pub(crate) fn parse(path: &Path, text: &str, node: &Command) -> Result<Self, FileError> {
        let line_at = |offset: usize| text.get(..offset).map_or(1, |before| before.matches('\n').count() + 1);
        let wrong = |line, reason| FileError { path: path.to_owned(), line: Some(line), reason };
        let document = DeTable::parse(text).map_err(|error| {
            let line = error.span().map_or(1, |span| line_at(span.start));
            wrong(line, error.message().to_owned())
        })?;
        let mut entries = BTreeMap::new();
        for (key, item) in document.get_ref() {
            let (line, key) = (line_at(key.span().start), &**key.get_ref());
            let values = values(item.get_ref()).map_err(|reason| wrong(line, format!("`{key}` {reason}")))?;
            check(node, key, &values).map_err(|reason| wrong(line, reason))?;
            entries.insert(key.to_owned(), Entry { line, values });
        }
        Ok(Self { path: path.to_owned(), entries })
    }

    /// What it says of a flag.
    pub(crate) fn get(&self, long: &str) -> Option<&Entry> {
        self.entries.get(long)
    }
}

/// The values of a key, as text.
fn values(item: &DeValue<'_>) -> Result<Vec<String>, String> {
    match item {
        DeValue::Array(array) => array.iter().map(|item| value(item.get_ref())).collect(),
        DeValue::Table(_) => Err("is a table; there are none in this file".to_owned()),
        single => Ok(vec![value(single)?]),
    }
}

fn value(value: &DeValue<'_>) -> Result<String, String> {
    match value {
        DeValue::String(text) => Ok(text.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => Ok(number.as_str().to_owned()),
        DeValue::Boolean(truth) => Ok(truth.to_string()),
        _ => Err("is neither text, a whole number, true, false nor a list of these".to_owned()),
    }
}

/// Gives the flag these values, and nothing else.
fn check(node: &Command, key: &str, values: &[String]) -> Result<(), String> {
    let arg = node.get_arguments().find(|arg| arg.get_long() == Some(key) && !matches!(key, "config" | "help"));
    let Some(arg) = arg else { return Err(format!("unknown setting `{key}`")) };
    if arg.get_action().takes_values() {
        let alone = std::iter::once("node".to_owned()).chain(values.iter().map(|value| format!("--{key}={value}")));
        let read = node.clone().try_get_matches_from(alone);
        return read.map(drop).map_err(|error| first_line(&error.to_string()));
    }
    match values {
        [truth] if truth == "true" || truth == "false" => Ok(()),
        _ => Err(format!("`{key}` is true or false")),
    }
}

fn first_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}
